use axum::Router;
use axum::response::Response;
use axum::routing::post;
use model::{LocalPath, Refusal};
use serde::Deserialize;

use super::switch;
use crate::form::{Form, Posted};
use crate::outcome::trouble;
use crate::shell::Frame;
use crate::state::App;
use crate::visit::Visit;
use crate::words::Flash;

/// `/accounts/switch`.
pub fn routes() -> Router<App> {
    Router::new().route("/accounts/switch", post(choose))
}

/// To which account.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    session: String,
}

/// Goes on at the start: the page that one was on may not be there for somebody else.
async fn choose(visit: Visit, frame: Frame, posted: Posted<Typed>) -> Response {
    let Form(Typed { session }) = posted.unwrap_or_default();
    match switch(&visit, &session).await {
        Ok(_) => frame.go(LocalPath::known("/"), Some(Flash::AccountSwitched)),
        Err(domain::Error::Refused(Refusal::InvalidSessionToken)) => {
            frame.go(LocalPath::known("/sign-in?add=1"), Some(Flash::AccountGone))
        }
        Err(error) => trouble(frame, error),
    }
}
