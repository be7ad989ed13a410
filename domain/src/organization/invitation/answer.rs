use model::{
    Email, InvitationId, InvitationStatus, InvitationView, MemberView, OrganizationRefusal, OrganizationView, TeamId,
};

use super::{is_open, may_invite, store};
use crate::audit::{self, Act};
use crate::organization::{self, Access, activate, member, team};
use crate::session::Current;
use crate::token::Token;
use crate::{Cx, Error, Result};

/// An invitation, with what somebody who is invited must know to decide.
pub struct Offer {
    /// The invitation.
    pub invitation: InvitationView,
    /// To what.
    pub organization: OrganizationView,
    /// The names of the teams that it leads into.
    pub teams: Vec<String>,
    /// By whom: their name and address.
    pub inviter: (String, Email),
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
    let organization = organization::store::by_id(conn, &invitation.organization_id).await?;
    let organization = organization.ok_or(OrganizationRefusal::InvitationNotFound)?;
    let inviter = member::store::of_user(conn, &organization.id, &invitation.inviter_id).await?;
    let inviter = inviter.and_then(|inviter| inviter.user).ok_or(OrganizationRefusal::InviterGone)?;
    let mut teams = Vec::new();
    for id in teams_of(&invitation) {
        teams.extend(team::store::by_id(conn, &organization.id, &id).await?.map(|team| team.name));
    }
    Ok(Offer { invitation, organization, teams, inviter: (inviter.name, inviter.email) })
}

fn teams_of(invitation: &InvitationView) -> impl Iterator<Item = TeamId> {
    member::roles(invitation.team_id.as_deref().unwrap_or_default()).map(TeamId::new)
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

async fn join(cx: &Cx, current: &Current, found: InvitationView) -> Result<(InvitationView, MemberView)> {
    check_recipient(current, &found)?;
    let organization = found.organization_id;
    let mut tx = cx.db.begin().await?;
    // The number of members is counted and changed by one at a time (SECURITY A36).
    tx.lock(organization.as_str()).await?;
    if !store::settle(&mut tx, &found.id, InvitationStatus::Accepted, cx.now()).await? {
        return Err(OrganizationRefusal::InvitationNotFound.into());
    }
    // What it offers, and who answers for it, may have become other until the lock was held.
    let invitation = store::by_id(&mut tx, &found.id).await?.ok_or(OrganizationRefusal::InvitationNotFound)?;
    // An invitation is worth what whoever answers for it may give at this moment.
    let inviter = Access::read(&mut tx, cx, &invitation.inviter_id, &organization).await.map_err(gone)?.quiet();
    may_invite(&inviter, member::roles(&invitation.role)).map_err(gone)?;
    let most = cx.settings.organization.members;
    if most > 0 && member::store::count(&mut tx, &organization).await? >= i64::from(most) {
        return Err(OrganizationRefusal::MemberLimit.into());
    }
    let member = member::add(&mut tx, cx, &organization, &current.user.id, &invitation.role).await?;
    let mut teams = Vec::new();
    for id in teams_of(&invitation) {
        if team::join(&mut tx, cx, &organization, &id, &member).await? {
            teams.push(id);
        }
    }
    let only = if teams.len() == 1 { teams.first() } else { None };
    activate(&mut tx, current, Some(&organization), only).await?;
    let entry = organization::entry(current, &organization, Act::InvitationAccepted);
    audit::record(&mut tx, cx, entry.with("roles", &invitation.role));
    tx.commit().await?;
    Ok((invitation, member))
}

/// What is refused to whoever invites, as it is told to whoever is invited.
fn gone(error: Error) -> Error {
    if let Error::Refused(_) = error { OrganizationRefusal::InviterGone.into() } else { error }
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
    let entry = organization::entry(current, &invitation.organization_id, Act::InvitationDeclined);
    audit::record(&mut tx, cx, entry);
    tx.commit().await?;
    invitation.status = InvitationStatus::Rejected;
    Ok(invitation)
}

/// The open invitations to the user's address, with what they are to.
///
/// # Errors
/// [`OrganizationRefusal::EmailNotVerified`].
pub async fn for_user(cx: &Cx, current: &Current) -> Result<Vec<(InvitationView, OrganizationView)>> {
    if !current.user.email_verified {
        return Err(OrganizationRefusal::EmailNotVerified.into());
    }
    store::open_for(&mut cx.db.read().await?, &current.user.email, cx.now()).await
}
