-- What a storefront reads of an order; by customer for GET /v1/customers/{customer_id}/orders.
CREATE TABLE orders (
    order_id text NOT NULL PRIMARY KEY,
    customer_id text NOT NULL,
    status text NOT NULL,
    storefront text NOT NULL,
    channel text NOT NULL,
    purchase_case text,
    ordered_on date NOT NULL,
    extend_active_services boolean,
    catalogue_version text NOT NULL,
    lines json NOT NULL,
    extensions json NOT NULL,
    net_cents bigint,
    vat_cents bigint,
    total_cents bigint,
    credit_cents bigint,
    outstanding_cents bigint,
    surplus_cents bigint NOT NULL,
    payable_until date,
    reason text,
    expiries json NOT NULL,
    holds bigint NOT NULL,
    violations json NOT NULL,
    warnings json NOT NULL,
    taken_at timestamptz
);
CREATE INDEX orders_by_customer ON orders (customer_id, ordered_on, taken_at);
CREATE INDEX orders_by_status ON orders (status, ordered_on, taken_at, order_id)
