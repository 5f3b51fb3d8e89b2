-- From order to payment
-- An order may be paid in parts: it counts as paid once its whole price is. Lost: it expired, or was closed, unpaid.
-- Waiting is the rest; part paid are those of it that a part was paid for.
WITH outcome AS (
    SELECT
        purchase_case,
        order_id IN (SELECT order_id FROM order_settled) AS paid,
        order_id IN (SELECT order_id FROM order_activated) AS activated,
        order_id IN (
            SELECT order_id FROM payment_registered
            WHERE outstanding_cents > 0
        ) AS in_parts,
        order_id IN (
            SELECT order_id FROM order_expired
            UNION ALL
            SELECT order_id FROM order_cancelled
        ) AS closed
    FROM order_placed
)
SELECT
    coalesce(purchase_case, 'all') AS purchase_case,
    count(*) AS orders,
    count(*) FILTER (paid) AS paid,
    count(*) FILTER (paid) / count(*) AS paid_share,
    count(*) FILTER (paid AND in_parts) AS paid_in_parts,
    count(*) FILTER (activated) AS activated,
    count(*) FILTER (closed AND NOT paid) AS lost,
    count(*) FILTER (NOT closed AND NOT paid) AS waiting,
    count(*) FILTER (in_parts AND NOT closed AND NOT paid) AS part_paid
FROM outcome
GROUP BY ROLLUP (purchase_case)
HAVING count(*) > 0
ORDER BY grouping(purchase_case), purchase_case
