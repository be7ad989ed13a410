//! One request, as every handler sees it: who asks, from where, and with which session.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use domain::limit::Rule;
use domain::session::{self, Admitted, Current, Entered, Factor, Opened};
use domain::{Client, Cx, two_factor};
use model::Refusal;

use crate::client;
use crate::cookies::{Jar, Outgoing};
use crate::limits::{self, Route};
use crate::state::App;

/// An extractor that never fails and asks the database nothing until it is asked.
#[derive(Clone)]
pub struct Visit {
    /// The application.
    pub app: App,
    /// Who is at the other end.
    pub client: Client,
    /// Its cookies.
    pub jar: Jar,
    navigation: bool,
    route: Route,
}

impl Visit {
    /// Reads a request.
    pub fn new(app: App, parts: &Parts) -> Self {
        let headers = &parts.headers;
        let jar = Jar::new(&app, headers, parts.extensions.get::<Outgoing>());
        let client = Client { trust: jar.trusted(), ..client::of(&parts.extensions, headers) };
        Self { app, client, jar, navigation: is_navigation(headers), route: Route::of(&parts.extensions, &parts.uri) }
    }

    /// The world that the verbs need.
    pub fn cx(&self) -> &Cx {
        &self.app.cx
    }

    /// Counts this request under a rule for the address that it comes from: in the acts of those forms whose pages come again, filled
    /// in, when it was too often.
    ///
    /// # Errors
    /// [`Refusal::TooManyRequests`], [`Refusal::LimiterAway`].
    pub async fn limit(&self, rule: Rule) -> domain::Result<()> {
        limits::count(self.cx(), &self.route, rule, self.client.ip).await
    }

    /// Who is signed in, if anybody: one indexed query, none without a cookie that we signed. A renewed session's cookie is set
    /// again, a dead one's is deleted.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn current(&self) -> domain::Result<Option<Current>> {
        let Some(token) = self.jar.session() else { return Ok(None) };
        let current = session::find(self.cx(), token).await?;
        self.receive(current.as_ref());
        Ok(current)
    }

    fn receive(&self, current: Option<&Current>) {
        match current {
            Some(current) if current.renewed => self.jar.open(current),
            Some(_) => {}
            None => self.jar.close(),
        }
    }

    /// As [`Visit::current`], but for who asks again within a second from memory: for reading only.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn recent(&self) -> domain::Result<Option<Arc<Current>>> {
        let Some(token) = self.jar.session() else { return Ok(None) };
        let current = session::find_recent(self.cx(), token).await?;
        self.receive(current.as_deref());
        Ok(current)
    }

    /// Who is signed in, and owes nothing.
    ///
    /// # Errors
    /// [`Refusal::Unauthorized`] when nobody is; [`Refusal::TwoFactorRequired`] for who must set up a second factor first.
    pub async fn signed_in(&self) -> domain::Result<Current> {
        let current = self.signed_in_for_setup().await?;
        if two_factor::owes_setup(self.cx(), &current) { Err(Refusal::TwoFactorRequired.into()) } else { Ok(current) }
    }

    /// Who is signed in, also if they must set up a second factor: only for what leads there, and for signing out.
    ///
    /// # Errors
    /// [`Refusal::Unauthorized`] when nobody is.
    pub async fn signed_in_for_setup(&self) -> domain::Result<Current> {
        Ok(self.current().await?.ok_or(Refusal::Unauthorized)?)
    }

    /// Hands over what showing the first factor gave: a session, or (then `None`) the challenge for a second factor, and no session.
    ///
    /// # Errors
    /// As [`Visit::open`].
    pub async fn enter<'e>(&self, entered: &'e Entered) -> domain::Result<Option<&'e Opened>> {
        match entered {
            Entered::In(admitted) => self.admit(admitted).await.map(Some),
            Entered::Challenged(challenge) => {
                // Nobody stays signed in as somebody else meanwhile.
                if let Some(old) = self.jar.session() {
                    session::sign_out(self.cx(), &old).await?;
                    self.jar.close();
                }
                self.jar.challenge(&challenge.token);
                Ok(None)
            }
        }
    }

    /// Hands over a session for which nothing is owed, and what spares the browser the second factor.
    ///
    /// # Errors
    /// As [`Visit::open`].
    pub async fn admit<'a>(&self, admitted: &'a Admitted) -> domain::Result<&'a Opened> {
        if let Some(trust) = &admitted.trust {
            self.jar.trust(trust, self.cx().settings.two_factor.trust_for);
        }
        self.jar.forget_challenge();
        self.open(&admitted.opened).await?;
        Ok(&admitted.opened)
    }

    /// Hands over a session that was just opened. One that the browser had before ends.
    ///
    /// # Errors
    /// When the old session can't be ended.
    pub async fn open(&self, opened: &Opened) -> domain::Result<()> {
        if let Some(old) = self.jar.session().filter(|old| old.expose() != opened.token.expose()) {
            session::sign_out(self.cx(), &old).await?;
        }
        self.jar.open(opened);
        self.remember_way(opened.session.factor);
        Ok(())
    }

    /// Marks the way in for the next time, where there is a choice between providers. The provider's own is marked by its callback.
    fn remember_way(&self, factor: Factor) {
        let way = match factor {
            Factor::Password => "email",
            Factor::Link => "magic-link",
            Factor::Code => "email-otp",
            Factor::PhoneCode => "phone-number",
            Factor::Passkey => "passkey",
            Factor::Provider => return,
        };
        if !self.cx().settings.providers.offered.is_empty() {
            self.jar.used(way);
        }
    }

    /// Whether a person's browser is opening a page, as opposed to a program calling.
    pub fn is_navigation(&self) -> bool {
        self.navigation
    }
}

impl FromRequestParts<App> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(Self::new(app.clone(), parts))
    }
}

fn is_navigation(headers: &HeaderMap) -> bool {
    if let Some(mode) = headers.get("sec-fetch-mode") {
        return mode == "navigate";
    }
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}
