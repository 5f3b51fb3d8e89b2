-- name: enter
-- Shared among commits: a swap waits for them, and they for a swap; then they see which tables are live.
SELECT runtime.enter($1, $2);

-- name: lock_positions
-- Sorted, so that two instances never wait for each other in a circle.
SELECT topic, partition, next_offset, last_offset, digest
FROM runtime.positions
WHERE (topic, partition) IN (SELECT * FROM unnest($1::text[], $2::integer[]))
ORDER BY topic, partition
FOR UPDATE;

-- name: lock_accounts
-- Made where they are missing, locked in order, each as it stands then.
SELECT account, what, number, content FROM runtime.lock_accounts($1);

-- name: lock_claims
-- Who holds them, read after the locks.
SELECT kind, key, customer_id, holder, content FROM runtime.lock_claims($1, $2, $3);

-- name: happened
-- The inbox of what carries no version: commands, intake, deadlines, outcomes.
SELECT event_id, customer_id FROM runtime.journal WHERE event_id = ANY ($1::uuid[]);

-- name: append_journal
-- Ids follow the order of the inputs: the relay's order inside an account.
INSERT INTO runtime.journal (customer_id, version, event_id, type, bucket, value, last_of_input,
                             cause_id, cause_type, cause_topic, cause_partition, cause_offset, recorded_at)
SELECT customer_id, version, event_id, type, bucket, value, last_of_input,
       cause_id, cause_type, cause_topic, cause_partition, cause_offset, $13
FROM unnest($1::text[], $2::bigint[], $3::uuid[], $4::text[], $5::smallint[], $6::bytea[], $7::boolean[],
            $8::uuid[], $9::text[], $10::text[], $11::integer[], $12::bigint[])
     WITH ORDINALITY AS event (customer_id, version, event_id, type, bucket, value, last_of_input,
                               cause_id, cause_type, cause_topic, cause_partition, cause_offset, place)
ORDER BY place;

-- name: write_states
-- Once per account, whatever the batch did to it.
UPDATE accounts SET version = changed.version, state = changed.state::json
FROM unnest($1::text[], $2::bigint[], $3::text[]) AS changed (customer_id, version, state)
WHERE accounts.customer_id = changed.customer_id;

-- name: write_inbox
-- Up to which version of each neighbour an account has heard.
INSERT INTO runtime.inbox (source, customer_id, version)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
ON CONFLICT (customer_id, source) DO UPDATE SET version = excluded.version;

-- name: park
-- An input that can't be applied waits here; a record met again after a reset waits once.
INSERT INTO runtime.parked
    (customer_id, type, input_id, topic, partition, "offset", key, value, headers, reason, detail, parked_at, reached_at,
     sealed, trace)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::json, $10, $11, $12, $13, $14::text::json, $15::text::json)
ON CONFLICT (topic, partition, "offset") DO NOTHING;

-- name: quarantine
-- What intake can't read is kept as it came.
INSERT INTO runtime.quarantine
    (topic, partition, "offset", key, value, headers, reason, detail, quarantined_at, reached_at)
VALUES ($1, $2, $3, $4, $5, $6::text::json, $7, $8, $9, $10)
ON CONFLICT (topic, partition, "offset") DO NOTHING;

-- name: deliver
-- What endpoints outside are told of, in the order of the batch; each of them of an event once.
INSERT INTO runtime.deliveries (endpoint, event_id, customer_id, order_id, type, value)
SELECT endpoint, event_id, customer_id, order_id, type, value
FROM unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bytea[])
     WITH ORDINALITY AS told (endpoint, event_id, customer_id, order_id, type, value, place)
ORDER BY place
ON CONFLICT (endpoint, event_id) DO NOTHING;

-- name: tell_rejections
-- Its id is derived from the record, so that it is told once, however often the record is met.
INSERT INTO runtime.rejections (event_id, storefront, bucket, key, value, rejected_at)
SELECT event_id, storefront, bucket, key, value, $6
FROM unnest($1::uuid[], $2::text[], $3::smallint[], $4::bytea[], $5::bytea[])
     WITH ORDINALITY AS told (event_id, storefront, bucket, key, value, place)
ORDER BY place
ON CONFLICT (event_id) DO NOTHING;

-- name: withdraw_rejections
-- A record that was refused is taken now: its own events say so, and it is listed no more.
DELETE FROM runtime.rejections WHERE event_id = ANY ($1::uuid[]);

-- name: unpark
-- A parked input that was applied now.
DELETE FROM runtime.parked WHERE id = ANY ($1::bigint[]);

-- name: readmit
-- A quarantined record that was taken, or discarded, now.
DELETE FROM runtime.quarantine WHERE id = ANY ($1::bigint[]);

-- name: hand_over
-- A sealed secret leaves with the events that speak of it.
INSERT INTO runtime.handovers (event_id, customer_id, credential_id, bucket, value, recorded_at)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::smallint[], $5::bytea[], $6::timestamptz[]);

-- name: keep_secrets
-- The first box of a credential counts; a record met again changes nothing.
INSERT INTO runtime.secrets_in_hand (credential_id, customer_id, box, expires_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::timestamptz[])
ON CONFLICT (credential_id) DO NOTHING;

-- name: forget_secrets
-- The fate of the mail that carried them is final.
DELETE FROM runtime.secrets_in_hand WHERE credential_id = ANY ($1::text[]);

-- name: intend
-- In the order of the batch. The effect's id is derived, so that an intent is written once.
INSERT INTO runtime.effects (effect_id, kind, customer_id, event_id, payload)
SELECT effect_id, kind, customer_id, event_id, payload::json
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[])
     WITH ORDINALITY AS intent (effect_id, kind, customer_id, event_id, payload, place)
ORDER BY place
ON CONFLICT (effect_id) DO NOTHING;

-- name: move_positions
-- By compare-and-set: a zombie's move changes nothing and is found by the count.
UPDATE runtime.positions AS held
SET next_offset = moved.next_offset, last_offset = moved.last_offset, digest = moved.digest
FROM unnest($1::text[], $2::integer[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bytea[])
     AS moved (topic, partition, before, next_offset, last_offset, digest)
WHERE held.topic = moved.topic AND held.partition = moved.partition AND held.next_offset = moved.before;

-- name: wake_relays
-- Heard when the transaction commits, and not before.
SELECT pg_notify('coterm_journal', '');
