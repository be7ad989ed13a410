//! Who has a role, in whatever way. However many have it, the number of queries is the same.

use std::collections::{BTreeMap, BTreeSet};

use db::{Conn, Query};
use model::{Email, HolderView, MemberId, MemberUser, MemberView, OrganizationId, TeamId, Timestamp, UserId};
use permission::Assignment;

use super::{Access, store};
use crate::organization::{held, member};
use crate::{Cx, Error, Result};

/// How many holders a page shows.
const SHOWN: i64 = 20;

/// A member who has one of some roles, with everything that they hold or will.
pub(super) struct Holder {
    pub(super) member: MemberView,
    pub(super) held: Vec<Assignment>,
}

/// Some of the holders, by name.
pub(super) struct Found {
    pub(super) holders: Vec<Holder>,
    /// How many there are in all.
    pub(super) total: u64,
    /// The names of the teams that were met.
    pub(super) teams: Vec<(TeamId, String)>,
}

/// Whose holders are looked up.
pub(super) struct Wanted<'w> {
    pub(super) organization: &'w OrganizationId,
    /// Those of its own roles that are meant.
    pub(super) own: Vec<&'w str>,
    /// One role more, whether it exists or not.
    pub(super) other: &'w str,
    pub(super) now: Timestamp,
    /// How many holders at most.
    pub(super) limit: i64,
}

impl Wanted<'_> {
    /// A statement of [`among_holders`] with its values.
    fn query<'c>(&self, conn: &'c mut Conn, sql: &'static str) -> Query<'c> {
        let query = conn.query(sql).bind(self.organization.clone()).bind(format!(",{},", self.own.join(",")));
        query.bind(self.other.to_owned()).bind(self.now).bind(self.limit)
    }
}

/// The first 20 who have a role or will have it, by name, and how many there are in all. What is over doesn't count.
///
/// # Errors
/// [`model::OrganizationRefusal::Forbidden`] without `ac:read`.
pub async fn holders(cx: &Cx, access: &Access, role: &str) -> Result<(Vec<HolderView>, u64)> {
    access.require("ac:read")?;
    let (now, organization) = (cx.now(), &access.organization.id);
    if !member::store::could_be_role(role) {
        return Ok((Vec::new(), 0));
    }
    let wanted = Wanted { organization, own: Vec::new(), other: role, now, limit: SHOWN };
    let found = find(&mut cx.db.read().await?, &wanted).await?;
    let view = |holder: Holder| {
        let of_role = holder.held.iter().filter(|one| one.role == role);
        let held = of_role.map(|one| held::view(one, access.roles(), &found.teams, now)).collect();
        HolderView { member: holder.member, held }
    };
    Ok((found.holders.into_iter().map(view).collect(), found.total))
}

/// How many have each role or will have it; a role that nobody has isn't in it.
///
/// # Errors
/// [`model::OrganizationRefusal::Forbidden`] without `ac:read`.
pub async fn counts(cx: &Cx, access: &Access) -> Result<BTreeMap<String, u64>> {
    access.require("ac:read")?;
    // Every member's roles as one text: few different ones, whose holders the database counts.
    let sql = "SELECT list, COUNT(*) FROM (
                 SELECT m.roles
                     || COALESCE((SELECT ',' || string_agg(e.roles, ',') FROM team_members e WHERE e.member_id = m.id), '')
                     || COALESCE((SELECT ',' || string_agg(a.role, ',') FROM assignments a
                                  WHERE a.user_id = m.user_id AND (a.organization_id = m.organization_id OR a.organization_id IS NULL)
                                    AND (a.ends_at IS NULL OR a.ends_at > $2)), '') AS list
                 FROM members m WHERE m.organization_id = $1) each_member
               GROUP BY list";
    let mut conn = cx.db.read().await?;
    let lists: Vec<(String, i64)> = conn.query(sql).bind(access.organization.id.clone()).bind(cx.now()).all().await?;
    let mut counts = BTreeMap::new();
    for (list, count) in lists {
        let count = u64::try_from(count).map_err(Error::broken)?;
        for role in member::roles(&list).collect::<BTreeSet<_>>() {
            *counts.entry(role.to_owned()).or_default() += count;
        }
    }
    Ok(counts)
}

