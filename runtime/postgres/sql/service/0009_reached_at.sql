-- When what waits here reached the provider, which dates it whenever it is taken again; null where that is when it is applied.
ALTER TABLE runtime.parked ADD COLUMN reached_at timestamptz;
ALTER TABLE runtime.quarantine ADD COLUMN reached_at timestamptz;
