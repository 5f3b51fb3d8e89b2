-- Refunds
-- What became due to be paid back in a month, why, and what of it was told as paid by now. VAT included.
SELECT
    date_trunc('month', due_on)::DATE AS month,
    reason,
    count(*) AS refunds,
    count(paid_on) AS refunds_paid,
    sum(due.amount_cents)::BIGINT AS due_cents,
    coalesce(sum(paid.amount_cents), 0)::BIGINT AS paid_cents
FROM refund_due AS due
LEFT JOIN refund_paid AS paid USING (refund_id)
GROUP BY month, reason
ORDER BY month, reason
