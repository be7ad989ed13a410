//! The pages for when something went wrong: what happened, and what to do next.

use std::borrow::Cow;

use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use leptos::prelude::*;
use model::LocalPath;

use crate::shell::Frame;
use crate::ui::{AuthCard, ButtonLink, Glyph, Variant, Width};

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// There is no page at this address.
    NotFound,
    /// The page is there, but not for this method.
    MethodNotAllowed,
    /// A link from a mail is spent, expired or not ours; where to ask for a new one, and in which words.
    LinkExpired {
        /// Where.
        again: Cow<'static, str>,
        /// The button's words ("Send a new link").
        button: &'static str,
    },
    /// A form that was kept until its user had shown who they are is too old, or wasn't kept for them or for here.
    FormGone {
        /// Where the form is.
        again: LocalPath,
    },
    /// What was asked for isn't given, and no form can say so.
    Refused {
        /// The refusal's status.
        status: StatusCode,
        /// The refusal in words.
        text: String,
    },
    /// The form came from another site.
    ForeignForm,
    /// What was sent can't be read.
    Unreadable,
    /// What was sent is larger than this site takes.
    TooLarge,
    /// It took longer than this site waits.
    TooSlow,
    /// More to do than the machine can take, or the database is away.
    Unavailable,
    /// A fault of ours.
    Broken {
        /// To find it in the log.
        request_id: String,
    },
}

struct Words {
    status: StatusCode,
    glyph: Glyph,
    title: &'static str,
    lead: String,
    href: Cow<'static, str>,
    button: &'static str,
}

impl Trouble {
    fn words(&self) -> Words {
        let words = |status, glyph, title, lead: &str| {
            let lead = lead.to_owned();
            Words { status, glyph, title, lead, href: "/".into(), button: "Go to the start" }
        };
        match self {
            Self::NotFound => words(
                StatusCode::NOT_FOUND,
                Glyph::SEARCH_X,
                "There is no page here",
                "The address may be mistyped, or the page has moved. Check it, or go to the start.",
            ),
            Self::MethodNotAllowed => words(
                StatusCode::METHOD_NOT_ALLOWED,
                Glyph::SEARCH_X,
                "This page can’t be used that way",
                "Go back, load the page again and try once more.",
            ),
            Self::LinkExpired { again, button } => Words {
                href: again.clone(),
                button,
                ..words(
                    StatusCode::GONE,
                    Glyph::CLOCK,
                    "This link doesn’t work any more",
                    "Links work once and for a short time, so that nobody else can use them. Ask for a new one; it takes a minute.",
                )
            },
            Self::FormGone { again } => Words {
                href: again.to_string().into(),
                button: "Open the page",
                ..words(
                    StatusCode::GONE,
                    Glyph::CLOCK,
                    "This form is too old",
                    "We keep what you typed for ten minutes, for you alone. Open the page and fill it in again. Nothing was changed.",
                )
            },
            Self::Refused { status, text } => words(*status, Glyph::CIRCLE_ALERT, "That wasn’t possible", text),
            Self::ForeignForm => words(
                StatusCode::FORBIDDEN,
                Glyph::SHIELD,
                "This form came from somewhere else",
                "To keep your account safe, forms are taken from this site’s own pages only. Open the page here and send it again.",
            ),
            Self::Unreadable => words(
                StatusCode::BAD_REQUEST,
                Glyph::CIRCLE_ALERT,
                "That couldn’t be read",
                "Go back, load the page again and try once more. Nothing was changed.",
            ),
            Self::TooLarge => words(
                StatusCode::PAYLOAD_TOO_LARGE,
                Glyph::CIRCLE_ALERT,
                "That is too large",
                "Go back and send something smaller. Nothing was changed.",
            ),
            Self::TooSlow => words(
                StatusCode::REQUEST_TIMEOUT,
                Glyph::CLOCK,
                "That took too long",
                "Check your connection, go back and try again.",
            ),
            Self::Unavailable => words(
                StatusCode::SERVICE_UNAVAILABLE,
                Glyph::SERVER_CRASH,
                "Back in a moment",
                "There is more to do right now than can be done at once. Wait a few seconds and load the page again. Nothing is lost.",
            ),
            Self::Broken { .. } => words(
                StatusCode::INTERNAL_SERVER_ERROR,
                Glyph::SERVER_CRASH,
                "Something broke on our side",
                "It isn’t anything you did. Try again in a moment; if it stays, tell the people who run this site the number below.",
            ),
        }
    }

    /// The page.
    pub fn page(self, frame: Frame) -> Response {
        let Words { status, glyph, title, lead, href, button } = self.words();
        let id = if let Self::Broken { request_id } = &self { Some(request_id.clone()) } else { None };
        let mut response = frame.page(title).status(status).render(move || {
            view! {
                <AuthCard title lead glyph=glyph>
                    {id.map(|id| view! { <p class="rounded-control bg-raised px-3 py-2 font-mono text-sm break-all">{id}</p> })}
                    <ButtonLink href label=button variant=Variant::Secondary width=Width::Full/>
                </AuthCard>
            }
        });
        if self == Self::Unavailable {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

impl From<&BytesRejection> for Trouble {
    fn from(rejection: &BytesRejection) -> Self {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE { Self::TooLarge } else { Self::Unreadable }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{Extensions, HeaderMap, Uri};
    use http_body_util::BodyExt;

    use super::*;
    use crate::shell::Look;

    #[tokio::test]
    async fn a_fault_shows_its_number_as_text() {
        let frame = Frame::new(Look::default(), &Extensions::new(), &HeaderMap::new(), &Uri::from_static("/x"));
        let response = Trouble::Broken { request_id: "<b>1</b>".into() }.page(frame.clone());
        assert_eq!(response.status(), 500);
        let page = String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap();
        assert!(page.contains("&lt;b&gt;1&lt;/b&gt;"), "{page}");
        assert_eq!(Trouble::Unavailable.page(frame).headers()[header::RETRY_AFTER], "5");
    }
}
