-- name: accounts
-- Where each account stands in a generation.
SELECT customer_id, version, state::text FROM {schema}.accounts WHERE customer_id = ANY ($1::text[]);

-- name: keep_accounts
-- Once per account, whatever happened to it.
INSERT INTO {schema}.accounts (customer_id, version, state)
SELECT customer_id, version, state::json
FROM unnest($1::text[], $2::bigint[], $3::text[]) AS new (customer_id, version, state) ORDER BY customer_id
ON CONFLICT (customer_id) DO UPDATE SET version = excluded.version, state = excluded.state;

-- name: make_checkpoints
-- What is in the tables, share by share, and how far the log was followed since; gone when the generation is live.
CREATE TABLE {schema}.rebuild_checkpoints (
    partition integer NOT NULL,
    slice integer NOT NULL,
    until bigint NOT NULL,
    accounts bigint NOT NULL,
    events bigint NOT NULL,
    compared bigint NOT NULL,
    faults json NOT NULL,
    PRIMARY KEY (partition, slice)
);

-- name: drop_checkpoints
-- The generation is whole.
DROP TABLE IF EXISTS {schema}.rebuild_checkpoints;

-- name: checkpoint
-- In the transaction that writes the share's rows.
INSERT INTO {schema}.rebuild_checkpoints VALUES ($1, $2, $3, $4, $5, $6, $7::text::json);

-- name: checkpoints
-- The shares that are done.
SELECT partition, slice, until, accounts, events, compared, faults::text FROM {schema}.rebuild_checkpoints;

-- name: followed
-- As far as the log was followed for the accounts of a partition, all slices of it.
UPDATE {schema}.rebuild_checkpoints SET until = $2 WHERE partition = $1;

-- name: may_act
-- Whether this role could read or write what a replay must not touch.
SELECT coalesce(bool_or(has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, wanted)), false)
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS wanted
WHERE n.nspname = 'runtime' AND c.relname IN ('journal', 'effects', 'positions', 'handovers');

-- name: begin_rebuild
-- One unfinished rebuild at a time.
INSERT INTO runtime.rebuilds (schema_name, fold_version, tables_hash, slices, ends, definitions)
VALUES ($1, $2, $3, $4, $5::text::json, $6::text::json) RETURNING id;

-- name: unfinished
-- The rebuild that goes on, if one was begun.
SELECT id, schema_name, fold_version, tables_hash, slices, ends::text, definitions::text, stage, request, events, seconds,
       started_at
FROM runtime.rebuilds WHERE outcome IS NULL;

-- name: progress
-- What is shown of it elsewhere, and what an operator wishes meanwhile.
UPDATE runtime.rebuilds SET stage = $2, events = $3, seconds = $4
WHERE id = $1 AND outcome IS NULL RETURNING request;

-- name: request
-- Heard by the process that rebuilds, within a second.
UPDATE runtime.rebuilds SET request = $1 WHERE outcome IS NULL RETURNING id;

-- name: outcome
-- Waits for a swap that is being committed.
SELECT outcome FROM runtime.rebuilds WHERE id = $1 FOR UPDATE;

-- name: end_rebuild
-- How it ended without a swap.
UPDATE runtime.rebuilds
SET outcome = $2, why = $3, request = NULL, stage = 'ended', finished_at = clock_timestamp() WHERE id = $1;

-- name: last_rebuilds
-- The newest first.
SELECT id, schema_name, fold_version, stage, request, outcome, why, events, seconds, held_ms, rows_hash, started_at,
       finished_at
FROM runtime.rebuilds ORDER BY id DESC LIMIT $1;

-- name: newest_id
-- Higher than any row that was begun: what commits later than those in flight has a higher id.
SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('runtime.journal', 'id')::regclass), 0);

-- name: in_flight
-- Commits that hold the lock now: each transaction has a name of its own.
SELECT virtualtransaction FROM pg_locks
WHERE locktype = 'advisory' AND mode = 'ShareLock' AND granted
  AND classid = 0 AND objid = 7243903 AND database = (SELECT oid FROM pg_database WHERE datname = current_database());

-- name: readers
-- Transactions that read or write the live views now.
SELECT DISTINCT l.virtualtransaction FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation
WHERE c.relnamespace = 'live'::regnamespace AND l.granted AND l.pid <> pg_backend_pid();

-- name: first_unpublished
-- From here on Kafka may lack something.
SELECT min(id) FROM runtime.journal WHERE published_offset IS NULL;

-- name: tail
-- What was committed after a row, in the order of the commits inside each account.
SELECT id, value FROM runtime.journal WHERE id > $1 ORDER BY id LIMIT $2;

-- name: hold_commits
-- Wait for the commits in flight and keep the next ones waiting.
SELECT pg_advisory_xact_lock(7243903);

-- name: take_over
-- In one message, since commits wait: the views' statements, then what was live is retired, then how it went.
{flip};
UPDATE runtime.generations SET state = 'retired' WHERE state = 'live';
UPDATE runtime.generations SET state = 'live' WHERE schema_name = '{schema}';
UPDATE runtime.rebuilds
SET outcome = 'swapped', held_ms = {held}, events = {events}, seconds = {seconds}, rows_hash = '{rows_hash}', request = NULL,
    stage = 'ended', finished_at = clock_timestamp()
WHERE id = {rebuild};

-- name: held
-- With the commit of the swap itself.
UPDATE runtime.rebuilds SET held_ms = $2 WHERE id = $1;

-- name: live_generation
-- What the views show.
SELECT schema_name, fold_version, tables_hash FROM runtime.generations WHERE state = 'live';

-- name: generations_in
-- Those in a state, oldest first.
SELECT schema_name, fold_version, made_at FROM runtime.generations WHERE state = $1 ORDER BY id;

-- name: forget_generation
-- Its schema is dropped in the same transaction.
DELETE FROM runtime.generations WHERE schema_name = $1 AND state <> 'live';

-- name: journal_of
-- An account's own history, to show what an event said when it was committed.
SELECT version, value FROM runtime.journal WHERE customer_id = $1 ORDER BY version;
