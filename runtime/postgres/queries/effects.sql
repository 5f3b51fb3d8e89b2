-- name: try_lead
-- One instance works on the effects of a service; its session holds this lock.
SELECT pg_try_advisory_lock($1::bigint);

-- name: due
-- Only what Kafka has: an intent whose event is not published might still be lost with this database. Each event is looked up
-- by itself (OFFSET 0): a join of all that waits with the journal would read both whole for the few that are asked for.
SELECT effects.effect_id, effects.kind, effects.customer_id, effects.event_id, effects.payload::text, effects.attempts,
       convert_from(journal.value, 'UTF8')::json ->> 'traceparent' AS traceparent
FROM runtime.effects AS effects CROSS JOIN LATERAL (
    SELECT value FROM runtime.journal WHERE event_id = effects.event_id AND published_offset IS NOT NULL OFFSET 0
) AS journal
WHERE effects.state = 'intended' AND effects.kind = ANY ($1::text[]) AND effects.effect_id <> ALL ($2::uuid[])
ORDER BY effects.id
LIMIT $3;

-- name: interrupted
-- Sending, but not by this process: a crash left open whether it was sent.
SELECT effects.effect_id, effects.kind, effects.customer_id, effects.event_id, effects.payload::text, effects.attempts,
       convert_from(journal.value, 'UTF8')::json ->> 'traceparent' AS traceparent
FROM runtime.effects AS effects LEFT JOIN runtime.journal AS journal ON journal.event_id = effects.event_id
WHERE effects.state = 'sending' AND effects.effect_id <> ALL ($1::uuid[]) ORDER BY effects.effect_id;

-- name: unrecorded
-- Done, but no own event says so yet.
SELECT effects.effect_id, effects.kind, effects.customer_id, effects.event_id, effects.payload::text, effects.attempts,
       effects.state, effects.reason, effects.code,
       convert_from(journal.value, 'UTF8')::json ->> 'traceparent' AS traceparent
FROM runtime.effects AS effects LEFT JOIN runtime.journal AS journal ON journal.event_id = effects.event_id
WHERE effects.state IN ('sent', 'failed', 'in_doubt') AND NOT effects.recorded ORDER BY effects.effect_id LIMIT $1;

-- name: begin
-- By compare-and-set, on the session that leads: a zombie begins nothing.
UPDATE runtime.effects SET state = 'sending', updated_at = clock_timestamp()
WHERE effect_id = ANY ($1::uuid[]) AND state = 'intended' RETURNING effect_id;

-- name: again
-- A refusal that may pass: back to intended, once more counted.
UPDATE runtime.effects SET state = 'intended', attempts = attempts + 1, updated_at = clock_timestamp()
WHERE effect_id = $1 AND state IN ('intended', 'sending');

-- name: settle
-- What was sent replaces a doubt; nothing replaces what is final.
UPDATE runtime.effects AS effects
SET state = ended.state, reason = ended.reason, code = ended.code, recorded = false, updated_at = clock_timestamp()
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::integer[]) AS ended (effect_id, state, reason, code)
WHERE effects.effect_id = ended.effect_id
  AND (effects.state IN ('intended', 'sending') OR (effects.state = 'in_doubt' AND ended.state = 'sent'));

-- name: recorded
-- Own events say what became of them.
UPDATE runtime.effects SET recorded = true, updated_at = clock_timestamp() WHERE effect_id = ANY ($1::uuid[]);

-- name: secret
-- The sealed box that a credentials mail needs.
SELECT box FROM runtime.secrets_in_hand WHERE credential_id = $1;
