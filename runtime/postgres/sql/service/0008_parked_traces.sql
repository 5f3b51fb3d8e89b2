-- Where the error broke that parked an input, masked; null where nothing was raised.
ALTER TABLE runtime.parked ADD COLUMN trace json;
