//! An organization's own roles, and roles that are given for a time, in a team, or for one thing.

mod everywhere;
pub(crate) mod store;

pub use everywhere::{Window, all_everywhere, assign_everywhere, of_user_everywhere, revoke_everywhere};

use db::Conn;
use model::{
    AssignmentId, AssignmentView, MemberId, OrganizationId, OrganizationRefusal, RoleId, RoleView, TeamId, Timestamp,
};
use permission::{Pattern, Role, Roles};

use super::{Access, OWNER, member, team};
use crate::session::Current;
use crate::{Cx, Error, Result, audit};

/// The configuration's roles and the organization's own. One of these that doesn't fit any more, since the configuration was changed,
/// gives nothing: nobody gets more by a mistake.
pub(super) async fn all(conn: &mut Conn, cx: &Cx, organization: &OrganizationId) -> Result<Roles> {
    let catalog = cx.settings.organization.catalog.roles();
    let mut own = store::list(conn, organization).await?;
    own.retain(|role| !catalog.iter().any(|theirs| theirs.name == role.name));
    let names: Vec<_> =
        catalog.iter().map(|role| role.name.clone()).chain(own.iter().map(|role| role.name.clone())).collect();
    let read = |view: &RoleView| {
        let inherits = view.inherits.iter().filter(|parent| names.contains(parent)).map(String::as_str);
        Role::new(&view.name, view.patterns.iter().map(String::as_str), inherits).ok()
    };
    let own: Vec<Role> = own.iter().filter_map(read).collect();
    let together = Roles::new(catalog.iter().cloned().chain(own));
    together.or_else(|_| Roles::new(catalog.iter().cloned())).map_err(Error::broken)
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

/// A role as somebody typed it.
pub struct Draft {
    /// Its name; capitals become small.
    pub name: String,
    /// What it gives by itself.
    pub patterns: Vec<String>,
    /// The roles that it inherits from.
    pub inherits: Vec<String>,
}

impl Draft {
    /// Checks it against everything that is here, as the role that takes the place of `old`.
    fn check(&self, cx: &Cx, access: &Access, old: Option<&RoleView>) -> Result<Role> {
        let invalid = |error: permission::Error| OrganizationRefusal::InvalidRole(error.to_string());
        let name = self.name.trim().to_ascii_lowercase();
        let patterns = self.patterns.iter().map(String::as_str);
        let role = Role::new(&name, patterns, self.inherits.iter().map(String::as_str)).map_err(invalid)?;
        let taken = access.roles().get(&name).is_some() && old.is_none_or(|old| old.name != name);
        if taken {
            return Err(OrganizationRefusal::RoleTaken.into());
        }
        let resources = cx.settings.organization.catalog.resources();
        let resource = |pattern: &Pattern| pattern.as_str().split(':').next().unwrap_or_default().to_owned();
        if let Some(unknown) =
            role.patterns.iter().map(resource).find(|one| one != "*" && !resources.contains(one.as_str()))
        {
            return Err(OrganizationRefusal::InvalidResource(unknown).into());
        }
        // With everything else that is here, so that a circle shows; and nobody makes a role that gives what they don't hold.
        let others = access.roles().iter().filter(|other| old.is_none_or(|old| old.name != other.name)).cloned();
        let renamed = others.map(|mut other| {
            if let Some(old) = old {
                other
                    .inherits
                    .iter_mut()
                    .filter(|parent| **parent == old.name)
                    .for_each(|parent| name.clone_into(parent));
            }
            other
        });
        let together = Roles::new(renamed.chain([role.clone()])).map_err(invalid)?;
        let lacking = access.not_held(together.patterns(&name));
        if lacking.is_empty() { Ok(role) } else { Err(OrganizationRefusal::NotHeld(lacking).into()) }
    }
}

/// Makes a role.
///
/// # Errors
/// [`OrganizationRefusal::Forbidden`] without `ac:create`; [`OrganizationRefusal::RoleTaken`], [`OrganizationRefusal::InvalidRole`] (also for a
/// circle), [`OrganizationRefusal::InvalidResource`], [`OrganizationRefusal::NotHeld`], [`OrganizationRefusal::TooManyRoles`].
pub async fn create(cx: &Cx, current: &Current, access: &Access, draft: &Draft) -> Result<RoleView> {
    access.require("ac:create")?;
    let organization = &access.organization.id;
    let mut tx = cx.db.begin().await?;
    tx.lock(organization.as_str()).await?;
    let access = &Access::read(&mut tx, cx, &current.user.id, organization).await?;
    let role = draft.check(cx, access, None)?;
    let most = cx.settings.organization.roles;
    if most > 0 && store::count(&mut tx, organization).await? >= i64::from(most) {
        return Err(OrganizationRefusal::TooManyRoles.into());
    }
    let now = cx.now();
    let view = RoleView {
        id: Some(RoleId::new(cx.random.id(now))),
        name: role.name,
        patterns: draft.patterns.clone(),
        inherits: draft.inherits.clone(),
        created_at: Some(now),
        updated_at: None,
    };
    store::insert(&mut tx, organization, &view).await?;
    let detail = serde_json::json!({ "organization": organization, "role": view });
    audit::record(&mut tx, cx, audit::Entry { detail, ..super::entry(current, organization, audit::Act::RoleChanged) })
        .await?;
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
    access.require("ac:update")?;
    let organization = &access.organization.id;
    let mut tx = cx.db.begin().await?;
    tx.lock(organization.as_str()).await?;
    let access = &Access::read(&mut tx, cx, &current.user.id, organization).await?;
    let old = own(&mut tx, cx, organization, name).await?;
    // What it gave before must be the caller's to take, too: else the last holder of something could be robbed of it.
    let lacking = access.not_held(access.roles().patterns(&old.name));
    if !lacking.is_empty() {
        return Err(OrganizationRefusal::NotHeld(lacking).into());
    }
    let role = draft.check(cx, access, Some(&old))?;
    let view = RoleView {
        name: role.name,
        patterns: draft.patterns.clone(),
        inherits: draft.inherits.clone(),
        updated_at: Some(cx.now()),
        ..old.clone()
    };
    store::update(&mut tx, organization, &old.name, &view, holders).await?;
    let detail = serde_json::json!({ "organization": organization, "before": old, "role": view });
    audit::record(&mut tx, cx, audit::Entry { detail, ..super::entry(current, organization, audit::Act::RoleChanged) })
        .await?;
    tx.commit().await?;
    Ok(view)
}

/// Deletes one of the organization's own roles, which nobody has.
///
/// # Errors
/// [`OrganizationRefusal::Forbidden`] without `ac:delete`; [`OrganizationRefusal::RolePredefined`], [`OrganizationRefusal::RoleNotFound`],
/// [`OrganizationRefusal::RoleAssigned`], also when another role inherits from it.
pub async fn delete(cx: &Cx, current: &Current, access: &Access, name: &str) -> Result<()> {
    access.require("ac:delete")?;
    let organization = &access.organization.id;
    let mut tx = cx.db.begin().await?;
    tx.lock(organization.as_str()).await?;
    let old = own(&mut tx, cx, organization, name).await?;
    let inherited = store::list(&mut tx, organization).await?.iter().any(|role| role.inherits.contains(&old.name));
    if inherited || store::is_assigned(&mut tx, organization, &old.name).await? {
        return Err(OrganizationRefusal::RoleAssigned.into());
    }
    store::delete(&mut tx, organization, &old.name).await?;
    let detail = serde_json::json!({ "organization": organization, "before": old });
    audit::record(&mut tx, cx, audit::Entry { detail, ..super::entry(current, organization, audit::Act::RoleChanged) })
        .await?;
    Ok(tx.commit().await?)
}

/// One of the organization's own roles, by its name or its id.
async fn own(conn: &mut Conn, cx: &Cx, organization: &OrganizationId, name: &str) -> Result<RoleView> {
    if cx.settings.organization.catalog.has(name) {
        return Err(OrganizationRefusal::RolePredefined.into());
    }
    let roles = store::list(conn, organization).await?;
    let found =
        roles.into_iter().find(|role| role.name == name || role.id.as_ref().is_some_and(|id| id.as_str() == name));
    Ok(found.ok_or_else(|| OrganizationRefusal::RoleNotFound(name.to_owned()))?)
}

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
/// [`OrganizationRefusal::RoleNotFound`], [`OrganizationRefusal::NotHeld`], [`OrganizationRefusal::MemberNotFound`],
/// [`OrganizationRefusal::TeamNotFound`], [`OrganizationRefusal::InvalidWindow`].
pub async fn assign(cx: &Cx, current: &Current, access: &Access, wanted: &Assign) -> Result<AssignmentView> {
    let organization = &access.organization.id;
    let mut tx = cx.db.begin().await?;
    tx.lock(organization.as_str()).await?;
    let access = &Access::read(&mut tx, cx, &current.user.id, organization).await?;
    access.require("member:update")?;
    if wanted.role == OWNER {
        return Err(OrganizationRefusal::Forbidden("member:update".to_owned()).into());
    }
    access.may_give([wanted.role.as_str()])?;
    if wanted.ends_at.is_some_and(|end| end <= wanted.starts_at.unwrap_or(cx.now())) {
        return Err(OrganizationRefusal::InvalidWindow.into());
    }
    let member = member::store::by_id(&mut tx, organization, &wanted.member).await?;
    let member = member.ok_or(OrganizationRefusal::MemberNotFound)?;
    if let Some(team) = &wanted.team
        && team::store::by_id(&mut tx, organization, team).await?.is_none()
    {
        return Err(OrganizationRefusal::TeamNotFound.into());
    }
    let now = cx.now();
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
    store::assign(&mut tx, Some(organization), &view).await?;
    let detail = serde_json::json!({ "organization": organization, "assignment": view });
    let act = audit::Act::RoleAssigned;
    audit::record(&mut tx, cx, audit::Entry { detail, ..super::entry(current, organization, act) }).await?;
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
    access.require("member:update")?;
    let organization = &access.organization.id;
    let mut tx = cx.db.begin().await?;
    if !store::revoke(&mut tx, organization, id).await? {
        return Err(OrganizationRefusal::AssignmentNotFound.into());
    }
    let detail = serde_json::json!({ "organization": organization, "assignment": id });
    let act = audit::Act::AssignmentRevoked;
    audit::record(&mut tx, cx, audit::Entry { detail, ..super::entry(current, organization, act) }).await?;
    Ok(tx.commit().await?)
}
