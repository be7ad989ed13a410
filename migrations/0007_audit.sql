-- What happened to accounts: written in the transaction that did it, each entry bound to the one before by its hash.
CREATE TABLE audit_entries (
    number     bigint PRIMARY KEY,
    at         timestamptz NOT NULL,
    act        text NOT NULL,
    -- Who did it: a user's id, "operator" for the command line.
    actor      text NOT NULL,
    -- Whose account it is about; kept after the account is gone.
    user_id    text,
    ip_address text NOT NULL,
    user_agent text NOT NULL,
    detail     jsonb NOT NULL,
    hash       bytea NOT NULL
);
CREATE INDEX audit_entries_of_user ON audit_entries (user_id, number);
