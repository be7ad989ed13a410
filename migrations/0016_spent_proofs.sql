-- Solutions and tickets of proof of work that were used; each is good once.
CREATE TABLE spent_proofs (
    -- What the challenge was, or the ticket.
    name       text        PRIMARY KEY,
    expires_at timestamptz NOT NULL
);
CREATE INDEX spent_proofs_by_end ON spent_proofs (expires_at);
