use db::{Conn, Tx};
use model::{MemberId, MemberView, OrganizationId, TeamId, TeamMemberId, TeamMemberView, TeamView, Timestamp, UserId};

use crate::session::revocation;
use crate::{Error, Result};

#[derive(sqlx::FromRow)]
struct Row {
    id: TeamId,
    organization_id: OrganizationId,
    name: String,
    created_at: Timestamp,
    updated_at: Option<Timestamp>,
}

impl Row {
    fn view(self) -> TeamView {
        let Self { id, organization_id, name, created_at, updated_at } = self;
        TeamView { id, organization_id, name, created_at, updated_at }
    }
}

/// A team, and how a member stands in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The team.
    pub team: TeamView,
    /// How many are in it.
    pub members: u64,
    /// The member's roles within it, separated by commas; `None` for who isn't in it.
    pub roles: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Entry {
    id: TeamMemberId,
    team_id: TeamId,
    user_id: UserId,
    created_at: Timestamp,
}

impl Entry {
    fn view(self) -> TeamMemberView {
        let Self { id, team_id, user_id, created_at } = self;
        TeamMemberView { id, team_id, user_id, created_at }
    }
}

pub(crate) async fn insert(tx: &mut Tx, team: &TeamView) -> Result<()> {
    let sql = "INSERT INTO teams (id, organization_id, name, created_at) VALUES ($1, $2, $3, $4)";
    let query = tx.query(sql).bind(team.id.clone()).bind(team.organization_id.clone()).bind(team.name.clone());
    query.bind(team.created_at).execute().await?;
    Ok(())
}

pub(crate) async fn by_id(conn: &mut Conn, organization: &OrganizationId, id: &TeamId) -> Result<Option<TeamView>> {
    let sql =
        "SELECT id, organization_id, name, created_at, updated_at FROM teams WHERE organization_id = $1 AND id = $2";
    Ok(conn.query(sql).bind(organization.clone()).bind(id.clone()).optional::<Row>().await?.map(Row::view))
}

pub(crate) async fn list(conn: &mut Conn, organization: &OrganizationId) -> Result<Vec<TeamView>> {
    let sql = "SELECT id, organization_id, name, created_at, updated_at FROM teams WHERE organization_id = $1
               ORDER BY created_at, id LIMIT 1000";
    Ok(conn.query(sql).bind(organization.clone()).all::<Row>().await?.into_iter().map(Row::view).collect())
}

pub(crate) async fn standings(
    conn: &mut Conn,
    organization: &OrganizationId,
    member: &MemberId,
) -> Result<Vec<Standing>> {
    #[derive(sqlx::FromRow)]
    struct Counted {
        #[sqlx(flatten)]
        row: Row,
        members: i64,
        roles: Option<String>,
    }
    let sql = "SELECT t.id, t.organization_id, t.name, t.created_at, t.updated_at, e.roles,
                      (SELECT COUNT(*) FROM team_members c WHERE c.team_id = t.id) AS members
               FROM teams t LEFT JOIN team_members e ON e.team_id = t.id AND e.member_id = $2
               WHERE t.organization_id = $1 ORDER BY LOWER(t.name), t.id LIMIT 1000";
    let rows: Vec<Counted> = conn.query(sql).bind(organization.clone()).bind(member.clone()).all().await?;
    let standing = |Counted { row, members, roles }| {
        Ok(Standing { team: row.view(), members: u64::try_from(members).map_err(Error::broken)?, roles })
    };
    rows.into_iter().map(standing).collect()
}

pub(crate) async fn of_user(conn: &mut Conn, organization: &OrganizationId, user: &UserId) -> Result<Vec<TeamView>> {
    let sql = "SELECT t.id, t.organization_id, t.name, t.created_at, t.updated_at
               FROM team_members e JOIN members m ON m.id = e.member_id JOIN teams t ON t.id = e.team_id
               WHERE m.organization_id = $1 AND m.user_id = $2 ORDER BY t.created_at, t.id LIMIT 1000";
    let rows = conn.query(sql).bind(organization.clone()).bind(user.clone()).all::<Row>().await?;
    Ok(rows.into_iter().map(Row::view).collect())
}

pub(crate) async fn count(conn: &mut Conn, organization: &OrganizationId) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM teams WHERE organization_id = $1";
    Ok(conn.query(sql).bind(organization.clone()).one::<(i64,)>().await?.0)
}

