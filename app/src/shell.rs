//! What is around every page: the document, the header, the message after a redirect.
//!
//! A handler takes a [`Frame`] (what the page must know of its request), makes a [`Page`] of it and renders a view into it:
//!
//! ```ignore
//! async fn show(frame: Frame) -> Response {
//!     frame.page("Sign in").render(|| view! { <AuthCard title="Sign in">…</AuthCard> })
//! }
//! ```

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use hydration_context::SsrSharedContext;
use leptos::prelude::*;
use model::{LocalPath, UserId};

use crate::assets::Assets;
use crate::client::RequestId;
use crate::form::with_fields;
use crate::form_token::FormToken;
use crate::header::{Header, Person, PlainHeader};
use crate::origins::Callback;
use crate::same_account;
use crate::session::SessionBar;
use crate::theme::{self, Accent, Theme};
use crate::ui::{Alert, LocalTimes, escaped};
use crate::words::Flash;

const FLASH: &str = "latchkey.flash";

/// The nonce of a response's Content-Security-Policy. The middleware that sets the policy puts it into the request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Nonce(pub String);

/// The origins of apps to which a form of the page leads in the end, besides this site: browsers hold a form's redirects to the
/// policy's `form-action`, too. An extension of the response, for the middleware that sets the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormTargets(pub String);

/// What all pages have in common; part of the application's state.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// The style sheet and the islands' code.
    pub assets: Arc<Assets>,
    /// The product's name, as the operator calls it.
    pub name: Arc<str>,
    /// The operator's colour, if it isn't ours.
    pub accent: Option<Accent>,
    /// Whether cookies are for https only.
    pub secure: bool,
}

/// What a page must know of its request. An extractor that never fails.
#[derive(Clone, Debug)]
pub struct Frame {
    look: Look,
    nonce: String,
    theme: Theme,
    flash: Option<Flash>,
    path: LocalPath,
    request_id: String,
    form_token: Option<FormToken>,
    account: Option<UserId>,
}

impl Frame {
    /// Reads the request; the extensions are those of the server's middleware.
    pub fn new(look: Look, extensions: &Extensions, headers: &HeaderMap, uri: &Uri) -> Self {
        let path = uri.path_and_query().and_then(|path| LocalPath::parse(path.as_str()));
        Self {
            look,
            nonce: extensions.get::<Nonce>().map(|nonce| nonce.0.clone()).unwrap_or_default(),
            theme: cookie(headers, theme::COOKIE).map(Theme::parse).unwrap_or_default(),
            flash: cookie(headers, FLASH)
                .and_then(|code| Flash::ALL.iter().copied().find(|flash| flash.code() == code)),
            path: path.unwrap_or_else(|| LocalPath::known("/").into()),
            request_id: extensions.get::<RequestId>().map(|id| id.0.to_string()).unwrap_or_default(),
            form_token: extensions.get::<FormToken>().cloned(),
            account: None,
        }
    }

    /// The page's forms are for this account alone (see [`crate::same_account`]).
    #[must_use]
    pub fn opened_as(self, account: &UserId) -> Self {
        Self { account: Some(account.clone()), ..self }
    }

    /// The path and query of the request.
    pub fn path(&self) -> &LocalPath {
        &self.path
    }

    /// What names the request in the log.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// The product's name.
    pub fn name(&self) -> &str {
        &self.look.name
    }

    /// Begins a page: one card in the middle, status 200, nobody signed in, unless told otherwise.
    pub fn page(self, title: impl Into<String>) -> Page {
        Page {
            frame: self,
            title: title.into(),
            status: StatusCode::OK,
            wide: false,
            person: None,
            private: false,
            targets: Vec::new(),
        }
    }

    /// What answers a post that succeeded: the way to the next page, and what that page says.
    pub fn go(&self, to: impl Into<LocalPath>, flash: Option<Flash>) -> Response {
        let mut response = see_other(&to.into());
        if let Some(flash) = flash {
            response.headers_mut().append(header::SET_COOKIE, flash_cookie(flash, self.look.secure));
        }
        response
    }
}

