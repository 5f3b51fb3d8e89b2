-- What the scrubber saw of each account it folded again: `differences` is null where everything was as it must be.
CREATE TABLE runtime.scrubs (
    customer_id text PRIMARY KEY,
    version bigint NOT NULL,
    scrubbed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    differences json
) WITH (fillfactor = 85);
CREATE INDEX scrubs_differing ON runtime.scrubs (scrubbed_at) WHERE differences IS NOT NULL;
