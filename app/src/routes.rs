//! Everything that can be asked for, one line a feature.

use axum::Router;
use axum::middleware;

use crate::state::App;
use crate::{api, cookies, profile};

/// The application's routes. What is around them (limits, origins, headers) is the server's matter.
pub fn router(app: App) -> Router {
    Router::new()
        .nest("/api/auth", api::router())
        .merge(profile::api::pictures())
        .layer(middleware::from_fn(cookies::layer))
        .with_state(app)
}
