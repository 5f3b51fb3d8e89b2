-- What is due is read in the order in which it was intended, and no more of it than is asked for, however much waits.
ALTER TABLE runtime.effects ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY;
DROP INDEX runtime.effects_intended;
CREATE INDEX effects_intended ON runtime.effects (id) WHERE state = 'intended';
