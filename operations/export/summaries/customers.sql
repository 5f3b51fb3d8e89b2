-- One row per customer, as the log leaves them.
CREATE OR REPLACE VIEW customers AS
WITH ordered AS (
    SELECT
        customer_id,
        min(ordered_on) AS first_ordered_on,
        max(ordered_on) AS last_ordered_on,
        count(*) AS orders,
        count(*) FILTER (
            status NOT IN ('REFUSED', 'ACTIVATED', 'CANCELLED', 'EXPIRED')
        ) AS orders_open,
        count(*) FILTER (status = 'ACTIVATED') AS orders_activated
    FROM orders
    GROUP BY customer_id
),
owning AS (
    SELECT
        customer_id,
        count(*) AS services_living,
        max(expires_on) AS expires_last_on
    FROM services
    WHERE status <> 'TERMINATED'
    GROUP BY customer_id
),
entry AS (
    SELECT customer_id, amount_cents FROM credit_granted
    UNION ALL
    SELECT customer_id, amount_cents FROM credit_returned
    UNION ALL
    SELECT customer_id, -amount_cents FROM credit_used
    UNION ALL
    SELECT customer_id, -amount_cents FROM credit_expired
    UNION ALL
    SELECT customer_id, -amount_cents FROM credit_refunded
    UNION ALL
    SELECT customer_id, -amount_cents FROM credit_reversed
),
credit AS (
    SELECT customer_id, sum(amount_cents)::BIGINT AS credit_cents
    FROM entry
    GROUP BY customer_id
),
refund AS (
    SELECT
        due.customer_id,
        coalesce(
            sum(due.amount_cents) FILTER (paid.refund_id IS NULL), 0
        )::BIGINT AS refunds_due_cents,
        coalesce(sum(paid.amount_cents), 0)::BIGINT AS refunds_paid_cents
    FROM refund_due AS due
    LEFT JOIN refund_paid AS paid USING (refund_id)
    GROUP BY due.customer_id
),
automatic AS (
    SELECT customer_id, bool_or(enabled) AS renews_automatically
    FROM (
        SELECT
            customer_id, product, arg_max(enabled, sequence) AS enabled
        FROM automatic_renewal_set
        GROUP BY customer_id, product
    )
    GROUP BY customer_id
),
erased AS (
    SELECT customer_id, min(day) AS erased_on
    FROM personal_data_erased
    GROUP BY customer_id
)
SELECT
    customer_id,
    first_ordered_on,
    last_ordered_on,
    coalesce(orders, 0) AS orders,
    coalesce(orders_open, 0) AS orders_open,
    coalesce(orders_activated, 0) AS orders_activated,
    coalesce(services_living, 0) AS services_living,
    expires_last_on,
    coalesce(renews_automatically, false) AS renews_automatically,
    coalesce(credit_cents, 0) AS credit_cents,
    coalesce(refunds_due_cents, 0) AS refunds_due_cents,
    coalesce(refunds_paid_cents, 0) AS refunds_paid_cents,
    erased_on
FROM ordered
FULL JOIN credit USING (customer_id)
FULL JOIN refund USING (customer_id)
LEFT JOIN owning USING (customer_id)
LEFT JOIN automatic USING (customer_id)
LEFT JOIN erased USING (customer_id);
