//! Who is in an organization, and in which roles.

mod assigned;
pub(crate) mod store;

use db::Tx;
use model::{Email, MemberId, MemberView, OrganizationId, OrganizationRefusal, UserId};

pub use self::assigned::{Assigned, assignments};
pub use self::store::{Order, Page};
use super::{Access, OWNER, distinct};
use crate::audit::{self, Act};
use crate::session::Current;
use crate::{Cx, Result};

/// The roles of a list as it is stored.
pub fn roles(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|role| !role.is_empty())
}

/// The list with a role in front, without the others where it gives everything.
pub(crate) fn with_role(list: &str, role: &str) -> String {
    let rest = roles(list).filter(|other| *other != role);
    std::iter::once(role).chain(rest).collect::<Vec<_>>().join(",")
}

/// The list without a role; `instead` when nothing is left.
pub(crate) fn without_role(list: &str, role: &str, instead: &str) -> String {
    let rest: Vec<_> = roles(list).filter(|other| *other != role).collect();
    if rest.is_empty() { instead.to_owned() } else { rest.join(",") }
}

/// Adds somebody; the caller has checked that they may be.
pub(crate) async fn add(
    tx: &mut Tx,
    cx: &Cx,
    organization: &OrganizationId,
    user: &UserId,
    roles: &str,
) -> Result<MemberView> {
    let now = cx.now();
    let member = MemberView {
        id: MemberId::new(cx.random.id(now)),
        organization_id: organization.clone(),
        user_id: user.clone(),
        role: roles.to_owned(),
        created_at: now,
        user: None,
    };
    if !store::insert(tx, &member).await? {
        return Err(OrganizationRefusal::AlreadyMember.into());
    }
    Ok(member)
}

/// A page of members, with who they are, and how many there are in all: one query.
///
/// # Errors
/// When the database can't be asked.
pub async fn list(cx: &Cx, access: &Access, page: &Page) -> Result<(Vec<MemberView>, u64)> {
    store::list(&mut cx.db.read().await?, &access.organization.id, page).await
}

/// One member, by id or by address.
///
/// # Errors
/// [`OrganizationRefusal::MemberNotFound`].
pub async fn find(cx: &Cx, access: &Access, id_or_email: &str) -> Result<MemberView> {
    let (mut conn, organization) = (cx.db.read().await?, &access.organization.id);
    let found = match Email::parse(id_or_email) {
        Ok(email) => store::by_email(&mut conn, organization, &email).await?,
        Err(_) => store::by_id(&mut conn, organization, &MemberId::new(id_or_email)).await?,
    };
    Ok(found.ok_or(OrganizationRefusal::MemberNotFound)?)
}

/// The member that a user is.
///
/// # Errors
/// [`OrganizationRefusal::MemberNotFound`].
pub async fn of_user(cx: &Cx, access: &Access, user: &UserId) -> Result<MemberView> {
    let found = store::of_user(&mut cx.db.read().await?, &access.organization.id, user).await?;
    Ok(found.ok_or(OrganizationRefusal::MemberNotFound)?)
}

/// Gives a member these roles instead of theirs. Those that they have already may stay, also where the caller couldn't give them.
///
/// # Errors
/// [`OrganizationRefusal::Forbidden`] without `member:update`, and for who isn't an owner where an owner is made or unmade;
/// [`OrganizationRefusal::RoleNotFound`], [`OrganizationRefusal::NotHeld`], [`OrganizationRefusal::HeldUntil`]: a membership's roles have no
/// end; [`OrganizationRefusal::WithoutOwner`]; [`OrganizationRefusal::MemberNotFound`]; [`OrganizationRefusal::TooManyChosen`];
/// [`model::Refusal::SessionNotFresh`] where an owner is made or unmade.
pub async fn set_roles(
    cx: &Cx,
    current: &Current,
    access: &Access,
    member: &MemberId,
    wanted: &[String],
) -> Result<MemberView> {
    let organization = &access.organization.id;
    let mut tx = cx.db.begin().await?;
    // The number of owners is looked at and changed by one at a time (SECURITY A36, A37); and the right is that of this moment.
    tx.lock(organization.as_str()).await?;
    let access = &Access::read(&mut tx, cx, &current.user.id, organization).await?;
    access.require("member:update")?;
    let wanted = distinct(wanted)?;
    if wanted.is_empty() {
        return Err(OrganizationRefusal::RoleNotFound(String::new()).into());
    }
    let mut member = store::by_id(&mut tx, organization, member).await?.ok_or(OrganizationRefusal::MemberNotFound)?;
    let (was_owner, is_owner) =
        (roles(&member.role).any(|role| role == OWNER), wanted.iter().any(|role| role == OWNER));
    if (was_owner || is_owner) && !access.is_owner() {
        return Err(access.refuse("member:update"));
    }
    let new = |role: &&str| !roles(&member.role).any(|had| had == *role);
    access.noted(access.may_give(wanted.iter().map(String::as_str).filter(new)))?;
    if was_owner != is_owner {
        current.require_fresh(cx)?;
    }
    if was_owner && !is_owner && store::count_owners(&mut tx, organization).await? < 2 {
        return Err(OrganizationRefusal::WithoutOwner.into());
    }
    let before = std::mem::replace(&mut member.role, wanted.join(","));
    store::set_roles(&mut tx, organization, &member.id, &member.role).await?;
    let entry = super::entry(current, organization, Act::MemberRolesChanged).about(&member.user_id);
    audit::record(&mut tx, cx, entry.with("before", before).with("roles", &member.role));
    tx.commit().await?;
    Ok(member)
}

/// Removes a member, with their teams and everything that was assigned to them here.
///
/// # Errors
/// [`OrganizationRefusal::OnlyOwner`]; [`OrganizationRefusal::Forbidden`] without `member:delete`, and for who isn't an owner where an owner is
/// to go; [`OrganizationRefusal::MemberNotFound`]; [`model::Refusal::SessionNotFresh`] where an owner is to go.
pub async fn remove(cx: &Cx, current: &Current, access: &Access, member: &MemberId) -> Result<MemberView> {
    take_out(cx, current, access, member, false).await
}

/// Leaves an organization.
///
/// # Errors
/// [`OrganizationRefusal::OnlyOwner`].
pub async fn leave(cx: &Cx, current: &Current, access: &Access) -> Result<MemberView> {
    take_out(cx, current, access, &access.member.id, true).await
}

async fn take_out(cx: &Cx, current: &Current, access: &Access, member: &MemberId, oneself: bool) -> Result<MemberView> {
    let organization = &access.organization.id;
    let mut tx = cx.db.begin().await?;
    tx.lock(organization.as_str()).await?;
    let access = &Access::read(&mut tx, cx, &current.user.id, organization).await?;
    let member = store::by_id(&mut tx, organization, member).await?.ok_or(OrganizationRefusal::MemberNotFound)?;
    let owner = roles(&member.role).any(|role| role == OWNER);
    if owner && store::count_owners(&mut tx, organization).await? < 2 {
        return Err(OrganizationRefusal::OnlyOwner.into());
    }
    if !oneself {
        access.require("member:delete")?;
        if owner && !access.is_owner() {
            return Err(access.refuse("member:delete"));
        }
        if owner {
            current.require_fresh(cx)?;
        }
    }
    store::delete(&mut tx, &member).await?;
    super::store::leave_sessions(&mut tx, organization, Some(&member.user_id)).await?;
    let act = if oneself { Act::MemberLeft } else { Act::MemberRemoved };
    audit::record(&mut tx, cx, super::entry(current, organization, act).about(&member.user_id));
    tx.commit().await?;
    Ok(member)
}
