//! What every handler can reach.

use std::sync::Arc;

use axum::extract::FromRef;
use domain::Cx;

use crate::origins::TrustedOrigins;
use crate::shell::Look;

/// The application: cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The world that the verbs need.
    pub cx: Cx,
    /// What all pages have in common.
    pub look: Look,
    /// Whom the site trusts.
    pub origins: Arc<TrustedOrigins>,
}

impl App {
    /// Puts the parts together; cookies are for https only where the public address is https.
    pub fn new(cx: Cx, mut look: Look, origins: TrustedOrigins) -> Self {
        look.secure = cx.settings.base_url.scheme() == "https";
        look.name = cx.settings.app_name.as_str().into();
        Self { cx, look, origins: Arc::new(origins) }
    }
}

impl FromRef<App> for Look {
    fn from_ref(app: &App) -> Self {
        app.look.clone()
    }
}
