-- Wrong passwords in a row. No foreign key: names that no account has are counted too, under a keyed hash. Rows go a day after the last one.
CREATE TABLE wrong_passwords (
    -- The account's id, or the hash of a name.
    who          text NOT NULL,
    -- The browser that has signed in before and is counted by itself; empty for all others together.
    device       text NOT NULL,
    failures     bigint NOT NULL,
    failed_at    timestamptz NOT NULL,
    locked_until timestamptz,
    -- When the owner was last told by mail.
    told_at      timestamptz,
    PRIMARY KEY (who, device)
);
CREATE INDEX wrong_passwords_by_time ON wrong_passwords (failed_at);
