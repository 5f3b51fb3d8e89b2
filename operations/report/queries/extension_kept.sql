-- How many kept the extension, and what it earned
-- Who buys an add-on for a base that ends sooner is offered to extend what they own, and may refuse. "Earned" is the
-- extensions' own net price in orders that were paid; credited is what went back, VAT included, because a service was
-- prolonged between order and payment.
WITH offered AS (
    SELECT
        channel,
        branch = 'EXTENDED' AS kept,
        order_id IN (SELECT order_id FROM order_settled)
            AND order_id NOT IN (SELECT order_id FROM order_cancelled)
            AS paid,
        extension.net_cents,
        credit.amount_cents
    FROM order_placed
    LEFT JOIN (
        SELECT order_id, sum(net_cents) AS net_cents
        FROM extension_computed
        GROUP BY order_id
    ) AS extension USING (order_id)
    LEFT JOIN (
        SELECT order_id, sum(amount_cents) AS amount_cents
        FROM credit_granted
        WHERE origin = 'BASE_CHANGED'
        GROUP BY order_id
    ) AS credit USING (order_id)
    WHERE branch IN ('EXTENDED', 'ALIGNED_SHORT')
)
SELECT
    coalesce(channel, 'all') AS channel,
    count(*) AS offered,
    count(*) FILTER (kept) AS kept,
    count(*) FILTER (kept) / count(*) AS kept_share,
    count(*) FILTER (kept AND paid) AS kept_and_paid,
    coalesce(sum(net_cents) FILTER (kept AND paid), 0)::BIGINT
        AS earned_net_cents,
    coalesce(sum(amount_cents) FILTER (kept AND paid), 0)::BIGINT
        AS credited_cents
FROM offered
GROUP BY ROLLUP (channel)
HAVING count(*) > 0
ORDER BY grouping(channel), channel
