//! Organizations: who is in them, and what they may do there.
//!
//! Whatever touches an organization's data takes an [`Access`], which only [`Access::open`] gives, and only to who is in it: a query
//! can't be written that forgets to ask (SECURITY 43). Organizations that somebody isn't in look like those that don't exist. What
//! an access allows is the permission engine's decision, the same in pages, in the API and in an explanation.

mod access;
mod catalog;
mod demand;
pub mod explain;
mod glance;
mod held;
pub mod invitation;
pub mod member;
pub mod role;
mod store;
pub mod team;
#[cfg(test)]
mod tests;

pub use access::{Access, Explained, SecondFactorRule};
pub use catalog::Catalog;
pub(crate) use demand::demands_second_factor;
pub use glance::{Membership, Tally, may_create, memberships, standing, tally};
pub(crate) use member::store::holding;

use std::collections::BTreeSet;

use db::Tx;
use model::{
    MemberId, MemberUser, MemberView, OrganizationId, OrganizationRefusal, OrganizationView, SessionId, Slug, TeamId,
    UserId,
};
use serde_json::Value;

use crate::audit::{self, Act, Entry};
use crate::mail::{self, Letter};
use crate::session::Current;
use crate::{Cx, Result};

/// How many different roles, teams or parents one form chooses at most.
const MOST_CHOSEN: usize = 100;

/// How many bytes of its own data an app keeps with an organization at most.
const MOST_METADATA: usize = 16 * 1024;

/// The role whose last holder can't go.
pub const OWNER: &str = "owner";

/// An organization that is about to be made.
pub struct New {
    /// What people call it.
    pub name: String,
    /// Its part of the address.
    pub slug: Slug,
    /// The address of a picture.
    pub logo: Option<String>,
    /// The app's own data: a JSON object.
    pub metadata: Option<Value>,
    /// Whether the session stays in the organization that it is in.
    pub stay: bool,
}

/// What to change; what is `None` stays.
#[derive(Default)]
#[expect(missing_docs, reason = "as in `New`")]
pub struct Change {
    pub name: Option<String>,
    pub slug: Option<Slug>,
    pub logo: Option<Option<String>>,
    pub metadata: Option<Option<Value>>,
}

/// Makes an organization, of which the user is the owner; the session is in it then. Gives it with its member.
///
/// # Errors
/// [`OrganizationRefusal::TooMany`], also when asked many times at once; [`OrganizationRefusal::SlugTaken`],
/// [`OrganizationRefusal::InvalidName`], [`OrganizationRefusal::InvalidLogo`], [`OrganizationRefusal::MetadataTooLarge`].
pub async fn create(cx: &Cx, current: &Current, new: New) -> Result<(OrganizationView, MemberView)> {
    let name = checked_name(&new.name)?;
    check_logo(new.logo.as_deref())?;
    check_metadata(new.metadata.as_ref())?;
    let user = &current.user.id;
    let now = cx.now();
    let mut tx = cx.db.begin().await?;
    // One at a time for a user, so that the limit holds (SECURITY A36).
    tx.lock(user.as_str()).await?;
    glance::check_limit(&mut tx, cx, user).await?;
    let organization = OrganizationView {
        id: OrganizationId::new(cx.random.id(now)),
        name,
        slug: new.slug,
        logo: new.logo,
        created_at: now,
        metadata: new.metadata,
    };
    if !store::insert(&mut tx, &organization).await? {
        return Err(OrganizationRefusal::SlugTaken.into());
    }
    let member = member::add(&mut tx, cx, &organization.id, user, OWNER).await?;
    let team = team::add_first(&mut tx, cx, &organization, &member).await?;
    if !new.stay {
        activate(&mut tx, current, Some(&organization.id), team.as_ref().map(|team| &team.id)).await?;
    }
    let made = entry(current, &organization.id, Act::OrganizationCreated);
    audit::record(&mut tx, cx, made.with("name", &organization.name));
    tx.commit().await?;
    Ok((organization, member))
}

/// Changes it.
///
/// # Errors
/// [`OrganizationRefusal::Forbidden`] without `org:update`; [`OrganizationRefusal::SlugTaken`], [`OrganizationRefusal::InvalidName`],
/// [`OrganizationRefusal::InvalidLogo`], [`OrganizationRefusal::MetadataTooLarge`].
pub async fn update(cx: &Cx, access: &Access, change: Change) -> Result<OrganizationView> {
    let name = change.name.as_deref().map(checked_name).transpose()?;
    let mut tx = cx.db.begin().await?;
    let access = access.renewed(&mut tx, cx).await?;
    access.require("org:update")?;
    let changed = access.entry(Act::OrganizationChanged);
    let mut organization = access.organization;
    organization.name = name.unwrap_or(organization.name);
    check_logo(change.logo.iter().flatten().map(String::as_str).next())?;
    check_metadata(change.metadata.iter().flatten().next())?;
    organization.slug = change.slug.unwrap_or(organization.slug);
    organization.logo = change.logo.unwrap_or(organization.logo);
    organization.metadata = change.metadata.unwrap_or(organization.metadata);
    if !store::update(&mut tx, &organization).await? {
        return Err(OrganizationRefusal::SlugTaken.into());
    }
    audit::record(&mut tx, cx, changed.with("name", &organization.name).with("slug", &organization.slug));
    tx.commit().await?;
    Ok(organization)
}

