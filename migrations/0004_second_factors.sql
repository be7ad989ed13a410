-- What is asked for after the first factor.

ALTER TABLE users ADD COLUMN two_factor_enabled boolean NOT NULL DEFAULT false;
-- E.164; only a verified number is kept.
ALTER TABLE users ADD COLUMN phone_number text;
CREATE UNIQUE INDEX users_by_phone_number ON users (phone_number);

-- Which second factor or passkey the session has shown, and when last.
ALTER TABLE sessions ADD COLUMN second_factor text;
ALTER TABLE sessions ADD COLUMN strong_at timestamptz;

-- Which codes may be sent, and what went wrong lately: counted for the account, so that a new challenge buys no new guesses.
CREATE TABLE two_factors (
    user_id       text PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    mail          boolean NOT NULL,
    sms           boolean NOT NULL,
    -- Wrong codes in a row, of every kind, and of those that were sent.
    failures      bigint NOT NULL,
    sent_failures bigint NOT NULL,
    failed_at     timestamptz,
    locked_until  timestamptz,
    -- How often it was locked since a code was right: each lock lasts longer.
    locks         bigint NOT NULL,
    -- Whether the password was reset by mail since another second factor was shown: then a code by mail proves nothing new.
    mail_reset    boolean NOT NULL DEFAULT false
);

-- Authenticator apps. One that isn't confirmed yet is being set up, beside the present one or for the first time.
CREATE TABLE authenticators (
    id           text PRIMARY KEY,
    user_id      text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- The shared secret, sealed.
    secret       bytea NOT NULL,
    confirmed    boolean NOT NULL,
    -- The session that sets it up: nobody else's session sees it or confirms it. NULL once it is confirmed.
    session_id   text,
    -- The latest time step whose code was taken: it and those before are spent (RFC 6238, 5.2).
    last_step    bigint NOT NULL,
    created_at   timestamptz NOT NULL
);
CREATE UNIQUE INDEX authenticators_of_user ON authenticators (user_id) WHERE confirmed;
CREATE UNIQUE INDEX authenticators_of_session ON authenticators (session_id);

CREATE TABLE backup_codes (
    user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- HMAC under the operator's secret: 59 bits are too few for a bare hash.
    tag     bytea NOT NULL,
    -- The session that made them: when the first factor is turned on, those of other sessions are void.
    session_id text NOT NULL,
    PRIMARY KEY (user_id, tag)
);

-- Somebody has shown the first factor and owes the second: no session yet.
CREATE TABLE challenges (
    hash       bytea PRIMARY KEY,
    user_id    text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    factor     text NOT NULL,
    remember   boolean NOT NULL,
    tries      bigint NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX challenges_of_user ON challenges (user_id);
CREATE INDEX challenges_by_end ON challenges (expires_at);

-- A code that was sent as a second factor: good only for the challenge or the session that asked for it.
CREATE TABLE factor_codes (
    -- The challenge's hash, or the session's id.
    asker      text PRIMARY KEY,
    user_id    text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    method     text NOT NULL,
    tag        bytea NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX factor_codes_of_user ON factor_codes (user_id);
CREATE INDEX factor_codes_by_end ON factor_codes (expires_at);

-- Browsers that aren't asked for the second factor for a while.
CREATE TABLE trusted_devices (
    id         text PRIMARY KEY,
    user_id    text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_hash bytea NOT NULL UNIQUE,
    user_agent text NOT NULL,
    created_at timestamptz NOT NULL,
    used_at    timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX trusted_devices_of_user ON trusted_devices (user_id);
CREATE INDEX trusted_devices_by_end ON trusted_devices (expires_at);
