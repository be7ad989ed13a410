use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::Error;
use model::Refusal;
use serde_json::{Value, json};

use crate::origins::Callback;

/// What an endpoint gives.
pub type Answer = Result<Response, Failure>;

/// Why it gives nothing else: the wire's `{message, code}`.
#[derive(Debug)]
pub enum Failure {
    /// From a verb.
    Verb(Error),
    /// A status, a message and a code of the transport's own.
    Plain(StatusCode, String, &'static str),
    /// A status and a body that has more to tell.
    Body(StatusCode, Value),
}

impl Failure {
    /// 400 `VALIDATION_ERROR` with what is wrong with each field.
    pub(crate) fn validation(problems: &[String]) -> Self {
        Self::Plain(StatusCode::BAD_REQUEST, problems.join("; "), "VALIDATION_ERROR")
    }

    /// 403 with one of the codes for a redirect target that isn't trusted.
    pub(super) fn untrusted(code: &'static str, message: &str) -> Self {
        Self::Plain(StatusCode::FORBIDDEN, message.to_owned(), code)
    }

    /// The refusal, when a verb refused.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Verb(Error::Refused(refusal)) => Some(refusal),
            _ => None,
        }
    }
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Verb(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, mut body) = match &self {
            Self::Plain(status, message, code) => (*status, json!({ "message": message, "code": code })),
            Self::Body(status, body) => (*status, body.clone()),
            Self::Verb(Error::Refused(refusal)) => {
                let mut body = json!({ "message": refusal.message(), "code": refusal.code() });
                if let Refusal::Password(rules) = refusal {
                    body["rules"] = json!(rules);
                }
                (StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_REQUEST), body)
            }
            Self::Verb(error @ Error::Unavailable(_)) => {
                tracing::error!(%error, "the database is not available");
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    json!({ "message": "The service is not available just now. Try again in a few seconds.", "code": "SERVICE_UNAVAILABLE" }),
                )
            }
            Self::Verb(error @ Error::Broken(_)) => {
                tracing::error!(%error, "a request broke");
                (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    json!({ "message": "Something broke on our side.", "code": "INTERNAL_SERVER_ERROR" }),
                )
            }
        };
        if body["code"] == "NO_FIELDS_TO_UPDATE" || body["code"] == "TOO_MANY_REQUESTS" {
            // The ecosystem gives these no code.
            body = json!({ "message": body["message"] });
        }
        let mut response = (status, Json(body)).into_response();
        let wait = self.refusal().and_then(Refusal::retry_after);
        if let Some(seconds) = wait.or((status == StatusCode::SERVICE_UNAVAILABLE).then_some(5)) {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, seconds.into());
            headers.insert(HeaderName::from_static("x-retry-after"), seconds.into());
        }
        response
    }
}

/// 200 with a JSON body.
pub fn ok(body: impl serde::Serialize) -> Response {
    Json(body).into_response()
}

/// 200 with a body that is JSON already.
pub(crate) fn json_text(body: String) -> Response {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// `{"status": true}`.
pub fn status_true() -> Response {
    ok(json!({ "status": true }))
}

/// `{"success": true}`.
pub fn success_true() -> Response {
    ok(json!({ "success": true }))
}

/// 302 to an address that was checked, with one more parameter in its query.
pub fn to_callback(callback: &Callback, parameter: Option<(&str, &str)>) -> Response {
    let mut location = callback.as_str().to_owned();
    if let Some((name, value)) = parameter {
        // The fragment stays at the end.
        let fragment = location.find('#').map(|at| location.split_off(at)).unwrap_or_default();
        location.push(if location.contains('?') { '&' } else { '?' });
        location.push_str(name);
        location.push('=');
        location.extend(url::form_urlencoded::byte_serialize(value.as_bytes()));
        location.push_str(&fragment);
    }
    found(&location)
}

/// 302.
pub fn found(location: &str) -> Response {
    match HeaderValue::from_str(location) {
        Ok(location) => (StatusCode::FOUND, [(header::LOCATION, location)]).into_response(),
        // Callbacks are printable ASCII: this can't be reached with one.
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

/// The ecosystem's `{redirect, url}` with a `Location`, which its browser client follows by itself.
pub(crate) fn with_redirect(mut body: Value, callback: Option<&Callback>) -> Response {
    body["redirect"] = json!(callback.is_some());
    let Some(callback) = callback else { return ok(body) };
    body["url"] = json!(callback.as_str());
    let mut response = ok(body);
    if let Ok(location) = HeaderValue::from_str(callback.as_str()) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}
