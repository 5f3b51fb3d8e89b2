-- Renewal rate
-- Of the services whose expiry fell in a month, how many were renewed by the end of grace: renewed / (renewed + lapsed).
-- Lapsed: ended after that expiry. Open: neither yet, so left out of the rate. An expiry that an extension moved, that was
-- ended before, or whose renewal was charged back is none that fell due; a renewal counts in the month of the expiry that
-- it moved.
WITH due AS (
    SELECT product, previous_expiry AS expiry, 'RENEWED' AS outcome
    FROM expiry_aligned AS renewal
    WHERE reason = 'RENEWAL' AND NOT EXISTS (
        SELECT 1
        FROM expiry_aligned AS undone
        WHERE undone.reason = 'REVERSAL'
            AND undone.customer_id = renewal.customer_id
            AND undone.product = renewal.product
            AND undone.order_id = renewal.order_id
            AND undone.sequence > renewal.sequence
    )
    UNION ALL
    SELECT product, expires_on, 'LAPSED'
    FROM service_terminated
    WHERE terminated_on > expires_on
    UNION ALL
    SELECT product, expires_on, 'OPEN'
    FROM services
    WHERE status <> 'TERMINATED'
)
SELECT
    month,
    product,
    count(*) AS due,
    count(*) FILTER (outcome = 'RENEWED') AS renewed,
    count(*) FILTER (outcome = 'LAPSED') AS lapsed,
    count(*) FILTER (outcome = 'OPEN') AS open,
    count(*) FILTER (outcome = 'RENEWED')
        / nullif(count(*) FILTER (outcome <> 'OPEN'), 0) AS renewed_share
FROM months
JOIN due ON expiry BETWEEN month AND last_day
GROUP BY month, product
ORDER BY month, product
