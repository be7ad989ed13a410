//! The JSON API under `/api/auth`, as the ecosystem's official clients speak it.

use axum::Router;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use serde_json::json;

use crate::state::App;
use crate::ui::escaped;
use crate::wire::{Query, ok};
use crate::{
    account, code, deletion, device_sessions, email_change, jwt, magic_link, onboarding, organization, passkey,
    password_change, phone_number, profile, proof_of_work, provider, reset, session, sign_in, sign_up, two_factor,
    verification,
};

/// Every endpoint, relative to `/api/auth`. Unknown paths and wrong methods are 404 with an empty body, as the wire has it.
pub fn router() -> Router<App> {
    Router::new()
        .route("/ok", get(|| async { ok(json!({ "ok": true })) }))
        .route("/error", get(error))
        .merge(sign_up::api::router())
        .merge(sign_in::api::router())
        .merge(session::api::router())
        .merge(jwt::api::router())
        .merge(device_sessions::api::router())
        .merge(proof_of_work::api::router())
        .merge(verification::api::router())
        .merge(magic_link::api::router())
        .merge(code::api::router())
        .merge(reset::api::router())
        .merge(two_factor::api::router())
        .merge(passkey::api::router())
        .merge(phone_number::api::router())
        .merge(provider::api::router())
        .merge(password_change::api::router())
        .merge(email_change::api::router())
        .merge(deletion::api::router())
        .merge(profile::api::router())
        .merge(account::api::router())
        .merge(onboarding::api::router())
        .merge(organization::api::router())
        .fallback(nothing)
        .method_not_allowed_fallback(nothing)
}

async fn nothing() -> StatusCode {
    StatusCode::NOT_FOUND
}

/// `GET /error?error=CODE`: where a flow ends that was given no address for errors. Takes a code, gives HTML.
async fn error(query: Query) -> Response {
    let plain =
        |code: &&str| code.len() <= 64 && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    let code = query.get("error").filter(plain).unwrap_or("UNKNOWN");
    let page = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Error</title></head><body><h1>That didn’t work</h1><p>Go back and try again. The error’s code is <code>{}</code>.</p></body></html>",
        escaped(code)
    );
    Html(page).into_response()
}
