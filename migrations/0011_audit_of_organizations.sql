-- To which organization an entry belongs: what its detail, which the hash covers, says; so that entries of before verify as they did.
ALTER TABLE audit_entries ADD COLUMN organization_id text;
UPDATE audit_entries SET organization_id = detail->>'organization';
CREATE INDEX audit_entries_of_organization ON audit_entries (organization_id, number);
-- Somebody's trail is what was done to their account and what they did.
CREATE INDEX audit_entries_by_actor ON audit_entries (actor, number);
