CREATE TABLE activations (
    order_id text PRIMARY KEY,
    customer_id text NOT NULL,
    status text NOT NULL,
    reason text,
    closes text,
    detail text NOT NULL,
    storefront text
);
CREATE INDEX activations_customer ON activations (customer_id);
CREATE INDEX activations_status ON activations (status)
