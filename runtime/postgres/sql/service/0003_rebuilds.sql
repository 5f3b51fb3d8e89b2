-- Which generation of tables is live, and the rebuilds that made it.
CREATE TABLE runtime.generations (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    schema_name text NOT NULL UNIQUE,
    fold_version integer NOT NULL,
    tables_hash text NOT NULL,
    state text NOT NULL CHECK (state IN ('building', 'live', 'retired')),
    made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX one_live_generation ON runtime.generations (state) WHERE state = 'live';

-- One row per rebuild: how far it came, what an operator wishes of it, and how it ended.
CREATE TABLE runtime.rebuilds (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    schema_name text NOT NULL,
    fold_version integer NOT NULL,
    tables_hash text NOT NULL,
    slices integer NOT NULL,
    ends json NOT NULL,
    definitions json NOT NULL,
    stage text NOT NULL DEFAULT 'folding',
    request text CHECK (request IN ('pause', 'cancel')),
    outcome text CHECK (outcome IN ('swapped', 'cancelled', 'abandoned')),
    why text,
    events bigint NOT NULL DEFAULT 0,
    seconds double precision NOT NULL DEFAULT 0,
    held_ms double precision,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    -- What it left, in one word: rebuilding the same log twice gives the same.
    rows_hash text
);
CREATE UNIQUE INDEX one_unfinished_rebuild ON runtime.rebuilds ((true)) WHERE outcome IS NULL;

-- Every commit begins here: it keeps a swap waiting until it ends, and learns whether the live tables are still those
-- that its process declares. Volatile: each statement sees what was committed while the one before it waited.
CREATE FUNCTION runtime.enter(declared_fold integer, declared_tables text) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(7243903);
    RETURN EXISTS (
        SELECT 1 FROM runtime.generations
        WHERE state = 'live' AND fold_version = declared_fold AND tables_hash = declared_tables
    );
END
$$;

-- What the scrubber saw of each account it folded again: `differences` is null where everything was as it must be.
CREATE TABLE runtime.scrubs (
    customer_id text PRIMARY KEY,
    version bigint NOT NULL,
    scrubbed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    differences json
) WITH (fillfactor = 85);
CREATE INDEX scrubs_differing ON runtime.scrubs (scrubbed_at) WHERE differences IS NOT NULL;
