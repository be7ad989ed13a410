//! A form of somebody's page is carried out for them, and for nobody else.
//!
//! A browser can hold several accounts, and its pages stay open while it switches between them. So each form names the account that
//! its page was opened as, and what is posted for another than the active one isn't done: the reader is told, and chooses. It is no
//! secret and guards against no attacker; a form without the name is taken.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use domain::Error;
use domain::session::Current;
use leptos::prelude::*;
use model::{Refusal, UserId};

use crate::device_sessions::{self, SwitchBack};
use crate::form::is_form;
use crate::outcome::trouble;
use crate::page_account::{FIELD, HEADER};
use crate::problem::Trouble;
use crate::shell::Frame;
use crate::state::App;
use crate::ui::{AuthCard, ButtonLink, Glyph, Width};
use crate::visit::Visit;

/// What the menu of any page does, whoever is active.
const FOR_ANYBODY: [&str; 3] = ["/accounts/switch", "/sign-out", "/theme"];

/// The field of the forms of a page that was opened as `account`.
pub(crate) fn field(account: &UserId) -> String {
    // An account's id is made of letters and digits.
    format!("<input type=\"hidden\" name=\"{FIELD}\" value=\"{account}\">")
}

/// Whether a form that names `account` was meant for another than who is signed in.
pub(crate) fn differs(current: &Current, account: Option<&str>) -> bool {
    account.is_some_and(|account| account != current.user.id.as_str())
}

/// Stands around the pages.
pub async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let concerned = request.method() == Method::POST && is_form(request.headers());
    if !concerned || FOR_ANYBODY.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let frame = Frame::new(app.look.clone(), &parts.extensions, &parts.headers, &parts.uri);
    let form = match Bytes::from_request(Request::from_parts(parts.clone(), body), &app).await {
        Ok(form) => form,
        Err(rejection) => return Trouble::from(&rejection).page(frame),
    };
    if let Some((_, account)) = url::form_urlencoded::parse(&form).find(|(name, _)| name == FIELD) {
        let visit = Visit::new(app, &parts);
        match visit.signed_in_to_confirm().await {
            Ok(current) if differs(&current, Some(&account)) => return refuse(&visit, frame, &current, &account).await,
            // Who is signed out is led to the sign-in page, and back.
            Ok(_) | Err(Error::Refused(Refusal::Unauthorized)) => {}
            Err(error) => return trouble(frame, error),
        }
    }
    next.run(Request::from_parts(parts, Body::from(form))).await
}

/// Whether a server function may act: its page was opened as who is signed in, or doesn't say.
pub(crate) async fn hold(visit: &Visit) -> domain::Result<bool> {
    let parts = use_context::<Parts>();
    let Some(account) = parts.as_ref().and_then(|parts| parts.headers.get(HEADER)) else { return Ok(true) };
    match visit.signed_in_to_confirm().await {
        Ok(current) => Ok(!differs(&current, account.to_str().ok())),
        Err(Error::Refused(Refusal::Unauthorized)) => Ok(true),
        Err(error) => Err(error),
    }
}

/// The page in place of what wasn't done: who is active now, and the ways on.
pub(crate) async fn refuse(visit: &Visit, frame: Frame, current: &Current, account: &str) -> Response {
    const TITLE: &str = "You switched to another account";
    let others = match device_sessions::others(visit, current).await {
        Ok(others) => others,
        Err(error) => return trouble(frame, error),
    };
    let before = others.into_iter().find(|other| other.is_of(account));
    let (name, email) = (current.user.name.clone(), current.user.email.to_string());
    let lead =
        format!("This page was opened as another account. You are {name} ({email}) now, so nothing was changed.");
    let path = frame.path().clone();
    frame.page(TITLE).status(StatusCode::CONFLICT).render(move || {
        view! {
            <AuthCard title=TITLE lead glyph=Glyph::CIRCLE_ALERT>
                <ButtonLink href=path.to_string() label=format!("Go on as {name}") width=Width::Full/>
                {before.map(|account| view! { <SwitchBack account next=path/> })}
            </AuthCard>
        }
    })
}
