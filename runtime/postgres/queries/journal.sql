-- name: try_buckets
-- A session lock per bucket: one relay at a time sends a bucket, and a dead one lets go.
SELECT bucket, pg_try_advisory_lock($1::integer, bucket) AS ours FROM unnest($2::integer[]) AS bucket;

-- name: unpublished
-- Who holds a bucket's lock sends its unmarked rows in id order: inside an account, ids follow the commits. So many per
-- bucket: one that can't be sent must not crowd out the others. A range of one bucket, ordered by it: the index of what is
-- unmarked alone gives that order, and no plan reads what was marked long ago.
SELECT row.id, row.event_id, row.customer_id, row.version, row.type, row.bucket, row.value, row.last_of_input
FROM unnest($1::smallint[]) AS wanted (bucket)
CROSS JOIN LATERAL (
    SELECT * FROM runtime.journal
    WHERE journal.published_offset IS NULL AND journal.bucket BETWEEN wanted.bucket AND wanted.bucket
    ORDER BY journal.bucket, journal.id LIMIT $2
) AS row
ORDER BY row.bucket, row.id;

-- name: mark_published
-- Where Kafka put each row.
UPDATE runtime.journal AS row SET published_partition = sent.partition, published_offset = sent."offset"
FROM unnest($1::bigint[], $2::integer[], $3::bigint[]) AS sent (id, partition, "offset")
WHERE row.id = sent.id;

-- name: waiting_handovers
-- Oldest first, and so many per bucket, like the journal.
SELECT row.id, row.bucket, convert_to(row.customer_id, 'UTF8') AS key,
       'handover.CredentialsHandedOver.v1' AS type, row.value
FROM unnest($1::smallint[]) AS wanted (bucket)
CROSS JOIN LATERAL (
    SELECT * FROM runtime.handovers WHERE handovers.bucket = wanted.bucket ORDER BY handovers.id LIMIT $2
) AS row
ORDER BY row.bucket, row.id;

-- name: drop_handovers
-- Kafka has it: the secret is not kept a moment longer.
DELETE FROM runtime.handovers WHERE id = ANY ($1::bigint[]);

-- name: waiting_rejections
-- The same, of what intake refused.
SELECT row.id, row.bucket, row.key, 'orders.RecordRejected.v1' AS type, row.value
FROM unnest($1::smallint[]) AS wanted (bucket)
CROSS JOIN LATERAL (
    SELECT * FROM runtime.rejections
    WHERE NOT rejections.is_published AND rejections.bucket BETWEEN wanted.bucket AND wanted.bucket
    ORDER BY rejections.bucket, rejections.id LIMIT $2
) AS row
ORDER BY row.bucket, row.id;

-- name: mark_rejections
-- Kafka has it; it stays for whoever asks over HTTP.
UPDATE runtime.rejections SET is_published = true WHERE id = ANY ($1::bigint[]);

-- name: rejections
-- What was refused, oldest first: a storefront's own, and what names none. After one of them, so many.
SELECT value FROM runtime.rejections
WHERE ($1::text IS NULL OR storefront IS NULL OR storefront = $1)
  AND id > coalesce((SELECT id FROM runtime.rejections WHERE event_id = $2::uuid), 0)
ORDER BY id LIMIT $3;

-- name: published_among
-- Which of a command's events Kafka has acknowledged.
SELECT count(*) FROM runtime.journal WHERE event_id = ANY ($1::uuid[]) AND published_offset IS NOT NULL;

-- name: unpublished_of
-- What a repeated command waits for: its first may not be in Kafka yet.
SELECT count(*) FROM runtime.journal WHERE customer_id = $1 AND published_offset IS NULL;

-- name: read_positions
-- Without a lock: where to fetch from.
SELECT topic, partition, next_offset, last_offset, digest
FROM runtime.positions
WHERE (topic, partition) IN (SELECT * FROM unnest($1::text[], $2::integer[]));

-- name: make_positions
-- A partition met for the first time starts where the log does.
INSERT INTO runtime.positions (topic, partition, next_offset)
SELECT * FROM unnest($1::text[], $2::integer[], $3::bigint[])
ON CONFLICT (topic, partition) DO NOTHING;

-- name: all_positions
-- For operators.
SELECT topic, partition, next_offset, last_offset, digest FROM runtime.positions ORDER BY topic, partition;

-- name: reset_position
-- Forget the record before it too: the log is not the one we knew.
UPDATE runtime.positions SET next_offset = $3, last_offset = NULL, digest = NULL WHERE topic = $1 AND partition = $2;

-- name: due_deadlines
-- A parked account's deadlines wait with it; past the third argument, where all before it wait for the log.
SELECT kind, key, customer_id, due_at FROM deadlines
WHERE due_at <= $1 AND NOT EXISTS (SELECT 1 FROM runtime.parked WHERE parked.customer_id = deadlines.customer_id)
ORDER BY due_at, kind, key LIMIT $2 OFFSET $3;

-- name: parked_of
-- An account's queue, in the order in which it came.
SELECT id, customer_id, type, input_id, topic, partition, "offset", key, value, headers::text, sealed::text, reason,
       detail, parked_at, reached_at, trace::text
FROM runtime.parked WHERE customer_id = $1 ORDER BY id;

-- name: whose
-- Whose database this is, by its first event; an empty journal is anybody's.
SELECT split_part(type, '.', 1) AS service FROM runtime.journal ORDER BY id LIMIT 1;

-- name: is_there
-- A database that was never migrated this far has not every table.
SELECT to_regclass($1) IS NOT NULL AS is_there;

