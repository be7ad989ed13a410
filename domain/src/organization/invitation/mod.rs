//! Invitations, by mail to one address or by a link that works once.
//!
//! A mailed one is only for the proved address that it was sent to (SECURITY A35): its id, which the mail names, is no secret. A
//! link's token is one, and is kept as a hash.

mod store;

use model::{
    Email, InvitationId, InvitationStatus, InvitationView, MemberView, OrganizationRefusal, OrganizationView, TeamId,
};

use super::{Access, OWNER, activate, member, team};
use crate::mail::{self, Letter};
use crate::session::Current;
use crate::token::Token;
use crate::{Cx, Result, account, audit};

/// Whom to invite, and to what.
pub struct New {
    /// The roles, at least one.
    pub roles: Vec<String>,
    /// The teams to be in from the start.
    pub teams: Vec<TeamId>,
}

/// An invitation, with what somebody who is invited must know to decide.
pub struct Offer {
    /// The invitation.
    pub invitation: InvitationView,
    /// To what.
    pub organization: OrganizationView,
    /// By whom: their name and address.
    pub inviter: (String, Email),
}

/// Invites an address by mail. With `resend`, one that is pending is sent again, good for the whole time.
///
/// # Errors
/// [`OrganizationRefusal::Forbidden`] without `invitation:create`, and for who isn't an owner where an owner is invited;
/// [`OrganizationRefusal::RoleNotFound`], [`OrganizationRefusal::NotHeld`]; [`OrganizationRefusal::AlreadyMember`],
/// [`OrganizationRefusal::AlreadyInvited`]; [`OrganizationRefusal::TeamNotFound`]; [`OrganizationRefusal::InvitationLimit`].
pub async fn invite(
    cx: &Cx,
    current: &Current,
    access: &Access,
    email: &Email,
    new: &New,
    resend: bool,
) -> Result<InvitationView> {
    let organization = &access.organization.id;
    let mut tx = cx.db.begin().await?;
    tx.lock(organization.as_str()).await?;
    let access = Access::read(&mut tx, cx, &current.user.id, organization).await?;
    may_invite(&access, new)?;
    if member::store::by_email(&mut tx, organization, email).await?.is_some() {
        return Err(OrganizationRefusal::AlreadyMember.into());
    }
    let pending = store::pending_for(&mut tx, organization, email, cx.now()).await?;
    let invitation = match pending {
        Some(_) if !resend => return Err(OrganizationRefusal::AlreadyInvited.into()),
        Some(mut pending) => {
            pending.expires_at = cx.now() + cx.settings.organization.invitation_lifetime;
            store::prolong(&mut tx, &pending).await?;
            pending
        }
        None => add(&mut tx, cx, current, &access, new, Some(email), None).await?,
    };
    let letter = Letter::Invitation {
        organization: access.organization.name.clone(),
        inviter: current.user.name.clone(),
        link: cx.settings.link(&format!("/invitations/{}", invitation.id)),
    };
    let user = account::store::by_email(&mut tx, email).await?;
    mail::send(&mut tx, cx, email, user.as_ref().map_or("", |user| &user.name), &letter).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(invitation)
}

/// Makes a link that lets in whoever uses it first. The token isn't shown again.
///
/// # Errors
/// As [`invite`].
pub async fn link(cx: &Cx, current: &Current, access: &Access, new: &New) -> Result<(InvitationView, Token)> {
    let organization = &access.organization.id;
    let mut tx = cx.db.begin().await?;
    tx.lock(organization.as_str()).await?;
    let access = Access::read(&mut tx, cx, &current.user.id, organization).await?;
    may_invite(&access, new)?;
    let token = Token::generate(cx.random);
    let invitation = add(&mut tx, cx, current, &access, new, None, Some(&token)).await?;
    tx.commit().await?;
    Ok((invitation, token))
}

fn may_invite(access: &Access, new: &New) -> Result<()> {
    access.require("invitation:create")?;
    if new.roles.is_empty() {
        return Err(OrganizationRefusal::RoleNotFound(String::new()).into());
    }
    if new.roles.iter().any(|role| role == OWNER) && !access.is_owner() {
        return Err(OrganizationRefusal::Forbidden("invitation:create".to_owned()).into());
    }
    // Whoever may invite may let in plain members, whatever these may do.
    access.may_give(new.roles.iter().map(String::as_str).filter(|role| *role != "member"))
}

