-- name: journal
-- Everything that was committed, in the order of the commits.
SELECT customer_id, version, event_id, type, bucket, value, last_of_input, cause_id, cause_topic, cause_partition,
       cause_offset, published_partition, published_offset
FROM runtime.journal ORDER BY id;

-- name: journal_of
-- The same, of some buckets.
SELECT customer_id, version, event_id, type, bucket, value, last_of_input, cause_id, cause_topic, cause_partition,
       cause_offset, published_partition, published_offset
FROM runtime.journal WHERE bucket = ANY ($1::smallint[]) ORDER BY id;

-- name: lived
-- Between its first event and its last.
SELECT coalesce(max(recorded_at) - min(recorded_at), interval '0') AS lived FROM runtime.journal;

-- name: mail_owners
-- Whose each mail is, so that a share of the accounts is judged with its own mails.
SELECT payload ->> 'message_id' AS message_id, customer_id FROM runtime.effects;

-- name: accounts
-- Each account's version and state; one that was locked but never had an event has version 0.
SELECT customer_id, version, state::text FROM live.accounts ORDER BY customer_id;

-- name: positions
-- How far each partition is applied, and the record before that.
SELECT topic, partition, next_offset, last_offset, digest FROM runtime.positions ORDER BY topic, partition;

-- name: inbox
-- Up to which version of each neighbour an account has applied.
SELECT source, customer_id, version FROM runtime.inbox ORDER BY source, customer_id;

-- name: parked
-- What waits with its account.
SELECT customer_id, type, topic, partition, "offset", reason FROM runtime.parked ORDER BY id;

-- name: quarantine
-- What intake could not read.
SELECT topic, partition, "offset", reason FROM runtime.quarantine ORDER BY id;

-- name: effects
-- Each act outside, and how it ended.
SELECT effect_id, kind, customer_id, event_id, state, attempts, recorded, payload::text FROM runtime.effects ORDER BY effect_id;

-- name: undone
-- What still moves by itself: unpublished events, secrets to hand over, acts not begun or not told of.
SELECT (SELECT count(*) FROM runtime.journal WHERE published_offset IS NULL)
       + (SELECT count(*) FROM runtime.rejections WHERE NOT is_published) AS unpublished,
       (SELECT count(*) FROM runtime.handovers) AS handovers,
       (SELECT count(*) FROM runtime.effects WHERE state = 'sending')
       + (SELECT count(*) FROM runtime.effects WHERE state = 'intended' AND attempts = 0)
       + (SELECT count(*) FROM runtime.effects WHERE state IN ('sent', 'failed', 'in_doubt') AND NOT recorded) AS effects;

-- name: upcoming
-- What is still to happen at an instant: deadlines that are due (a parked account's wait with it), events and secrets to
-- publish, acts to begin and those that were begun.
SELECT (SELECT count(*) FROM deadlines WHERE due_at <= $1
        AND NOT EXISTS (SELECT 1 FROM runtime.parked WHERE parked.customer_id = deadlines.customer_id)) AS deadlines,
       (SELECT count(*) FROM runtime.journal WHERE published_offset IS NULL)
       + (SELECT count(*) FROM runtime.handovers) AS events,
       (SELECT count(*) FROM runtime.effects WHERE state = 'intended' AND attempts = 0)
       + (SELECT count(*) FROM runtime.effects WHERE state = 'sending') AS acts;

-- name: tables
-- Every table of ours, whatever its schema; the first argument names those left out.
SELECT n.nspname AS schema, c.relname AS table
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND n.nspname || '.' || c.relname <> ALL ($1::text[])
ORDER BY 1, 2;

-- name: journal_digests
-- What was committed, each event as a digest: to compare two moments without holding their bytes.
SELECT event_id, customer_id, version, sha256(value) AS digest, type, last_of_input, cause_id, recorded_at
FROM runtime.journal;

-- name: rights
-- What a role may do to each table, those of a generation that is being built aside.
SELECT n.nspname AS schema, c.relname AS table, wanted AS "right",
       has_schema_privilege(role.oid, n.oid, 'USAGE') AND has_table_privilege(role.oid, c.oid, wanted) AS may
FROM pg_roles AS role
CROSS JOIN pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS wanted
WHERE role.rolname = $1 AND c.relkind IN ('r', 'v') AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
  AND n.nspname NOT IN (SELECT schema_name FROM runtime.rebuilds WHERE outcome IS NULL)
ORDER BY 1, 2, 3;

-- name: other_roles
-- Which other roles a role could become.
SELECT other.rolname AS role FROM pg_roles AS one JOIN pg_roles AS other ON other.oid <> one.oid
WHERE one.rolname = $1 AND pg_has_role(one.oid, other.oid, 'MEMBER') ORDER BY 1;
