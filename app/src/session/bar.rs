//! What a page of somebody signed in says of its session: that it ends soon, and, where script asks again, that it has ended or that
//! somebody else is active.

use axum::Router;
use axum::extract::Query;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::Cx;
use domain::session::Current;
use leptos::prelude::*;
use model::{LocalPath, Timestamp};
use serde::Deserialize;

use super::SessionWatch;
use crate::outcome::{confirm_for, leading_to_path, onward, sign_in_for};
use crate::shell::html;
use crate::state::App;
use crate::ui::{Alert, ButtonLink, Time, Tone, Variant, Width};
use crate::visit::Visit;

/// `/session/standing`.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/session/standing", get(standing))
}

/// How it stands with the session of a page.
#[derive(Clone, Debug)]
enum Standing {
    /// It goes on.
    Good,
    /// It ends soon.
    Ending { at: Timestamp, now: Timestamp },
    /// Somebody of this name is active now.
    Other(String),
    /// It has ended.
    Gone,
}

/// Whose page it is, and how it stands with the session.
#[derive(Clone, Debug)]
pub(crate) struct Term {
    account: String,
    standing: Standing,
}

impl Term {
    pub(crate) fn of(cx: &Cx, current: &Current) -> Self {
        let standing = match current.ends_soon(cx) {
            Some(at) => Standing::Ending { at, now: cx.now() },
            None => Standing::Good,
        };
        Self { account: current.user.id.as_str().to_owned(), standing }
    }
}

/// What an open page tells when it asks.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    account: String,
    next: String,
}

/// Says anew what the page's bar says. The session is renewed if it is due.
async fn standing(visit: Visit, Query(Asked { account, next }): Query<Asked>) -> Response {
    let path = onward(Some(&next)).unwrap_or_else(|| LocalPath::known("/").into());
    let standing = match visit.current().await {
        Ok(None) => Standing::Gone,
        Ok(Some(current)) if current.user.id.as_str() != account => Standing::Other(current.user.name.clone()),
        Ok(Some(current)) => Term::of(visit.cx(), &current).standing,
        Err(error) => {
            tracing::error!(%error, "a session couldn't be looked up");
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    };
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (headers, html(move || said(standing, &path))).into_response()
}

/// The bar of a page; `path` is the page's own.
#[component]
pub(crate) fn SessionBar(term: Term, path: LocalPath) -> AnyView {
    let Term { account, standing } = term;
    // An account's id is made of letters and digits.
    let ask = LocalPath::parse(&format!("/session/standing?account={account}"));
    let ask = ask.map(|ask| leading_to_path(&ask, &path).to_string());
    view! {
        <SessionWatch>
            <div id="session" class="contents" data-ask=ask>{said(standing, &path)}</div>
        </SessionWatch>
    }
    .into_any()
}

fn said(standing: Standing, path: &LocalPath) -> AnyView {
    match standing {
        Standing::Good => ().into_any(),
        Standing::Ending { at, now } => view! {
            <Message name="ending" tone=Tone::Warning href=confirm_for(path).to_string() label="Stay signed in">
                "You’ll be signed out "<Time at now/>". Confirm that it’s you, and you stay."
            </Message>
        }
        .into_any(),
        Standing::Other(name) => view! {
            <Message name="other" tone=Tone::Danger href=path.to_string() label="Load this page again">
                {format!("You switched accounts: you are {name} now, and this page is still the other account’s.")}
            </Message>
        }
        .into_any(),
        Standing::Gone => view! {
            <Message name="gone" tone=Tone::Danger href=sign_in_for(path).to_string() label="Sign in">
                "You’ve been signed out. Sign in again, and you come back to this page."
            </Message>
        }
        .into_any(),
    }
}

/// A message and what to do about it. It stays in sight while the page is scrolled.
#[component]
fn Message(name: &'static str, tone: Tone, href: String, label: &'static str, children: Children) -> AnyView {
    view! {
        <div data-standing=name class="sticky top-2 z-10 rounded-control bg-background">
            <Alert tone>
                <div class="flex flex-col gap-3 sm:flex-row sm:items-center">
                    <p class="min-w-0 flex-1">{children()}</p>
                    <ButtonLink href label variant=Variant::Secondary width=Width::FullOnPhones/>
                </div>
            </Alert>
        </div>
    }
    .into_any()
}
