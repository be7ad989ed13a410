//! What went wrong, in the form that the caller understands: the wire's `{message, code}` in the API, a page that says what to do next
//! everywhere else.

use app::client::RequestId;
use app::problem;
use app::shell::Frame;
use axum::Json;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use super::area::Area;
use super::limits;

/// Why a request gets no ordinary answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// A cookie came without a word of where from.
    MissingOrigin,
    /// It came from a site that isn't trusted.
    InvalidOrigin,
    /// Another site's form wants to sign somebody in.
    CrossSiteNavigation,
    /// A page's form came from elsewhere.
    ForeignForm,
    /// There is nothing here.
    NotFound,
    /// A method that isn't taken here.
    Method,
    /// It can be read in two ways.
    Unreadable,
    BodyTooLarge,
    HeadersTooLarge,
    /// The body didn't come in time.
    SlowBody,
    /// The answer wasn't ready in time.
    Slow,
    /// The handler broke.
    Panic,
    /// A status without words, from the framework.
    Bare(StatusCode),
}

impl Trouble {
    fn status(self) -> StatusCode {
        match self {
            Self::MissingOrigin | Self::InvalidOrigin | Self::CrossSiteNavigation | Self::ForeignForm => {
                StatusCode::FORBIDDEN
            }
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unreadable => StatusCode::BAD_REQUEST,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::SlowBody => StatusCode::REQUEST_TIMEOUT,
            Self::Slow => StatusCode::SERVICE_UNAVAILABLE,
            Self::Panic => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Bare(status) => status,
        }
    }

    fn wire(self) -> (&'static str, &'static str) {
        match self {
            Self::MissingOrigin => ("MISSING_OR_NULL_ORIGIN", "Missing or null Origin"),
            Self::InvalidOrigin | Self::ForeignForm => ("INVALID_ORIGIN", "Invalid origin"),
            Self::CrossSiteNavigation => (
                "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED",
                "Cross-site navigation login blocked. This request appears to be a CSRF attack.",
            ),
            Self::NotFound => ("NOT_FOUND", "Not found"),
            Self::Method => ("METHOD_NOT_ALLOWED", "Method not allowed"),
            Self::Unreadable => ("BAD_REQUEST", "The request can't be read"),
            Self::BodyTooLarge => ("PAYLOAD_TOO_LARGE", "The request body is too large"),
            Self::HeadersTooLarge => ("REQUEST_HEADER_FIELDS_TOO_LARGE", "The request headers are too large"),
            Self::SlowBody => ("REQUEST_TIMEOUT", "The request took too long to arrive"),
            Self::Slow => ("SERVICE_UNAVAILABLE", "The service is not available just now. Try again in a few seconds."),
            Self::Panic => ("INTERNAL_SERVER_ERROR", "Something broke on our side."),
            Self::Bare(status) => ("BAD_REQUEST", status.canonical_reason().unwrap_or("The request was refused")),
        }
    }

    fn page(self, id: &RequestId) -> problem::Trouble {
        match self {
            Self::MissingOrigin | Self::InvalidOrigin | Self::CrossSiteNavigation | Self::ForeignForm => {
                problem::Trouble::ForeignForm
            }
            Self::NotFound => problem::Trouble::NotFound,
            Self::Method => problem::Trouble::MethodNotAllowed,
            Self::BodyTooLarge | Self::HeadersTooLarge => problem::Trouble::TooLarge,
            Self::SlowBody => problem::Trouble::TooSlow,
            Self::Slow => problem::Trouble::Unavailable,
            Self::Panic => problem::Trouble::Broken { request_id: id.0.to_string() },
            Self::Bare(status) if status.is_server_error() => problem::Trouble::Broken { request_id: id.0.to_string() },
            Self::Unreadable | Self::Bare(_) => problem::Trouble::Unreadable,
        }
    }
}

/// The answer to a request that met trouble.
pub(super) fn answer(area: Area, trouble: Trouble, frame: Option<Frame>, id: &RequestId) -> Response {
    let mut response = match (area, trouble, frame) {
        // The wire knows no 405, and its 404 has no body.
        (Area::Api, Trouble::Method | Trouble::NotFound, _) => empty(),
        (Area::Page, _, Some(frame)) => {
            let mut response = trouble.page(id).page(frame);
            *response.status_mut() = trouble.status();
            response
        }
        _ => {
            let (code, message) = trouble.wire();
            (trouble.status(), Json(json!({ "message": message, "code": code }))).into_response()
        }
    };
    if matches!(trouble, Trouble::Slow) {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
    // What of the request wasn't read would be taken for the next one.
    if matches!(trouble, Trouble::SlowBody | Trouble::Unreadable | Trouble::HeadersTooLarge) {
        limits::close(&mut response);
    }
    response
}

/// Gives a bare status of the framework's its form.
pub(super) fn in_form(area: Area, response: Response, frame: Option<Frame>, id: &RequestId) -> Response {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let kind = response.headers().get(header::CONTENT_TYPE).map_or(&[][..], HeaderValue::as_bytes);
    let trouble = match status {
        StatusCode::NOT_FOUND => Trouble::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => Trouble::Method,
        StatusCode::PAYLOAD_TOO_LARGE => Trouble::BodyTooLarge,
        other => Trouble::Bare(other),
    };
    match area {
        // With a body it is an endpoint's own answer.
        Area::Api
            if matches!(trouble, Trouble::Method | Trouble::NotFound) && !kind.starts_with(b"application/json") =>
        {
            empty()
        }
        // The framework's own rejections are plain text.
        Area::Page if kind.is_empty() || kind.starts_with(b"text/plain") => {
            let allow = response.headers().get(header::ALLOW).cloned();
            let mut page = answer(area, trouble, frame, id);
            if let Some(allow) = allow {
                page.headers_mut().insert(header::ALLOW, allow);
            }
            page
        }
        _ => response,
    }
}

fn empty() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}
