//! What lists and overviews tell: where somebody is a member, and how much there is in an organization.

use db::Conn;
use model::{HeldState, HeldView, OrganizationId, OrganizationRefusal, Slug, TeamView, Timestamp, UserId};

use super::{Access, held, store, team};
use crate::{Cx, Error, Result};

/// An organization that somebody is in, as a list tells of it. It opens nothing: the door is [`Access`].
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Membership {
    /// Which.
    pub id: OrganizationId,
    /// What people call it.
    pub name: String,
    /// Its part of the address.
    pub slug: Slug,
    /// The address of a picture.
    pub logo: Option<String>,
    /// The member's roles, separated by commas.
    pub roles: String,
}

/// Where a user is a member, by name; also where a second factor is asked for at the door. One query along an index, since the header of
/// every page tells it.
///
/// # Errors
/// When the database can't be asked.
pub async fn memberships(cx: &Cx, user: &UserId) -> Result<Vec<Membership>> {
    let sql =
        "SELECT o.id, o.name, o.slug, o.logo, m.roles FROM members m JOIN organizations o ON o.id = m.organization_id
               WHERE m.user_id = $1 ORDER BY LOWER(o.name), o.id LIMIT 1000";
    Ok(cx.db.read().await?.query(sql).bind(user.clone()).all().await?)
}

/// How much there is in an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// How many members.
    pub members: u64,
    /// How many of them own it.
    pub owners: u64,
    /// How many teams.
    pub teams: u64,
    /// How many open invitations; `None` for who may not know.
    pub invitations: Option<u64>,
}

/// Counts what the member may see: one query.
///
/// # Errors
/// When the database can't be asked.
pub async fn tally(cx: &Cx, access: &Access) -> Result<Tally> {
    let mut conn = cx.db.read().await?;
    let (members, owners, teams, invitations) = count(&mut conn, &access.organization.id, cx.now()).await?;
    let whole = |count: i64| u64::try_from(count).map_err(Error::broken);
    let invitations = if access.may("invitation:create") { Some(whole(invitations)?) } else { None };
    Ok(Tally { members: whole(members)?, owners: whole(owners)?, teams: whole(teams)?, invitations })
}

async fn count(conn: &mut Conn, organization: &OrganizationId, now: Timestamp) -> Result<(i64, i64, i64, i64)> {
    let sql = "SELECT
        (SELECT COUNT(*) FROM members WHERE organization_id = $1),
        (SELECT COUNT(*) FROM members WHERE organization_id = $1 AND ',' || roles || ',' LIKE '%,owner,%'),
        (SELECT COUNT(*) FROM teams WHERE organization_id = $1),
        (SELECT COUNT(*) FROM invitations WHERE organization_id = $1 AND status = 'pending' AND expires_at > $2)";
    Ok(conn.query(sql).bind(organization.clone()).bind(now).one().await?)
}

/// What the member is here: the roles that they hold or are about to, and their teams.
///
/// # Errors
/// When the database can't be asked.
pub async fn standing(cx: &Cx, access: &Access) -> Result<(Vec<HeldView>, Vec<TeamView>)> {
    let teams = team::of_user(cx, access, &access.member.user_id).await?;
    let names: Vec<_> = teams.iter().map(|team| (team.id.clone(), team.name.clone())).collect();
    let told = access.held().iter().map(|one| held::view(one, access.roles(), &names, cx.now()));
    Ok((told.filter(|one| one.known && one.state != HeldState::Over).collect(), teams))
}

/// Whether the user may make another organization, to tell before one is typed; [`super::create`] asks again.
///
/// # Errors
/// [`OrganizationRefusal::TooMany`].
pub async fn may_create(cx: &Cx, user: &UserId) -> Result<()> {
    check_limit(&mut cx.db.read().await?, cx, user).await
}

/// The same within a transaction, which holds the user's lock.
pub(super) async fn check_limit(conn: &mut Conn, cx: &Cx, user: &UserId) -> Result<()> {
    let most = i64::from(cx.settings.organization.limit);
    if most > 0 && store::count_owned(conn, user).await? >= most {
        return Err(OrganizationRefusal::TooMany.into());
    }
    Ok(())
}
