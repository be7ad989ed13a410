//! Invitations, by mail to one address or by a link that works once.
//!
//! A mailed one is only for the proved address that it was sent to (SECURITY A35): its id, which the mail names, is no secret. A
//! link's token is one, and is kept as a hash. What is offered is only worth what whoever offers it may give when it is accepted.

mod answer;
mod store;

use db::Tx;
use model::{Email, InvitationId, InvitationStatus, InvitationView, OrganizationId, OrganizationRefusal, TeamId};

pub use self::answer::{Offer, accept, accept_by_token, for_user, look, look_by_token, reject};
use super::{Access, OWNER, distinct, entry, member, team};
use crate::audit::{self, Act};
use crate::mail::{self, Letter};
use crate::session::Current;
use crate::token::Token;
use crate::{Cx, Result, account};

/// The role that whoever may invite may give, whatever it allows.
const MEMBER: &str = "member";

/// To what somebody is invited.
pub struct New {
    /// The roles, at least one.
    pub roles: Vec<String>,
    /// The teams to be in from the start.
    pub teams: Vec<TeamId>,
}

impl New {
    /// Each role and each team once.
    fn distinct(&self) -> Result<Self> {
        Ok(Self { roles: distinct(&self.roles)?, teams: distinct(&self.teams)? })
    }
}

/// Invites an address by mail. With `resend`, one that is pending is sent again, as [`resend`] does.
///
/// # Errors
/// [`OrganizationRefusal::Forbidden`] without `invitation:create`, and for who isn't an owner where an owner is invited;
/// [`OrganizationRefusal::RoleNotFound`], [`OrganizationRefusal::NotHeld`], [`OrganizationRefusal::HeldUntil`];
/// [`OrganizationRefusal::AlreadyMember`], [`OrganizationRefusal::AlreadyInvited`]; [`OrganizationRefusal::TeamNotFound`];
/// [`OrganizationRefusal::InvitationLimit`], [`OrganizationRefusal::TooManyChosen`]; [`model::Refusal::SessionNotFresh`] where an owner is
/// invited.
pub async fn invite(
    cx: &Cx,
    current: &Current,
    access: &Access,
    email: &Email,
    new: &New,
    resend: bool,
) -> Result<InvitationView> {
    let (organization, new) = (&access.organization.id, &new.distinct()?);
    let mut tx = cx.db.begin().await?;
    let access = access.renewed(&mut tx, cx).await?;
    access.noted(may_invite(&access, new.roles.iter().map(String::as_str)))?;
    check_outside(&mut tx, organization, email).await?;
    let pending = store::pending_for(&mut tx, organization, email, cx.now()).await?;
    let invitation = match pending {
        Some(_) if !resend => return Err(OrganizationRefusal::AlreadyInvited.into()),
        Some(pending) => renew(&mut tx, cx, current, &access, pending).await?,
        None => add(&mut tx, cx, current, &access, new, Some(email), None).await?,
    };
    post(&mut tx, cx, current, &access, email, &invitation).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(invitation)
}

/// Sends a mailed invitation again, good for the whole time; also one whose time is over. Its roles and teams stay; whoever sends it
/// answers for it from now on.
///
/// # Errors
/// As [`invite`], for the roles that it gives; [`OrganizationRefusal::InvitationNotFound`] for a link, for one that is settled, and for
/// another organization's.
pub async fn resend(cx: &Cx, current: &Current, access: &Access, id: &InvitationId) -> Result<InvitationView> {
    let organization = &access.organization.id;
    let mut tx = cx.db.begin().await?;
    let access = access.renewed(&mut tx, cx).await?;
    access.require("invitation:create")?;
    let found = store::by_id(&mut tx, id).await?;
    let found = found.filter(|one| &one.organization_id == organization && one.status == InvitationStatus::Pending);
    let found = found.and_then(|one| Some((one.email.clone()?, one)));
    let (email, invitation) = found.ok_or(OrganizationRefusal::InvitationNotFound)?;
    check_outside(&mut tx, organization, &email).await?;
    if !is_open(cx, &invitation) {
        if store::pending_for(&mut tx, organization, &email, cx.now()).await?.is_some() {
            return Err(OrganizationRefusal::AlreadyInvited.into());
        }
        check_limit(&mut tx, cx, organization).await?;
    }
    let invitation = renew(&mut tx, cx, current, &access, invitation).await?;
    post(&mut tx, cx, current, &access, &email, &invitation).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(invitation)
}

