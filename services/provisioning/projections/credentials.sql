CREATE TABLE credentials (
    credential_id text PRIMARY KEY,
    customer_id text NOT NULL,
    order_id text,
    key_id text NOT NULL,
    expires_at timestamptz NOT NULL,
    reissued boolean NOT NULL,
    status text NOT NULL,
    failure text,
    void_reason text
);
CREATE INDEX credentials_status ON credentials (status);
CREATE INDEX credentials_customer ON credentials (customer_id)
