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
