-- Payments by their identity and content; by order for the order's answer, by status for the operators' list.
CREATE TABLE payments (
    payment_source text NOT NULL,
    payment_id text NOT NULL,
    content_hash text NOT NULL,
    customer_id text NOT NULL,
    order_id text NOT NULL,
    amount_cents bigint NOT NULL,
    method text NOT NULL,
    status text NOT NULL,
    reason text,
    registered_on date,
    surplus_cents bigint NOT NULL,
    taken_at timestamptz,
    chargebacks bigint NOT NULL,
    PRIMARY KEY (payment_source, payment_id, content_hash)
);
CREATE INDEX payments_by_order ON payments (order_id);
CREATE INDEX payments_in_question ON payments (status, taken_at) WHERE status <> 'REGISTERED'