async fn add(
    tx: &mut db::Tx,
    cx: &Cx,
    current: &Current,
    access: &Access,
    new: &New,
    email: Option<&Email>,
    token: Option<&Token>,
) -> Result<InvitationView> {
    let organization = &access.organization.id;
    let most = cx.settings.organization.invitations;
    if most > 0 && store::count_pending(tx, organization, cx.now()).await? >= i64::from(most) {
        return Err(OrganizationRefusal::InvitationLimit.into());
    }
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
    let detail = serde_json::json!({ "organization": organization, "invitation": invitation });
    let act = audit::Act::MemberInvited;
    audit::record(tx, cx, audit::Entry { detail, ..super::entry(current, organization, act) }).await?;
    Ok(invitation)
}

/// The invitation of that id, for the person whom it was mailed to.
///
/// # Errors
/// [`OrganizationRefusal::InvitationNotFound`] when it is unknown, settled or over; [`OrganizationRefusal::NotTheRecipient`],
/// [`OrganizationRefusal::EmailNotVerified`]; [`OrganizationRefusal::InviterGone`].
pub async fn look(cx: &Cx, current: &Current, id: &InvitationId) -> Result<Offer> {
    let mut conn = cx.db.read().await?;
    let invitation = store::by_id(&mut conn, id).await?;
    let invitation = invitation.filter(|invitation| is_open(cx, invitation) && invitation.email.is_some());
    let invitation = invitation.ok_or(OrganizationRefusal::InvitationNotFound)?;
    check_recipient(current, &invitation)?;
    offer(&mut conn, invitation).await
}

/// The invitation behind a link's token, for whoever has it.
///
/// # Errors
/// [`OrganizationRefusal::InvitationNotFound`], [`OrganizationRefusal::InviterGone`].
pub async fn look_by_token(cx: &Cx, token: &Token) -> Result<Offer> {
    let mut conn = cx.db.read().await?;
    let invitation = store::by_token(&mut conn, token.hash()).await?.filter(|invitation| is_open(cx, invitation));
    offer(&mut conn, invitation.ok_or(OrganizationRefusal::InvitationNotFound)?).await
}

async fn offer(conn: &mut db::Conn, invitation: InvitationView) -> Result<Offer> {
    let organization = super::store::by_id(conn, &invitation.organization_id).await?;
    let organization = organization.ok_or(OrganizationRefusal::InvitationNotFound)?;
    let inviter = member::store::of_user(conn, &organization.id, &invitation.inviter_id).await?;
    let inviter = inviter.and_then(|inviter| inviter.user).ok_or(OrganizationRefusal::InviterGone)?;
    Ok(Offer { invitation, organization, inviter: (inviter.name, inviter.email) })
}

fn is_open(cx: &Cx, invitation: &InvitationView) -> bool {
    invitation.status == InvitationStatus::Pending && invitation.expires_at > cx.now()
}

fn check_recipient(current: &Current, invitation: &InvitationView) -> Result<()> {
    if invitation.email.as_ref().is_some_and(|email| email != &current.user.email) {
        return Err(OrganizationRefusal::NotTheRecipient.into());
    }
    if !current.user.email_verified {
        return Err(OrganizationRefusal::EmailNotVerified.into());
    }
    Ok(())
}

/// Accepts a mailed invitation: the user is a member then, and the session is in the organization.
///
/// # Errors
/// As [`look`]; [`OrganizationRefusal::AlreadyMember`], [`OrganizationRefusal::MemberLimit`].
pub async fn accept(cx: &Cx, current: &Current, id: &InvitationId) -> Result<(InvitationView, MemberView)> {
    let invitation = store::by_id(&mut cx.db.read().await?, id).await?.filter(|invitation| invitation.email.is_some());
    join(cx, current, invitation.ok_or(OrganizationRefusal::InvitationNotFound)?).await
}

/// Accepts by a link.
///
/// # Errors
/// As [`accept`].
pub async fn accept_by_token(cx: &Cx, current: &Current, token: &Token) -> Result<(InvitationView, MemberView)> {
    let invitation = store::by_token(&mut cx.db.read().await?, token.hash()).await?;
    join(cx, current, invitation.ok_or(OrganizationRefusal::InvitationNotFound)?).await
}

