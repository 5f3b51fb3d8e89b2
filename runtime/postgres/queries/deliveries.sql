-- name: try_lead
-- One instance sends; its session holds this lock.
SELECT pg_try_advisory_lock($1::bigint);

-- name: due
-- The first of each customer at each endpoint: what comes behind it waits for it. Own events only once Kafka has them; nothing
-- for an endpoint that is gone. By endpoint, in the order in which it is due: however much waits, no more is looked at than
-- is asked for. Of what the endpoints wait for, the oldest first: none waits behind what came later for another. What is compared
-- with one row is found by its key, whatever the planner thinks of tables that were small.
SELECT due.*, extract(epoch FROM clock_timestamp() - due.queued_at)::float8 AS seconds
FROM unnest($1::text[]) AS wanted (endpoint)
CROSS JOIN LATERAL (
    SELECT first.id, first.endpoint, first.event_id, first.customer_id, first.order_id, first.type, first.value,
           first.attempts, first.queued_at
    FROM runtime.deliveries AS first
    WHERE first.state = 'waiting' AND first.endpoint = wanted.endpoint AND first.due_at <= clock_timestamp()
      AND first.id <> ALL ($2::bigint[])
      AND first.id = (
          SELECT earliest.id FROM runtime.deliveries AS earliest
          WHERE earliest.state = 'waiting' AND earliest.endpoint = first.endpoint
            AND earliest.customer_id = first.customer_id
          ORDER BY earliest.id LIMIT 1)
      AND NOT coalesce((SELECT own.published_offset IS NULL FROM runtime.journal AS own WHERE own.event_id = first.event_id), false)
    ORDER BY first.due_at, first.id LIMIT $3
) AS due
WHERE NOT EXISTS (
    SELECT 1 FROM runtime.deliveries AS gone
    WHERE gone.state = 'failed' AND gone.endpoint = wanted.endpoint AND gone.reason = 'GONE')
ORDER BY due.id LIMIT $3;

-- name: done
-- The endpoint has it, or it is not for it.
DELETE FROM runtime.deliveries WHERE id = ANY ($1::bigint[]);

-- name: again
-- Not now: counted, and due after so many seconds.
UPDATE runtime.deliveries
SET attempts = attempts + 1, reason = $2, due_at = clock_timestamp() + make_interval(secs => $3::float8)
WHERE id = $1;

-- name: fail
-- Tried for long enough: an operator sees it.
UPDATE runtime.deliveries SET attempts = attempts + 1, reason = $2, state = 'failed' WHERE id = $1;

-- name: standings
-- How many wait and have failed at each endpoint.
SELECT endpoint, count(*) FILTER (WHERE state = 'waiting') AS waiting, count(*) FILTER (WHERE state = 'failed') AS failed,
       min(queued_at) AS oldest_at, bool_or(state = 'failed' AND reason = 'GONE') AS is_gone
FROM runtime.deliveries GROUP BY endpoint ORDER BY endpoint;
