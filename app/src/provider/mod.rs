//! Signing in with an account elsewhere, and connecting one.
//!
//! A button leads to a page that goes on to the provider; the provider sends the browser back to the API's callback, which leads to where
//! it was begun, or to the page that says why nothing came of it.

pub mod api;
mod buttons;
mod connections;
mod failed;
mod go;
mod mark;

use axum::Router;
pub use buttons::{ProviderButtons, ProviderButtonsProps};
pub use connections::Connections;

use crate::state::App;

/// The pages.
pub fn routes() -> Router<App> {
    Router::new().merge(go::routes()).merge(failed::routes()).merge(connections::routes())
}
