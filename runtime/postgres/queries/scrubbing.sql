-- name: any_account
-- By chance; who has more events is met more often.
SELECT customer_id FROM runtime.journal
WHERE id >= (SELECT floor(random() * max(id))::bigint + 1 FROM runtime.journal) ORDER BY id LIMIT 1;

-- name: differing_account
-- Looked at again until it is repaired, the one not seen for longest first.
SELECT customer_id FROM runtime.scrubs WHERE differences IS NOT NULL ORDER BY scrubbed_at LIMIT 1;

-- name: events_of
-- An account's whole history.
SELECT value FROM runtime.journal WHERE customer_id = $1 ORDER BY version;

-- name: account_of
-- Its state as the live tables have it.
SELECT version, state::text FROM accounts WHERE customer_id = $1;

-- name: note
-- What was seen last of an account counts.
INSERT INTO runtime.scrubs (customer_id, version, differences) VALUES ($1, $2, $3::text::json)
ON CONFLICT (customer_id) DO UPDATE
SET version = excluded.version, differences = excluded.differences, scrubbed_at = clock_timestamp();

-- name: differing
-- For the gauge.
SELECT count(*) FROM runtime.scrubs WHERE differences IS NOT NULL;

-- name: is_of
-- A process of an older version must not call the tables of a newer one wrong.
SELECT EXISTS (
    SELECT 1 FROM runtime.generations WHERE state = 'live' AND fold_version = $1 AND tables_hash = $2
);
