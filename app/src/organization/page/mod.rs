//! The organization's own pages: the list of them, making one, what one is in it, its settings, and the ways out.

mod create;
mod delete;
mod leave;
mod list;
mod overview;
mod second_step;
mod settings;
mod switch;
mod transfer;

use axum::Router;
use axum::routing::get;
use domain::Error;
use domain::organization::member;
use leptos::prelude::*;
use model::{LocalPath, Refusal};

use super::Inside;
use crate::outcome::Failure;
use crate::state::App;
use crate::ui::Badge;
use crate::words;

const LIST: &str = "/organizations";
const NEW: &str = "/organizations/new";
const SWITCH: &str = "/organizations/switch";

/// The pages.
pub fn routes() -> Router<App> {
    Router::new()
        .route(LIST, get(list::show))
        .route(NEW, get(create::show).post(create::post))
        .route(SWITCH, get(switch::back).post(switch::post))
        .route("/organizations/{slug}", get(overview::show))
        .route("/organizations/{slug}/settings", get(settings::show).post(settings::post))
        .route("/organizations/{slug}/transfer", get(transfer::show).post(transfer::post))
        .route("/organizations/{slug}/leave", get(leave::show).post(leave::post))
        .route("/organizations/{slug}/delete", get(delete::show).post(delete::post))
}

/// The roles of a list, as marks beside a name.
fn badges(list: &str) -> AnyView {
    let badge = |role| view! { <Badge label=words::capitalized(role) quiet=true/> };
    member::roles(list).map(badge).collect_view().into_any()
}

/// The part of the address in front of a slug, as a person reads it.
fn stem(cx: &domain::Cx) -> String {
    let base = &cx.settings.base_url;
    let host = base.host_str().unwrap_or_default();
    let port = base.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{host}{port}{LIST}/")
}

/// The address of a picture as it was typed; `None` for none.
fn typed_logo(logo: &str) -> Option<String> {
    Some(logo.trim().to_owned()).filter(|logo| !logo.is_empty())
}

/// Whether what was typed is the organization's name, as a page asks for before what can't be undone.
fn is_name(inside: &Inside, typed: &str) -> Result<(), Failure> {
    let matches = typed.trim() == inside.access.organization.name;
    if matches { Ok(()) } else { Err(Refusal::ConfirmationMismatch.into()) }
}

/// A page of the program's own.
fn known(path: &'static str) -> LocalPath {
    LocalPath::known(path).into()
}

/// Whether a verb refused for this reason.
fn is_about(error: &Error, reason: &model::OrganizationRefusal) -> bool {
    matches!(error, Error::Refused(Refusal::Organization(refusal)) if refusal == reason)
}