/// Makes a link that lets in whoever uses it first. The token isn't shown again.
///
/// # Errors
/// As [`invite`].
pub async fn link(cx: &Cx, current: &Current, access: &Access, new: &New) -> Result<(InvitationView, Token)> {
    let new = &new.distinct()?;
    let mut tx = cx.db.begin().await?;
    let access = access.renewed(&mut tx, cx).await?;
    access.noted(may_invite(&access, new.roles.iter().map(String::as_str)))?;
    let token = Token::generate(cx.random);
    let invitation = add(&mut tx, cx, current, &access, new, None, Some(&token)).await?;
    tx.commit().await?;
    Ok((invitation, token))
}

/// The roles that there are, and whether the member may invite to each.
pub fn roles(access: &Access) -> Vec<(String, bool)> {
    let may = access.may("invitation:create");
    let mut roles: Vec<_> =
        access.roles().iter().map(|role| (role.name.clone(), may && may_offer(access, &role.name).is_ok())).collect();
    // What most people are, first.
    roles.sort_by_key(|(role, _)| role != MEMBER);
    roles
}

fn may_invite<'r>(access: &Access, roles: impl IntoIterator<Item = &'r str>) -> Result<()> {
    access.require("invitation:create")?;
    let mut none = true;
    for role in roles {
        may_offer(access, role)?;
        none = false;
    }
    if none { Err(OrganizationRefusal::RoleNotFound(String::new()).into()) } else { Ok(()) }
}

fn may_offer(access: &Access, role: &str) -> Result<()> {
    match role {
        OWNER if !access.is_owner() => Err(OrganizationRefusal::Forbidden("invitation:create".to_owned()).into()),
        // Whoever may invite may let in plain members, whatever these may do.
        MEMBER => Ok(()),
        role => access.may_give([role]),
    }
}

/// Whoever makes an owner has just shown who they are.
fn fresh_for_owner<'r>(cx: &Cx, current: &Current, mut roles: impl Iterator<Item = &'r str>) -> Result<()> {
    if roles.any(|role| role == OWNER) { current.require_fresh(cx) } else { Ok(()) }
}

async fn check_outside(tx: &mut Tx, organization: &OrganizationId, email: &Email) -> Result<()> {
    match member::store::by_email(tx, organization, email).await? {
        Some(_) => Err(OrganizationRefusal::AlreadyMember.into()),
        None => Ok(()),
    }
}

async fn check_limit(tx: &mut Tx, cx: &Cx, organization: &OrganizationId) -> Result<()> {
    let most = cx.settings.organization.invitations;
    if most > 0 && store::count_pending(tx, organization, cx.now()).await? >= i64::from(most) {
        return Err(OrganizationRefusal::InvitationLimit.into());
    }
    Ok(())
}

async fn add(
    tx: &mut Tx,
    cx: &Cx,
    current: &Current,
    access: &Access,
    new: &New,
    email: Option<&Email>,
    token: Option<&Token>,
) -> Result<InvitationView> {
    let organization = &access.organization.id;
    fresh_for_owner(cx, current, new.roles.iter().map(String::as_str))?;
    check_limit(tx, cx, organization).await?;
    for team in &new.teams {
        if team::store::by_id(tx, organization, team).await?.is_none() {
            return Err(OrganizationRefusal::TeamNotFound.into());
        }
    }
    let teams = new.teams.iter().map(TeamId::as_str).collect::<Vec<_>>().join(",");
    let now = cx.now();
    let invitation = InvitationView {
        // Not a UUIDv7, of which the half tells the time: an id that nobody guesses.
        id: InvitationId::new(cx.random.alphanumeric(32)),
        organization_id: organization.clone(),
        email: email.cloned(),
        role: new.roles.join(","),
        team_id: Some(teams).filter(|teams| !teams.is_empty()),
        status: InvitationStatus::Pending,
        expires_at: now + cx.settings.organization.invitation_lifetime,
        created_at: now,
        inviter_id: current.user.id.clone(),
    };
    store::insert(tx, &invitation, token.map(Token::hash)).await?;
    record(tx, cx, access, &invitation);
    Ok(invitation)
}

