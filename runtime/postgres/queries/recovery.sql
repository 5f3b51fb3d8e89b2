-- name: has_bookkeeping
-- Before the first migration there is nothing to count.
SELECT to_regclass('runtime.journal') IS NOT NULL;

-- name: journal_rows
-- A journal that holds anything is not lost.
SELECT count(*) FROM runtime.journal;

-- name: has_events
-- Whether anything was ever committed here.
SELECT EXISTS (SELECT 1 FROM runtime.journal);

-- name: unknown_events
-- Which of these the journal does not have.
SELECT event_id FROM unnest($1::uuid[]) AS event_id
WHERE NOT EXISTS (SELECT 1 FROM runtime.journal WHERE journal.event_id = event_id.event_id);

-- name: hold
-- Whoever begins on this database meanwhile waits, and then finds it filled.
LOCK TABLE runtime.journal, runtime.positions IN ACCESS EXCLUSIVE MODE;

-- name: sessions
-- Whoever is signed in as another role than the owner's: a service, or a rebuild. What kind of process it is, is hidden
-- from us. An administrator may look on.
SELECT usename AS role, count(*) AS sessions FROM pg_stat_activity
WHERE datname = current_database() AND usename <> current_user
  AND usename NOT IN (SELECT rolname FROM pg_roles WHERE rolsuper)
GROUP BY usename ORDER BY usename;

-- name: live_schema
-- The views can't be copied into.
SELECT schema_name FROM runtime.generations WHERE state = 'live';

-- name: start_positions
-- All inputs are met again; what was applied is known by its version, claim or id.
INSERT INTO runtime.positions (topic, partition, next_offset)
SELECT * FROM unnest($1::text[], $2::integer[], $3::bigint[])
ON CONFLICT (topic, partition) DO UPDATE
SET next_offset = excluded.next_offset, last_offset = NULL, digest = NULL;

-- name: journal_of_bucket
-- Ids and digests alone: which events the topic must hold, and where it held them.
SELECT id, customer_id, version, event_id, sha256(value) AS digest, last_of_input, published_offset AS marked
FROM runtime.journal WHERE bucket = $1;

-- name: values_of
-- What is published again, byte for byte.
SELECT id, customer_id, version, type, value, last_of_input FROM runtime.journal WHERE id = ANY ($1::bigint[]);

-- name: mark_again
-- Where Kafka put each row this time.
UPDATE runtime.journal AS row SET published_partition = $2, published_offset = sent."offset"
FROM unnest($1::bigint[], $3::bigint[]) AS sent (id, "offset")
WHERE row.id = sent.id;

-- name: places
-- Where a topic holds each event now, in pages, for those who remember where it stood.
SELECT id, event_id, published_partition, published_offset FROM runtime.journal
WHERE id > $1 AND published_offset IS NOT NULL ORDER BY id LIMIT $2;

-- name: move_causes
-- A reader's journal names the place of each cause.
UPDATE runtime.journal AS row SET cause_partition = moved.partition, cause_offset = moved."offset"
FROM unnest($2::uuid[], $3::integer[], $4::bigint[]) AS moved (event_id, partition, "offset")
WHERE row.cause_topic = $1 AND row.cause_id = moved.event_id
  AND (row.cause_partition, row.cause_offset) IS DISTINCT FROM (moved.partition, moved."offset");

-- name: leave_parked_places
-- First out of the way of one another: a place is unique. A place below 0 is one of a log that is no more.
UPDATE runtime.parked SET "offset" = - "offset" - 1 WHERE topic = $1 AND partition = ANY ($2::integer[]) AND "offset" >= 0;

-- name: take_parked_places
-- What waits is met again at its new place, and waits once.
UPDATE runtime.parked AS row SET partition = moved.partition, "offset" = moved."offset"
FROM unnest($2::uuid[], $3::integer[], $4::bigint[]) AS moved (event_id, partition, "offset")
WHERE row.topic = $1 AND row.input_id = moved.event_id AND row."offset" < 0;

-- name: leave_quarantined_places
-- A record of the log that is no more must not keep one of the new log out.
UPDATE runtime.quarantine SET "offset" = - "offset" - 1
WHERE topic = $1 AND partition = ANY ($2::integer[]) AND "offset" >= 0;

-- name: schemas
-- Everything that a service has in its database: bookkeeping, generations, views, the ledger of migrations.
SELECT nspname FROM pg_namespace
WHERE nspname IN ('runtime', 'live', 'public') OR nspname LIKE 'generation\_%';
