//! `POST /update-user`, `POST /is-username-available`, and the pictures

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use domain::profile::{self, Change};
use domain::{account, phone_number};
use model::{PersonName, Refusal, Username};
use serde_json::json;

use crate::sign_up::api::{PROTECTED, read_username};
use crate::state::App;
use crate::visit::Visit;
use crate::wire::{Answer, Body, Failure, Fields, ok, status_true};

/// The endpoints.
pub fn router() -> Router<App> {
    Router::new().route("/update-user", post(update)).route("/is-username-available", post(is_username_available))
}

/// Where pictures are, at the site's root.
pub fn pictures() -> Router<App> {
    Router::new().route("/avatars/{file}", get(picture))
}

/// Takes `name?, image?, username?, displayUsername?, fullName?, bio?, preferences?, phoneNumber?` (`null`); gives `{status: true}`.
async fn update(visit: Visit, Body(body): Body) -> Answer {
    let current = visit.signed_in().await?;
    if body.contains_key("email") {
        return Err(domain::Error::from(Refusal::EmailCannotBeUpdated).into());
    }
    if let Some(field) = PROTECTED.iter().find(|field| body.contains_key(**field)) {
        return Err(domain::Error::from(Refusal::FieldNotAllowed((*field).to_owned())).into());
    }
    // It is set by proving it; here it can only be given up.
    if body.get("phoneNumber").is_some_and(|number| !number.is_null()) {
        return Err(domain::Error::from(Refusal::PhoneNumberCannotBeUpdated).into());
    }
    let mut fields = Fields::of(&body);
    let (name, image) = (fields.optional_text("name"), fields.nullable_text("image"));
    let (username, display) = (fields.nullable_text("username"), fields.optional_text("displayUsername"));
    let (full_name, bio) = (fields.optional_text("fullName"), fields.optional_text("bio"));
    let preferences = fields.optional_object("preferences");
    fields.check()?;
    let change = Change {
        name: name.map(PersonName::parse).transpose().map_err(domain::Error::from)?,
        username: username.map(|username| read_username(username, display)).transpose()?,
        image: image.map(|image| image.map(str::to_owned)),
        full_name: full_name.map(str::to_owned),
        bio: bio.map(str::to_owned),
        preferences: preferences.cloned(),
    };
    let no_number = body.contains_key("phoneNumber");
    match profile::update(visit.cx(), &current.user.id, change).await {
        Err(domain::Error::Refused(Refusal::NothingToUpdate)) if no_number => {}
        updated => updated?,
    }
    // Last: what else was wrong leaves the number where it is.
    if no_number {
        phone_number::remove(visit.cx(), &current).await?;
    }
    again(&visit).await?;
    Ok(status_true())
}

/// The wire sets the session's cookie again after a change of the user, and what was changed is in the copy beside it.
async fn again(visit: &Visit) -> domain::Result<()> {
    if let Some(current) = visit.current().await? {
        visit.hand(&current);
    }
    Ok(())
}

/// Takes `username`; gives `{available}`: by design this tells.
async fn is_username_available(visit: Visit, Body(body): Body) -> Answer {
    let mut fields = Fields::of(&body);
    let Some(username) = fields.text("username") else { return Err(fields.failure()) };
    let username = Username::parse(username).map_err(domain::Error::from)?;
    let available = account::is_username_available(visit.cx(), &username).await?;
    Ok(ok(json!({ "available": available })))
}

/// A picture. Its address names its content for ever; it can't be anything but a picture (SECURITY 63).
async fn picture(State(app): State<App>, Path(file): Path<String>) -> Result<Response, Failure> {
    let Some(id) = file.strip_suffix(".png") else { return Ok(StatusCode::NOT_FOUND.into_response()) };
    let Some(png) = profile::avatar(&app.cx, id).await? else { return Ok(StatusCode::NOT_FOUND.into_response()) };
    let headers = [
        (header::CONTENT_TYPE, "image/png"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Apps on other origins show it.
        (header::HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ];
    Ok((headers, png).into_response())
}