/// Chooses the roles of whom a second factor is demanded here; `None` leaves it to the site.
///
/// # Errors
/// [`OrganizationRefusal::Forbidden`] without `org:update`; [`OrganizationRefusal::RoleNotFound`]; [`model::Refusal::SessionNotFresh`]:
/// it decides how well everybody's work is guarded.
pub async fn set_two_factor_roles(cx: &Cx, current: &Current, access: &Access, roles: Option<&[String]>) -> Result<()> {
    let mut tx = cx.db.begin().await?;
    let access = access.renewed(&mut tx, cx).await?;
    access.require("org:update")?;
    current.require_fresh(cx)?;
    let roles = roles.map(distinct).transpose()?;
    if let Some(unknown) = roles.iter().flatten().find(|role| access.roles().get(role).is_none()) {
        return Err(OrganizationRefusal::RoleNotFound(unknown.clone()).into());
    }
    let id = &access.organization.id;
    store::set_two_factor_roles(&mut tx, id, roles.as_ref().map(|roles| roles.join(",")).as_deref()).await?;
    audit::record(&mut tx, cx, entry(current, id, Act::SecondFactorRuleChanged).with("roles", roles));
    Ok(tx.commit().await?)
}

/// Deletes it with all that is in it.
///
/// # Errors
/// [`OrganizationRefusal::Forbidden`] without `org:delete`; [`model::Refusal::SessionNotFresh`].
pub async fn delete(cx: &Cx, current: &Current, access: &Access) -> Result<OrganizationView> {
    let mut tx = cx.db.begin().await?;
    let access = access.renewed(&mut tx, cx).await?;
    access.require("org:delete")?;
    current.require_fresh(cx)?;
    for (name, email) in member::store::owners(&mut tx, &access.organization.id).await? {
        let (organization, by) = (access.organization.name.clone(), current.user.name.clone());
        mail::send(&mut tx, cx, &email, &name, &Letter::OrganizationDeleted { organization, by }).await?;
    }
    store::leave_sessions(&mut tx, &access.organization.id, None).await?;
    store::delete(&mut tx, &access.organization.id).await?;
    audit::record(
        &mut tx,
        cx,
        entry(current, &access.organization.id, Act::OrganizationDeleted).with("name", &access.organization.name),
    );
    tx.commit().await?;
    mail::ring(cx);
    Ok(access.organization)
}

/// The organizations that a user is in, the first one first.
///
/// # Errors
/// When the database can't be asked.
pub async fn list(cx: &Cx, user: &UserId) -> Result<Vec<OrganizationView>> {
    store::of_user(&mut cx.db.read().await?, user).await
}

/// Whether an address is free. It tells so of every one: whoever makes an organization must know.
///
/// # Errors
/// [`OrganizationRefusal::SlugTaken`].
pub async fn check_slug(cx: &Cx, slug: &Slug) -> Result<()> {
    match store::by_slug(&mut cx.db.read().await?, slug).await? {
        Some(_) => Err(OrganizationRefusal::SlugTaken.into()),
        None => Ok(()),
    }
}

/// The id behind an address.
///
/// # Errors
/// [`OrganizationRefusal::NotFound`].
pub async fn find(cx: &Cx, slug: &Slug) -> Result<OrganizationId> {
    let found = store::by_slug(&mut cx.db.read().await?, slug).await?;
    Ok(found.ok_or(OrganizationRefusal::NotFound)?.id)
}

/// Where the session works from now on; nowhere with `None`. The next sign-in begins there.
///
/// # Errors
/// When the database can't be written.
pub async fn set_active(cx: &Cx, current: &Current, access: Option<&Access>) -> Result<()> {
    let mut tx = cx.db.begin().await?;
    activate(&mut tx, current, access.map(|access| &access.organization.id), None).await?;
    Ok(tx.commit().await?)
}

/// In which team of the organization the session works; in none with `None`. It works in the organization then.
///
/// # Errors
/// [`OrganizationRefusal::NotInTeam`].
pub async fn set_active_team(cx: &Cx, access: &Access, session: &SessionId, team: Option<&TeamId>) -> Result<()> {
    let (organization, user) = (&access.organization.id, &access.member.user_id);
    let mut tx = cx.db.begin().await?;
    if let Some(team) = team
        && team::store::roles_in(&mut tx, organization, team, user).await?.is_none()
    {
        return Err(OrganizationRefusal::NotInTeam.into());
    }
    store::activate(&mut tx, session, Some(organization), team).await?;
    store::remember(&mut tx, user, Some(organization)).await?;
    Ok(tx.commit().await?)
}

