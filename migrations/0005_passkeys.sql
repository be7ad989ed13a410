-- Public keys that sign in (WebAuthn).
CREATE TABLE passkeys (
    id            text PRIMARY KEY,
    user_id       text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- base64url; no two users share one.
    credential_id text NOT NULL UNIQUE,
    -- What authenticators know the user by: a random UUID, the same for all passkeys of a user.
    user_handle   text NOT NULL,
    name          text NOT NULL,
    -- The whole credential, as the WebAuthn library keeps it.
    credential    jsonb NOT NULL,
    -- COSE as the authenticator sent it, base64.
    public_key    text NOT NULL,
    counter       bigint NOT NULL,
    multi_device  boolean NOT NULL,
    backed_up     boolean NOT NULL,
    -- Separated by commas.
    transports    text NOT NULL,
    -- The model of the authenticator, a UUID.
    aaguid        text NOT NULL,
    created_at    timestamptz NOT NULL,
    last_used_at  timestamptz
);
CREATE INDEX passkeys_of_user ON passkeys (user_id);

-- A ceremony under way: its challenge is good once, for one purpose, in one browser.
CREATE TABLE ceremonies (
    hash       bytea PRIMARY KEY,
    purpose    text NOT NULL,
    user_id    text REFERENCES users (id) ON DELETE CASCADE,
    state      jsonb NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX ceremonies_of_user ON ceremonies (user_id);
CREATE INDEX ceremonies_by_end ON ceremonies (expires_at);

-- Who was offered a passkey after signing in with a password.
CREATE TABLE passkey_offers (
    user_id    text PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    offered_at timestamptz NOT NULL,
    -- "Don't ask again".
    declined   boolean NOT NULL
);
