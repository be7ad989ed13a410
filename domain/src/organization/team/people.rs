//! Who is in a team, and who else could be, as its pages show them.

use db::Conn;
use model::{MemberId, MemberView, OrganizationId, OrganizationRefusal, TeamId, Timestamp};

use super::super::member::store::{Row, holding};
use super::super::{Access, member};
use super::within;
use crate::{Cx, Error, Result};

/// Which people of a team's pages.
#[derive(Clone, Debug)]
pub struct Page {
    /// A part of the name or the address; everybody without one.
    pub search: String,
    /// Everybody in the organization, instead of who is in the team.
    pub everybody: bool,
    /// How many at most, 1 to 1000.
    pub limit: u32,
    /// How many are left out before.
    pub offset: u32,
}

/// Somebody in the organization, and how they stand in a team.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// Who.
    pub member: MemberView,
    /// What they are in the team; `None` for who isn't in it.
    pub entry: Option<Entry>,
}

/// What somebody is in a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The roles within it, separated by commas; may be empty.
    pub roles: String,
    /// Since when.
    pub since: Timestamp,
}

/// A page of people by name, and how many there are in all: one query.
///
/// # Errors
/// [`OrganizationRefusal::TeamNotFound`]; [`OrganizationRefusal::NotInTeam`] for who neither is in the team nor looks after teams or
/// members; [`OrganizationRefusal::Forbidden`] for everybody without `team:update`.
pub async fn people(cx: &Cx, access: &Access, team: &TeamId, page: &Page) -> Result<(Vec<Person>, u64)> {
    let mut conn = cx.db.read().await?;
    within(&mut conn, access, team).await?;
    if page.everybody {
        access.require_in(team, "team:update")?;
    } else {
        may_look(&mut conn, access, team).await?;
    }
    list(&mut conn, &access.organization.id, team, page).await
}

/// One member of the organization, and how they stand in a team.
///
/// # Errors
/// As [`people`]; [`OrganizationRefusal::MemberNotFound`].
pub async fn person(cx: &Cx, access: &Access, team: &TeamId, id: &MemberId) -> Result<Person> {
    let mut conn = cx.db.read().await?;
    within(&mut conn, access, team).await?;
    may_look(&mut conn, access, team).await?;
    let member = member::store::by_id(&mut conn, &access.organization.id, id).await?;
    let member = member.ok_or(OrganizationRefusal::MemberNotFound)?;
    Ok(Person { entry: entry(&mut conn, team, id).await?, member })
}

async fn may_look(conn: &mut Conn, access: &Access, team: &TeamId) -> Result<()> {
    let looks_after = access.may_in(team, "team:update") || access.may_in(team, "member:update");
    if looks_after || entry(conn, team, &access.member.id).await?.is_some() {
        Ok(())
    } else {
        Err(OrganizationRefusal::NotInTeam.into())
    }
}

#[derive(sqlx::FromRow)]
struct Found {
    #[sqlx(flatten)]
    row: Row,
    team_roles: Option<String>,
    joined_at: Option<Timestamp>,
    total: i64,
}

impl Found {
    fn person(self) -> Person {
        let entry = self.team_roles.zip(self.joined_at).map(|(roles, since)| Entry { roles, since });
        Person { member: self.row.view(), entry }
    }
}

async fn list(
    conn: &mut Conn,
    organization: &OrganizationId,
    team: &TeamId,
    page: &Page,
) -> Result<(Vec<Person>, u64)> {
    macro_rules! listed {
        ($join:literal) => {
            concat!(
                "SELECT m.id, m.organization_id, m.user_id, m.roles, m.created_at, u.name, u.email, u.image,
                        e.roles AS team_roles, e.created_at AS joined_at, COUNT(*) OVER () AS total
                 FROM members m JOIN users u ON u.id = m.user_id ",
                $join,
                " team_members e ON e.member_id = m.id AND e.team_id = $2
                 WHERE m.organization_id = $1 AND ($3 = '' OR COALESCE(u.name_lower, LOWER(u.name)) LIKE $3 ESCAPE '!' OR u.email LIKE $3 ESCAPE '!')
                 ORDER BY COALESCE(u.name_lower, LOWER(u.name)), m.id LIMIT $4 OFFSET $5"
            )
        };
    }
    let sql = if page.everybody { listed!("LEFT JOIN") } else { listed!("JOIN") };
    let query = conn.query(sql).bind(organization.clone()).bind(team.clone()).bind(holding(&page.search));
    let rows: Vec<Found> = query.bind(i64::from(page.limit.clamp(1, 1000))).bind(i64::from(page.offset)).all().await?;
    // As in the list of members: every row tells the count, and beyond the end there is none.
    if rows.is_empty() && page.offset > 0 {
        let first = Page { offset: 0, limit: 1, ..page.clone() };
        return Ok((Vec::new(), Box::pin(list(conn, organization, team, &first)).await?.1));
    }
    let total = u64::try_from(rows.first().map_or(0, |row| row.total)).map_err(Error::broken)?;
    Ok((rows.into_iter().map(Found::person).collect(), total))
}

async fn entry(conn: &mut Conn, team: &TeamId, member: &MemberId) -> Result<Option<Entry>> {
    let sql = "SELECT roles, created_at FROM team_members WHERE team_id = $1 AND member_id = $2";
    let found = conn.query(sql).bind(team.clone()).bind(member.clone()).optional::<(String, Timestamp)>().await?;
    Ok(found.map(|(roles, since)| Entry { roles, since }))
}
