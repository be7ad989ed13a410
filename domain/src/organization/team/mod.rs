//! Teams inside an organization, with roles that count only within.

mod people;
pub(crate) mod store;

use db::{Conn, Tx};
use model::{
    MemberView, OrganizationId, OrganizationRefusal, OrganizationView, TeamId, TeamMemberId, TeamMemberView, TeamView,
    UserId,
};

pub use self::people::{Entry, Page, Person, people, person};
pub use self::store::Standing;
use super::{Access, OWNER, checked_name, distinct, member};
use crate::audit::{self, Act};
use crate::session::Current;
use crate::{Cx, Result};

/// The team that a new organization has from the start, named like it; `None` where the operator doesn't want one.
pub(super) async fn add_first(
    tx: &mut Tx,
    cx: &Cx,
    organization: &OrganizationView,
    owner: &MemberView,
) -> Result<Option<TeamView>> {
    if !cx.settings.organization.first_team {
        return Ok(None);
    }
    let team = draft(cx, organization, organization.name.clone());
    store::insert(tx, &team).await?;
    store::add(tx, &entry(cx, &team.id, owner), owner).await?;
    Ok(Some(team))
}

fn draft(cx: &Cx, organization: &OrganizationView, name: String) -> TeamView {
    let now = cx.now();
    TeamView {
        id: TeamId::new(cx.random.id(now)),
        name,
        organization_id: organization.id.clone(),
        created_at: now,
        updated_at: None,
    }
}

fn entry(cx: &Cx, team: &TeamId, member: &MemberView) -> TeamMemberView {
    let now = cx.now();
    TeamMemberView {
        id: TeamMemberId::new(cx.random.id(now)),
        team_id: team.clone(),
        user_id: member.user_id.clone(),
        created_at: now,
    }
}

/// Makes a team.
///
/// # Errors
/// [`OrganizationRefusal::Forbidden`] without `team:create`; [`OrganizationRefusal::TooManyTeams`], [`OrganizationRefusal::InvalidName`].
pub async fn create(cx: &Cx, access: &Access, name: &str) -> Result<TeamView> {
    let name = checked_name(name)?;
    let mut tx = cx.db.begin().await?;
    // Who was let in a moment ago may have lost the right since.
    let access = access.renewed(&mut tx, cx).await?;
    access.require("team:create")?;
    let team = draft(cx, &access.organization, name);
    let most = cx.settings.organization.teams;
    if most > 0 && store::count(&mut tx, &access.organization.id).await? >= i64::from(most) {
        return Err(OrganizationRefusal::TooManyTeams.into());
    }
    store::insert(&mut tx, &team).await?;
    audit::record(&mut tx, cx, access.entry(Act::TeamCreated).with("team", &team.id).with("name", &team.name));
    tx.commit().await?;
    Ok(team)
}

/// The organization's teams, the first one first. Every member may know which there are.
///
/// # Errors
/// When the database can't be asked.
pub async fn list(cx: &Cx, access: &Access) -> Result<Vec<TeamView>> {
    store::list(&mut cx.db.read().await?, &access.organization.id).await
}

/// The organization's teams by name, with how many are in each, and how a member stands in it: one query.
///
/// # Errors
/// [`OrganizationRefusal::Forbidden`] for another's standing without `member:update`.
pub async fn standings(cx: &Cx, access: &Access, member: &MemberView) -> Result<Vec<Standing>> {
    if member.id != access.member.id {
        access.require("member:update")?;
    }
    store::standings(&mut cx.db.read().await?, &access.organization.id, &member.id).await
}

/// The teams that a user is in.
///
/// # Errors
/// [`OrganizationRefusal::Forbidden`] for another's without `member:update`.
pub async fn of_user(cx: &Cx, access: &Access, user: &UserId) -> Result<Vec<TeamView>> {
    if user != &access.member.user_id {
        access.require("member:update")?;
    }
    store::of_user(&mut cx.db.read().await?, &access.organization.id, user).await
}

/// A team of this organization.
///
/// # Errors
/// [`OrganizationRefusal::TeamNotFound`], also for another organization's.
pub async fn find(cx: &Cx, access: &Access, id: &TeamId) -> Result<TeamView> {
    within(&mut cx.db.read().await?, access, id).await
}

async fn within(conn: &mut Conn, access: &Access, id: &TeamId) -> Result<TeamView> {
    let found = store::by_id(conn, &access.organization.id, id).await?;
    Ok(found.ok_or(OrganizationRefusal::TeamNotFound)?)
}

/// Renames a team.
///
/// # Errors
/// [`OrganizationRefusal::Forbidden`] without `team:update`; [`OrganizationRefusal::TeamNotFound`], [`OrganizationRefusal::InvalidName`].
pub async fn rename(cx: &Cx, access: &Access, id: &TeamId, name: &str) -> Result<TeamView> {
    let mut tx = cx.db.begin().await?;
    let access = access.renewed(&mut tx, cx).await?;
    let mut team = within(&mut tx, &access, id).await?;
    access.require_in(id, "team:update")?;
    team.name = checked_name(name)?;
    team.updated_at = Some(cx.now());
    store::update(&mut tx, &team).await?;
    audit::record(&mut tx, cx, access.entry(Act::TeamRenamed).with("team", &team.id).with("name", &team.name));
    tx.commit().await?;
    Ok(team)
}