#[derive(sqlx::FromRow)]
struct Row {
    id: MemberId,
    user_id: UserId,
    roles: String,
    created_at: Timestamp,
    name: String,
    email: Email,
    image: Option<String>,
    total: i64,
}

/// The members of the organization $1 who have one of its own roles named in $2 (between commas), or the one named $3, and at $4 not for
/// the last time; `$5` of them. A role's name has no `%`, but perhaps `_`, which would stand for any character.
macro_rules! among_holders {
    ($($rest:literal),*) => {
        concat!(
            "WITH wanted AS (
                 SELECT '%,' || REPLACE(name, '_', '!_') || ',%' AS listed, name FROM organization_roles
                     WHERE organization_id = $1 AND $2 LIKE '%,' || REPLACE(name, '_', '!_') || ',%' ESCAPE '!'
                 UNION SELECT '%,' || REPLACE($3, '_', '!_') || ',%', $3),
             holders AS (
                 SELECT m.id, m.user_id, m.roles, m.created_at, u.name, u.email, u.image, COUNT(*) OVER () AS total,
                        COALESCE(u.name_lower, LOWER(u.name)) AS name_lower
                 FROM members m JOIN users u ON u.id = m.user_id
                 WHERE m.organization_id = $1 AND (
                     EXISTS (SELECT 1 FROM wanted w WHERE ',' || m.roles || ',' LIKE w.listed ESCAPE '!')
                     OR EXISTS (SELECT 1 FROM team_members e, wanted w
                                WHERE e.member_id = m.id AND ',' || e.roles || ',' LIKE w.listed ESCAPE '!')
                     OR EXISTS (SELECT 1 FROM assignments a JOIN wanted w ON w.name = a.role
                                WHERE a.user_id = m.user_id AND (a.organization_id = $1 OR a.organization_id IS NULL)
                                  AND (a.ends_at IS NULL OR a.ends_at > $4)))
                 ORDER BY name_lower, m.id LIMIT $5) ",
            $($rest,)*
        )
    };
}

/// Looks up the first holders of some roles, by name.
pub(super) async fn find(conn: &mut Conn, wanted: &Wanted<'_>) -> Result<Found> {
    let organization = wanted.organization;
    let sql = among_holders!("SELECT * FROM holders ORDER BY name_lower, id");
    let rows: Vec<Row> = wanted.query(conn, sql).all().await?;
    let sql = among_holders!(
        "SELECT e.member_id, e.team_id, e.roles FROM team_members e JOIN holders h ON h.id = e.member_id WHERE e.roles <> ''"
    );
    let in_teams: Vec<(MemberId, TeamId, String)> = wanted.query(conn, sql).all().await?;
    let sql = among_holders!(
        "SELECT a.* FROM assignments a JOIN holders h ON h.user_id = a.user_id
         WHERE (a.organization_id = $1 OR a.organization_id IS NULL) AND (a.ends_at IS NULL OR a.ends_at > $4)
         ORDER BY a.created_at, a.id"
    );
    let assigned: Vec<store::Assigned> = wanted.query(conn, sql).all().await?;
    let teams = "SELECT id, name FROM teams WHERE organization_id = $1";
    let teams: Vec<(TeamId, String)> = conn.query(teams).bind(organization.clone()).all().await?;

    let total = rows.first().map_or(Ok(0), |row| u64::try_from(row.total)).map_err(Error::broken)?;
    let mut holders: Vec<Holder> = rows.into_iter().map(|row| row.holder(organization)).collect();
    for (member, team, roles) in in_teams {
        if let Some(holder) = holders.iter_mut().find(|holder| holder.member.id == member) {
            holder.held.extend(held::of_team(organization, &team, &roles));
        }
    }
    for one in assigned {
        if let Some(holder) = holders.iter_mut().find(|holder| &holder.member.user_id == one.user_id()) {
            holder.held.push(one.read());
        }
    }
    Ok(Found { holders, total, teams })
}

impl Row {
    fn holder(self, organization: &OrganizationId) -> Holder {
        let Self { id, user_id, roles, created_at, name, email, image, .. } = self;
        let held = held::of_membership(organization, &roles).collect();
        let user = Some(MemberUser { id: user_id.clone(), name, email, image });
        let member = MemberView { id, organization_id: organization.clone(), user_id, role: roles, created_at, user };
        Holder { member, held }
    }
}
