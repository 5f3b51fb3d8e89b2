-- From payment to activation
-- From the payment that left nothing due (the last of its parts) to the activation of the order, both by the broker's
-- clock. Orders that waited for an operator are left out: their time is a person's.
WITH settling AS (
    SELECT order_id, min(appended_at) AS paid_at
    FROM payment_registered
    WHERE outstanding_cents = 0 AND NOT order_closed
    GROUP BY order_id
),
taken AS (
    SELECT
        purchase_case,
        epoch_ms(activated.appended_at) - epoch_ms(paid_at) AS ms
    FROM settling
    JOIN order_activated AS activated USING (order_id)
    WHERE order_id NOT IN (SELECT order_id FROM activation_held)
)
SELECT
    coalesce(purchase_case, 'all') AS purchase_case,
    count(*) AS orders,
    quantile_disc(ms, 0.5) AS median_ms,
    quantile_disc(ms, 0.9) AS p90_ms,
    quantile_disc(ms, 0.99) AS p99_ms,
    max(ms) AS longest_ms
FROM taken
GROUP BY ROLLUP (purchase_case)
HAVING count(*) > 0
ORDER BY grouping(purchase_case), purchase_case