/// Deletes a team; nobody leaves the organization by it.
///
/// # Errors
/// [`OrganizationRefusal::Forbidden`] without `team:delete`; [`OrganizationRefusal::TeamNotFound`]; [`OrganizationRefusal::LastTeam`].
pub async fn delete(cx: &Cx, access: &Access, id: &TeamId) -> Result<()> {
    let organization = &access.organization.id;
    let mut tx = cx.db.begin().await?;
    let access = access.renewed(&mut tx, cx).await?;
    access.require("team:delete")?;
    let team = within(&mut tx, &access, id).await?;
    if store::count(&mut tx, organization).await? < 2 {
        return Err(OrganizationRefusal::LastTeam.into());
    }
    store::delete(&mut tx, organization, id).await?;
    audit::record(&mut tx, cx, access.entry(Act::TeamDeleted).with("team", id).with("name", team.name));
    Ok(tx.commit().await?)
}

/// Who is in a team: for those in it, and for who looks after the organization's teams.
///
/// # Errors
/// [`OrganizationRefusal::TeamNotFound`], [`OrganizationRefusal::NotInTeam`].
pub async fn members(cx: &Cx, access: &Access, id: &TeamId) -> Result<Vec<TeamMemberView>> {
    find(cx, access, id).await?;
    let members = store::members(&mut cx.db.read().await?, id).await?;
    let inside = members.iter().any(|one| one.user_id == access.member.user_id);
    if inside || access.may_in(id, "team:update") { Ok(members) } else { Err(OrganizationRefusal::NotInTeam.into()) }
}

/// Puts a member into a team; who is in it already stays as they are.
///
/// # Errors
/// [`OrganizationRefusal::Forbidden`] without `team:update`; [`OrganizationRefusal::TeamNotFound`]; [`OrganizationRefusal::NotAMember`] for who
/// isn't in the organization.
pub async fn add_member(cx: &Cx, access: &Access, id: &TeamId, user: &UserId) -> Result<TeamMemberView> {
    let organization = &access.organization.id;
    let mut tx = cx.db.begin().await?;
    let access = access.renewed(&mut tx, cx).await?;
    access.require_in(id, "team:update")?;
    let team = within(&mut tx, &access, id).await?;
    let member = member::store::of_user(&mut tx, organization, user).await?.ok_or(OrganizationRefusal::NotAMember)?;
    let added = store::add(&mut tx, &entry(cx, id, &member), &member).await?;
    let entry = access.entry(Act::TeamMemberAdded).about(user);
    audit::record(&mut tx, cx, entry.with("team", id).with("name", team.name));
    tx.commit().await?;
    Ok(added)
}

/// Gives somebody in a team these roles within it, instead of those they had there. Those may stay, also where the caller couldn't give
/// them.
///
/// # Errors
/// [`OrganizationRefusal::Forbidden`] without `member:update`, and for the owner's role, which is a membership's;
/// [`OrganizationRefusal::TeamNotFound`], [`OrganizationRefusal::NotInTeam`]; [`OrganizationRefusal::RoleNotFound`],
/// [`OrganizationRefusal::NotHeld`], [`OrganizationRefusal::HeldUntil`], [`OrganizationRefusal::TooManyChosen`].
pub async fn set_roles(
    cx: &Cx,
    current: &Current,
    access: &Access,
    id: &TeamId,
    user: &UserId,
    wanted: &[String],
) -> Result<()> {
    let organization = &access.organization.id;
    let mut tx = cx.db.begin().await?;
    let access = access.renewed(&mut tx, cx).await?;
    let team = within(&mut tx, &access, id).await?;
    access.require_in(id, "member:update")?;
    let wanted = distinct(wanted)?;
    let had = store::roles_in(&mut tx, organization, id, user).await?.ok_or(OrganizationRefusal::NotInTeam)?;
    let new = |role: &&str| !member::roles(&had).any(|had| had == *role);
    let given: Vec<&str> = wanted.iter().map(String::as_str).filter(new).collect();
    if given.contains(&OWNER) {
        return Err(access.refuse("member:update"));
    }
    access.noted(access.may_give_in(Some(id), given))?;
    let roles = wanted.join(",");
    store::set_roles(&mut tx, organization, id, user, &roles).await?;
    let entry = super::entry(current, organization, Act::MemberRolesChanged)
        .about(user)
        .with("team", id)
        .with("name", team.name);
    audit::record(&mut tx, cx, entry.with("before", had).with("roles", roles));
    Ok(tx.commit().await?)
}

/// Takes a member out of a team; whoever is in one may leave it.
///
/// # Errors
/// As [`add_member`]; [`OrganizationRefusal::NotInTeam`].
pub async fn remove_member(cx: &Cx, access: &Access, id: &TeamId, user: &UserId) -> Result<()> {
    let mut tx = cx.db.begin().await?;
    let access = access.renewed(&mut tx, cx).await?;
    if user != &access.member.user_id {
        access.require_in(id, "team:update")?;
    }
    let team = within(&mut tx, &access, id).await?;
    if !store::remove(&mut tx, &access.organization.id, id, user).await? {
        return Err(OrganizationRefusal::NotInTeam.into());
    }
    let entry = access.entry(Act::TeamMemberRemoved).about(user);
    audit::record(&mut tx, cx, entry.with("team", id).with("name", team.name));
    Ok(tx.commit().await?)
}

/// Puts a new member into the team that an invitation named; `false` when it is gone.
pub(super) async fn join(
    tx: &mut Tx,
    cx: &Cx,
    organization: &OrganizationId,
    id: &TeamId,
    member: &MemberView,
) -> Result<bool> {
    if store::by_id(tx, organization, id).await?.is_none() {
        return Ok(false);
    }
    store::add(tx, &entry(cx, id, member), member).await?;
    Ok(true)
}
