//! What every handler can reach.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRef;
use domain::Cx;

use crate::origins::TrustedOrigins;
use crate::shell::Look;

/// The application. It is cloned several times for each request, so a clone is one count.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What the application is made of.
pub struct Parts {
    /// The world that the verbs need.
    pub cx: Cx,
    /// What all pages have in common.
    pub look: Look,
    /// Whom the site trusts.
    pub origins: TrustedOrigins,
    /// Where besides this host the sessions' cookies are sent.
    pub cookie_domain: Option<Arc<str>>,
    /// The domains that this host is in, down to two labels.
    pub cookie_parents: Arc<[String]>,
}

impl App {
    /// Puts the parts together; cookies are for https only where the public address is https.
    pub fn new(cx: Cx, mut look: Look, origins: TrustedOrigins) -> Self {
        look.secure = cx.settings.base_url.scheme() == "https";
        look.name = cx.settings.app_name.as_str().into();
        let cookie_domain = cx.settings.session.cookie_domain.as_deref().map(Arc::from);
        let host = cx.settings.base_url.domain().unwrap_or_default();
        let parents = host.match_indices('.').map(|(dot, _)| host[dot + 1..].to_owned());
        let cookie_parents = parents.filter(|parent| parent.contains('.')).collect();
        Self(Arc::new(Parts { cx, look, origins, cookie_domain, cookie_parents }))
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl FromRef<App> for Look {
    fn from_ref(app: &App) -> Self {
        app.look.clone()
    }
}
