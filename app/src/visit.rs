//! One request, as every handler sees it: who asks, from where, and with which session.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use domain::session::{self, Current, Opened};
use domain::{Client, Cx};
use model::Refusal;

use crate::client::ClientAddr;
use crate::cookies::{Jar, Outgoing};
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
}

impl Visit {
    /// Reads a request.
    pub fn new(app: App, parts: &Parts) -> Self {
        let headers = &parts.headers;
        let client = Client {
            ip: parts.extensions.get::<ClientAddr>().map(|client| client.0),
            user_agent: headers
                .get(header::USER_AGENT)
                .map(|agent| String::from_utf8_lossy(agent.as_bytes()).into_owned())
                .unwrap_or_default(),
        };
        let jar = Jar::new(&app, headers, parts.extensions.get::<Outgoing>());
        Self { app, client, jar, navigation: is_navigation(headers) }
    }

    /// The world that the verbs need.
    pub fn cx(&self) -> &Cx {
        &self.app.cx
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

    /// Who is signed in.
    ///
    /// # Errors
    /// [`Refusal::Unauthorized`] when nobody is.
    pub async fn signed_in(&self) -> domain::Result<Current> {
        Ok(self.current().await?.ok_or(Refusal::Unauthorized)?)
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
        Ok(())
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
