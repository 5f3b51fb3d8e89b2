-- What of intake was refused, as it is told: a record for the topic of rejections, kept for whoever asks.
CREATE TABLE runtime.rejections (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id uuid NOT NULL UNIQUE,
    storefront text,
    bucket smallint NOT NULL,
    key bytea,
    value bytea NOT NULL,
    rejected_at timestamptz NOT NULL,
    is_published boolean NOT NULL DEFAULT false
);
CREATE INDEX rejections_unpublished ON runtime.rejections (bucket, id) WHERE NOT is_published;
CREATE INDEX rejections_by_age ON runtime.rejections (rejected_at) WHERE is_published;

-- What endpoints outside are still to be told of, in the order in which it was committed; what was delivered is gone.
CREATE TABLE runtime.deliveries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    endpoint text NOT NULL,
    event_id uuid NOT NULL,
    customer_id text NOT NULL,
    order_id text,
    type text NOT NULL,
    value bytea NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'failed')),
    attempts integer NOT NULL DEFAULT 0,
    reason text,
    queued_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (endpoint, event_id)
);
CREATE INDEX deliveries_waiting ON runtime.deliveries (endpoint, customer_id, id) WHERE state = 'waiting';
CREATE INDEX deliveries_failed ON runtime.deliveries (endpoint) WHERE state = 'failed';
CREATE INDEX deliveries_by_age ON runtime.deliveries (queued_at);
