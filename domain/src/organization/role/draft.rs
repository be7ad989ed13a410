use model::{OrganizationRefusal, RoleView};
use permission::{Pattern, Role, Roles};

use super::super::{Access, distinct};
use crate::{Cx, Error, Result};

/// The most patterns that a role has by itself.
const MOST_PATTERNS: usize = 200;

/// The configuration's roles and an organization's own. One of these that doesn't fit any more, since the configuration was changed,
/// gives nothing: nobody gets more by a mistake.
pub(in crate::organization) fn together(cx: &Cx, mut own: Vec<RoleView>) -> Result<Roles> {
    let catalog = cx.settings.organization.catalog.roles();
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

/// One of an organization's own roles, by its name or its id.
pub(super) fn find(cx: &Cx, own: &[RoleView], name: &str) -> Result<RoleView> {
    if cx.settings.organization.catalog.has(name) {
        return Err(OrganizationRefusal::RolePredefined.into());
    }
    let is_meant = |role: &&RoleView| role.name == name || role.id.as_ref().is_some_and(|id| id.as_str() == name);
    Ok(own.iter().find(is_meant).cloned().ok_or_else(|| OrganizationRefusal::RoleNotFound(name.to_owned()))?)
}

/// Checks that there can be one more beside so many.
pub(super) fn check_limit(cx: &Cx, count: i64) -> Result<()> {
    let most = cx.settings.organization.roles;
    if most > 0 && count >= i64::from(most) { Err(OrganizationRefusal::TooManyRoles.into()) } else { Ok(()) }
}

/// A role as somebody typed it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    pub(super) fn check(&self, cx: &Cx, access: &Access, old: Option<&RoleView>) -> Result<Role> {
        // What it gave before must be the caller's to take, too: else the last holder of something could be robbed of it.
        if let Some(old) = old {
            let lacking = access.not_held(access.roles().patterns(&old.name));
            if !lacking.is_empty() {
                return Err(OrganizationRefusal::NotHeld(lacking).into());
            }
        }
        let name = self.name.trim().to_ascii_lowercase();
        if self.patterns.len() > MOST_PATTERNS {
            let told = format!("a role has at most {MOST_PATTERNS} permissions of its own");
            return Err(OrganizationRefusal::InvalidRole(told).into());
        }
        let patterns = self.patterns.iter().map(String::as_str);
        let role = Role::new(&name, patterns, distinct(&self.inherits)?.iter().map(String::as_str)).map_err(refusal)?;
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
                rename(&mut other.inherits, &old.name, &name);
            }
            other
        });
        let together = Roles::new(renamed.chain([role.clone()])).map_err(refusal)?;
        access.may_put(together.patterns(&name))?;
        Ok(role)
    }
}

/// Calls a parent by its new name.
pub(super) fn rename(inherits: &mut [String], old: &str, new: &str) {
    inherits.iter_mut().filter(|parent| *parent == old).for_each(|parent| new.clone_into(parent));
}

fn refusal(error: permission::Error) -> OrganizationRefusal {
    match error {
        permission::Error::RoleName(_) => OrganizationRefusal::InvalidRoleName,
        permission::Error::UnknownParent { parent, .. } => OrganizationRefusal::RoleNotFound(parent),
        permission::Error::Cycle(circle) => OrganizationRefusal::RoleCircle(circle),
        error @ (permission::Error::Pattern(_) | permission::Error::Twice(_)) => {
            OrganizationRefusal::InvalidRole(error.to_string())
        }
    }
}
