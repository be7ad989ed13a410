use axum::Router;
use axum::response::Response;
use axum::routing::post;
use model::{LocalPath, Refusal};
use serde::Deserialize;

use super::switch;
use crate::form::{Form, Posted};
use crate::outcome::{onward, trouble};
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
    /// A page of the account's own.
    next: String,
}

/// Goes on at the start, unless the form says where: the page that one was on may not be there for somebody else.
async fn choose(visit: Visit, frame: Frame, posted: Posted<Typed>) -> Response {
    let Form(Typed { session, next }) = posted.unwrap_or_default();
    match switch(&visit, &session).await {
        Ok(_) => {
            let to = onward(Some(&next)).unwrap_or_else(|| LocalPath::known("/").into());
            frame.go(to, Some(Flash::AccountSwitched))
        }
        Err(domain::Error::Refused(Refusal::InvalidSessionToken)) => {
            frame.go(LocalPath::known("/sign-in?add=1"), Some(Flash::AccountGone))
        }
        Err(error) => trouble(frame, error),
    }
}