async fn join(cx: &Cx, current: &Current, mut invitation: InvitationView) -> Result<(InvitationView, MemberView)> {
    check_recipient(current, &invitation)?;
    let organization = invitation.organization_id.clone();
    let mut tx = cx.db.begin().await?;
    // The number of members is counted and changed by one at a time (SECURITY A36).
    tx.lock(organization.as_str()).await?;
    if !store::settle(&mut tx, &invitation.id, InvitationStatus::Accepted, cx.now()).await? {
        return Err(OrganizationRefusal::InvitationNotFound.into());
    }
    // An invitation is worth what whoever wrote it may give at this moment.
    let inviter = Access::read(&mut tx, cx, &invitation.inviter_id, &organization).await;
    let inviter = inviter.map_err(|_| OrganizationRefusal::InviterGone)?;
    let new = New { roles: member::roles(&invitation.role).map(str::to_owned).collect(), teams: Vec::new() };
    may_invite(&inviter, &new).map_err(|_| OrganizationRefusal::InviterGone)?;
    let most = cx.settings.organization.members;
    if most > 0 && member::store::count(&mut tx, &organization).await? >= i64::from(most) {
        return Err(OrganizationRefusal::MemberLimit.into());
    }
    let member = member::add(&mut tx, cx, &organization, &current.user.id, &invitation.role).await?;
    let mut teams = Vec::new();
    for id in member::roles(invitation.team_id.as_deref().unwrap_or_default()).map(TeamId::new) {
        if team::join(&mut tx, cx, &organization, &id, &member).await? {
            teams.push(id);
        }
    }
    let only = if teams.len() == 1 { teams.first() } else { None };
    activate(&mut tx, current, Some(&organization), only).await?;
    let act = audit::Act::InvitationAccepted;
    audit::record(&mut tx, cx, super::entry(current, &organization, act)).await?;
    tx.commit().await?;
    invitation.status = InvitationStatus::Accepted;
    Ok((invitation, member))
}

/// Declines a mailed invitation.
///
/// # Errors
/// As [`look`].
pub async fn reject(cx: &Cx, current: &Current, id: &InvitationId) -> Result<InvitationView> {
    let invitation = store::by_id(&mut cx.db.read().await?, id).await?.filter(|invitation| invitation.email.is_some());
    let mut invitation = invitation.ok_or(OrganizationRefusal::InvitationNotFound)?;
    check_recipient(current, &invitation)?;
    let mut tx = cx.db.begin().await?;
    if !store::settle(&mut tx, id, InvitationStatus::Rejected, cx.now()).await? {
        return Err(OrganizationRefusal::InvitationNotFound.into());
    }
    tx.commit().await?;
    invitation.status = InvitationStatus::Rejected;
    Ok(invitation)
}

/// Takes an invitation back.
///
/// # Errors
/// [`OrganizationRefusal::Forbidden`] without `invitation:cancel`; [`OrganizationRefusal::InvitationNotFound`], also for another
/// organization's.
pub async fn cancel(cx: &Cx, current: &Current, access: &Access, id: &InvitationId) -> Result<InvitationView> {
    access.require("invitation:cancel")?;
    let organization = &access.organization.id;
    let mut tx = cx.db.begin().await?;
    let found = store::by_id(&mut tx, id).await?.filter(|invitation| &invitation.organization_id == organization);
    let mut invitation = found.ok_or(OrganizationRefusal::InvitationNotFound)?;
    if !store::settle(&mut tx, id, InvitationStatus::Canceled, cx.now()).await? {
        return Err(OrganizationRefusal::InvitationNotFound.into());
    }
    let act = audit::Act::InvitationCanceled;
    audit::record(&mut tx, cx, super::entry(current, organization, act)).await?;
    tx.commit().await?;
    invitation.status = InvitationStatus::Canceled;
    Ok(invitation)
}

/// The organization that an invitation belongs to, for somebody who names only the invitation.
///
/// # Errors
/// [`OrganizationRefusal::InvitationNotFound`].
pub async fn organization_of(cx: &Cx, id: &InvitationId) -> Result<model::OrganizationId> {
    let found = store::by_id(&mut cx.db.read().await?, id).await?;
    Ok(found.ok_or(OrganizationRefusal::InvitationNotFound)?.organization_id)
}

/// An organization's invitations, the latest first, however they stand.
///
/// # Errors
/// When the database can't be asked.
pub async fn list(cx: &Cx, access: &Access) -> Result<Vec<InvitationView>> {
    store::list(&mut cx.db.read().await?, &access.organization.id).await
}

/// The open invitations to the user's address, with what they are to.
///
/// # Errors
/// [`OrganizationRefusal::EmailNotVerified`].
pub async fn for_user(cx: &Cx, current: &Current) -> Result<Vec<(InvitationView, OrganizationView)>> {
    if !current.user.email_verified {
        return Err(OrganizationRefusal::EmailNotVerified.into());
    }
    let mut conn = cx.db.read().await?;
    let mut found = Vec::new();
    for invitation in store::open_for(&mut conn, &current.user.email, cx.now()).await? {
        if let Some(organization) = super::store::by_id(&mut conn, &invitation.organization_id).await? {
            found.push((invitation, organization));
        }
    }
    Ok(found)
}
