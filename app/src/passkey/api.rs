//! `GET /passkey/generate-register-options`, `POST /passkey/verify-registration`, `GET /passkey/generate-authenticate-options`,
//! `POST /passkey/verify-authentication`, `GET /passkey/list-user-passkeys`, `POST /passkey/update-passkey`, `POST /passkey/delete-passkey`

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use domain::passkey::{self, Attachment, Begun, LIFETIME};
use domain::session::{Admitted, Entered};
use domain::token::Token;
use model::{PasskeyId, Refusal};
use serde_json::json;

use crate::state::App;
use crate::two_factor;
use crate::visit::Visit;
use crate::wire::{Answer, Body, Failure, Fields, Query, ok, status_true};

/// The endpoints.
pub fn router() -> Router<App> {
    Router::new()
        .route("/passkey/generate-register-options", get(begin_registration))
        .route("/passkey/verify-registration", post(finish_registration))
        .route("/passkey/generate-authenticate-options", get(begin_sign_in))
        .route("/passkey/verify-authentication", post(finish_sign_in))
        .route("/passkey/list-user-passkeys", get(list))
        .route("/passkey/update-passkey", post(rename))
        .route("/passkey/delete-passkey", post(delete))
}

/// Takes `authenticatorAttachment?` and `name?` (what the authenticator lists the account under); gives the options of WebAuthn, with a
/// cookie that the answer must come back with. Asks for a fresh session.
async fn begin_registration(visit: Visit, query: Query) -> Answer {
    let current = visit.signed_in_for_setup().await?;
    let attachment = match query.get("authenticatorAttachment") {
        None => None,
        Some(name) => Some(Attachment::parse(name).ok_or_else(|| {
            let problem =
                "[query.authenticatorAttachment] Invalid option: expected one of \"platform\"|\"cross-platform\"";
            Failure::validation(&[problem.to_owned()])
        })?),
    };
    let begun = passkey::begin_registration(visit.cx(), &current, query.get("name"), attachment).await?;
    Ok(begin(&visit, begun))
}

/// Takes `response` and `name?`; gives the passkey. Asks for a fresh session.
async fn finish_registration(visit: Visit, Body(body): Body) -> Answer {
    let current = visit.signed_in_for_setup().await?;
    let mut fields = Fields::of(&body);
    let name = fields.optional_text("name");
    let Some(response) = fields.object("response") else { return Err(fields.failure()) };
    fields.check()?;
    let ceremony = ceremony(&visit)?;
    Ok(ok(passkey::finish_registration(visit.cx(), &current, &ceremony, response, name).await?))
}

/// Gives the options of WebAuthn, with a cookie that the answer must come back with.
async fn begin_sign_in(visit: Visit) -> Answer {
    let current = visit.current().await?;
    let begun = passkey::begin_sign_in(visit.cx(), current.as_ref()).await?;
    Ok(begin(&visit, begun))
}

/// Takes `response`; gives `{session, user}`.
async fn finish_sign_in(visit: Visit, Body(body): Body) -> Answer {
    let mut fields = Fields::of(&body);
    let Some(response) = fields.object("response") else { return Err(fields.failure()) };
    let ceremony = ceremony(&visit)?;
    let entered = passkey::finish_sign_in(visit.cx(), &ceremony, response, &visit.client).await?;
    visit.enter(&entered).await?;
    Ok(match &entered {
        Entered::In(Admitted { opened, .. }) => ok(json!({ "session": opened.view(), "user": opened.user.view() })),
        Entered::Challenged(challenge) => two_factor::api::challenged(challenge),
    })
}

/// Gives the user's passkeys.
async fn list(visit: Visit) -> Answer {
    let current = visit.signed_in_for_setup().await?;
    Ok(ok(passkey::list(visit.cx(), &current.user.id).await?))
}

/// Takes `id` and `name`; gives `{passkey}`.
async fn rename(visit: Visit, Body(body): Body) -> Answer {
    let current = visit.signed_in().await?;
    let mut fields = Fields::of(&body);
    let (Some(id), Some(name)) = (fields.text("id"), fields.text("name")) else { return Err(fields.failure()) };
    let passkey = passkey::rename(visit.cx(), &current.user.id, &PasskeyId::new(id), name).await?;
    Ok(ok(json!({ "passkey": passkey })))
}

/// Takes `id`; gives `{status: true}`. Asks for a fresh session, and never removes the last way in.
async fn delete(visit: Visit, Body(body): Body) -> Answer {
    let current = visit.signed_in().await?;
    let mut fields = Fields::of(&body);
    let Some(id) = fields.text("id") else { return Err(fields.failure()) };
    passkey::delete(visit.cx(), &current, &PasskeyId::new(id)).await?;
    Ok(status_true())
}

/// Hands over the first half of a ceremony.
fn begin(visit: &Visit, begun: Begun) -> Response {
    visit.jar.ceremony(&begun.token, LIFETIME);
    ok(begun.options)
}

/// The ceremony that this browser has begun.
fn ceremony(visit: &Visit) -> domain::Result<Token> {
    Ok(visit.jar.take_ceremony().ok_or(Refusal::CeremonyGone)?)
}
