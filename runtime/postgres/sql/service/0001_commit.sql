-- What every service keeps beside its projections: never rebuilt, only migrated.
CREATE SCHEMA runtime;

-- Own events; `cause_type` is null where a lost journal was filled from the topic, which doesn't say it.
CREATE TABLE runtime.journal (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id text NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    event_id uuid NOT NULL UNIQUE,
    type text NOT NULL,
    bucket smallint NOT NULL,
    value bytea NOT NULL,
    last_of_input boolean NOT NULL,
    cause_id uuid NOT NULL,
    cause_type text,
    cause_topic text,
    cause_partition integer,
    cause_offset bigint,
    recorded_at timestamptz NOT NULL,
    published_partition integer,
    published_offset bigint,
    UNIQUE (customer_id, version)
);
CREATE INDEX journal_unpublished ON runtime.journal (bucket, id) WHERE published_offset IS NULL;

CREATE TABLE runtime.positions (
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL CHECK (next_offset >= 0),
    last_offset bigint,
    digest bytea,
    PRIMARY KEY (topic, partition)
) WITH (fillfactor = 70);

CREATE TABLE runtime.inbox (
    source text NOT NULL,
    customer_id text NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (customer_id, source)
) WITH (fillfactor = 85);

CREATE TABLE runtime.parked (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id text NOT NULL,
    type text NOT NULL,
    input_id uuid NOT NULL,
    topic text,
    partition integer,
    "offset" bigint,
    key bytea,
    value bytea,
    headers json NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    parked_at timestamptz NOT NULL,
    -- A record of a storefront's came in the clear; while it waits with its account, its value and headers stand here alone.
    sealed json,
    -- Where the error broke that parked an input, masked; null where nothing was raised.
    trace json,
    -- When it reached the provider, which dates it whenever it is taken again; null where that is when it is applied.
    reached_at timestamptz,
    UNIQUE (topic, partition, "offset")
);
CREATE INDEX parked_account ON runtime.parked (customer_id, id);

CREATE TABLE runtime.quarantine (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    key bytea,
    value bytea,
    headers json NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    quarantined_at timestamptz NOT NULL,
    reached_at timestamptz,
    UNIQUE (topic, partition, "offset")
);

-- What a batch locks, and how it stands then, in one call each. Volatile: each statement sees what was committed while the
-- one before it waited, for a lock's own statement is older than what it waited for. The tables are the live ones.
CREATE FUNCTION runtime.lock_accounts(wanted text[])
RETURNS TABLE (account text, what text, number bigint, content text) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    -- An account must exist to be locked; sorted, so that two instances never wait for each other in a circle.
    INSERT INTO accounts (customer_id, version, state)
    SELECT missing, 0, NULL FROM unnest(wanted) AS missing ORDER BY missing
    ON CONFLICT (customer_id) DO NOTHING;

    PERFORM 1 FROM accounts WHERE customer_id = ANY (wanted) ORDER BY customer_id FOR UPDATE;

    RETURN QUERY
    SELECT customer_id, 'state', version, state::text FROM accounts WHERE customer_id = ANY (wanted)
    UNION ALL
    SELECT customer_id, 'seen', version, source FROM runtime.inbox WHERE customer_id = ANY (wanted);

    RETURN QUERY
    SELECT customer_id, 'parked', id, reason FROM runtime.parked WHERE customer_id = ANY (wanted) ORDER BY id;
END
$$;

-- One lock per claim, taken whether or not anybody holds it yet: of two first comers one waits, and then sees the other.
CREATE FUNCTION runtime.lock_claims(locks bigint[], kinds text[], keys text[])
RETURNS TABLE (kind text, key text, customer_id text, holder text, content text) LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(lock) FROM (SELECT lock FROM unnest(locks) AS lock ORDER BY lock) AS sorted;

    RETURN QUERY
    SELECT held.kind, held.key, held.customer_id, held.holder, held.content
    FROM claims AS held WHERE (held.kind, held.key) IN (SELECT * FROM unnest(kinds, keys))
    ORDER BY held.kind, held.key, held.customer_id;
END
$$;