pub(crate) async fn update(tx: &mut Tx, team: &TeamView) -> Result<()> {
    let sql = "UPDATE teams SET name = $3, updated_at = $4 WHERE organization_id = $1 AND id = $2";
    let query = tx.query(sql).bind(team.organization_id.clone()).bind(team.id.clone()).bind(team.name.clone());
    query.bind(team.updated_at).execute().await?;
    Ok(())
}

pub(crate) async fn delete(tx: &mut Tx, organization: &OrganizationId, id: &TeamId) -> Result<()> {
    let sql = "UPDATE sessions SET active_team_id = NULL WHERE active_organization_id = $1 AND active_team_id = $2 RETURNING user_id";
    let users = tx.query(sql).bind(organization.clone()).bind(id.clone()).all::<(UserId,)>().await?;
    users.iter().for_each(|(user,)| revocation::note(tx, user));
    let sql = "DELETE FROM teams WHERE organization_id = $1 AND id = $2";
    tx.query(sql).bind(organization.clone()).bind(id.clone()).execute().await?;
    Ok(())
}

/// Puts somebody in; gives the entry, the older one where there was one.
pub(crate) async fn add(tx: &mut Tx, entry: &TeamMemberView, member: &MemberView) -> Result<TeamMemberView> {
    let sql = "INSERT INTO team_members (id, team_id, member_id, roles, created_at) VALUES ($1, $2, $3, '', $4)
               ON CONFLICT (team_id, member_id) DO NOTHING";
    let query = tx.query(sql).bind(entry.id.clone()).bind(entry.team_id.clone()).bind(member.id.clone());
    query.bind(entry.created_at).execute().await?;
    let sql = "SELECT e.id, e.team_id, m.user_id, e.created_at FROM team_members e JOIN members m ON m.id = e.member_id
               WHERE e.team_id = $1 AND e.member_id = $2";
    Ok(tx.query(sql).bind(entry.team_id.clone()).bind(member.id.clone()).one::<Entry>().await?.view())
}

pub(crate) async fn members(conn: &mut Conn, team: &TeamId) -> Result<Vec<TeamMemberView>> {
    let sql = "SELECT e.id, e.team_id, m.user_id, e.created_at FROM team_members e JOIN members m ON m.id = e.member_id
               WHERE e.team_id = $1 ORDER BY e.created_at, e.id LIMIT 10000";
    Ok(conn.query(sql).bind(team.clone()).all::<Entry>().await?.into_iter().map(Entry::view).collect())
}

/// The roles that a member has within teams.
pub(crate) async fn roles_of(conn: &mut Conn, member: &MemberId) -> Result<Vec<(TeamId, String)>> {
    let sql = "SELECT team_id, roles FROM team_members WHERE member_id = $1 AND roles <> ''";
    Ok(conn.query(sql).bind(member.clone()).all().await?)
}

/// The roles that a user has within a team; `None` for who isn't in it.
pub(crate) async fn roles_in(
    conn: &mut Conn,
    organization: &OrganizationId,
    team: &TeamId,
    user: &UserId,
) -> Result<Option<String>> {
    let sql = "SELECT e.roles FROM team_members e JOIN members m ON m.id = e.member_id
               WHERE m.organization_id = $1 AND e.team_id = $2 AND m.user_id = $3";
    let query = conn.query(sql).bind(organization.clone()).bind(team.clone()).bind(user.clone());
    Ok(query.optional::<(String,)>().await?.map(|(roles,)| roles))
}

pub(crate) async fn set_roles(
    tx: &mut Tx,
    organization: &OrganizationId,
    team: &TeamId,
    user: &UserId,
    roles: &str,
) -> Result<()> {
    let sql = "UPDATE team_members SET roles = $4 WHERE team_id = $2
               AND member_id IN (SELECT id FROM members WHERE organization_id = $1 AND user_id = $3)";
    let query = tx.query(sql).bind(organization.clone()).bind(team.clone()).bind(user.clone());
    query.bind(roles.to_owned()).execute().await?;
    Ok(())
}

pub(crate) async fn remove(tx: &mut Tx, organization: &OrganizationId, team: &TeamId, user: &UserId) -> Result<bool> {
    let sql = "DELETE FROM team_members WHERE team_id = $2
               AND member_id IN (SELECT id FROM members WHERE organization_id = $1 AND user_id = $3)";
    let removed = tx.query(sql).bind(organization.clone()).bind(team.clone()).bind(user.clone()).execute().await?;
    revocation::note(tx, user);
    let sql = "UPDATE sessions SET active_team_id = NULL WHERE user_id = $1 AND active_team_id = $2";
    tx.query(sql).bind(user.clone()).bind(team.clone()).execute().await?;
    Ok(removed == 1)
}
