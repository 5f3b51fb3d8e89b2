-- The services a customer owns, as a quote needs them.
CREATE TABLE services (
    customer_id text NOT NULL,
    product text NOT NULL,
    kind text NOT NULL,
    family text NOT NULL,
    status text NOT NULL,
    expires_on date NOT NULL,
    anchor_on date,
    buyer_kind text,
    PRIMARY KEY (customer_id, product)
)
