//! `POST /delete-user`, `GET /delete-user/callback`

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use domain::deletion;
use domain::password::Password;
use domain::token::Token;
use model::Refusal;
use serde_json::json;

use crate::origins::Callback;
use crate::state::App;
use crate::visit::Visit;
use crate::wire::{Answer, Body, Failure, Fields, Query, found, ok, to_callback};

/// The endpoints.
pub fn router() -> Router<App> {
    Router::new().route("/delete-user", post(request)).route("/delete-user/callback", get(follow))
}

/// Takes `password?, token?, callbackURL?`; gives `{success: true, message}`: a mail was sent, or with the mail's token the user is gone.
async fn request(visit: Visit, Body(body): Body) -> Answer {
    let current = visit.signed_in().await?;
    let mut fields = Fields::of(&body);
    let (password, token) = (fields.optional_text("password"), fields.optional_text("token"));
    let callback = fields.callback(&visit.app.origins, "callbackURL");
    fields.check()?;
    if let Some(token) = token {
        let token = Token::parse(token).ok_or(Refusal::InvalidToken).map_err(domain::Error::from)?;
        deletion::confirm(visit.cx(), &current, &token).await.map_err(not_found)?;
        visit.jar.close();
        return Ok(ok(json!({ "success": true, "message": "User deleted" })));
    }
    let password = password.map(Password::new);
    let (callback, browser) = (callback.as_ref().map(Callback::as_str), visit.browser());
    match deletion::request(visit.cx(), &current, password.as_ref(), callback, &browser).await {
        Ok(()) => Ok(ok(json!({ "success": true, "message": "Verification email sent" }))),
        Err(domain::Error::Refused(Refusal::SessionNotFresh)) => {
            let message = "Session expired. Re-authenticate to perform this action.";
            Err(Failure::Plain(StatusCode::BAD_REQUEST, message.to_owned(), "SESSION_EXPIRED"))
        }
        Err(error) => Err(error.into()),
    }
}

/// Follows the link in a mail, for the user who is signed in. A browser gets a page with a button.
async fn follow(visit: Visit, query: Query) -> Answer {
    let token = query.text("token")?;
    let callback = query.callback("callbackURL")?;
    if visit.is_navigation() {
        return Ok(found(&format!("/delete-account?{}", query.text)));
    }
    if visit.current().await?.is_none() {
        return Err(Failure::Plain(
            StatusCode::NOT_FOUND,
            "Failed to get user info".to_owned(),
            "FAILED_TO_GET_USER_INFO",
        ));
    }
    let current = visit.signed_in().await?;
    let token = Token::parse(token).ok_or(Refusal::InvalidToken).map_err(domain::Error::from).map_err(not_found)?;
    deletion::confirm(visit.cx(), &current, &token).await.map_err(not_found)?;
    visit.jar.close();
    Ok(match callback {
        Some(callback) => to_callback(&callback, None),
        None => ok(json!({ "success": true, "message": "User deleted" })),
    })
}

/// The wire's status for a bad link here.
fn not_found(error: domain::Error) -> Failure {
    match error {
        domain::Error::Refused(Refusal::InvalidToken | Refusal::TokenExpired) => {
            Failure::Plain(StatusCode::NOT_FOUND, "Invalid token".to_owned(), "INVALID_TOKEN")
        }
        other => other.into(),
    }
}
