-- The keys that seal personal data, one per customer, wrapped by a master key that is not here.
-- Erasing a customer empties `wrapped`; a dump taken before still holds it, which is why this database is backed up apart.
CREATE TABLE customer_keys (
    customer_id text PRIMARY KEY,
    key_id text NOT NULL UNIQUE,
    wrapped bytea,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    erased_at timestamptz,
    CHECK (wrapped IS NOT NULL OR erased_at IS NOT NULL)
) WITH (fillfactor = 90);
