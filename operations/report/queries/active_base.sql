-- Active base
-- What runs on the last day of a month (of the present one: on the day `as_of`): services, and the customers who have them.
-- A service runs from the day its term was bought to that term's last day; in grace, suspended or ended it does not. A past
-- month's figure stays, unless an operator ends a service on an earlier day.
SELECT
    month,
    product,
    count(*) AS services,
    count(DISTINCT customer_id) AS customers
FROM months
JOIN running_terms
    ON months.last_day BETWEEN first_day AND running_terms.last_day
GROUP BY month, product
ORDER BY month, product
