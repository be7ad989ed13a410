//! An organization's own roles, and roles that are given for a time, in a team, or for one thing.

mod draft;
mod everywhere;
mod holders;
mod preview;
pub(crate) mod store;

pub use draft::Draft;
pub(super) use draft::together;
pub use everywhere::{Window, all_everywhere, assign_everywhere, of_user_everywhere, revoke_everywhere};
pub use holders::{counts, holders};
pub use preview::preview;

use std::collections::BTreeSet;

use db::Conn;
use model::{
    AssignmentId, AssignmentView, MemberId, OrganizationId, OrganizationRefusal, RoleId, RoleView, TeamId, Timestamp,
};
use permission::{Pattern, Permission, Roles};

use super::{Access, OWNER, entry, member, team};
use crate::audit::{self, Act};
use crate::session::Current;
use crate::{Cx, Result};

/// The configuration's roles and the organization's own.
pub(super) async fn all(conn: &mut Conn, cx: &Cx, organization: &OrganizationId) -> Result<Roles> {
    draft::together(cx, store::list(conn, organization).await?)
}

/// Every role that there is here: the configuration's first.
///
/// # Errors
/// [`OrganizationRefusal::Forbidden`] without `ac:read`.
pub async fn list(cx: &Cx, access: &Access) -> Result<Vec<RoleView>> {
    let predefined = cx.settings.organization.catalog.roles().iter().map(|role| RoleView {
        id: None,
        name: role.name.clone(),
        patterns: role.patterns.iter().map(ToString::to_string).collect(),
        inherits: role.inherits.clone(),
        created_at: None,
        updated_at: None,
    });
    let own = list_own(cx, access).await?;
    Ok(predefined.chain(own).collect())
}

/// The organization's own roles.
///
/// # Errors
/// [`OrganizationRefusal::Forbidden`] without `ac:read`.
pub async fn list_own(cx: &Cx, access: &Access) -> Result<Vec<RoleView>> {
    access.require("ac:read")?;
    store::list(&mut cx.db.read().await?, &access.organization.id).await
}

/// The permissions that are asked for somewhere, for a form that completes them.
pub fn asked_for(cx: &Cx) -> Vec<String> {
    let known = cx.settings.organization.catalog.known();
    known.into_iter().filter(|permission| Permission::parse(permission).is_ok()).collect()
}

/// The permissions that the user can give here, for a form that completes them.
pub fn suggestions(cx: &Cx, access: &Access) -> Vec<String> {
    let catalog = &cx.settings.organization.catalog;
    let whole = catalog.resources().into_iter().map(|resource| format!("{resource}:*"));
    let known: BTreeSet<String> = catalog.known().into_iter().chain(whole).collect();
    let known: Vec<Pattern> = known.iter().filter_map(|text| Pattern::parse(text).ok()).collect();
    known.iter().filter(|pattern| access.may_put([*pattern]).is_ok()).map(ToString::to_string).collect()
}

/// Makes a role.
///
/// # Errors
/// [`OrganizationRefusal::Forbidden`] without `ac:create`; [`OrganizationRefusal::RoleTaken`], [`OrganizationRefusal::InvalidRoleName`],
/// [`OrganizationRefusal::InvalidRole`], [`OrganizationRefusal::InvalidResource`], [`OrganizationRefusal::RoleCircle`],
/// [`OrganizationRefusal::RoleNotFound`] for what it would inherit from, [`OrganizationRefusal::NotHeld`], [`OrganizationRefusal::HeldUntil`],
/// [`OrganizationRefusal::TooManyRoles`], [`OrganizationRefusal::TooManyChosen`].
pub async fn create(cx: &Cx, current: &Current, access: &Access, draft: &Draft) -> Result<RoleView> {
    let organization = &access.organization.id;
    let mut tx = cx.db.begin().await?;
    let access = &access.renewed(&mut tx, cx).await?;
    access.require("ac:create")?;
    let role = access.noted(draft.check(cx, access, None))?;
    draft::check_limit(cx, store::count(&mut tx, organization).await?)?;
    let now = cx.now();
    let view = RoleView {
        id: Some(RoleId::new(cx.random.id(now))),
        name: role.name,
        patterns: draft.patterns.clone(),
        inherits: role.inherits,
        created_at: Some(now),
        updated_at: None,
    };
    store::insert(&mut tx, organization, &view).await?;
    audit::record(&mut tx, cx, entry(current, organization, Act::RoleChanged).with("role", &view));
    tx.commit().await?;
    Ok(view)
}

