-- Churn
-- Of the services that lived when a month began (active, in grace or suspended), how many ended in it: at the end of their
-- grace, by a cancellation or by an operator, on the day told as their end. An add-on that lapses while its base goes on
-- counts too, as a product of its own.
WITH life AS (
    SELECT
        product,
        activated_on,
        (
            SELECT min(ended.terminated_on)
            FROM service_terminated AS ended
            WHERE ended.customer_id = begun.customer_id
                AND ended.product = begun.product
                AND ended.sequence > begun.sequence
        ) AS ended_on
    FROM service_activated AS begun
)
SELECT
    month,
    product,
    count(*) AS living,
    count(*) FILTER (ended_on <= last_day) AS ended,
    count(*) FILTER (ended_on <= last_day) / count(*) AS churn_share
FROM months
JOIN life
    ON activated_on < month AND coalesce(ended_on >= month, true)
GROUP BY month, product
ORDER BY month, product
