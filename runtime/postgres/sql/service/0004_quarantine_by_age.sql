-- What is older than it may become is deleted every hour, and found without reading the rest.
CREATE INDEX quarantine_by_age ON runtime.quarantine (quarantined_at);