/// Makes a pending one good for the whole time again, under the name of whoever asks for it.
async fn renew(
    tx: &mut Tx,
    cx: &Cx,
    current: &Current,
    access: &Access,
    mut invitation: InvitationView,
) -> Result<InvitationView> {
    access.noted(may_invite(access, member::roles(&invitation.role)))?;
    fresh_for_owner(cx, current, member::roles(&invitation.role))?;
    invitation.expires_at = cx.now() + cx.settings.organization.invitation_lifetime;
    invitation.inviter_id = current.user.id.clone();
    store::renew(tx, &invitation).await?;
    record(tx, cx, access, &invitation);
    Ok(invitation)
}

fn record(tx: &mut Tx, cx: &Cx, access: &Access, invitation: &InvitationView) {
    let entry = access.entry(Act::MemberInvited).with("email", &invitation.email).with("roles", &invitation.role);
    audit::record(tx, cx, entry);
}

async fn post(
    tx: &mut Tx,
    cx: &Cx,
    current: &Current,
    access: &Access,
    email: &Email,
    invitation: &InvitationView,
) -> Result<()> {
    let letter = Letter::Invitation {
        organization: access.organization.name.clone(),
        inviter: current.user.name.clone(),
        address: current.user.email.clone(),
        until: invitation.expires_at,
        link: cx.settings.link(&format!("/invitations/{}", invitation.id)),
    };
    let user = account::store::by_email(tx, email).await?;
    mail::send(tx, cx, email, user.as_ref().map_or("", |user| &user.name), &letter).await
}

fn is_open(cx: &Cx, invitation: &InvitationView) -> bool {
    invitation.status == InvitationStatus::Pending && invitation.expires_at > cx.now()
}

/// Takes an invitation back.
///
/// # Errors
/// [`OrganizationRefusal::Forbidden`] without `invitation:cancel`; [`OrganizationRefusal::InvitationNotFound`], also for another
/// organization's.
pub async fn cancel(cx: &Cx, current: &Current, access: &Access, id: &InvitationId) -> Result<InvitationView> {
    let organization = &access.organization.id;
    let mut tx = cx.db.begin().await?;
    let access = access.renewed(&mut tx, cx).await?;
    access.require("invitation:cancel")?;
    let found = store::by_id(&mut tx, id).await?.filter(|invitation| &invitation.organization_id == organization);
    let mut invitation = found.ok_or(OrganizationRefusal::InvitationNotFound)?;
    if !store::settle(&mut tx, id, InvitationStatus::Canceled, cx.now()).await? {
        return Err(OrganizationRefusal::InvitationNotFound.into());
    }
    audit::record(&mut tx, cx, entry(current, organization, Act::InvitationCanceled).with("email", &invitation.email));
    tx.commit().await?;
    invitation.status = InvitationStatus::Canceled;
    Ok(invitation)
}

/// The organization that an invitation belongs to, for somebody who names only the invitation.
///
/// # Errors
/// [`OrganizationRefusal::InvitationNotFound`].
pub async fn organization_of(cx: &Cx, id: &InvitationId) -> Result<OrganizationId> {
    let found = store::by_id(&mut cx.db.read().await?, id).await?;
    Ok(found.ok_or(OrganizationRefusal::InvitationNotFound)?.organization_id)
}

/// An organization's invitations, the latest first, however they stand, for whoever may invite: they tell addresses of outsiders.
///
/// # Errors
/// [`OrganizationRefusal::Forbidden`](model::OrganizationRefusal::Forbidden) without `invitation:create`; when the database can't be asked.
pub async fn list(cx: &Cx, access: &Access) -> Result<Vec<InvitationView>> {
    access.require("invitation:create")?;
    store::list(&mut cx.db.read().await?, &access.organization.id).await
}

/// A part of an organization's invitations.
pub struct Listing {
    /// Each with the name of whoever answers for it; the open ones first, of which the latest.
    pub rows: Vec<(InvitationView, String)>,
    /// How many there are in all.
    pub total: u64,
    /// How many of these are open.
    pub open: u64,
}

/// Those after the first `offset`, `limit` at most, for whoever may invite.
///
/// # Errors
/// [`OrganizationRefusal::Forbidden`] without `invitation:create`.
pub async fn page(cx: &Cx, access: &Access, limit: u32, offset: u32) -> Result<Listing> {
    access.require("invitation:create")?;
    store::page(&mut cx.db.read().await?, &access.organization.id, cx.now(), limit, offset).await
}