/// Who has a role that gets another name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holders {
    /// They have it under its new name.
    Keep,
    /// They are left with a name that gives nothing, as in the ecosystem.
    Lose,
}

/// Changes one of the organization's own roles.
///
/// # Errors
/// [`OrganizationRefusal::Forbidden`] without `ac:update`; [`OrganizationRefusal::RoleNotFound`], [`OrganizationRefusal::RolePredefined`]; as [`create`].
pub async fn update(
    cx: &Cx,
    current: &Current,
    access: &Access,
    name: &str,
    draft: &Draft,
    holders: Holders,
) -> Result<RoleView> {
    let organization = &access.organization.id;
    let mut tx = cx.db.begin().await?;
    let access = &access.renewed(&mut tx, cx).await?;
    access.require("ac:update")?;
    let old = own(&mut tx, cx, organization, name).await?;
    let role = access.noted(draft.check(cx, access, Some(&old)))?;
    let view = RoleView {
        name: role.name,
        patterns: draft.patterns.clone(),
        inherits: role.inherits,
        updated_at: Some(cx.now()),
        ..old.clone()
    };
    store::update(&mut tx, organization, &old.name, &view, holders).await?;
    audit::record(&mut tx, cx, entry(current, organization, Act::RoleChanged).with("before", old).with("role", &view));
    tx.commit().await?;
    Ok(view)
}

/// Deletes one of the organization's own roles, which nobody has or will have, or is invited to.
///
/// # Errors
/// [`OrganizationRefusal::Forbidden`] without `ac:delete`; [`OrganizationRefusal::RolePredefined`], [`OrganizationRefusal::RoleNotFound`],
/// [`OrganizationRefusal::RoleAssigned`], also when another role inherits from it.
pub async fn delete(cx: &Cx, current: &Current, access: &Access, name: &str) -> Result<()> {
    let organization = &access.organization.id;
    let mut tx = cx.db.begin().await?;
    let access = access.renewed(&mut tx, cx).await?;
    access.require("ac:delete")?;
    let old = own(&mut tx, cx, organization, name).await?;
    let inherited = store::list(&mut tx, organization).await?.iter().any(|role| role.inherits.contains(&old.name));
    if inherited || store::is_assigned(&mut tx, organization, &old.name, cx.now()).await? {
        return Err(OrganizationRefusal::RoleAssigned.into());
    }
    store::delete(&mut tx, organization, &old.name).await?;
    audit::record(&mut tx, cx, entry(current, organization, Act::RoleChanged).with("before", old));
    Ok(tx.commit().await?)
}

/// One of the organization's own roles, by its name or its id.
async fn own(conn: &mut Conn, cx: &Cx, organization: &OrganizationId, name: &str) -> Result<RoleView> {
    draft::find(cx, &store::list(conn, organization).await?, name)
}

/// How many roles a member has at most that are bound to a time, a team or a thing and count or will; and how many that are over are kept
/// for whoever wonders. Each of the member's requests reads them.
const MOST_ASSIGNMENTS: i64 = 100;

/// A role that is to be given beside the membership's.
pub struct Assign {
    /// To whom.
    pub member: MemberId,
    /// The role's name.
    pub role: String,
    /// Only in this team.
    pub team: Option<TeamId>,
    /// Only for this thing: its kind and its id.
    pub resource: Option<(String, String)>,
    /// From when on.
    pub starts_at: Option<Timestamp>,
    /// Until when.
    pub ends_at: Option<Timestamp>,
}

