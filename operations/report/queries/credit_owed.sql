-- Credit owed
-- What stands of customers' credit at the end of each month, VAT included: granted less used, expired, refunded and taken
-- back with a chargeback, since the beginning. Used is less what came back from orders that closed.
WITH entry AS (
    SELECT granted_on AS day, 'granted' AS what, amount_cents
    FROM credit_granted
    UNION ALL
    SELECT used_on, 'used', amount_cents FROM credit_used
    UNION ALL
    SELECT returned_on, 'used', -amount_cents FROM credit_returned
    UNION ALL
    SELECT expired_on, 'expired', amount_cents FROM credit_expired
    UNION ALL
    SELECT refunded_on, 'refunded', amount_cents FROM credit_refunded
    UNION ALL
    SELECT reversed_on, 'reversed', amount_cents FROM credit_reversed
),
monthly AS (
    SELECT
        month,
        coalesce(sum(amount_cents) FILTER (what = 'granted'), 0) AS granted,
        coalesce(sum(amount_cents) FILTER (what = 'used'), 0) AS used,
        coalesce(sum(amount_cents) FILTER (what = 'expired'), 0) AS expired,
        coalesce(sum(amount_cents) FILTER (what = 'refunded'), 0) AS refunded,
        coalesce(sum(amount_cents) FILTER (what = 'reversed'), 0) AS reversed
    FROM months
    LEFT JOIN entry ON day BETWEEN month AND last_day
    GROUP BY month
)
SELECT
    month,
    granted::BIGINT AS granted_cents,
    used::BIGINT AS used_cents,
    expired::BIGINT AS expired_cents,
    refunded::BIGINT AS refunded_cents,
    reversed::BIGINT AS reversed_cents,
    (
        sum(granted - used - expired - refunded - reversed)
        OVER (ORDER BY month)
    )::BIGINT AS owed_cents
FROM monthly
ORDER BY month
