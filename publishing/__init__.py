"""What is published from the models and routes? JSON Schema, golden examples, AsyncAPI, OpenAPI, pages."""
