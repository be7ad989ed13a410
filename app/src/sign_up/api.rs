//! `POST /sign-up/email`

use axum::Router;
use axum::routing::post;
use domain::password::Password;
use domain::sign_up::{SignUp, sign_up};
use model::{PersonName, Refusal, Username};
use serde_json::json;

use crate::state::App;
use crate::visit::Visit;
use crate::wire::{Answer, Fields, FormBody, ok};

/// The endpoint.
pub fn router() -> Router<App> {
    Router::new().route("/sign-up/email", post(email))
}

/// Columns of a user that only the program sets (SECURITY A7).
pub(crate) const PROTECTED: [&str; 9] = [
    "role",
    "emailVerified",
    "banned",
    "banReason",
    "banExpires",
    "twoFactorEnabled",
    "phoneNumberVerified",
    "isAnonymous",
    "lastLoginMethod",
];

/// Takes `name, email, password, username?, image?, callbackURL?, rememberMe?`; gives `{token, user}`, the token `null` while the
/// address waits to be verified.
async fn email(visit: Visit, FormBody(body): FormBody) -> Answer {
    let mut fields = Fields::of(&body);
    let (image, remember) = (fields.optional_text("image"), fields.optional_bool("rememberMe"));
    let callback = fields.callback(&visit.app.origins, "callbackURL");
    // The ecosystem's client may send the spelling to show apart from the name itself.
    let (username, display) = (fields.optional_text("username"), fields.optional_text("displayUsername"));
    let (name, email, password) = (fields.text("name"), fields.email("email"), fields.text("password"));
    let (Some(name), Some(email), Some(password)) = (name, email, password) else { return Err(fields.failure()) };
    fields.check()?;
    if let Some(field) = PROTECTED.iter().find(|field| body.contains_key(**field)) {
        return Err(domain::Error::from(Refusal::FieldNotAllowed((*field).to_owned())).into());
    }
    if body.get("phoneNumber").is_some_and(|number| !number.is_null()) {
        return Err(domain::Error::from(Refusal::PhoneNumberCannotBeSet).into());
    }
    let form = SignUp {
        name: PersonName::parse(name).map_err(domain::Error::from)?,
        email,
        password: Password::new(password),
        username: read_username(username, display)?,
        image: image.map(str::to_owned),
        remember: remember.unwrap_or(true),
        callback: callback.map(|callback| callback.as_str().to_owned()),
    };
    let signed_up = sign_up(visit.cx(), form, &visit.client).await?;
    if let Some(opened) = &signed_up.opened {
        visit.open(opened).await?;
    }
    let token = signed_up.opened.as_ref().map(|opened| opened.token.expose());
    Ok(ok(json!({ "token": token, "user": signed_up.user })))
}

/// Reads a user name; the spelling to show counts when it is one of the same name.
pub(crate) fn read_username(username: Option<&str>, display: Option<&str>) -> domain::Result<Option<Username>> {
    let Some(username) = username else { return Ok(None) };
    let name = Username::parse(username)?;
    let shown = display.and_then(|display| Username::parse(display).ok()).filter(|display| display.key() == name.key());
    Ok(Some(shown.unwrap_or(name)))
}
