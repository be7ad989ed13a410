//! Who is in an organization: the list, and the page of each member.

mod assign;
mod assigned;
mod list;
mod page;
mod remove;
mod view;

use axum::Router;
use axum::routing::get;
use model::{LocalPath, MemberId};

use super::Inside;
use crate::state::App;

/// `/organizations/{slug}/members`, `…/members/{id}` and `…/members/{id}/remove`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/organizations/{slug}/members", get(list::show))
        .route("/organizations/{slug}/members/{id}", get(page::show).post(page::post))
        .route("/organizations/{slug}/members/{id}/remove", get(remove::ask).post(remove::post))
}

/// The page of a member.
pub(super) fn path(inside: &Inside, id: &MemberId) -> LocalPath {
    inside.path(&format!("/members/{id}"))
}
