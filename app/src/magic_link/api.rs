//! `POST /sign-in/magic-link`, `GET /magic-link/verify`

use axum::Router;
use axum::routing::{get, post};
use domain::session::Entered;
use domain::token::Token;
use domain::{Callbacks, magic_link};
use model::{PersonName, Refusal};
use serde_json::json;

use crate::origins::Callback;
use crate::state::App;
use crate::two_factor;
use crate::visit::Visit;
use crate::wire::{Answer, Body, Fields, Query, found, ok, status_true, to_callback};

/// The endpoints.
pub fn router() -> Router<App> {
    Router::new().route("/sign-in/magic-link", post(request)).route("/magic-link/verify", get(verify))
}

/// Takes `email, name?, callbackURL?, newUserCallbackURL?, errorCallbackURL?`; gives `{status: true}` for every address.
async fn request(visit: Visit, Body(body): Body) -> Answer {
    let mut fields = Fields::of(&body);
    let name = fields.optional_text("name").filter(|name| !name.is_empty());
    let mut target = |name| fields.callback(&visit.app.origins, name).map(|callback| callback.as_str().to_owned());
    let callbacks = Callbacks {
        done: target("callbackURL"),
        new_user: target("newUserCallbackURL"),
        error: target("errorCallbackURL"),
    };
    let Some(email) = fields.email("email") else { return Err(fields.failure()) };
    fields.check()?;
    let name = name.map(PersonName::parse).transpose().map_err(domain::Error::from)?;
    magic_link::request(visit.cx(), &email, name, &callbacks).await?;
    Ok(status_true())
}

/// Follows the link in a mail: 302, or `{token, user, session}` where no address to go on to was given. A browser gets a page with a
/// button, since mail scanners follow links too.
async fn verify(visit: Visit, query: Query) -> Answer {
    let token = query.text("token")?;
    let done = query.callback("callbackURL")?;
    let new_user = query.callback("newUserCallbackURL")?;
    let error = query.callback("errorCallbackURL")?;
    if visit.is_navigation() {
        return Ok(found(&format!("/magic-link/verify?{}", query.text)));
    }
    let redeemed = match Token::parse(token) {
        Some(token) => magic_link::redeem(visit.cx(), &token, &visit.client).await,
        None => Err(Refusal::InvalidToken.into()),
    };
    let redeemed = match redeemed {
        Ok(redeemed) => redeemed,
        Err(domain::Error::Refused(refusal)) => {
            let code = match refusal {
                Refusal::SignUpDisabled => "new_user_signup_disabled",
                // The wire has one code for every bad link here.
                _ => "INVALID_TOKEN",
            };
            let start = Callback::Local(model::LocalPath::known("/").into());
            let target = error.or(done).unwrap_or(start);
            return Ok(to_callback(&target, Some(("error", code))));
        }
        Err(broken) => return Err(broken.into()),
    };
    let opened = visit.enter(&redeemed.entered).await?;
    let target = if redeemed.new_user { new_user.or(done) } else { done };
    let Some(opened) = opened else { return Ok(owed(&visit, &redeemed.entered, target.as_ref())) };
    Ok(match target {
        Some(Callback::Local(path)) => found(&visit.cx().settings.link(path.as_str())),
        Some(target) => to_callback(&target, None),
        None => ok(json!({ "token": opened.token.expose(), "user": opened.user.view(), "session": opened.view() })),
    })
}

/// A second factor is owed: whoever was to be redirected goes to its page, and on from there; a program is told.
fn owed(visit: &Visit, entered: &Entered, target: Option<&Callback>) -> axum::response::Response {
    match (target, entered) {
        (Some(target), _) => found(&visit.cx().settings.link(&two_factor::page_for(Some(target.as_str())))),
        (None, Entered::Challenged(challenge)) => two_factor::api::challenged(challenge),
        (None, Entered::In(_)) => status_true(),
    }
}
