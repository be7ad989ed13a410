//! The application, put together. `main` and the tests both call [`build`]; there is no other way in.

use std::sync::Arc;

use app::shell::Look;
use app::state::App;
use axum::Router;
use domain::Cx;
use tokio::sync::watch;

use crate::settings::{Http, Mode};
use crate::site::Site;
use crate::{health, middleware};

/// What it is put together from.
pub struct Parts {
    /// The world that the verbs need.
    pub cx: Cx,
    /// Development or production.
    pub mode: Mode,
    /// Whether mails or text messages stay, for the mailbox page.
    pub mailbox: bool,
    /// How requests are taken.
    pub http: Http,
    /// The operator's colour.
    pub accent: Option<app::theme::Accent>,
    /// The static files.
    pub site: Site,
    /// Says when the server stops.
    pub stop: watch::Receiver<bool>,
}

/// Puts the application together: pages and API, static files, health, and the guard around all of them.
pub fn build(parts: Parts) -> Router {
    let Parts { cx, mode, mailbox, http, accent, site, stop } = parts;
    let look = Look {
        assets: Arc::new(site.assets().clone()),
        name: cx.settings.app_name.as_str().into(),
        accent,
        secure: http.https,
    };
    let app = App::new(cx.clone(), look.clone(), http.origins.clone());
    let mut router = app::routes::router(app.clone()).merge(site.router()).merge(health::router(&cx, stop));
    // Whoever reads the mails can take any account: never where people are real (SECURITY 14).
    if mode == Mode::Development && mailbox {
        router = router.merge(app::mailbox::routes().with_state(app));
    }
    middleware::guard(router, http, look, cx.secret)
}
