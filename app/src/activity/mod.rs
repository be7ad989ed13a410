//! What happened, read from the audit log: one's own trail below the security settings, and an organization's for who may see it.

mod entry;
mod list;
mod organization;
mod own;
mod words;

pub use own::Latest;

use axum::Router;

use crate::state::App;

/// `/settings/security/activity`, `/organizations/{slug}/audit` and its downloads.
pub fn routes() -> Router<App> {
    Router::new().merge(own::routes()).merge(organization::routes())
}