pub(crate) async fn activate(
    tx: &mut Tx,
    current: &Current,
    organization: Option<&OrganizationId>,
    team: Option<&TeamId>,
) -> Result<()> {
    store::activate(tx, &current.session.id, organization, team).await?;
    store::remember(tx, &current.user.id, organization).await
}

/// Before an account goes: organizations that nobody else is in go with it.
///
/// # Errors
/// [`OrganizationRefusal::OnlyOwner`] when one would be left without an owner.
pub(crate) async fn leave_all(tx: &mut Tx, cx: &Cx, user: &UserId) -> Result<()> {
    for organization in store::of_user(tx, user).await? {
        let id = &organization.id;
        tx.lock(id.as_str()).await?;
        let Some(member) = member::store::of_user(tx, id, user).await? else { continue };
        let owner = member::roles(&member.role).any(|role| role == OWNER);
        let act = if member::store::count(tx, id).await? == 1 {
            store::delete(tx, id).await?;
            Act::OrganizationDeleted
        } else if owner && member::store::count_owners(tx, id).await? < 2 {
            return Err(OrganizationRefusal::OnlyOwner.into());
        } else {
            Act::MemberLeft
        };
        audit::record(tx, cx, Entry::by(user, act).within(id).with("name", &organization.name));
    }
    Ok(())
}

/// Whether there is one of that id.
pub(crate) async fn exists(tx: &mut Tx, id: &OrganizationId) -> Result<bool> {
    Ok(store::by_id(tx, id).await?.is_some())
}

/// The organization that the user was last in, if they still are a member.
pub(crate) async fn last(tx: &mut Tx, user: &UserId) -> Result<Option<OrganizationId>> {
    store::last(tx, user).await
}

/// Makes another member an owner, and takes it from the caller: one step, so that there always is one.
///
/// # Errors
/// [`OrganizationRefusal::Forbidden`] for who isn't an owner; [`OrganizationRefusal::MemberNotFound`]; [`model::Refusal::SessionNotFresh`].
pub async fn transfer(cx: &Cx, current: &Current, access: &Access, to: &MemberId) -> Result<()> {
    let mut tx = cx.db.begin().await?;
    // Whoever has just handed it over doesn't hand it over again.
    let access = access.renewed(&mut tx, cx).await?;
    if !access.is_owner() {
        return Err(access.refuse("org:transfer"));
    }
    let Access { organization, member: me, .. } = &access;
    current.require_fresh(cx)?;
    let id = &organization.id;
    let heir = member::store::by_id(&mut tx, id, to).await?.ok_or(OrganizationRefusal::MemberNotFound)?;
    if heir.id != me.id {
        member::store::set_roles(&mut tx, id, &heir.id, &member::with_role(&heir.role, OWNER)).await?;
        member::store::set_roles(&mut tx, id, &me.id, &member::without_role(&me.role, OWNER, "admin")).await?;
        if let Some(MemberUser { name, email, .. }) = &heir.user {
            let (by, link) =
                (current.user.name.clone(), cx.settings.link(&format!("/organizations/{}", organization.slug)));
            let letter = Letter::OwnershipGiven { organization: organization.name.clone(), by, link };
            mail::send(&mut tx, cx, email, name, &letter).await?;
        }
        audit::record(&mut tx, cx, entry(current, id, Act::OwnershipTransferred).about(&heir.user_id));
    }
    tx.commit().await?;
    mail::ring(cx);
    Ok(())
}

/// An entry in the audit log, of what somebody does in an organization.
pub(crate) fn entry(current: &Current, organization: &OrganizationId, act: Act) -> Entry {
    Entry::by(&current.user.id, act).within(organization)
}

fn checked_name(typed: &str) -> Result<String> {
    let name = model::PersonName::parse(typed).map_err(|_| OrganizationRefusal::InvalidName)?;
    Ok(name.as_str().to_owned())
}

/// Each once, in the order in which they came. Lists come from outside, and what is written is read at every request.
///
/// # Errors
/// [`OrganizationRefusal::TooManyChosen`].
fn distinct<T: Clone + Ord>(all: &[T]) -> Result<Vec<T>> {
    let mut seen = BTreeSet::new();
    let once: Vec<T> = all.iter().filter(|one| seen.insert(*one)).cloned().collect();
    if once.len() > MOST_CHOSEN { Err(OrganizationRefusal::TooManyChosen(MOST_CHOSEN).into()) } else { Ok(once) }
}

fn check_metadata(metadata: Option<&Value>) -> Result<()> {
    let fits = metadata.is_none_or(|metadata| metadata.to_string().len() <= MOST_METADATA);
    if fits { Ok(()) } else { Err(OrganizationRefusal::MetadataTooLarge.into()) }
}

/// Whether it can be the address of a picture that pages show: over https, and nothing that runs (SECURITY A48).
fn check_logo(logo: Option<&str>) -> Result<()> {
    let unfit = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '<' | '>' | '\\');
    let fits = logo.is_none_or(|logo| logo.starts_with("https://") && logo.len() <= 2048 && !logo.contains(unfit));
    if fits { Ok(()) } else { Err(OrganizationRefusal::InvalidLogo.into()) }
}
