//! `POST /change-email`

use axum::Router;
use axum::routing::post;
use domain::email_change;

use crate::origins::Callback;
use crate::state::App;
use crate::visit::Visit;
use crate::wire::{Answer, Body, Fields, status_true};

/// The endpoint.
pub fn router() -> Router<App> {
    Router::new().route("/change-email", post(request))
}

/// Takes `newEmail, callbackURL?`; gives `{status: true}`, also for a taken address. `GET /verify-email` does the rest.
async fn request(visit: Visit, Body(body): Body) -> Answer {
    let current = visit.signed_in().await?;
    let mut fields = Fields::of(&body);
    let callback = fields.callback(&visit.app.origins, "callbackURL");
    let Some(email) = fields.email("newEmail") else { return Err(fields.failure()) };
    fields.check()?;
    email_change::request(visit.cx(), &current, &email, callback.as_ref().map(Callback::as_str)).await?;
    Ok(status_true())
}
