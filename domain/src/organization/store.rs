use db::{Conn, Tx};
use model::{OrganizationId, OrganizationView, SessionId, Slug, TeamId, Timestamp, UserId};
use sqlx::types::Json;

use crate::session::revocation;
use crate::{Error, Result};

#[derive(sqlx::FromRow)]
struct Row {
    id: OrganizationId,
    name: String,
    slug: Slug,
    logo: Option<String>,
    metadata: Option<Json<serde_json::Value>>,
    created_at: Timestamp,
}

impl Row {
    fn view(self) -> OrganizationView {
        let Self { id, name, slug, logo, metadata, created_at } = self;
        OrganizationView { id, name, slug, logo, metadata: metadata.map(|metadata| metadata.0), created_at }
    }
}

macro_rules! columns {
    () => {
        "o.id, o.name, o.slug, o.logo, o.metadata, o.created_at"
    };
}

pub(super) async fn by_id(conn: &mut Conn, id: &OrganizationId) -> Result<Option<OrganizationView>> {
    let sql = concat!("SELECT ", columns!(), " FROM organizations o WHERE o.id = $1");
    Ok(conn.query(sql).bind(id.clone()).optional::<Row>().await?.map(Row::view))
}

/// The roles of whom the organization demands a second factor; `None` when it leaves that to the site.
pub(super) async fn two_factor_roles(conn: &mut Conn, id: &OrganizationId) -> Result<Option<String>> {
    let sql = "SELECT two_factor_roles FROM organizations WHERE id = $1";
    Ok(conn.query(sql).bind(id.clone()).optional::<(Option<String>,)>().await?.and_then(|(roles,)| roles))
}

pub(super) async fn set_two_factor_roles(tx: &mut Tx, id: &OrganizationId, roles: Option<&str>) -> Result<()> {
    let sql = "UPDATE organizations SET two_factor_roles = $2 WHERE id = $1";
    tx.query(sql).bind(id.clone()).bind(roles.map(str::to_owned)).execute().await?;
    Ok(())
}

pub(super) async fn by_slug(conn: &mut Conn, slug: &Slug) -> Result<Option<OrganizationView>> {
    let sql = concat!("SELECT ", columns!(), " FROM organizations o WHERE o.slug = $1");
    Ok(conn.query(sql).bind(slug.clone()).optional::<Row>().await?.map(Row::view))
}

pub(super) async fn of_user(conn: &mut Conn, user: &UserId) -> Result<Vec<OrganizationView>> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM members m JOIN organizations o ON o.id = m.organization_id WHERE m.user_id = $1 ORDER BY m.created_at, o.id LIMIT 1000"
    );
    Ok(conn.query(sql).bind(user.clone()).all::<Row>().await?.into_iter().map(Row::view).collect())
}

/// How many the user owns.
pub(super) async fn count_owned(conn: &mut Conn, user: &UserId) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM members WHERE user_id = $1 AND ',' || roles || ',' LIKE '%,owner,%'";
    Ok(conn.query(sql).bind(user.clone()).one::<(i64,)>().await?.0)
}

/// Stores a new one; `false` when the slug is taken.
pub(super) async fn insert(tx: &mut Tx, organization: &OrganizationView) -> Result<bool> {
    hold(tx, &organization.slug).await?;
    let sql = "INSERT INTO organizations (id, name, slug, logo, metadata, created_at) VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT DO NOTHING";
    let query =
        tx.query(sql).bind(organization.id.clone()).bind(organization.name.clone()).bind(organization.slug.clone());
    let query = query.bind(organization.logo.clone()).bind(organization.metadata.clone().map(Json));
    Ok(query.bind(organization.created_at).execute().await? == 1)
}

/// Those that want one slug wait for each other, whether they make an organization or change one: what then is refused is no violation
/// of the index.
async fn hold(tx: &mut Tx, slug: &Slug) -> Result<()> {
    Ok(tx.lock(&format!("slug:{slug}")).await?)
}

/// Writes what may change; `false` when the slug is another's.
pub(super) async fn update(tx: &mut Tx, organization: &OrganizationView) -> Result<bool> {
    hold(tx, &organization.slug).await?;
    if by_slug(tx, &organization.slug).await?.is_some_and(|found| found.id != organization.id) {
        return Ok(false);
    }
    let sql = "UPDATE organizations SET name = $2, slug = $3, logo = $4, metadata = $5 WHERE id = $1";
    let query =
        tx.query(sql).bind(organization.id.clone()).bind(organization.name.clone()).bind(organization.slug.clone());
    let written = query.bind(organization.logo.clone()).bind(organization.metadata.clone().map(Json)).execute().await?;
    if written == 1 { Ok(true) } else { Err(Error::broken("the organization was deleted meanwhile")) }
}

pub(super) async fn delete(tx: &mut Tx, id: &OrganizationId) -> Result<()> {
    tx.query("DELETE FROM organizations WHERE id = $1").bind(id.clone()).execute().await?;
    Ok(())
}

/// Puts a session into an organization, and into a team of it.
pub(super) async fn activate(
    tx: &mut Tx,
    session: &SessionId,
    organization: Option<&OrganizationId>,
    team: Option<&TeamId>,
) -> Result<()> {
    let sql = "UPDATE sessions SET active_organization_id = $2, active_team_id = $3 WHERE id = $1 RETURNING user_id";
    let query = tx.query(sql).bind(session.clone()).bind(organization.cloned()).bind(team.cloned());
    let user = query.optional::<(UserId,)>().await?;
    user.iter().for_each(|(user,)| revocation::note(tx, user));
    Ok(())
}

/// Where the user's next session begins.
pub(super) async fn remember(tx: &mut Tx, user: &UserId, organization: Option<&OrganizationId>) -> Result<()> {
    let sql = "UPDATE users SET last_organization_id = $2 WHERE id = $1";
    tx.query(sql).bind(user.clone()).bind(organization.cloned()).execute().await?;
    Ok(())
}

/// Takes every session out of an organization, or only those of one user.
pub(super) async fn leave_sessions(tx: &mut Tx, organization: &OrganizationId, user: Option<&UserId>) -> Result<()> {
    let sql = "UPDATE sessions SET active_organization_id = NULL, active_team_id = NULL
               WHERE active_organization_id = $1 AND ($2 IS NULL OR user_id = $2) RETURNING user_id";
    let users = tx.query(sql).bind(organization.clone()).bind(user.cloned()).all::<(UserId,)>().await?;
    users.iter().for_each(|(user,)| revocation::note(tx, user));
    let sql =
        "UPDATE users SET last_organization_id = NULL WHERE last_organization_id = $1 AND ($2 IS NULL OR id = $2)";
    tx.query(sql).bind(organization.clone()).bind(user.cloned()).execute().await?;
    Ok(())
}

/// The organization that is remembered, if the user is in it.
pub(super) async fn last(tx: &mut Tx, user: &UserId) -> Result<Option<OrganizationId>> {
    let sql = "SELECT m.organization_id FROM users u JOIN members m ON m.user_id = u.id AND m.organization_id = u.last_organization_id
               WHERE u.id = $1";
    Ok(tx.query(sql).bind(user.clone()).optional::<(OrganizationId,)>().await?.map(|(id,)| id))
}
