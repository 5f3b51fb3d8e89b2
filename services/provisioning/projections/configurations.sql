CREATE TABLE configurations (
    customer_id text PRIMARY KEY,
    sections json NOT NULL,
    sealed json NOT NULL,
    completed_on date NOT NULL
)
