//! CORS for trusted origins, with credentials: the exact origin is echoed, never a wildcard, never `null` (SECURITY 49). The ecosystem
//! leaves this to the host application; a server of its own needs it.

use app::origins::TrustedOrigins;
use axum::body::Body;
use axum::response::Response;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, StatusCode};

/// The request's origin, if it is another one than ours and trusted.
pub(super) fn allowed(headers: &HeaderMap, origins: &TrustedOrigins) -> Option<HeaderValue> {
    let origin = headers.get(ORIGIN)?;
    let text = origin.to_str().ok()?;
    (text != origins.own() && origins.allows_origin(text)).then(|| origin.clone())
}

/// The answer to OPTIONS: 204 to a trusted origin's preflight; otherwise the wire's empty 404.
pub(super) fn preflight(headers: &HeaderMap, allowed: bool) -> Response {
    let mut response = Response::new(Body::empty());
    if !allowed || !headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
        *response.status_mut() = StatusCode::NOT_FOUND;
        return response;
    }
    *response.status_mut() = StatusCode::NO_CONTENT;
    let answer = response.headers_mut();
    answer.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    answer.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    if let Some(wanted) = headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    response
}

/// Lets the page at that origin read the response.
pub(super) fn allow(response: &mut Response, origin: Option<HeaderValue>) {
    let headers = response.headers_mut();
    // With or without an origin: a cache must not give one's answer to the other.
    headers.append(VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = origin {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        headers.insert(
            ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("set-auth-token, set-auth-jwt, x-retry-after, retry-after, x-request-id"),
        );
    }
}
