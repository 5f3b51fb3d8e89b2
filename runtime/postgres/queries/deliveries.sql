-- name: try_lead
-- One instance sends; its session holds this lock.
SELECT pg_try_advisory_lock($1::bigint);

-- name: due
-- The first of each customer at each endpoint: what comes behind it waits for it. Own events only once Kafka has them; nothing
-- for an endpoint that is gone.
SELECT first.id, first.endpoint, first.event_id, first.customer_id, first.order_id, first.type, first.value, first.attempts,
       first.queued_at, extract(epoch FROM clock_timestamp() - first.queued_at)::float8 AS seconds
FROM runtime.deliveries AS first
WHERE first.state = 'waiting' AND first.endpoint = ANY ($1::text[]) AND first.id <> ALL ($2::bigint[])
  AND first.due_at <= clock_timestamp()
  AND NOT EXISTS (
      SELECT 1 FROM runtime.deliveries AS earlier
      WHERE earlier.state = 'waiting' AND earlier.endpoint = first.endpoint AND earlier.customer_id = first.customer_id
        AND earlier.id < first.id)
  AND NOT EXISTS (
      SELECT 1 FROM runtime.journal AS own WHERE own.event_id = first.event_id AND own.published_offset IS NULL)
  AND NOT EXISTS (
      SELECT 1 FROM runtime.deliveries AS gone
      WHERE gone.state = 'failed' AND gone.endpoint = first.endpoint AND gone.reason = 'GONE')
ORDER BY first.id LIMIT $3;

-- name: done
-- The endpoint has it, or it is not for it.
DELETE FROM runtime.deliveries WHERE id = $1;

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
