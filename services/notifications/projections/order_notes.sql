-- One order as notifications knows it: placed by orders, priced by billing.
CREATE TABLE order_notes (
    customer_id text NOT NULL,
    order_id text NOT NULL,
    placed boolean NOT NULL,
    storefront text,
    payable_until date,
    expected_total_cents bigint,
    price text,
    price_event_id text,
    due_cents bigint,
    closed boolean NOT NULL,
    received_requested boolean NOT NULL,
    ordered_on date,
    settled boolean NOT NULL,
    held text,
    hold_notified boolean NOT NULL,
    placed_itself boolean NOT NULL,
    PRIMARY KEY (customer_id, order_id)
);
