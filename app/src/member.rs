//! A request of somebody who is signed in, as the pages behind the sign-in see it.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use domain::Cx;
use domain::organization::{self, Membership};
use domain::session::Current;
use model::{Timestamp, UserId};

use crate::device_sessions::{self, Account};
use crate::header::Person;
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
    /// Where they are a member, also where a second factor is asked for at the door.
    pub organizations: Vec<Membership>,
    /// The browser's other accounts.
    pub others: Vec<Account>,
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
        self.frame.clone().page(title).wide(Some(Person::new(
            self.cx(),
            &self.current,
            self.organizations.clone(),
            self.others.clone(),
        )))
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
        member(parts, app, visit, current).await
    }
}

impl FromRequestParts<App> for ForSetup {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let visit = Visit::new(app.clone(), parts);
        let current = visit.signed_in_for_setup().await;
        member(parts, app, visit, current).await.map(Self)
    }
}

async fn member(parts: &Parts, app: &App, visit: Visit, current: domain::Result<Current>) -> Result<Member, Response> {
    let frame = Frame::new(app.look.clone(), &parts.extensions, &parts.headers, &parts.uri);
    let known = async {
        let current = current?;
        let organizations = organization::memberships(&app.cx, &current.user.id).await?;
        let others = device_sessions::others(&visit, &current).await?;
        Ok((current, organizations, others))
    };
    match known.await {
        Ok((current, organizations, others)) => {
            let frame = frame.opened_as(&current.user.id);
            Ok(Member { visit, current, organizations, others, frame })
        }
        Err(error) => Err(trouble(frame, error)),
    }
}
