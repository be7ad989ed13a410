use axum::Router;

use crate::state::App;

/// The pages.
pub fn routes() -> Router<App> {
    Router::new()
}
