-- The outbox: a mail is a row of the transaction that caused it, and a job sends it.
CREATE TABLE mails (
    id         text PRIMARY KEY,
    recipient  text NOT NULL,
    kind       text NOT NULL,
    -- Subject, text and HTML, sealed: they hold links that sign in. NULL once the mail is sent or given up.
    body       bytea,
    created_at timestamptz NOT NULL,
    -- When it is to be sent; while somebody is sending it, when others may believe that they died. NULL once it is settled.
    due_at     timestamptz,
    attempts   bigint NOT NULL,
    sent_at    timestamptz,
    failed_at  timestamptz,
    last_error text
);
CREATE INDEX mails_due ON mails (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX mails_created ON mails (created_at);
