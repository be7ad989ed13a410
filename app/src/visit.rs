//! One request, as every handler sees it: who asks, from where, and with which session.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use domain::known_device::KnownDevice;
use domain::limit::Rule;
use domain::session::{self, Admitted, Current, Entered, Factor, Opened, Remembered};
use domain::token::Token;
use domain::{Client, Cx, proof_of_work, two_factor};
use model::{Refusal, UserId};

use crate::client;
use crate::cookies::{Jar, Outgoing};
use crate::device_sessions;
use crate::limits::{self, Route};
use crate::session::copy::Copy;
use crate::state::App;

/// What somebody who asks for their session may ask beside.
#[derive(Clone, Copy)]
pub struct Asked {
    /// To be answered from the database.
    pub anew: bool,
    /// Whether the session may be renewed, where it is due.
    pub renew: bool,
}

/// How it is known who is signed in.
pub enum Seen {
    /// From the database, now or a moment ago.
    Read(Arc<Remembered>),
    /// From the browser's copy.
    Copied(Copy),
}

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
    /// in, when it was too often. It is paid for first, where that is asked ([`Visit::pay`]).
    ///
    /// # Errors
    /// [`Refusal::TooManyRequests`], [`Refusal::LimiterAway`]; as [`Visit::pay`].
    pub async fn limit(&self, rule: Rule) -> domain::Result<()> {
        self.pay().await?;
        limits::count(self.cx(), &self.route, rule, self.client.ip).await
    }

    /// Pays with what the request brought, where proof of work is asked for ([`crate::proof_of_work`]); once, however often it is called.
    ///
    /// # Errors
    /// [`Refusal::ProofMissing`], [`Refusal::ProofRefused`], [`Refusal::LimiterAway`].
    pub async fn pay(&self) -> domain::Result<()> {
        proof_of_work::require(self.cx()).await
    }

    /// The client, with what it was given at earlier sign-ins: for whatever takes a password.
    pub fn browser(&self) -> Client {
        Client { known: self.jar.known(), ..self.client.clone() }
    }

    /// Remembers in this browser that `user` has signed in here: their wrong passwords from elsewhere won't lock them out of it.
    pub fn know(&self, user: &UserId) {
        self.jar.know(&KnownDevice::with(self.jar.known(), self.cx(), user));
    }

    /// Who is signed in, if anybody: one indexed query, none without a cookie that we signed. A renewed session's cookie is set
    /// again, a dead one's is deleted. Whose session is bound to another place is nobody here.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn current(&self) -> domain::Result<Option<Current>> {
        Ok(self.bound().await?.filter(|current| !current.elsewhere))
    }

    /// The same with whoever has a session that is bound to another place.
    async fn bound(&self) -> domain::Result<Option<Current>> {
        let Some(token) = self.jar.session() else { return Ok(None) };
        let current = session::find(self.cx(), token).await?;
        self.receive(current.as_ref());
        Ok(current)
    }

    fn receive(&self, current: Option<&Current>) {
        match current {
            Some(current) if current.renewed => self.hand(current),
            Some(_) => {}
            None => self.jar.close(),
        }
    }

    /// As [`Visit::current`], for reading only: who asks again within a second is answered from memory, and else from the browser's own
    /// copy, as long as nothing speaks against it. Who has no good one is given one.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn recent(&self, asked: Asked) -> domain::Result<Option<Seen>> {
        let (cx, Some(token)) = (self.cx(), self.jar.session()) else { return Ok(None) };
        if !asked.anew
            && let Some(current) = session::remembered(cx, &token)
        {
            return Ok(Some(current).filter(|current| !current.elsewhere).map(Seen::Read));
        }
        // On the heap: what is seldom needed must not make the future large that every request moves.
        Box::pin(self.look_up(asked, token)).await
    }

    async fn look_up(&self, asked: Asked, token: Token) -> domain::Result<Option<Seen>> {
        let cx = self.cx();
        let brought = self.jar.copy().and_then(|copy| Copy::open(cx, copy, &token));
        let brought = match brought {
            Some(brought) if !asked.anew && brought.is_trusted(cx, &self.client) => {
                return Ok(Some(Seen::Copied(brought.copy)));
            }
            brought => brought,
        };
        // Before it is read: what is changed from now on makes the copy worthless, whenever it is made.
        let read_at = cx.now();
        let current = session::find_and_remember(cx, token, asked.renew).await?;
        let found: Option<&Current> = current.as_deref().map(|remembered| &**remembered);
        self.receive(found);
        if let Some(current) = found.filter(|current| self.jar.keeps_copies() && !current.renewed && !current.elsewhere)
        {
            let copy = Copy::of(cx, current, read_at);
            let known = copy.as_ref().is_some_and(|copy| brought.is_some_and(|brought| brought.copy.shows(copy)));
            if !known {
                self.hand_copy(copy, current);
            }
        }
        Ok(current.filter(|current| !current.elsewhere).map(Seen::Read))
    }

    /// Gives the browser a session that was just opened, renewed or changed, and a copy of it.
    pub fn hand(&self, opened: &Opened) {
        self.jar.open(opened);
        self.hand_copy(Copy::of(self.cx(), opened, self.cx().now()), opened);
    }

    /// As [`Visit::hand`], for another session than the one that the browser had, which it keeps among its accounts.
    pub fn hand_beside(&self, opened: &Opened) {
        self.jar.open_beside(opened);
        self.hand_copy(Copy::of(self.cx(), opened, self.cx().now()), opened);
    }

    fn hand_copy(&self, copy: Option<Copy>, current: &Current) {
        let sealed = copy.and_then(|copy| copy.seal(self.cx()));
        self.jar.hand_copy(sealed.as_deref(), current.session.remember, self.cx().settings.session.cookie_cache);
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
    /// [`Refusal::Unauthorized`] when nobody is; [`Refusal::SessionElsewhere`] for who must show again first who they are.
    pub async fn signed_in_for_setup(&self) -> domain::Result<Current> {
        let current = self.signed_in_to_confirm().await?;
        if current.elsewhere { Err(Refusal::SessionElsewhere.into()) } else { Ok(current) }
    }

    /// Who is signed in, also if they must show again who they are before anything else: only for what lets them.
    ///
    /// # Errors
    /// [`Refusal::Unauthorized`] when nobody is.
    pub async fn signed_in_to_confirm(&self) -> domain::Result<Current> {
        Ok(self.bound().await?.ok_or(Refusal::Unauthorized)?)
    }

    /// Hands over what showing the first factor gave: a session, or (then `None`) the challenge for a second factor, and no session.
    ///
    /// # Errors
    /// As [`Visit::open`].
    pub async fn enter<'e>(&self, entered: &'e Entered) -> domain::Result<Option<&'e Opened>> {
        match entered {
            Entered::In(admitted) => self.admit(admitted).await.map(Some),
            Entered::Challenged(challenge) => {
                device_sessions::set_aside(self).await?;
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

    /// Hands over a session that was just opened. One of the same user that the browser had before ends; another user's stays among the
    /// browser's accounts.
    ///
    /// # Errors
    /// When the old session can't be ended.
    pub async fn open(&self, opened: &Opened) -> domain::Result<()> {
        device_sessions::make_room(self, opened).await?;
        self.hand_beside(opened);
        self.know(&opened.user.id);
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
