-- The keys that sign tokens for other services (JWT), as the ecosystem keeps them.
CREATE TABLE jwks (
    -- The public key's thumbprint (RFC 7638), which tokens name.
    id          text PRIMARY KEY,
    -- JSON (RFC 7517), as it is published.
    public_key  text NOT NULL,
    -- Sealed.
    private_key bytea NOT NULL,
    created_at  timestamptz NOT NULL,
    -- From when on it signs no more; NULL for the present one.
    expires_at  timestamptz,
    alg         text NOT NULL,
    crv         text NOT NULL
);
-- There is one present key, however many nodes find at the same time that one is due.
CREATE UNIQUE INDEX jwks_present ON jwks (alg) WHERE expires_at IS NULL;
