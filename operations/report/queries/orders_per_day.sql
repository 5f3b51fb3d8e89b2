-- Orders and revenue per day and channel
-- Orders count on the day they were placed, revenue on the day their price was fully paid, both Europe/Rome dates.
-- Revenue is net of VAT; an order that closed after it was paid (its money became credit) earns nothing.
WITH fact AS (
    SELECT
        ordered_on AS day, channel,
        1 AS placed, 0 AS paid, 0 AS net_cents
    FROM order_placed
    UNION ALL
    SELECT settled_on, channel, 0, 1, order_priced.net_cents
    FROM order_settled
    JOIN order_placed USING (order_id)
    JOIN order_priced USING (order_id)
    WHERE order_id NOT IN (SELECT order_id FROM order_cancelled)
)
SELECT
    day,
    channel,
    sum(placed)::BIGINT AS orders,
    sum(paid)::BIGINT AS paid,
    sum(net_cents)::BIGINT AS revenue_net_cents
FROM fact
GROUP BY day, channel
ORDER BY day, channel