-- name: committed
-- How much was ever committed, without counting it, and which generation of tables is live.
SELECT (SELECT coalesce(max(id), 0) FROM runtime.journal) AS events,
       (SELECT max(recorded_at) FROM runtime.journal WHERE id = (SELECT max(id) FROM runtime.journal)) AS last_at,
       schema_name, fold_version, made_at
FROM runtime.generations WHERE state = 'live';

-- name: effects
-- What still moves by itself, and what no longer does. A state at a time: each has an index of its own, all together none.
SELECT count(*) AS waiting,
       count(*) FILTER (WHERE attempts > 0) AS retried,
       (SELECT count(*) FROM runtime.handovers) AS handovers
FROM (
    SELECT attempts FROM runtime.effects WHERE state = 'intended'
    UNION ALL
    SELECT attempts FROM runtime.effects WHERE state = 'sending'
) AS moving;

-- name: last_rebuild
-- The latest, whether it ended or not.
SELECT id, stage, request, outcome, why, events, seconds, held_ms, started_at, finished_at
FROM runtime.rebuilds ORDER BY id DESC LIMIT 1;

-- name: scrubbed
-- How many accounts the scrubber has compared, and how many are not what their events say.
SELECT count(*) AS accounts, count(*) FILTER (WHERE differences IS NOT NULL) AS differing, max(scrubbed_at) AS last_at
FROM runtime.scrubs;

-- name: history
-- One account's own events, each with its cause and its place in the log.
SELECT version, event_id, type, value, cause_id, cause_type, cause_topic, cause_partition, cause_offset, recorded_at,
       published_partition, published_offset
FROM runtime.journal WHERE customer_id = $1 ORDER BY version;

-- name: applied_versions
-- Up to which version of each neighbour it has applied.
SELECT source, version FROM runtime.inbox WHERE customer_id = $1 ORDER BY source;

-- name: own_events
-- What an account's row no longer says: a mail's facts, for instance.
SELECT value FROM runtime.journal WHERE customer_id = $1 AND type = $2 ORDER BY version;

-- name: quarantined
-- One record that could not be taken, as it came.
SELECT id, topic, partition, "offset", key, value, headers::text, reason, detail, quarantined_at, reached_at
FROM runtime.quarantine WHERE id = $1;

-- name: quarantine
-- For operators: what stands there, without what it holds.
SELECT id, topic, partition, "offset", reason, detail, quarantined_at, octet_length(value) AS bytes
FROM runtime.quarantine ORDER BY id;

-- name: parked_accounts
-- For operators: who waits, since when, and for what the first input waits.
SELECT customer_id, count(*) AS inputs, min(parked_at) AS since, (array_agg(reason ORDER BY id))[1] AS reason,
       (array_agg(detail ORDER BY id))[1] AS detail
FROM runtime.parked GROUP BY customer_id ORDER BY since;

-- name: is_parked
-- Asked before a command is taken.
SELECT EXISTS (SELECT 1 FROM runtime.parked WHERE customer_id = $1);

-- name: standing
-- Everything the gauges show, in one look.
SELECT (SELECT count(DISTINCT customer_id) FROM runtime.parked) AS parked_accounts,
       (SELECT count(*) FROM runtime.quarantine) AS quarantined,
       EXISTS (SELECT 1 FROM runtime.rejections) AS rejected,
       (SELECT count(*) FROM runtime.deliveries WHERE state = 'waiting') AS webhooks_waiting,
       (SELECT count(*) FROM runtime.deliveries WHERE state = 'failed') AS webhooks_failed,
       (SELECT count(*) FROM runtime.journal WHERE published_offset IS NULL)
       + (SELECT count(*) FROM runtime.rejections WHERE NOT is_published) AS unpublished,
       least((SELECT min(recorded_at) FROM runtime.journal WHERE published_offset IS NULL),
             (SELECT min(rejected_at) FROM runtime.rejections WHERE NOT is_published)) AS oldest_unpublished,
       (SELECT count(*) FROM runtime.handovers) AS handovers,
       (SELECT min(recorded_at) FROM runtime.handovers) AS oldest_handover,
       (SELECT count(*) FROM runtime.effects WHERE state = 'in_doubt') AS in_doubt;

-- name: purge_quarantine
-- Personal data in the clear stays no longer than on intake.
DELETE FROM runtime.quarantine WHERE quarantined_at < $1;

-- name: deliveries
-- For operators: how many wait and have failed at each endpoint, since when, and why last.
SELECT endpoint, count(*) FILTER (WHERE state = 'waiting') AS waiting, count(*) FILTER (WHERE state = 'failed') AS failed,
       min(queued_at) AS oldest_at, (array_agg(reason ORDER BY attempts DESC, id))[1] AS reason
FROM runtime.deliveries GROUP BY endpoint ORDER BY endpoint;

-- name: failed_deliveries
-- For operators: what one endpoint was given up on, without what it says.
SELECT event_id, type, customer_id, order_id, attempts, reason, queued_at
FROM runtime.deliveries WHERE state = 'failed' AND endpoint = $1 ORDER BY id LIMIT $2;

-- name: redeliver
-- Everything of an endpoint that was given up, from the first attempt on, however long ago it was.
UPDATE runtime.deliveries
SET state = 'waiting', attempts = 0, reason = NULL, queued_at = clock_timestamp(), due_at = clock_timestamp()
WHERE state = 'failed' AND endpoint = $1;

-- name: purge_deliveries
-- An endpoint that nobody mends is not told for ever.
DELETE FROM runtime.deliveries WHERE queued_at < now() - make_interval(secs => $1::float8);

-- name: purge_rejections
-- Told for as long as on their topic.
DELETE FROM runtime.rejections WHERE rejected_at < $1 AND is_published;