/// Gives a role for a time, in a team, or for one thing.
///
/// # Errors
/// [`OrganizationRefusal::Forbidden`] without `member:update`, and for the owner's role, which is given as a membership's;
/// [`OrganizationRefusal::RoleNotFound`], [`OrganizationRefusal::NotHeld`], [`OrganizationRefusal::HeldUntil`];
/// [`OrganizationRefusal::MemberNotFound`], [`OrganizationRefusal::TeamNotFound`]; [`OrganizationRefusal::InvalidWindow`], also when it is
/// over already; [`OrganizationRefusal::TooManyAssignments`].
pub async fn assign(cx: &Cx, current: &Current, access: &Access, wanted: &Assign) -> Result<AssignmentView> {
    let organization = &access.organization.id;
    let mut tx = cx.db.begin().await?;
    tx.lock(organization.as_str()).await?;
    let access = &Access::read(&mut tx, cx, &current.user.id, organization).await?;
    access.require("member:update")?;
    if wanted.role == OWNER {
        return Err(access.refuse("member:update"));
    }
    access.noted(access.may_give_until(&wanted.role, wanted.ends_at))?;
    let now = cx.now();
    if wanted.ends_at.is_some_and(|end| end <= wanted.starts_at.unwrap_or(now).max(now)) {
        return Err(OrganizationRefusal::InvalidWindow.into());
    }
    let member = member::store::by_id(&mut tx, organization, &wanted.member).await?;
    let member = member.ok_or(OrganizationRefusal::MemberNotFound)?;
    if let Some(team) = &wanted.team
        && team::store::by_id(&mut tx, organization, team).await?.is_none()
    {
        return Err(OrganizationRefusal::TeamNotFound.into());
    }
    let view = AssignmentView {
        id: AssignmentId::new(cx.random.id(now)),
        user_id: member.user_id,
        role: wanted.role.clone(),
        team_id: wanted.team.clone(),
        resource: wanted.resource.clone(),
        starts_at: wanted.starts_at,
        ends_at: wanted.ends_at,
        granted_by: current.user.id.clone(),
        created_at: now,
    };
    if store::count_assigned(&mut tx, organization, &view.user_id, now).await? >= MOST_ASSIGNMENTS {
        return Err(OrganizationRefusal::TooManyAssignments.into());
    }
    store::forget_over(&mut tx, organization, &view.user_id, now, MOST_ASSIGNMENTS).await?;
    store::assign(&mut tx, Some(organization), &view).await?;
    audit::record(
        &mut tx,
        cx,
        entry(current, organization, Act::RoleAssigned).about(&view.user_id).with("assignment", &view),
    );
    tx.commit().await?;
    Ok(view)
}

/// What is assigned here beside the memberships' roles, the latest first; also what is over or hasn't begun.
///
/// # Errors
/// [`OrganizationRefusal::Forbidden`] without `ac:read`.
pub async fn assignments(cx: &Cx, access: &Access) -> Result<Vec<AssignmentView>> {
    access.require("ac:read")?;
    store::assignments(&mut cx.db.read().await?, &access.organization.id).await
}

/// Takes an assignment back.
///
/// # Errors
/// [`OrganizationRefusal::Forbidden`] without `member:update`; [`OrganizationRefusal::AssignmentNotFound`].
pub async fn revoke(cx: &Cx, current: &Current, access: &Access, id: &AssignmentId) -> Result<()> {
    let organization = &access.organization.id;
    let mut tx = cx.db.begin().await?;
    let access = access.renewed(&mut tx, cx).await?;
    access.require("member:update")?;
    if !store::revoke(&mut tx, organization, id).await? {
        return Err(OrganizationRefusal::AssignmentNotFound.into());
    }
    audit::record(&mut tx, cx, entry(current, organization, Act::AssignmentRevoked).with("assignment", id));
    Ok(tx.commit().await?)
}
