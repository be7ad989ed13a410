//! `GET /proof-of-work`

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use domain::proof_of_work;

use crate::state::App;
use crate::wire::{Answer, ok};

/// The header in which the ecosystem's clients send what solved a captcha.
pub(super) const HEADER: &str = "x-captcha-response";

/// The endpoint.
pub fn router() -> Router<App> {
    Router::new().route("/proof-of-work", get(challenge))
}

/// Gives `{algorithm, challenge, maxnumber, salt, signature}`, as ALTCHA's widget takes it. What solves it is good once, in the header
/// `x-captcha-response` of whatever was refused with `MISSING_RESPONSE`.
async fn challenge(State(app): State<App>) -> Answer {
    Ok(ok(serde_json::to_value(proof_of_work::challenge(&app.cx)?).map_err(domain::Error::broken)?))
}
