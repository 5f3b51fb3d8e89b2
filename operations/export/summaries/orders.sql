-- One row per order, as the log leaves it.
CREATE OR REPLACE VIEW orders AS
WITH placed AS (
    SELECT
        order_id, customer_id, storefront, channel, purchase_case, branch,
        buyer_kind, lines, extend_active_services, use_credit, ordered_on,
        payable_until, catalogue_version, []::VARCHAR[] AS violations
    FROM order_placed
    UNION ALL
    SELECT
        order_id, customer_id, storefront, channel, NULL, NULL, buyer_kind,
        lines, extend_active_services, NULL, ordered_on, NULL,
        catalogue_version, [violation.code FOR violation IN violations]
    FROM order_refused
),
said AS (
    SELECT customer_id, order_id, sequence, 'SETTLED' AS status, NULL AS reason
    FROM order_settled
    UNION ALL
    SELECT customer_id, order_id, sequence, 'SETTLED', NULL
    FROM order_released
    UNION ALL
    SELECT customer_id, order_id, sequence, 'HELD', reason
    FROM order_held
    UNION ALL
    SELECT customer_id, order_id, sequence, NULL, 'OPERATOR_REQUEST'
    FROM order_closure_requested
    UNION ALL
    SELECT customer_id, order_id, sequence, 'CANCELLED', reason
    FROM order_cancelled
    UNION ALL
    SELECT customer_id, order_id, sequence, 'EXPIRED', reason
    FROM order_expired
),
standing AS (
    SELECT
        customer_id,
        order_id,
        arg_max(status, sequence) AS status,
        arg_max({reason: reason}, sequence).reason AS reason
    FROM said
    GROUP BY customer_id, order_id
),
closed AS (
    SELECT customer_id, order_id, closed_on, surplus_cents
    FROM order_cancelled
    UNION ALL
    SELECT customer_id, order_id, expired_on, surplus_cents
    FROM order_expired
),
money AS (
    SELECT
        customer_id,
        order_id,
        CASE WHEN order_closed THEN 0 ELSE amount_cents - surplus_cents END
            AS paid_cents,
        surplus_cents
    FROM payment_registered
    UNION ALL
    SELECT customer_id, order_id, -order_cents, -surplus_cents
    FROM payment_charged_back
    UNION ALL
    SELECT customer_id, order_id, order_cents, surplus_cents
    FROM chargeback_won
    UNION ALL
    SELECT customer_id, order_id, 0, surplus_cents
    FROM closed
),
paid AS (
    SELECT
        customer_id,
        order_id,
        sum(paid_cents)::BIGINT AS paid_cents,
        greatest(sum(surplus_cents), 0)::BIGINT AS surplus_cents
    FROM money
    GROUP BY customer_id, order_id
),
price AS (
    SELECT
        order_id,
        net_cents,
        vat_cents,
        total_cents,
        CASE WHEN closed_on IS NULL THEN credit_cents ELSE 0 END
            AS credit_cents
    FROM order_priced
    LEFT JOIN closed USING (customer_id, order_id)
)
SELECT
    order_id,
    customer_id,
    CASE
        WHEN len(violations) > 0 THEN 'REFUSED'
        WHEN closed_on IS NOT NULL THEN standing.status
        WHEN activated_on IS NOT NULL THEN 'ACTIVATED'
        WHEN standing.status IS NOT NULL THEN standing.status
        WHEN total_cents IS NULL THEN 'AWAITING_PRICE'
        WHEN coalesce(paid_cents, 0) > 0 THEN 'PARTIALLY_PAID'
        ELSE 'AWAITING_PAYMENT'
    END AS status,
    CASE WHEN closed_on IS NOT NULL OR activated_on IS NULL THEN reason END
        AS reason,
    storefront,
    channel,
    purchase_case,
    branch,
    buyer_kind,
    lines,
    extend_active_services,
    use_credit,
    ordered_on,
    payable_until,
    settled_on,
    activated_on,
    closed_on,
    net_cents,
    vat_cents,
    total_cents,
    credit_cents,
    coalesce(paid_cents, 0) AS paid_cents,
    CASE
        WHEN closed_on IS NULL
            THEN total_cents - credit_cents - coalesce(paid_cents, 0)
        WHEN total_cents IS NOT NULL THEN 0
    END AS outstanding_cents,
    coalesce(paid.surplus_cents, 0) AS surplus_cents,
    coalesce(expiries, MAP {}::MAP(VARCHAR, DATE)) AS expiries,
    violations,
    catalogue_version
FROM placed
LEFT JOIN price USING (order_id)
LEFT JOIN standing USING (customer_id, order_id)
LEFT JOIN closed USING (customer_id, order_id)
LEFT JOIN paid USING (customer_id, order_id)
LEFT JOIN (SELECT order_id, settled_on FROM order_settled) USING (order_id)
LEFT JOIN (SELECT order_id, activated_on, expiries FROM order_activated)
    USING (order_id);
