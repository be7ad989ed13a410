-- Users, their ways in, their sessions, and what is used once.

CREATE TABLE users (
    id               text PRIMARY KEY,
    name             text NOT NULL,
    -- In its canonical spelling (model::Email): one address is one account.
    email            text NOT NULL UNIQUE,
    email_verified   boolean NOT NULL,
    image            text,
    -- Lower case; `display_username` is as typed.
    username         text UNIQUE,
    display_username text,
    role             text NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL
);

CREATE TABLE accounts (
    id          text PRIMARY KEY,
    user_id     text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- "credential" is the password; its `account_id` is the user's.
    provider_id text NOT NULL,
    account_id  text NOT NULL,
    password    text,
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    UNIQUE (provider_id, account_id)
);
CREATE INDEX accounts_of_user ON accounts (user_id);

CREATE TABLE sessions (
    id               text PRIMARY KEY,
    -- SHA-256: whoever reads the table gets in nowhere.
    token_hash       bytea NOT NULL UNIQUE,
    user_id          text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    factor           text NOT NULL,
    remember         boolean NOT NULL,
    ip_address       text NOT NULL,
    user_agent       text NOT NULL,
    -- When a password, link or code was last given.
    authenticated_at timestamptz NOT NULL,
    seen_at          timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL,
    created_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL
);
CREATE INDEX sessions_of_user ON sessions (user_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

-- The kinds of device a user has signed in from: an unknown one is worth a mail.
CREATE TABLE devices (
    user_id     text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    fingerprint bytea NOT NULL,
    seen_at     timestamptz NOT NULL,
    PRIMARY KEY (user_id, fingerprint)
);

-- What a link in a mail carries. Redeeming deletes the row.
CREATE TABLE tokens (
    hash       bytea PRIMARY KEY,
    purpose    text NOT NULL,
    email      text NOT NULL,
    user_id    text REFERENCES users (id) ON DELETE CASCADE,
    payload    jsonb NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX tokens_of_user ON tokens (user_id);
CREATE INDEX tokens_by_end ON tokens (expires_at);

-- Six digits sent by mail; one at a time for each purpose and address.
CREATE TABLE codes (
    purpose      text NOT NULL,
    email        text NOT NULL,
    -- HMAC under the operator's secret: a bare hash of six digits is guessed at once.
    tag          bytea NOT NULL,
    tries        bigint NOT NULL,
    -- Wrong tries across codes, since when: asking for a new code doesn't buy new guesses for ever.
    misses       bigint NOT NULL,
    misses_since timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    PRIMARY KEY (purpose, email)
);

CREATE TABLE profiles (
    user_id     text PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    full_name   text NOT NULL,
    bio         text NOT NULL,
    preferences jsonb NOT NULL,
    updated_at  timestamptz NOT NULL
);

CREATE TABLE avatars (
    id         text PRIMARY KEY,
    user_id    text NOT NULL UNIQUE REFERENCES users (id) ON DELETE CASCADE,
    png        bytea NOT NULL,
    created_at timestamptz NOT NULL
);

-- What a user told on the way in: the answers to the questionnaire.
CREATE TABLE user_metadata (
    user_id           text PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    onboarding        jsonb NOT NULL,
    onboarding_status text NOT NULL,
    updated_at        timestamptz NOT NULL
);
