//! A request of somebody who is signed in, as the pages behind the sign-in see it.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use domain::Cx;
use domain::session::Current;
use model::{Timestamp, UserId};

use crate::outcome::trouble;
use crate::shell::{Frame, Page};
use crate::state::App;
use crate::visit::Visit;

/// An extractor. A guest is sent to the sign-in page, which leads back here.
pub struct Member {
    /// The request.
    pub visit: Visit,
    /// Who asks.
    pub current: Current,
    /// What the page must know.
    pub frame: Frame,
}

impl Member {
    /// The world that the verbs need.
    pub fn cx(&self) -> &Cx {
        self.visit.cx()
    }

    /// Whose account it is.
    pub fn user(&self) -> &UserId {
        &self.current.user.id
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.cx().now()
    }

    /// Begins a page under the header with the account's menu.
    pub fn page(&self, title: impl Into<String>) -> Page {
        self.frame.clone().page(title).wide(Some(&self.current.user.view()))
    }

    /// The page for an error that no form can answer.
    pub fn trouble(self, error: domain::Error) -> Response {
        trouble(self.frame, error)
    }
}

/// An extractor, as [`Member`], also for whoever must set up a second factor before anything else: only for the pages that lead there.
pub struct ForSetup(pub Member);

impl FromRequestParts<App> for Member {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let visit = Visit::new(app.clone(), parts);
        let current = visit.signed_in().await;
        member(parts, app, visit, current)
    }
}

impl FromRequestParts<App> for ForSetup {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let visit = Visit::new(app.clone(), parts);
        let current = visit.signed_in_for_setup().await;
        member(parts, app, visit, current).map(Self)
    }
}

#[expect(clippy::result_large_err, reason = "the rejection is the answer")]
fn member(parts: &Parts, app: &App, visit: Visit, current: domain::Result<Current>) -> Result<Member, Response> {
    let frame = Frame::new(app.look.clone(), &parts.extensions, &parts.headers, &parts.uri);
    match current {
        Ok(current) => Ok(Member { visit, current, frame }),
        Err(error) => Err(trouble(frame, error)),
    }
}
