//! What somebody was doing when they had to show again who they are is done afterwards, with what they had typed.
//!
//! A form whose act wants a fresh session is answered, at its own address, by the page that asks who it is. That page carries the form along,
//! sealed, so that nothing of it can be read or changed where it lies; whoever has confirmed posts it on to where it was going (status
//! 307: no script is needed), and there it takes the place of the body. It is good for its user, its path and ten minutes.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::{Cx, seal};
use model::{LocalPath, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use super::page;
use crate::form::is_form;
use crate::outcome::{NotFresh, trouble};
use crate::problem::Trouble;
use crate::shell::Frame;
use crate::state::App;
use crate::visit::Visit;

/// The field that carries a sealed form.
pub(crate) const FIELD: &str = "resume";
const PURPOSE: &str = "a form to be resumed";
const LIFETIME: Duration = Duration::from_secs(600);
/// A larger form isn't carried along: its page is opened again instead.
const LARGEST: usize = 16 * 1024;

/// A form, and for what it is good.
#[derive(Deserialize, Serialize)]
struct Kept {
    user: UserId,
    path: LocalPath,
    until: Timestamp,
    form: String,
}

impl Kept {
    fn open(cx: &Cx, user: &UserId, sealed: &str) -> Option<Self> {
        let kept: Self = serde_json::from_slice(&seal::take_back(cx, PURPOSE, sealed)?).ok()?;
        Some(kept).filter(|kept| &kept.user == user && cx.now() < kept.until)
    }
}

/// Where the sealed form of this user goes.
pub(super) fn way(cx: &Cx, user: &UserId, sealed: &str) -> Option<LocalPath> {
    Kept::open(cx, user, sealed).map(|kept| kept.path)
}

/// Stands around the pages.
pub async fn resume(State(app): State<App>, request: Request, next: Next) -> Response {
    if request.method() != Method::POST || !is_form(request.headers()) {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let frame = Frame::new(app.look.clone(), &parts.extensions, &parts.headers, &parts.uri);
    let visit = Visit::new(app.clone(), &parts);
    let can_resume = can_resume(&parts, &frame);
    let form = match Bytes::from_request(Request::from_parts(parts.clone(), body), &app).await {
        Ok(form) => form,
        Err(rejection) => return Trouble::from(&rejection).page(frame),
    };
    let form = match carried(&form) {
        None => form,
        Some(sealed) => match reopen(&visit, frame.path(), &sealed).await {
            Ok(Some(form)) => {
                // It was that of the form around it.
                parts.headers.remove(header::CONTENT_LENGTH);
                form.into()
            }
            Ok(None) => return Trouble::FormGone { again: frame.path().clone() }.page(frame),
            Err(error) => return trouble(frame, error),
        },
    };
    let response = next.run(Request::from_parts(parts, Body::from(form.clone()))).await;
    if !can_resume || response.extensions().get::<NotFresh>().is_none() {
        return response;
    }
    ask(visit, frame, &form).await.unwrap_or(response)
}

/// Not an address that is none to go on to; nor for a browser that doesn't say where its forms come from: their token was that of the session
/// before, and isn't taken a second time.
fn can_resume(parts: &Parts, frame: &Frame) -> bool {
    let here = parts.uri.path_and_query().is_some_and(|here| here.as_str() == frame.path().as_str());
    let origin = parts.headers.get(header::ORIGIN).is_some_and(|origin| origin != "null");
    here && (origin || parts.headers.contains_key("sec-fetch-site"))
}

/// The sealed form in a form.
fn carried(form: &[u8]) -> Option<String> {
    url::form_urlencoded::parse(form).find(|(name, _)| name == FIELD).map(|(_, sealed)| sealed.into_owned())
}

/// What was typed before, for who is signed in and for this path.
async fn reopen(visit: &Visit, path: &LocalPath, sealed: &str) -> domain::Result<Option<String>> {
    let current = visit.signed_in_for_setup().await?;
    let kept = Kept::open(visit.cx(), &current.user.id, sealed).filter(|kept| &kept.path == path);
    Ok(kept.map(|kept| kept.form))
}

/// The page that asks who it is, with the form in it; `None` where it can't be carried along.
async fn ask(visit: Visit, frame: Frame, form: &[u8]) -> Option<Response> {
    let current = visit.current().await.ok()??;
    let form = std::str::from_utf8(form).ok().filter(|form| form.len() <= LARGEST)?.to_owned();
    let (path, until) = (frame.path().clone(), visit.cx().now() + LIFETIME);
    let kept = serde_json::to_vec(&Kept { user: current.user.id, path, until, form }).ok()?;
    let sealed = seal::hand_out(visit.cx(), PURPOSE, &kept).ok()?;
    Some(page::interrupt(visit, frame, sealed).await)
}

/// Posts what came with a request to another path, whose page finds the sealed form in it.
pub(super) fn repeat(to: &LocalPath) -> Response {
    (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, to.to_string())]).into_response()
}
