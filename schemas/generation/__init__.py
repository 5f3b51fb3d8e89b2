"""What is written from the models? JSON Schemas, golden examples, the AsyncAPI document, the catalogue of events."""
