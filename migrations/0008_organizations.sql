-- Organizations, who is in them, and what they may do there. Every id is random and never used again.

CREATE TABLE organizations (
    id         text PRIMARY KEY,
    name       text NOT NULL,
    slug       text NOT NULL UNIQUE,
    logo       text,
    metadata   jsonb,
    -- The roles whose members must have a second factor here; NULL is the site's own choice.
    two_factor_roles text,
    created_at timestamptz NOT NULL
);

CREATE TABLE members (
    id              text PRIMARY KEY,
    organization_id text NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    user_id         text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- Separated by commas, as on the wire; each counts in the whole organization, without an end.
    roles           text NOT NULL,
    created_at      timestamptz NOT NULL,
    UNIQUE (organization_id, user_id)
);
CREATE INDEX members_of_user ON members (user_id);
CREATE INDEX members_by_age ON members (organization_id, created_at, id);

CREATE TABLE teams (
    id              text PRIMARY KEY,
    organization_id text NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    name            text NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz
);
CREATE INDEX teams_of_organization ON teams (organization_id);

CREATE TABLE team_members (
    id         text PRIMARY KEY,
    team_id    text NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    -- Whoever leaves the organization leaves its teams.
    member_id  text NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    -- Roles that count within the team only; may be empty.
    roles      text NOT NULL,
    created_at timestamptz NOT NULL,
    UNIQUE (team_id, member_id)
);
CREATE INDEX team_members_of_member ON team_members (member_id);

CREATE TABLE invitations (
    id              text PRIMARY KEY,
    organization_id text NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    -- Whom it was mailed to; NULL for a link that whoever has it may use, once.
    email           text,
    -- Of a link's token.
    token_hash      bytea UNIQUE,
    roles           text NOT NULL,
    -- Separated by commas.
    team_ids        text NOT NULL,
    status          text NOT NULL,
    inviter_id      text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at      timestamptz NOT NULL,
    created_at      timestamptz NOT NULL
);
CREATE INDEX invitations_of_organization ON invitations (organization_id, created_at);
CREATE INDEX invitations_to_address ON invitations (email);

-- An organization's own roles, beside those of the configuration.
CREATE TABLE organization_roles (
    id              text PRIMARY KEY,
    organization_id text NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    name            text NOT NULL,
    patterns        jsonb NOT NULL,
    inherits        jsonb NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz,
    UNIQUE (organization_id, name)
);

-- Roles that are bound to a time, a team or one thing, and such that count in every organization (then NULL).
CREATE TABLE assignments (
    id              text PRIMARY KEY,
    user_id         text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    organization_id text REFERENCES organizations (id) ON DELETE CASCADE,
    role            text NOT NULL,
    team_id         text REFERENCES teams (id) ON DELETE CASCADE,
    resource_kind   text,
    resource_id     text,
    starts_at       timestamptz,
    ends_at         timestamptz,
    granted_by      text NOT NULL,
    created_at      timestamptz NOT NULL
);
CREATE INDEX assignments_of_user ON assignments (user_id);
CREATE INDEX assignments_of_organization ON assignments (organization_id);

-- Where somebody works at the moment; the last one is remembered for the next sign-in. Checked at every use, so no foreign keys.
ALTER TABLE sessions ADD COLUMN active_organization_id text;
ALTER TABLE sessions ADD COLUMN active_team_id text;
ALTER TABLE users ADD COLUMN last_organization_id text;
