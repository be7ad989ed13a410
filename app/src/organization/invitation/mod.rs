//! Invitations: the page of an organization that sends, lists and takes them back, and the page where somebody who is invited answers.

mod answer;
mod form;
mod link;
mod list;
mod manage;

use axum::Router;
use axum::routing::get;

use crate::state::App;

/// The pages.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/organizations/{slug}/invitations", get(manage::show).post(manage::post))
        .route("/invitations/{id}", get(answer::show).post(answer::decide))
        .route("/invitations/link/{token}", get(answer::show_link).post(answer::decide_by_link))
}
