-- A customer's mails in the order in which they were asked for.
CREATE TABLE emails (
    email_id text PRIMARY KEY,
    customer_id text NOT NULL,
    order_id text,
    template text NOT NULL,
    status text NOT NULL,
    message_id text NOT NULL,
    credential_id text,
    requested_at timestamptz NOT NULL,
    sent_at timestamptz,
    failure text,
    certified_mail boolean NOT NULL
);
CREATE INDEX emails_of_customer ON emails (customer_id, requested_at);
CREATE INDEX emails_to_look_at ON emails (status) WHERE status IN ('FAILED', 'IN_DOUBT', 'BOUNCED');
