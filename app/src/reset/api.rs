//! `POST /request-password-reset`, `GET /reset-password/:token`, `POST /reset-password`

use axum::Router;
use axum::extract::Path;
use axum::routing::{get, post};
use domain::password::Password;
use domain::reset;
use domain::token::{self, Purpose, Token};
use model::Refusal;
use serde_json::json;

use crate::origins::Callback;
use crate::state::App;
use crate::visit::Visit;
use crate::wire::{Answer, Body, Fields, Query, ok, status_true, to_callback};

/// The endpoints.
pub fn router() -> Router<App> {
    Router::new()
        .route("/request-password-reset", post(request))
        .route("/reset-password/{token}", get(follow))
        .route("/reset-password", post(redeem))
}

/// Takes `email, redirectTo?`; gives the same for every address.
async fn request(visit: Visit, Body(body): Body) -> Answer {
    let mut fields = Fields::of(&body);
    let callback = fields.callback(&visit.app.origins, "redirectTo");
    let Some(email) = fields.email("email") else { return Err(fields.failure()) };
    fields.check()?;
    reset::request(visit.cx(), &email, callback.as_ref().map(Callback::as_str)).await?;
    Ok(ok(
        json!({ "status": true, "message": "If this email exists in our system, check your email for the reset link" }),
    ))
}

/// Follows the link in a mail: 302 to the page that asks for the new password, the token in its query. Spends nothing.
async fn follow(visit: Visit, Path(text): Path<String>, query: Query) -> Answer {
    query.text("callbackURL")?;
    let Some(callback) = query.callback("callbackURL")? else {
        return Err(domain::Error::from(Refusal::InvalidToken).into());
    };
    let good = match Token::parse(&text) {
        Some(token) => token::peek(visit.cx(), &token).await.map(|ticket| ticket.purpose == Purpose::ResetPassword),
        None => Ok(false),
    };
    match good {
        Ok(true) => Ok(to_callback(&callback, Some(("token", &text)))),
        Ok(false) | Err(domain::Error::Refused(_)) => Ok(to_callback(&callback, Some(("error", "INVALID_TOKEN")))),
        Err(error) => Err(error.into()),
    }
}

/// Takes `newPassword, token` (the token in the query, too); gives `{status: true}`.
async fn redeem(visit: Visit, query: Query, Body(body): Body) -> Answer {
    let mut fields = Fields::of(&body);
    let token = fields.optional_text("token").or_else(|| query.get("token"));
    let Some(password) = fields.text("newPassword") else { return Err(fields.failure()) };
    fields.check()?;
    let token = token.and_then(Token::parse).ok_or(Refusal::InvalidToken).map_err(domain::Error::from)?;
    match reset::redeem(visit.cx(), &token, &Password::new(password)).await {
        // The wire has one code for every bad link here.
        Err(domain::Error::Refused(Refusal::TokenExpired)) => Err(domain::Error::from(Refusal::InvalidToken).into()),
        other => Ok(other.map(|()| status_true())?),
    }
}
