//! `GET /list-accounts`, `POST /unlink-account`

use axum::Router;
use axum::routing::{get, post};
use domain::account;
use model::AccountId;

use crate::state::App;
use crate::visit::Visit;
use crate::wire::{Answer, Body, Fields, ok, status_true};

/// The endpoints.
pub fn router() -> Router<App> {
    Router::new().route("/list-accounts", get(list)).route("/unlink-account", post(unlink))
}

/// Gives the user's ways in, without secrets.
async fn list(visit: Visit) -> Answer {
    let current = visit.signed_in().await?;
    Ok(ok(account::list(visit.cx(), &current.user.id).await?))
}

/// Takes `accountId`; gives `{status: true}`. Never the last way in.
async fn unlink(visit: Visit, Body(body): Body) -> Answer {
    let current = visit.signed_in().await?;
    let mut fields = Fields::of(&body);
    let Some(id) = fields.text("accountId") else { return Err(fields.failure()) };
    account::unlink(visit.cx(), &current, &AccountId::new(id)).await?;
    Ok(status_true())
}
