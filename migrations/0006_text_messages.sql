-- Text messages leave through the same outbox, and their codes are counted like those by mail.
ALTER TABLE mails ADD COLUMN channel text NOT NULL DEFAULT 'mail';
ALTER TABLE codes RENAME COLUMN email TO recipient;
