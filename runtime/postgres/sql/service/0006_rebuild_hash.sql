-- What a rebuild left, in one word: rebuilding the same log twice gives the same.
ALTER TABLE runtime.rebuilds ADD COLUMN rows_hash text;
