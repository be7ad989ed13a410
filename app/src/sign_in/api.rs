//! `POST /sign-in/email`, `POST /sign-in/username`

use axum::Router;
use axum::routing::post;
use domain::password::Password;
use domain::session::{Admitted, Entered};
use domain::sign_in::{Identifier, with_password};
use model::{Email, Username};
use serde_json::json;

use crate::origins::Callback;
use crate::state::App;
use crate::two_factor;
use crate::visit::Visit;
use crate::wire::{Answer, Body, Fields, FormBody, with_redirect};

/// The endpoints.
pub fn router() -> Router<App> {
    Router::new().route("/sign-in/email", post(email)).route("/sign-in/username", post(username))
}

/// Takes `email, password, callbackURL?, rememberMe?`; gives `{redirect, token, url?, user}`, or `{twoFactorRedirect,
/// twoFactorMethods}` when a second factor is owed.
async fn email(visit: Visit, FormBody(body): FormBody) -> Answer {
    let mut fields = Fields::of(&body);
    let (callback, remember) = (fields.callback(&visit.app.origins, "callbackURL"), fields.optional_bool("rememberMe"));
    let (Some(email), Some(password)) = (fields.text("email"), fields.text("password")) else {
        return Err(fields.failure());
    };
    fields.check()?;
    let who = Identifier::Email(Email::parse(email).map_err(domain::Error::from)?);
    sign_in(visit, &who, password, remember, callback).await
}

/// Takes `username, password, callbackURL?, rememberMe?`; gives the same.
async fn username(visit: Visit, Body(body): Body) -> Answer {
    let mut fields = Fields::of(&body);
    let (callback, remember) = (fields.callback(&visit.app.origins, "callbackURL"), fields.optional_bool("rememberMe"));
    let (Some(username), Some(password)) = (fields.text("username"), fields.text("password")) else {
        return Err(fields.failure());
    };
    fields.check()?;
    let who = Identifier::Username(Username::parse(username).map_err(domain::Error::from)?);
    sign_in(visit, &who, password, remember, callback).await
}

async fn sign_in(
    visit: Visit,
    who: &Identifier,
    password: &str,
    remember: Option<bool>,
    callback: Option<Callback>,
) -> Answer {
    let password = Password::new(password);
    password.check_length(&visit.cx().settings.password).map_err(domain::Error::from)?;
    let entered = with_password(
        visit.cx(),
        who,
        &password,
        remember.unwrap_or(true),
        callback.as_ref().map(Callback::as_str),
        &visit.browser(),
    )
    .await?;
    visit.enter(&entered).await?;
    Ok(match &entered {
        Entered::In(Admitted { opened, .. }) => {
            let user = opened.user.view();
            with_redirect(json!({ "token": opened.token.expose(), "user": user }), callback.as_ref())
        }
        Entered::Challenged(challenge) => two_factor::api::challenged(challenge),
    })
}
