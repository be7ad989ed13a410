-- Accounts at providers: who somebody is there, and the tokens, sealed under the operator's secret.

-- Of an OpenID provider, which its subject is unique under; NULL where there is none.
ALTER TABLE accounts ADD COLUMN issuer text;
-- What the provider told at the last sign-in; for the owner to recognize the connection.
ALTER TABLE accounts ADD COLUMN email text;
ALTER TABLE accounts ADD COLUMN last_used_at timestamptz;
ALTER TABLE accounts ADD COLUMN access_token bytea;
ALTER TABLE accounts ADD COLUMN refresh_token bytea;
ALTER TABLE accounts ADD COLUMN id_token bytea;
ALTER TABLE accounts ADD COLUMN access_token_expires_at timestamptz;
ALTER TABLE accounts ADD COLUMN refresh_token_expires_at timestamptz;
-- Separated by spaces.
ALTER TABLE accounts ADD COLUMN scopes text;
-- Until when somebody is fetching a new access token: one at a time, since providers take a refresh token once.
ALTER TABLE accounts ADD COLUMN refreshing_until timestamptz;

-- What is under way with a provider: from the button until the provider sends the browser back, once.
CREATE TABLE provider_flows (
    -- SHA-256 of `state`.
    state_hash   bytea PRIMARY KEY,
    -- Of the cookie of the browser that began.
    browser_hash bytea NOT NULL,
    provider_id  text NOT NULL,
    -- Of PKCE (RFC 7636), sealed.
    verifier     bytea NOT NULL,
    -- In the ID token; NULL where the provider gives none.
    nonce        text,
    -- Who connects an account, and in which session; NULL for signing in.
    user_id      text REFERENCES users (id) ON DELETE CASCADE,
    session_id   text,
    -- Where to go on: checked when it was begun.
    done         text,
    new_user     text,
    error        text,
    expires_at   timestamptz NOT NULL
);
CREATE INDEX provider_flows_by_end ON provider_flows (expires_at);
