-- What every service keeps beside its projections: never rebuilt, only migrated.
CREATE SCHEMA runtime;

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
    UNIQUE (topic, partition, "offset")
);

CREATE TABLE runtime.handovers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id uuid NOT NULL UNIQUE,
    customer_id text NOT NULL,
    credential_id text NOT NULL,
    bucket smallint NOT NULL,
    value bytea NOT NULL,
    recorded_at timestamptz NOT NULL
);

CREATE TABLE runtime.secrets_in_hand (
    credential_id text PRIMARY KEY,
    customer_id text NOT NULL,
    box bytea NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE TABLE runtime.generations (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    schema_name text NOT NULL UNIQUE,
    fold_version integer NOT NULL,
    tables_hash text NOT NULL,
    state text NOT NULL CHECK (state IN ('building', 'live', 'retired')),
    made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX one_live_generation ON runtime.generations (state) WHERE state = 'live';
