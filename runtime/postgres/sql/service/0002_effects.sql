-- Acts outside that own events ask for; their states outlive every rebuild.
CREATE TABLE runtime.effects (
    effect_id uuid PRIMARY KEY,
    kind text NOT NULL,
    customer_id text NOT NULL,
    event_id uuid NOT NULL,
    payload json NOT NULL,
    state text NOT NULL DEFAULT 'intended' CHECK (state IN ('intended', 'sending', 'sent', 'failed', 'in_doubt')),
    attempts integer NOT NULL DEFAULT 0,
    reason text,
    code integer,
    recorded boolean NOT NULL DEFAULT false,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX effects_intended ON runtime.effects (event_id) WHERE state = 'intended';
CREATE INDEX effects_sending ON runtime.effects (effect_id) WHERE state = 'sending';
CREATE INDEX effects_unrecorded ON runtime.effects (effect_id)
    WHERE state IN ('sent', 'failed', 'in_doubt') AND NOT recorded;
-- Few are in doubt among many: they are counted every other second.
CREATE INDEX effects_in_doubt ON runtime.effects (effect_id) WHERE state = 'in_doubt';

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
