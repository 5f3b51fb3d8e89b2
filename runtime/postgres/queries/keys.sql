-- The keys per customer, in the database `keyring`.

-- name: find
-- An emptied key is no key.
SELECT customer_id, key_id, wrapped FROM customer_keys WHERE customer_id = ANY($1::text[]) AND wrapped IS NOT NULL;

-- name: make
-- Whoever comes second keeps the first one's key; only an erased customer who comes back gets another.
INSERT INTO customer_keys (customer_id, key_id, wrapped)
SELECT customer_id, key_id, wrapped FROM unnest($1::text[], $2::text[], $3::bytea[]) AS new (customer_id, key_id, wrapped)
ORDER BY customer_id
ON CONFLICT (customer_id) DO UPDATE
SET key_id = excluded.key_id, wrapped = excluded.wrapped, created_at = clock_timestamp()
WHERE customer_keys.wrapped IS NULL
RETURNING customer_id, key_id, wrapped;

-- name: name
-- An emptied key keeps its name.
SELECT key_id FROM customer_keys WHERE customer_id = $1;

-- name: erase
-- The row stays, without its key, to say which and when; asked again, it says the same.
UPDATE customer_keys
SET wrapped = NULL, erased_at = CASE WHEN wrapped IS NULL THEN erased_at ELSE clock_timestamp() END
WHERE customer_id = $1 RETURNING key_id;
