-- A record of a storefront's came in the clear; while it waits with its account, its value and headers stand here alone.
ALTER TABLE runtime.parked ADD COLUMN sealed json;
