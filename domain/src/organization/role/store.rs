use db::{Conn, Tx};
use model::{AssignmentId, AssignmentView, Email, OrganizationId, RoleId, RoleView, TeamId, Timestamp, UserId};
use permission::{Assignment, Scope};
use sqlx::types::Json;

use super::Holders;
use crate::Result;

#[derive(sqlx::FromRow)]
struct Row {
    id: RoleId,
    name: String,
    patterns: Json<Vec<String>>,
    inherits: Json<Vec<String>>,
    created_at: Timestamp,
    updated_at: Option<Timestamp>,
}

impl Row {
    fn view(self) -> RoleView {
        RoleView {
            id: Some(self.id),
            name: self.name,
            patterns: self.patterns.0,
            inherits: self.inherits.0,
            created_at: Some(self.created_at),
            updated_at: self.updated_at,
        }
    }
}

pub(crate) async fn list(conn: &mut Conn, organization: &OrganizationId) -> Result<Vec<RoleView>> {
    let sql =
        "SELECT id, name, patterns, inherits, created_at, updated_at FROM organization_roles WHERE organization_id = $1
               ORDER BY created_at, id LIMIT 1000";
    Ok(conn.query(sql).bind(organization.clone()).all::<Row>().await?.into_iter().map(Row::view).collect())
}

/// The own roles of each organization that a user is in.
pub(crate) async fn of_user(conn: &mut Conn, user: &UserId) -> Result<Vec<(OrganizationId, RoleView)>> {
    #[derive(sqlx::FromRow)]
    struct Placed {
        organization_id: OrganizationId,
        #[sqlx(flatten)]
        row: Row,
    }
    let sql = "SELECT r.organization_id, r.id, r.name, r.patterns, r.inherits, r.created_at, r.updated_at
               FROM organization_roles r JOIN members m ON m.organization_id = r.organization_id WHERE m.user_id = $1";
    let rows: Vec<Placed> = conn.query(sql).bind(user.clone()).all().await?;
    Ok(rows.into_iter().map(|placed| (placed.organization_id, placed.row.view())).collect())
}

pub(crate) async fn count(conn: &mut Conn, organization: &OrganizationId) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM organization_roles WHERE organization_id = $1";
    Ok(conn.query(sql).bind(organization.clone()).one::<(i64,)>().await?.0)
}

pub(crate) async fn insert(tx: &mut Tx, organization: &OrganizationId, role: &RoleView) -> Result<()> {
    let sql = "INSERT INTO organization_roles (id, organization_id, name, patterns, inherits, created_at) VALUES ($1, $2, $3, $4, $5, $6)";
    let query = tx.query(sql).bind(role.id.clone()).bind(organization.clone()).bind(role.name.clone());
    let query = query.bind(Json(role.patterns.clone())).bind(Json(role.inherits.clone()));
    query.bind(role.created_at).execute().await?;
    Ok(())
}

/// Writes a role over the one named `old`. Heirs always know it by its new name.
pub(crate) async fn update(
    tx: &mut Tx,
    organization: &OrganizationId,
    old: &str,
    role: &RoleView,
    holders: Holders,
) -> Result<()> {
    let sql = "UPDATE organization_roles SET name = $3, patterns = $4, inherits = $5, updated_at = $6 WHERE organization_id = $1 AND name = $2";
    let query = tx.query(sql).bind(organization.clone()).bind(old.to_owned()).bind(role.name.clone());
    let query = query.bind(Json(role.patterns.clone())).bind(Json(role.inherits.clone()));
    query.bind(role.updated_at).execute().await?;
    if old == role.name {
        return Ok(());
    }
    // Whoever keeps the role must show a second factor for it as before (SECURITY 44).
    let sql = "UPDATE organizations SET two_factor_roles = TRIM(REPLACE(',' || two_factor_roles || ',', ',' || $2 || ',', ',' || $3 || ','), ',') WHERE id = $1";
    tx.query(sql).bind(organization.clone()).bind(old.to_owned()).bind(role.name.clone()).execute().await?;
    let held = [
        "UPDATE members SET roles = TRIM(REPLACE(',' || roles || ',', ',' || $2 || ',', ',' || $3 || ','), ',') WHERE organization_id = $1",
        "UPDATE invitations SET roles = TRIM(REPLACE(',' || roles || ',', ',' || $2 || ',', ',' || $3 || ','), ',') WHERE organization_id = $1",
        "UPDATE team_members SET roles = TRIM(REPLACE(',' || roles || ',', ',' || $2 || ',', ',' || $3 || ','), ',')
         WHERE member_id IN (SELECT id FROM members WHERE organization_id = $1)",
        "UPDATE assignments SET role = $3 WHERE organization_id = $1 AND role = $2",
    ];
    for sql in held.into_iter().filter(|_| holders == Holders::Keep) {
        tx.query(sql).bind(organization.clone()).bind(old.to_owned()).bind(role.name.clone()).execute().await?;
    }
    for mut heir in list(tx, organization).await? {
        if heir.inherits.iter().any(|parent| parent == old) {
            heir.inherits.iter_mut().filter(|parent| *parent == old).for_each(|parent| role.name.clone_into(parent));
            let sql = "UPDATE organization_roles SET inherits = $3 WHERE organization_id = $1 AND name = $2";
            let query = tx.query(sql).bind(organization.clone()).bind(heir.name);
            query.bind(Json(heir.inherits)).execute().await?;
        }
    }
    Ok(())
}

