-- Few are in doubt among many: they are counted every other second.
CREATE INDEX effects_in_doubt ON runtime.effects (effect_id) WHERE state = 'in_doubt';
