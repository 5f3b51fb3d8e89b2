-- Why orders were refused
-- An order tells every reason that applies, so that one order may stand in several lines.
SELECT
    violation.code AS reason,
    count(DISTINCT order_id) AS orders,
    count(DISTINCT customer_id) AS customers
FROM order_refused, unnest(violations) AS found (violation)
GROUP BY reason
ORDER BY orders DESC, reason
