-- One row per stretch of days on which a service is active for a term that was bought, and what a year of it costs.
CREATE OR REPLACE VIEW running_terms AS
WITH charged AS (
    SELECT order_id, line.product, line.annual_cents, line.net_cents
    FROM order_priced, unnest(lines) AS found (line)
    UNION ALL
    SELECT
        order_id, extension.product, extension.annual_cents,
        extension.net_cents
    FROM order_priced, unnest(extensions) AS found (extension)
),
cost AS (
    SELECT
        order_id,
        product,
        max(CASE WHEN net_cents > 0 THEN annual_cents ELSE 0 END)
            AS yearly_net_cents
    FROM charged
    GROUP BY order_id, product
),
ended AS (
    SELECT customer_id, product, sequence, terminated_on - 1 AS last_day
    FROM service_terminated
),
bought AS (
    SELECT
        customer_id, product, order_id, sequence, 'ACTIVATION' AS reason,
        activated_on AS first_day, expires_on AS last_day
    FROM service_activated
    UNION ALL
    SELECT
        customer_id, product, order_id, sequence, reason,
        greatest(previous_expiry + 1, day), new_expiry
    FROM expiry_aligned
    WHERE new_expiry > previous_expiry
),
cut_short AS (
    SELECT * FROM ended
    UNION ALL
    SELECT customer_id, product, sequence, greatest(new_expiry, day - 1)
    FROM expiry_aligned
    WHERE reason = 'REVERSAL'
),
term AS (
    SELECT
        * REPLACE (
            least(last_day, (
                SELECT min(cut_short.last_day)
                FROM cut_short
                WHERE cut_short.customer_id = bought.customer_id
                    AND cut_short.product = bought.product
                    AND cut_short.sequence > bought.sequence
            )) AS last_day
        )
    FROM bought
),
begun AS (
    SELECT customer_id, product, sequence, activated_on AS first_day
    FROM service_activated
    UNION ALL
    SELECT customer_id, product, sequence, resumed_on
    FROM service_resumed
),
stopped AS (
    SELECT * FROM ended
    UNION ALL
    SELECT customer_id, product, sequence, suspended_on - 1
    FROM service_suspended
),
usable AS (
    SELECT
        *,
        (
            SELECT min(stopped.last_day)
            FROM stopped
            WHERE stopped.customer_id = begun.customer_id
                AND stopped.product = begun.product
                AND stopped.sequence > begun.sequence
        ) AS last_day
    FROM begun
)
SELECT
    customer_id,
    product,
    kind,
    term.order_id,
    reason,
    greatest(term.first_day, usable.first_day) AS first_day,
    least(term.last_day, usable.last_day) AS last_day,
    coalesce(yearly_net_cents, 0) AS yearly_net_cents
FROM term
JOIN usable USING (customer_id, product)
JOIN (
    SELECT DISTINCT customer_id, product, kind
    FROM service_activated
) AS service USING (customer_id, product)
LEFT JOIN cost USING (order_id, product)
WHERE
    greatest(term.first_day, usable.first_day)
    <= least(term.last_day, usable.last_day);
