//! `POST /send-verification-email`, `GET /verify-email`

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use domain::session::Entered;
use domain::token::Token;
use domain::two_factor::challenge::Challenge;
use domain::verification::{self, Verified};
use model::Refusal;
use serde_json::json;

use crate::origins::Callback;
use crate::state::App;
use crate::two_factor;
use crate::visit::Visit;
use crate::wire::{Answer, Body, Failure, Fields, Query, found, ok, status_true, to_callback};

/// The endpoints.
pub fn router() -> Router<App> {
    Router::new().route("/send-verification-email", post(send)).route("/verify-email", get(verify))
}

/// Takes `email, callbackURL?`; gives `{status: true}` whether the address has an account or not.
async fn send(visit: Visit, Body(body): Body) -> Answer {
    let mut fields = Fields::of(&body);
    let callback = fields.callback(&visit.app.origins, "callbackURL");
    let Some(email) = fields.email("email") else { return Err(fields.failure()) };
    fields.check()?;
    let callback = callback.as_ref().map(Callback::as_str);
    match visit.current().await? {
        Some(current) => verification::send_own(visit.cx(), &current, &email, callback).await?,
        None => verification::send(visit.cx(), &email, callback).await?,
    }
    Ok(status_true())
}

/// Follows the link in a mail. A program redeems it at once; a browser gets a page with a button, since mail scanners follow links too.
async fn verify(visit: Visit, query: Query) -> Answer {
    let token = query.text("token")?;
    let callback = query.callback("callbackURL")?;
    if visit.is_navigation() {
        return Ok(found(&format!("/verify-email?{}", query.text)));
    }
    let verified = match Token::parse(token) {
        Some(token) => verification::redeem(visit.cx(), &token, &visit.client).await,
        None => Err(Refusal::InvalidToken.into()),
    };
    let verified = match verified {
        Ok(verified) => verified,
        Err(domain::Error::Refused(refusal)) => return refused(&refusal, callback.as_ref()),
        Err(error) => return Err(error.into()),
    };
    let user = match verified {
        Verified::Account(_, Some(entered)) => {
            visit.enter(&entered).await?;
            if let Entered::Challenged(challenge) = &entered {
                return Ok(owed(&visit, challenge, callback.as_ref()));
            }
            None
        }
        Verified::Account(_, None) | Verified::ChangeAgreed(_) => None,
        Verified::Changed(user) => Some(user),
    };
    Ok(match callback {
        Some(callback) => to_callback(&callback, None),
        None => ok(json!({ "status": true, "user": user })),
    })
}

/// The address is proved and a second factor is owed: whoever was to be redirected goes to its page, and on from there; a program is told.
fn owed(visit: &Visit, challenge: &Challenge, callback: Option<&Callback>) -> Response {
    match callback {
        Some(target) => found(&visit.cx().settings.link(&two_factor::page_for(Some(target.as_str())))),
        None => ok(two_factor::api::owed(json!({ "status": true, "user": null }), challenge)),
    }
}

fn refused(refusal: &Refusal, callback: Option<&Callback>) -> Answer {
    match callback {
        Some(callback) => Ok(to_callback(callback, Some(("error", refusal.code())))),
        // The wire's status for a bad link here.
        None => Err(Failure::Plain(axum::http::StatusCode::UNAUTHORIZED, refusal.message(), refusal.code())),
    }
}
