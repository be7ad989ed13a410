//! How large and how slow a request may be (SECURITY 55, 59, A49, A51).

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{DefaultBodyLimit, Request};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};
use http_body_util::{BodyExt, Limited};
use hyper::body::{Frame, SizeHint};

use super::answer::Trouble;
use crate::settings::Http;

/// Nobody needs more; browsers send about twenty.
const MOST_HEADERS: usize = 100;
/// How long the rest of a refused body is read, so that the answer isn't lost in a broken connection.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) fn check(request: &Request, http: &Http) -> Result<(), Trouble> {
    let headers = request.headers();
    let size = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum::<usize>()
        + request.uri().path().len()
        + request.uri().query().map_or(0, str::len);
    if headers.len() > MOST_HEADERS || size > http.header_limit {
        return Err(Trouble::HeadersTooLarge);
    }
    // No database keeps a NUL in a text, and nobody means one.
    if request.uri().path_and_query().is_some_and(|target| target.as_str().contains("%00")) {
        return Err(Trouble::Unreadable);
    }
    // Two lengths are two readings: a proxy in front may take the other one (RFC 9112, 6.1).
    if headers.contains_key(header::TRANSFER_ENCODING) && headers.contains_key(header::CONTENT_LENGTH) {
        return Err(Trouble::Unreadable);
    }
    match headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok()) {
        Some(length) if length > limit(headers, http) as u64 => Err(Trouble::BodyTooLarge),
        _ => Ok(()),
    }
}

/// Only uploads come as multipart.
fn limit(headers: &HeaderMap, http: &Http) -> usize {
    let kind = headers.get(header::CONTENT_TYPE).map_or(&[][..], HeaderValue::as_bytes);
    if kind.get(..10).is_some_and(|head| head.eq_ignore_ascii_case(b"multipart/")) {
        http.upload_limit
    } else {
        http.body_limit
    }
}

/// Whether the connection must end with this request: a chunked body is where two readers may disagree about its end.
pub(super) fn closes(request: &Request) -> bool {
    request.headers().contains_key(header::TRANSFER_ENCODING)
}

/// Ends the connection after this response.
pub(super) fn close(response: &mut Response) {
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
}

/// Whether a body was read to its end.
pub(super) struct Progress(Arc<AtomicBool>);

impl Progress {
    pub(super) fn is_read(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Cuts the body off at its limit. A request without one stays as it is.
pub(super) fn bound(request: Request, http: &Http) -> (Request, Option<Progress>) {
    if request.body().is_end_stream() {
        return (request, None);
    }
    let limit = limit(request.headers(), http);
    let read = Arc::new(AtomicBool::new(false));
    let mut request =
        request.map(|body| Body::new(Watched { body: Limited::new(body, limit), read: Arc::clone(&read) }));
    // This limit stands in for the framework's own.
    DefaultBodyLimit::disable().apply(&mut request);
    (request, Some(Progress(read)))
}

struct Watched {
    body: Limited<Body>,
    read: Arc<AtomicBool>,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if matches!(polled, Poll::Ready(None)) || self.body.is_end_stream() {
            self.read.store(true, Ordering::Relaxed);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Reads on for a while what nobody wants: a client that is still sending when the connection closes doesn't get the answer.
pub(super) fn drain(body: Body, most: usize) {
    if body.is_end_stream() {
        return;
    }
    tokio::spawn(tokio::time::timeout(PATIENCE, async move {
        let mut body = Limited::new(body, most);
        while let Some(Ok(_)) = body.frame().await {}
    }));
}
