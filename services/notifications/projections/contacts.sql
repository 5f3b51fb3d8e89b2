-- One sealed recipient per customer.
CREATE TABLE contacts (
    customer_id text PRIMARY KEY,
    key_id text NOT NULL,
    nonce text NOT NULL,
    ciphertext text NOT NULL,
    locale text NOT NULL,
    certified_mail boolean NOT NULL,
    corrected boolean NOT NULL
);
