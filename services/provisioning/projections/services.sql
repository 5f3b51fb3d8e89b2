CREATE TABLE services (
    customer_id text NOT NULL,
    product text NOT NULL,
    variant text NOT NULL,
    status text NOT NULL,
    origin text NOT NULL,
    order_id text NOT NULL,
    activated_on date NOT NULL,
    expires_on date NOT NULL,
    anchor_on date NOT NULL,
    months bigint NOT NULL,
    grace_until date,
    cancelled_on date,
    ddt_preservation boolean NOT NULL,
    PRIMARY KEY (customer_id, product)
)
