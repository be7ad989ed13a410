//! `invite-member`, `accept-invitation`, `reject-invitation`, `cancel-invitation`, `get-invitation`, `list-invitations`,
//! `list-user-invitations`

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use domain::organization::{Access, invitation};
use model::{InvitationId, InvitationView, OrganizationRefusal, Refusal, TeamId};
use serde_json::{Value, json};

use super::{Words, enter, texts};
use crate::state::App;
use crate::visit::Visit;
use crate::wire::{Answer, Body, Failure, Fields, Query, ok};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/invite-member", post(invite))
        .route("/accept-invitation", post(accept))
        .route("/reject-invitation", post(reject))
        .route("/cancel-invitation", post(cancel))
        .route("/get-invitation", get(get_one))
        .route("/list-invitations", get(list))
        .route("/list-user-invitations", get(for_user))
}

/// Takes `email, role, organizationId?, resend?, teamId?`; gives the invitation.
async fn invite(visit: Visit, Body(body): Body) -> Answer {
    const WORDS: Words = Words::forbidding("YOU_ARE_NOT_ALLOWED_TO_INVITE_USERS_TO_THIS_ORGANIZATION")
        .strangers(400, "MEMBER_NOT_FOUND");
    let current = visit.signed_in().await?;
    let mut fields = Fields::of(&body);
    let (email, id) = (fields.text("email"), fields.optional_text("organizationId"));
    let (roles, resend) = (texts(&mut fields, &body, "role"), fields.optional_bool("resend").unwrap_or_default());
    let teams = if fields.has("teamId") { texts(&mut fields, &body, "teamId") } else { Vec::new() };
    fields.check()?;
    let email = model::Email::parse(email.unwrap_or_default()).map_err(domain::Error::from)?;
    let access = enter(&visit, &current, id).await.map_err(|error| WORDS.of(error))?;
    let new = invitation::New { roles, teams: teams.into_iter().map(TeamId::new).collect() };
    let invited = invitation::invite(visit.cx(), &current, &access, &email, &new, resend).await;
    Ok(ok(invited.map_err(|error| refused(&access, &new, error, WORDS))?))
}

/// Whoever may invite, and not to this role, is told so.
fn refused(access: &Access, new: &invitation::New, error: domain::Error, words: Words) -> Failure {
    let role = Words::forbidding("YOU_ARE_NOT_ALLOWED_TO_INVITE_USER_WITH_THIS_ROLE");
    match &error {
        domain::Error::Refused(Refusal::Organization(OrganizationRefusal::RoleNotFound(_))) => {
            let message = format!("ROLE_NOT_FOUND: {}", new.roles.join(","));
            Failure::Body(StatusCode::BAD_REQUEST, json!({ "message": message }))
        }
        domain::Error::Refused(Refusal::Organization(
            OrganizationRefusal::Forbidden(_) | OrganizationRefusal::NotHeld(_),
        )) if access.may("invitation:create") => role.of(error),
        _ => words.of(error),
    }
}

/// Takes `invitationId`; gives `{invitation, member}`.
async fn accept(visit: Visit, Body(body): Body) -> Answer {
    let current = visit.signed_in().await?;
    let id = id_of(&body)?;
    let (invitation, member) = invitation::accept(visit.cx(), &current, &id).await?;
    Ok(ok(json!({ "invitation": invitation, "member": member })))
}

/// Takes `invitationId`; gives `{invitation, member: null}`.
async fn reject(visit: Visit, Body(body): Body) -> Answer {
    let current = visit.signed_in().await?;
    let invitation = invitation::reject(visit.cx(), &current, &id_of(&body)?).await?;
    Ok(ok(json!({ "invitation": invitation, "member": null })))
}

/// Takes `invitationId`; gives the invitation.
async fn cancel(visit: Visit, Body(body): Body) -> Answer {
    const WORDS: Words =
        Words::forbidding("YOU_ARE_NOT_ALLOWED_TO_CANCEL_THIS_INVITATION").strangers(400, "MEMBER_NOT_FOUND");
    let current = visit.signed_in().await?;
    let id = id_of(&body)?;
    let organization = invitation::organization_of(visit.cx(), &id).await?;
    let access = Access::open(visit.cx(), &current, &organization).await.map_err(|error| WORDS.of(error))?;
    let canceled = invitation::cancel(visit.cx(), &current, &access, &id).await.map_err(|error| WORDS.of(error))?;
    Ok(ok(canceled))
}

fn id_of(body: &serde_json::Map<String, Value>) -> Result<InvitationId, Failure> {
    let mut fields = Fields::of(body);
    fields.text("invitationId").map(InvitationId::new).ok_or_else(|| fields.failure())
}

/// Takes `id`; gives the invitation to whom it was sent, with `organizationName, organizationSlug, inviterEmail`.
async fn get_one(visit: Visit, query: Query) -> Answer {
    let current = visit.signed_in().await?;
    let offer = invitation::look(visit.cx(), &current, &InvitationId::new(query.text("id")?)).await;
    let offer = offer.map_err(unproved)?;
    let mut answer = json!(offer.invitation);
    answer["organizationName"] = json!(offer.organization.name);
    answer["organizationSlug"] = json!(offer.organization.slug);
    answer["inviterEmail"] = json!(offer.inviter.1);
    Ok(ok(answer))
}

/// Takes `organizationId?`; gives the organization's invitations, however they stand.
async fn list(visit: Visit, query: Query) -> Answer {
    const WORDS: Words = Words::forbidding("YOU_ARE_NOT_ALLOWED_TO_LIST_INVITATIONS")
        .strangers(403, "YOU_ARE_NOT_ALLOWED_TO_LIST_INVITATIONS");
    let current = visit.signed_in().await?;
    let access = enter(&visit, &current, query.get("organizationId")).await.map_err(|error| match error {
        domain::Error::Refused(Refusal::Organization(OrganizationRefusal::NoneActive)) => {
            let message = "Organization ID is required".to_owned();
            Failure::Body(StatusCode::BAD_REQUEST, json!({ "message": message }))
        }
        error => WORDS.of(error),
    })?;
    let mut invitations: Vec<InvitationView> =
        invitation::list(visit.cx(), &access).await.map_err(|error| WORDS.of(error))?;
    invitations.retain(|one| access.is_owner() || !one.role.split(',').any(|role| role == "owner"));
    Ok(ok(invitations))
}

/// Gives the open invitations to the user's address, with `organizationName`.
async fn for_user(visit: Visit, query: Query) -> Answer {
    let current = visit.signed_in().await?;
    if query.get("email").is_some() {
        let message = "User email cannot be passed for client side API calls.".to_owned();
        return Err(Failure::Body(StatusCode::BAD_REQUEST, json!({ "message": message })));
    }
    let found = invitation::for_user(visit.cx(), &current).await.map_err(unproved)?;
    let named = found.into_iter().map(|(invitation, organization)| {
        let mut answer = json!(invitation);
        answer["organizationName"] = json!(organization.name);
        answer
    });
    Ok(ok(named.collect::<Vec<_>>()))
}

/// The wire's own code for reading invitations to an address that isn't proved.
fn unproved(error: domain::Error) -> Failure {
    const CODE: &str = "EMAIL_VERIFICATION_REQUIRED_FOR_INVITATION";
    match error {
        domain::Error::Refused(Refusal::Organization(OrganizationRefusal::EmailNotVerified)) => {
            Failure::Plain(StatusCode::FORBIDDEN, super::sentence(CODE), CODE)
        }
        error => error.into(),
    }
}
