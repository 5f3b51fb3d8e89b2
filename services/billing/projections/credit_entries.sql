-- Each customer's credit ledger; a balance is a sum over it.
CREATE TABLE credit_entries (
    credit_id text NOT NULL,
    kind text NOT NULL,
    cause text NOT NULL,
    customer_id text NOT NULL,
    entered_on date NOT NULL,
    amount_cents bigint NOT NULL,
    origin text NOT NULL,
    order_id text,
    payment_source text,
    payment_id text,
    expires_on date,
    used_credit_id text,
    explanation text NOT NULL,
    entered_at timestamptz,
    PRIMARY KEY (credit_id, kind, cause)
);
CREATE INDEX credit_entries_customer ON credit_entries (customer_id)
