//! `GET /token`, `GET /jwks`

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::jwt;
use domain::session::Current;
use serde_json::json;

use crate::state::App;
use crate::visit::Visit;
use crate::wire::{Answer, ok};

/// The endpoints; 404 where the operator wants no such tokens.
pub fn router() -> Router<App> {
    Router::new().route("/token", get(token)).route("/jwks", get(jwks))
}

/// Asks for a session; gives `{token}`.
async fn token(visit: Visit) -> Answer {
    if !visit.cx().settings.jwt.enabled {
        return Ok(StatusCode::NOT_FOUND.into_response());
    }
    let current = visit.signed_in().await?;
    Ok(ok(json!({ "token": jwt::issue(visit.cx(), &current).await? })))
}

/// Gives `{keys}`, to anybody, who may keep them for a while.
async fn jwks(State(app): State<App>) -> Answer {
    if !app.cx.settings.jwt.enabled {
        return Ok(StatusCode::NOT_FOUND.into_response());
    }
    let kept = format!("public, max-age={}", jwt::CACHED_FOR.as_secs());
    let kind = HeaderValue::from_static("application/json");
    Ok(([(header::CONTENT_TYPE, kind)], [(header::CACHE_CONTROL, kept)], jwt::published(&app.cx).await?)
        .into_response())
}

/// Puts a token into the header in which the ecosystem's client finds one beside a session.
///
/// # Errors
/// As [`jwt::issue`].
pub(crate) async fn attach(visit: &Visit, response: &mut Response, current: &Current) -> domain::Result<()> {
    let token = jwt::issue(visit.cx(), current).await?;
    // Three texts of base64url and two dots.
    if let Ok(token) = HeaderValue::try_from(token) {
        response.headers_mut().insert("set-auth-jwt", token);
    }
    Ok(())
}
