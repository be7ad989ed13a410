use std::sync::{Arc, Mutex};

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;

/// What gives a program without cookies its session, to be sent back as `Authorization: Bearer`.
const SET_AUTH_TOKEN: HeaderName = HeaderName::from_static("set-auth-token");

/// The cookies that a response will set. The request carries it, so that whoever opens or ends a session, deep inside a server
/// function or a page, can say so.
#[derive(Clone, Default)]
pub struct Outgoing {
    pub(super) said: Arc<Mutex<Said>>,
    /// Whether the caller may bear the session in a header.
    pub(super) bearer: bool,
}

#[derive(Default)]
pub(super) struct Said {
    pub(super) cookies: Vec<HeaderValue>,
    pub(super) token: Option<HeaderValue>,
}

impl Outgoing {
    /// What is said to a caller of the API, who may also bear the session in a header (RFC 6750).
    pub fn to_bearer() -> Self {
        Self { bearer: true, ..Self::default() }
    }

    pub(super) fn push(&self, value: &str) {
        // Values are percent-encoded or made of known words.
        if let (Ok(value), Ok(mut said)) = (HeaderValue::from_str(value), self.said.lock()) {
            said.cookies.push(value);
        }
    }

    pub(super) fn token(&self, token: Option<&str>) {
        if let Ok(mut said) = self.said.lock() {
            said.token = token.filter(|_| self.bearer).and_then(|token| HeaderValue::from_str(token).ok());
        }
    }

    /// Gives the response the cookies that were set meanwhile.
    pub fn attach(&self, response: &mut Response) {
        if let Ok(mut said) = self.said.lock() {
            for cookie in said.cookies.drain(..) {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            if let Some(token) = said.token.take() {
                response.headers_mut().insert(SET_AUTH_TOKEN, token);
            }
        }
    }
}
