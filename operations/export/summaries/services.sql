-- One row per service of a customer, as the log leaves it; one that was bought again after its end is told anew.
CREATE OR REPLACE VIEW services AS
WITH begun AS (
    SELECT *
    FROM service_activated
    QUALIFY row_number() OVER (
        PARTITION BY customer_id, product ORDER BY sequence DESC
    ) = 1
),
said AS (
    SELECT
        customer_id, product, sequence, 'ACTIVE' AS dates_say,
        'ACTIVE' AS limited, expires_on, anchor_on, months,
        {day: NULL::DATE} AS grace, {day: NULL::DATE} AS cancelled,
        false AS ddt, NULL::DATE AS terminated_on
    FROM service_activated
    UNION ALL BY NAME
    SELECT
        customer_id, product, sequence, 'ACTIVE' AS dates_say,
        new_expiry AS expires_on, anchor_on, months,
        {day: NULL::DATE} AS grace,
        CASE WHEN reason <> 'REVERSAL' THEN {day: NULL::DATE} END AS cancelled
    FROM expiry_aligned
    UNION ALL BY NAME
    SELECT
        customer_id, product, sequence, 'GRACE' AS dates_say,
        {day: grace_until} AS grace
    FROM service_entered_grace
    UNION ALL BY NAME
    SELECT customer_id, product, sequence, {day: cancelled_on} AS cancelled
    FROM service_cancelled
    UNION ALL BY NAME
    SELECT customer_id, product, sequence, 'SUSPENDED' AS limited
    FROM service_suspended
    UNION ALL BY NAME
    SELECT
        customer_id, product, sequence, status AS dates_say, 'ACTIVE' AS limited
    FROM service_resumed
    UNION ALL BY NAME
    SELECT
        customer_id, product, sequence, {day: NULL::DATE} AS grace, terminated_on
    FROM service_terminated
    UNION ALL BY NAME
    SELECT customer_id, product, sequence, true AS ddt
    FROM ddt_preservation_activated
    UNION ALL BY NAME
    SELECT customer_id, product, sequence, false AS ddt
    FROM ddt_preservation_deactivated
),
standing AS (
    SELECT
        customer_id,
        product,
        arg_max(dates_say, said.sequence) AS dates_say,
        arg_max(limited, said.sequence) AS limited,
        arg_max(said.expires_on, said.sequence) AS expires_on,
        arg_max(said.anchor_on, said.sequence) AS anchor_on,
        arg_max(said.months, said.sequence) AS months,
        arg_max(grace, said.sequence).day AS grace_until,
        arg_max(cancelled, said.sequence).day AS cancelled_on,
        arg_max(ddt, said.sequence) AS ddt_preservation,
        max(terminated_on) AS terminated_on
    FROM said
    JOIN begun USING (customer_id, product)
    WHERE said.sequence >= begun.sequence
    GROUP BY customer_id, product
)
SELECT
    customer_id,
    product,
    kind,
    family,
    CASE
        WHEN terminated_on IS NOT NULL THEN 'TERMINATED'
        WHEN limited = 'SUSPENDED' THEN limited
        ELSE dates_say
    END AS status,
    origin,
    order_id,
    buyer_kind,
    activated_on,
    standing.expires_on,
    standing.anchor_on,
    standing.months,
    requires,
    grace_until,
    cancelled_on,
    terminated_on,
    ddt_preservation
FROM begun
JOIN standing USING (customer_id, product);