pub(crate) async fn delete(tx: &mut Tx, organization: &OrganizationId, name: &str) -> Result<()> {
    for sql in [
        "DELETE FROM organization_roles WHERE organization_id = $1 AND name = $2",
        // What gets this name one day is another role.
        "UPDATE organizations SET two_factor_roles = TRIM(REPLACE(',' || two_factor_roles || ',', ',' || $2 || ',', ','), ',') WHERE id = $1",
    ] {
        tx.query(sql).bind(organization.clone()).bind(name.to_owned()).execute().await?;
    }
    Ok(())
}

/// Whether somebody has the role, in whatever way, or will have it, or is invited to it.
pub(crate) async fn is_assigned(
    conn: &mut Conn,
    organization: &OrganizationId,
    name: &str,
    now: Timestamp,
) -> Result<bool> {
    let sql = "SELECT 1 FROM members WHERE organization_id = $1 AND ',' || roles || ',' LIKE $3 ESCAPE '!'
               UNION ALL SELECT 1 FROM assignments WHERE organization_id = $1 AND role = $2 AND (ends_at IS NULL OR ends_at > $4)
               UNION ALL SELECT 1 FROM team_members e JOIN members m ON m.id = e.member_id
                   WHERE m.organization_id = $1 AND ',' || e.roles || ',' LIKE $3 ESCAPE '!'
               UNION ALL SELECT 1 FROM invitations WHERE organization_id = $1 AND status = 'pending' AND expires_at > $4
                   AND ',' || roles || ',' LIKE $3 ESCAPE '!'
               LIMIT 1";
    // `_` in a name would stand for any character.
    let listed = format!("%,{},%", name.replace('_', "!_"));
    let query = conn.query(sql).bind(organization.clone()).bind(name.to_owned()).bind(listed).bind(now);
    Ok(query.optional::<(i32,)>().await?.is_some())
}

/// An assignment as stored.
#[derive(sqlx::FromRow)]
pub(crate) struct Assigned {
    id: AssignmentId,
    user_id: UserId,
    organization_id: Option<OrganizationId>,
    role: String,
    team_id: Option<TeamId>,
    resource_kind: Option<String>,
    resource_id: Option<String>,
    starts_at: Option<Timestamp>,
    ends_at: Option<Timestamp>,
    granted_by: UserId,
    created_at: Timestamp,
}

macro_rules! columns {
    () => {
        "id, user_id, organization_id, role, team_id, resource_kind, resource_id, starts_at, ends_at, granted_by, created_at"
    };
}

impl Assigned {
    /// Where it counts; everywhere with `None`.
    pub(crate) fn organization_id(&self) -> Option<&OrganizationId> {
        self.organization_id.as_ref()
    }

    /// Who has it.
    pub(crate) fn user_id(&self) -> &UserId {
        &self.user_id
    }

    /// As the engine takes it.
    pub(crate) fn read(self) -> Assignment {
        let scope = match (self.organization_id, self.team_id, self.resource_kind, self.resource_id) {
            (None, ..) => Scope::Instance,
            (Some(organization), Some(team), ..) => {
                Scope::Team { organization: organization.as_str().to_owned(), team: team.as_str().to_owned() }
            }
            (Some(organization), None, Some(resource), Some(id)) => {
                Scope::Resource { organization: organization.as_str().to_owned(), resource, id }
            }
            (Some(organization), ..) => Scope::organization(organization.as_str()),
        };
        let micros = |at: Option<Timestamp>| at.map(Timestamp::micros);
        Assignment::new(self.id.as_str(), self.role, scope).between(micros(self.starts_at), micros(self.ends_at))
    }

    fn view(self) -> AssignmentView {
        AssignmentView {
            id: self.id,
            user_id: self.user_id,
            role: self.role,
            team_id: self.team_id,
            resource: self.resource_kind.zip(self.resource_id),
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            granted_by: self.granted_by,
            created_at: self.created_at,
        }
    }
}

/// What a user was assigned here, and what counts in every organization. What counts or will comes first: what is over is only there to
/// be told, and must not keep anything from counting.
pub(crate) async fn assigned(
    conn: &mut Conn,
    organization: &OrganizationId,
    user: &UserId,
    now: Timestamp,
) -> Result<Vec<Assigned>> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM assignments WHERE user_id = $2 AND (organization_id = $1 OR organization_id IS NULL)
          ORDER BY CASE WHEN ends_at <= $3 THEN 1 ELSE 0 END, created_at, id LIMIT 1000"
    );
    Ok(conn.query(sql).bind(organization.clone()).bind(user.clone()).bind(now).all().await?)
}

