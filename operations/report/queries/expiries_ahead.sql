-- Expiries ahead
-- Each service's expiry is what its last event says: an activation, an alignment (an extension or a renewal), or its end.
-- Ahead of the day `as_of`: `SET VARIABLE as_of = DATE '2026-01-15'`; left out, it is today in Rome.
WITH said AS (
    SELECT customer_id, sequence, product, expires_on
    FROM service_activated
    UNION ALL
    SELECT customer_id, sequence, product, new_expiry
    FROM expiry_aligned
    UNION ALL
    SELECT customer_id, sequence, product, NULL
    FROM service_terminated
),
standing AS (
    SELECT product, expires_on
    FROM said
    QUALIFY row_number() OVER (
        PARTITION BY customer_id, product ORDER BY sequence DESC
    ) = 1
)
SELECT
    date_trunc('month', expires_on)::DATE AS month,
    product,
    count(*) AS services,
    sum(count(*)) OVER (PARTITION BY product ORDER BY month)::BIGINT
        AS services_so_far
FROM standing
WHERE expires_on >= coalesce(
    getvariable('as_of')::DATE,
    (now() AT TIME ZONE 'Europe/Rome')::DATE
)
GROUP BY month, product
ORDER BY month, product
