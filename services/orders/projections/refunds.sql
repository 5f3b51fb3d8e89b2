-- Refunds as operators read them, by status.
CREATE TABLE refunds (
    refund_id text NOT NULL PRIMARY KEY,
    customer_id text NOT NULL,
    order_id text,
    amount_cents bigint NOT NULL,
    payment_source text,
    payment_id text,
    method text,
    reason text NOT NULL,
    explanation text NOT NULL,
    status text NOT NULL,
    due_on date NOT NULL,
    paid_on date,
    reference text
);
CREATE INDEX refunds_by_status ON refunds (status, due_on);
CREATE INDEX refunds_by_customer ON refunds (customer_id)