/// What a user was assigned anywhere, and counts now.
pub(crate) async fn running(conn: &mut Conn, user: &UserId, now: Timestamp) -> Result<Vec<Assigned>> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM assignments WHERE user_id = $1 AND (starts_at IS NULL OR starts_at <= $2) AND (ends_at IS NULL OR ends_at > $2)"
    );
    Ok(conn.query(sql).bind(user.clone()).bind(now).all().await?)
}

/// How many of a user's assignments here count or will.
pub(crate) async fn count_assigned(
    conn: &mut Conn,
    organization: &OrganizationId,
    user: &UserId,
    now: Timestamp,
) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM assignments WHERE organization_id = $1 AND user_id = $2 AND (ends_at IS NULL OR ends_at > $3)";
    Ok(conn.query(sql).bind(organization.clone()).bind(user.clone()).bind(now).one::<(i64,)>().await?.0)
}

/// Forgets a user's assignments here that are over, but for the last `kept`; the audit log has them all.
pub(crate) async fn forget_over(
    tx: &mut Tx,
    organization: &OrganizationId,
    user: &UserId,
    now: Timestamp,
    kept: i64,
) -> Result<()> {
    let sql = "DELETE FROM assignments WHERE organization_id = $1 AND user_id = $2 AND ends_at <= $3 AND id NOT IN (
                   SELECT id FROM assignments WHERE organization_id = $1 AND user_id = $2 AND ends_at <= $3
                   ORDER BY ends_at DESC, id DESC LIMIT $4)";
    tx.query(sql).bind(organization.clone()).bind(user.clone()).bind(now).bind(kept).execute().await?;
    Ok(())
}

pub(crate) async fn assignments(conn: &mut Conn, organization: &OrganizationId) -> Result<Vec<AssignmentView>> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM assignments WHERE organization_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1000"
    );
    let rows: Vec<Assigned> = conn.query(sql).bind(organization.clone()).all().await?;
    Ok(rows.into_iter().map(Assigned::view).collect())
}

/// Writes an assignment; without an organization it counts in all of them.
pub(crate) async fn assign(tx: &mut Tx, organization: Option<&OrganizationId>, view: &AssignmentView) -> Result<()> {
    let sql = "INSERT INTO assignments (id, user_id, organization_id, role, team_id, resource_kind, resource_id, starts_at, ends_at, granted_by, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let (kind, id) = view.resource.clone().unzip();
    let query = tx.query(sql).bind(view.id.clone()).bind(view.user_id.clone()).bind(organization.cloned());
    let query = query.bind(view.role.clone()).bind(view.team_id.clone()).bind(kind).bind(id);
    let query = query.bind(view.starts_at).bind(view.ends_at).bind(view.granted_by.clone());
    query.bind(view.created_at).execute().await?;
    Ok(())
}

pub(crate) async fn revoke(tx: &mut Tx, organization: &OrganizationId, id: &AssignmentId) -> Result<bool> {
    let sql = "DELETE FROM assignments WHERE organization_id = $1 AND id = $2";
    Ok(tx.query(sql).bind(organization.clone()).bind(id.clone()).execute().await? == 1)
}

/// What counts in every organization, of one user.
pub(crate) async fn of_user_everywhere(conn: &mut Conn, user: &UserId) -> Result<Vec<AssignmentView>> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM assignments WHERE user_id = $1 AND organization_id IS NULL ORDER BY created_at, id LIMIT 1000"
    );
    let rows: Vec<Assigned> = conn.query(sql).bind(user.clone()).all().await?;
    Ok(rows.into_iter().map(Assigned::view).collect())
}

/// The same of everybody.
pub(crate) async fn all_everywhere(conn: &mut Conn) -> Result<Vec<(Email, AssignmentView)>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        email: Email,
        #[sqlx(flatten)]
        assigned: Assigned,
    }
    let sql = concat!(
        "SELECT u.email, a.* FROM (SELECT ",
        columns!(),
        " FROM assignments WHERE organization_id IS NULL) a JOIN users u ON u.id = a.user_id ORDER BY u.email, a.created_at, a.id LIMIT 1000"
    );
    let rows: Vec<Row> = conn.query(sql).all().await?;
    Ok(rows.into_iter().map(|row| (row.email, row.assigned.view())).collect())
}

pub(crate) async fn revoke_everywhere(tx: &mut Tx, user: &UserId, role: &str) -> Result<bool> {
    let sql = "DELETE FROM assignments WHERE user_id = $1 AND organization_id IS NULL AND role = $2";
    Ok(tx.query(sql).bind(user.clone()).bind(role.to_owned()).execute().await? > 0)
}
