CREATE TABLE sign_ins (
    customer_id text PRIMARY KEY,
    username_hash text NOT NULL,
    sealed json NOT NULL,
    credential_id text,
    temporary boolean NOT NULL,
    expires_at timestamptz,
    is_void boolean NOT NULL,
    session_hash text
);
CREATE INDEX sign_ins_username ON sign_ins (username_hash)
