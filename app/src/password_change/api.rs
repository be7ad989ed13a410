//! `POST /change-password`

use axum::Router;
use axum::routing::post;
use domain::password::Password;
use domain::password_change;
use serde_json::json;

use crate::state::App;
use crate::visit::Visit;
use crate::wire::{Answer, Body, Fields, ok};

/// The endpoint.
pub fn router() -> Router<App> {
    Router::new().route("/change-password", post(change))
}

/// Takes `currentPassword, newPassword, revokeOtherSessions?`; gives `{token, user}`, the token `null` unless it is a new one.
async fn change(visit: Visit, Body(body): Body) -> Answer {
    let current = visit.signed_in().await?;
    let mut fields = Fields::of(&body);
    let end_others = fields.optional_bool("revokeOtherSessions").unwrap_or(false);
    let (Some(old), Some(new)) = (fields.text("currentPassword"), fields.text("newPassword")) else {
        return Err(fields.failure());
    };
    fields.check()?;
    let (old, new, browser) = (Password::new(old), Password::new(new), visit.browser());
    let opened = password_change::change(visit.cx(), &current, &old, &new, end_others, &browser).await?;
    if let Some(opened) = &opened {
        visit.hand(opened);
    }
    // The mark of before has gone with the password of before.
    visit.know(&current.user.id);
    let token = opened.as_ref().map(|opened| opened.token.expose());
    Ok(ok(json!({ "token": token, "user": current.user.view() })))
}
