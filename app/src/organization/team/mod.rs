//! Teams: their list, the page of each, who is put into one, and what somebody may do there.

mod add;
mod delete;
mod list;
mod page;
mod person;

use axum::Router;
use axum::routing::get;
use model::{LocalPath, MemberId, TeamId};

use super::Inside;
use crate::state::App;

/// `/organizations/{slug}/teams` and what is below.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/organizations/{slug}/teams", get(list::show).post(list::create))
        .route("/organizations/{slug}/teams/{id}", get(page::show).post(page::post))
        .route("/organizations/{slug}/teams/{id}/add", get(add::show).post(add::post))
        .route("/organizations/{slug}/teams/{id}/delete", get(delete::ask).post(delete::post))
        .route("/organizations/{slug}/teams/{id}/members/{member}", get(person::show).post(person::post))
}

/// The page of a team.
fn path(inside: &Inside, id: &TeamId) -> LocalPath {
    inside.path(&format!("/teams/{id}"))
}

/// The page of a member within a team.
pub(super) fn person_path(inside: &Inside, id: &TeamId, member: &MemberId) -> LocalPath {
    inside.path(&format!("/teams/{id}/members/{member}"))
}
