//! `GET /multi-session/list-device-sessions`, `POST /multi-session/set-active`, `/multi-session/revoke`

use axum::Router;
use axum::routing::{get, post};
use domain::{device_sessions as verbs, two_factor};
use model::Refusal;

use super::{live, replace, same, switch};
use crate::session::api::Whole;
use crate::state::App;
use crate::visit::Visit;
use crate::wire::{Answer, Body, Fields, ok, status_true};

/// The endpoints.
pub fn router() -> Router<App> {
    Router::new()
        .route("/multi-session/list-device-sessions", get(list))
        .route("/multi-session/set-active", post(set_active))
        .route("/multi-session/revoke", post(revoke))
}

/// Gives `[{session, user}]`, one a user, of the sessions that this browser holds: the active one with its token, others with their ids
/// in its place. Who owes the set-up of a second factor isn't among them, as get-session doesn't show them.
async fn list(visit: Visit) -> Answer {
    let active = visit.jar.session();
    let live = live(&visit, &visit.jar.held()).await?;
    let shown = live.iter().filter(|one| !one.elsewhere && !two_factor::owes_setup(visit.cx(), one)).map(|one| {
        if active.as_ref().is_some_and(|active| same(active, &one.token)) { Whole::of(one) } else { Whole::beside(one) }
    });
    Ok(ok(shown.collect::<Vec<_>>()))
}

/// Takes `sessionToken` (or the session's id); gives `{session, user}`.
async fn set_active(visit: Visit, Body(body): Body) -> Answer {
    let mut fields = Fields::of(&body);
    let Some(handle) = fields.text("sessionToken") else { return Err(fields.failure()) };
    let chosen = switch(&visit, handle).await?;
    if chosen.elsewhere {
        return Err(domain::Error::from(Refusal::SessionElsewhere).into());
    }
    if two_factor::owes_setup(visit.cx(), &chosen) {
        return Err(domain::Error::from(Refusal::TwoFactorRequired).into());
    }
    Ok(ok(Whole::of(&chosen)))
}

/// Takes `sessionToken` (or the session's id); gives `{status: true}`. Where it was the active one, the next takes its place.
async fn revoke(visit: Visit, Body(body): Body) -> Answer {
    let current = visit.signed_in_for_setup().await?;
    let mut fields = Fields::of(&body);
    let Some(handle) = fields.text("sessionToken") else { return Err(fields.failure()) };
    let ended = verbs::end(visit.cx(), &visit.jar.held(), handle).await?;
    if ended.iter().any(|ended| same(ended, &current.token)) {
        replace(&visit, &current.token).await?;
    }
    ended.iter().for_each(|ended| visit.jar.let_go(ended));
    Ok(status_true())
}
