-- What each priced order costs, explained line by line.
CREATE TABLE charges (
    order_id text NOT NULL,
    customer_id text NOT NULL,
    storefront text NOT NULL,
    purchase_case text NOT NULL,
    priced_on date NOT NULL,
    catalogue_version text NOT NULL,
    lines json NOT NULL,
    extensions json NOT NULL,
    net_cents bigint NOT NULL,
    vat_percent bigint NOT NULL,
    vat_cents bigint NOT NULL,
    total_cents bigint NOT NULL,
    credit_cents bigint NOT NULL,
    used_credit json NOT NULL,
    PRIMARY KEY (order_id)
);
CREATE INDEX charges_by_customer ON charges (customer_id)