impl<S> FromRequestParts<S> for Frame
where
    Look: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self::new(Look::from_ref(state), &parts.extensions, &parts.headers, &parts.uri))
    }
}

/// A page about to be rendered.
#[derive(Clone, Debug)]
pub struct Page {
    frame: Frame,
    title: String,
    status: StatusCode,
    wide: bool,
    person: Option<Person>,
    private: bool,
    targets: Vec<String>,
}

impl Page {
    /// Sets the status; a refused form is rendered again with a 4xx.
    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The whole width, under the header, for somebody who is signed in, or for guests.
    #[must_use]
    pub fn wide(mut self, person: Option<Person>) -> Self {
        self.wide = true;
        self.person = person;
        self
    }

    /// The address holds a secret: no other site may learn it (`Referrer-Policy: no-referrer`).
    #[must_use]
    pub fn private(mut self) -> Self {
        self.private = true;
        self
    }

    /// A form of the page leads to these places.
    #[must_use]
    pub fn leading_to(mut self, places: impl IntoIterator<Item = Callback>) -> Self {
        self.targets.extend(places.into_iter().filter_map(|place| place.source()));
        self
    }

    /// Renders the page. The islands' code is loaded only where the view has an island.
    pub fn render<V: IntoView + 'static>(self, view: impl FnOnce() -> V + 'static) -> Response {
        let mut html = self.document(&html(view));
        let Frame { form_token, account, .. } = &self.frame;
        if form_token.is_some() || account.is_some() {
            html = with_fields(&html, || {
                let token = form_token.as_ref().map(FormToken::field);
                token.into_iter().chain(account.as_ref().map(same_account::field)).collect()
            });
        }
        let mut response = (
            self.status,
            [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")],
            html,
        )
            .into_response();
        if self.private {
            response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        }
        if !self.targets.is_empty() {
            response.extensions_mut().insert(FormTargets(self.targets.join(" ")));
        }
        if self.frame.flash.is_some() {
            response.headers_mut().append(header::SET_COOKIE, flash_header("", 0, self.frame.look.secure));
        }
        response
    }

    /// The document around a rendered view. Written by hand: Leptos escapes no `<title>`.
    fn document(&self, body: &str) -> String {
        let Frame { look, nonce, theme, .. } = &self.frame;
        // A reader's text can't look like one: its `<` is escaped.
        let watched = self.person.as_ref().filter(|_| self.wide).map(|person| person.term.clone());
        let script = watched.is_some() || body.contains("<leptos-island") || body.contains("<time");
        let mut page = String::with_capacity(body.len() + 8192);
        page.push_str("<!DOCTYPE html><html lang=\"en\"");
        if *theme != Theme::System {
            push(&mut page, &[" data-theme=\"", theme.as_str(), "\""]);
        }
        push(
            &mut page,
            &["><head><meta charset=\"utf-8\"><title>", &escaped(&self.title), " · ", &escaped(&look.name), "</title>"],
        );
        page.push_str("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">");
        push(
            &mut page,
            &[
                "<meta name=\"description\" content=\"Your ",
                &escaped(&look.name),
                " account: sign in, sign up, and look after it.\">",
            ],
        );
        if self.private {
            page.push_str("<meta name=\"referrer\" content=\"no-referrer\">");
        }
        push(
            &mut page,
            &[
                "<link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\"><link rel=\"stylesheet\" href=\"",
                &look.assets.css,
                "\">",
            ],
        );
        if let Some(accent) = &look.accent {
            push(&mut page, &["<style nonce=\"", &escaped(nonce), "\">", &accent.css(), "</style>"]);
        }
        if script {
            let Assets { loader, js, wasm, .. } = &*look.assets;
            let nonce = escaped(nonce);
            push(
                &mut page,
                &["<link rel=\"modulepreload\" id=\"islands-js\" href=\"", js, "\" nonce=\"", &nonce, "\">"],
            );
            push(
                &mut page,
                &[
                    "<link rel=\"preload\" id=\"islands-wasm\" href=\"",
                    wasm,
                    "\" as=\"fetch\" type=\"application/wasm\" crossorigin=\"anonymous\">",
                ],
            );
            push(&mut page, &["<script type=\"module\" src=\"", loader, "\" nonce=\"", &nonce, "\"></script>"]);
        }
        page.push_str("</head><body class=\"flex min-h-dvh flex-col\"><a href=\"#main\" class=\"sr-only focus:not-sr-only focus:absolute focus:z-20 focus:m-3 focus:rounded-control focus:bg-surface focus:px-4 focus:py-2.5 focus:shadow-card\">Skip to the content</a>");
        page.push_str(&self.top());
        page.push_str(if self.wide {
            "<main id=\"main\" class=\"mx-auto grid w-full max-w-page flex-1 content-start gap-6 px-4 py-8 sm:px-6\">"
        } else {
            "<main id=\"main\" class=\"grid w-full flex-1 grid-cols-[minmax(0,1fr)] content-start gap-5 px-4 pt-2 pb-16 sm:pt-[5vh]\">"
        });
        let times = watched.is_some() || body.contains("<time");
        if let Some(term) = watched {
            let path = self.frame.path.clone();
            page.push_str(&html(move || view! { <SessionBar term path/> }));
        }
        if let Some(flash) = self.frame.flash {
            let who = self.person.as_ref().filter(|_| flash.tells_account());
            let said = match who {
                Some(person) => format!("{} You are {} now.", flash.text(), person.words()),
                None => flash.text().to_owned(),
            };
            let class = if self.wide { "" } else { "mx-auto w-full max-w-card" };
            page.push_str(&html(move || {
                view! { <div id="flash" class=class><Alert tone=flash.tone()>{said}</Alert></div> }
            }));
        }
        push(&mut page, &[body, "</main>"]);
        if times {
            page.push_str(&html(|| view! { <LocalTimes/> }));
        }
        page.push_str("</body></html>");
        page
    }

    fn top(&self) -> String {
        let (name, theme, path) = (self.frame.name().to_owned(), self.frame.theme, self.frame.path.to_string());
        let (wide, person) = (self.wide, self.person.clone());
        html(move || {
            if wide {
                view! { <Header name theme path person/> }.into_any()
            } else {
                view! { <PlainHeader name theme path/> }.into_any()
            }
        })
    }
}

/// Renders a view to HTML, its islands ready to be hydrated. What waits for a resource isn't waited for: pages have their data
/// before they begin.
pub fn html<V: IntoView + 'static>(view: impl FnOnce() -> V) -> String {
    let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands())));
    let html = owner.with(|| view().into_view().to_html());
    owner.unset_with_forced_cleanup();
    html
}

/// 303 to a page of this site.
pub fn see_other(to: &LocalPath) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    // A `LocalPath` is printable ASCII, so it always is a header value.
    let location = HeaderValue::from_str(to.as_str()).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(header::LOCATION, location);
    response
}

/// The cookie that carries a message to the next page.
pub fn flash_cookie(flash: Flash, secure: bool) -> HeaderValue {
    flash_header(flash.code(), 60, secure)
}

fn flash_header(code: &str, age: u8, secure: bool) -> HeaderValue {
    let secure = if secure { "; Secure" } else { "" };
    let cookie = format!("{FLASH}={code}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}");
    // Made of known words only.
    HeaderValue::from_str(&cookie).unwrap_or(HeaderValue::from_static(""))
}

/// The value of the first cookie of this name.
fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let cookies = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'));
    cookies.filter_map(|cookie| cookie.trim().split_once('=')).find(|(found, _)| *found == name).map(|(_, value)| value)
}

fn push(page: &mut String, parts: &[&str]) {
    for part in parts {
        page.push_str(part);
    }
}

#[cfg(test)]
mod tests;
