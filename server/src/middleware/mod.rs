//! What every request passes on its way in and out, in one hand-written service instead of a pile of boxed layers: the cheapest request
//! of all (is this session good?) must not pay for what it doesn't use.
//!
//! In: client address and request id; methods, headers and bodies within limits; the origin check, which denies by default. Around: a
//! time limit, and a net under panics. Out: the wire's or a page's form for what went wrong, security headers, CORS, a line in the log.

mod access;
mod answer;
mod area;
mod client;
mod cors;
mod headers;
mod limits;
mod origin;

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use app::client::ClientAddr;
use app::cookies::Outgoing;
use app::form_token::FormToken;
use app::shell::{Frame, Look, Nonce};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::response::Response;
use domain::Secret;
use futures_util::FutureExt;
use http::{HeaderValue, Method, header};
use tower::Service;
use tracing::Instrument;

pub use self::client::{Seen, look};

use self::answer::Trouble;
use self::area::Area;
use crate::settings::Http;

/// The other end of the socket; a request's extension, put there by whoever accepted the connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// Puts the guard around an application.
pub fn guard(inner: Router, http: Http, look: Look, secret: Secret) -> Router {
    Router::new()
        .fallback_service(Guard { inner, shared: Arc::new(Shared { http, look, secret, ids: access::Ids::new() }) })
}

#[derive(Clone)]
struct Guard {
    inner: Router,
    shared: Arc<Shared>,
}

struct Shared {
    http: Http,
    look: Look,
    secret: Secret,
    ids: access::Ids,
}

impl Service<Request> for Guard {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // A router always is.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let Self { inner, shared } = self.clone();
        Box::pin(async move { Ok(shared.pass(inner, request).await) })
    }
}

impl Shared {
    async fn pass(&self, inner: Router, mut request: Request) -> Response {
        let area = Area::of(request.uri().path());
        let entry = access::Entry::new(&request);
        let peer = request.extensions().get::<Peer>().map(|peer| peer.0.ip());
        let seen = client::look(peer, request.headers(), &self.http);
        let id = seen.request_id.unwrap_or_else(|| self.ids.next());
        let nonce = (area == Area::Page).then(headers::nonce);
        let origin = if area == Area::Api { cors::allowed(request.headers(), &self.http.origins) } else { None };

        let span = tracing::error_span!("request", id = %id.0);
        let extensions = request.extensions_mut();
        if let Some(address) = seen.address {
            extensions.insert(ClientAddr(address));
        }
        extensions.insert(id.clone());
        let outgoing = if area == Area::Api { Outgoing::to_bearer() } else { Outgoing::default() };
        extensions.insert(outgoing.clone());
        if let Some(nonce) = &nonce {
            extensions.insert::<Nonce>(nonce.clone());
        }
        let form_token = (area == Area::Page)
            .then(|| FormToken::of(&self.secret, self.look.secure, request.headers(), &outgoing))
            .flatten();
        if let Some(token) = &form_token {
            request.extensions_mut().insert(token.clone());
        }
        let frame = nonce
            .is_some()
            .then(|| Frame::new(self.look.clone(), request.extensions(), request.headers(), request.uri()));

        let mut admitted = self.admit(area, &request);
        if let (Err(Trouble::ForeignForm), Some(token)) = (&admitted, form_token)
            && origin::is_silent(request.headers())
        {
            (request, admitted) = self.prove(request, &token).await;
        }
        let result = match admitted {
            Err(trouble) => {
                limits::drain(request.into_body(), self.http.upload_limit);
                Err(trouble)
            }
            Ok(()) if area == Area::Api && request.method() == Method::OPTIONS => {
                Ok(cors::preflight(request.headers(), origin.is_some()))
            }
            Ok(()) => self.run(inner, request).instrument(span.clone()).await,
        };
        let mut response = match result {
            Ok(mut response) => {
                outgoing.attach(&mut response);
                answer::in_form(area, response, frame, &id)
            }
            Err(trouble) => answer::answer(area, trouble, frame, &id),
        };
        headers::secure(&mut response, area, nonce.as_ref(), self.http.https);
        access::name(&mut response, &id);
        if area == Area::Api {
            cors::allow(&mut response, origin);
        }
        span.in_scope(|| entry.log(&response, seen.address));
        response
    }

    /// What can be refused before anything is done.
    fn admit(&self, area: Area, request: &Request) -> Result<(), Trouble> {
        // TRACE would show a proxy's headers (ASVS 13.4.4); CONNECT is for proxies.
        if matches!(*request.method(), Method::TRACE | Method::CONNECT) {
            return Err(Trouble::Method);
        }
        limits::check(request, &self.http)?;
        origin::check(area, request, &self.http.origins)
    }

    /// Reads the form of a browser that doesn't say where it comes from: its token must.
    async fn prove(&self, request: Request, token: &FormToken) -> (Request, Result<(), Trouble>) {
        // Uploads aren't read for this.
        let kind = request.headers().get(header::CONTENT_TYPE).map_or(&[][..], HeaderValue::as_bytes);
        if !kind.starts_with(b"application/x-www-form-urlencoded") {
            return (request, Err(Trouble::ForeignForm));
        }
        let (parts, body) = request.into_parts();
        let read = tokio::time::timeout(self.http.request_timeout, to_bytes(body, self.http.body_limit)).await;
        let (body, proved) = match read {
            Ok(Ok(form)) if token.is_in(&form) => (Body::from(form), Ok(())),
            Ok(Ok(_)) => (Body::empty(), Err(Trouble::ForeignForm)),
            Ok(Err(_)) => (Body::empty(), Err(Trouble::BodyTooLarge)),
            Err(_) => (Body::empty(), Err(Trouble::SlowBody)),
        };
        (Request::from_parts(parts, body), proved)
    }

    async fn run(&self, mut inner: Router, request: Request) -> Result<Response, Trouble> {
        let closes = limits::closes(&request);
        let (request, body) = limits::bound(request, &self.http);
        let asking = app::client::of(request.extensions(), request.headers());
        let work = AssertUnwindSafe(asking.asks(async { inner.call(request).await })).catch_unwind();
        match tokio::time::timeout(self.http.request_timeout, work).await {
            Ok(Ok(Ok(mut response))) => {
                if closes {
                    limits::close(&mut response);
                }
                Ok(response)
            }
            Ok(Ok(Err(never))) => match never {},
            Ok(Err(_)) => Err(Trouble::Panic),
            Err(_) if body.is_some_and(|body| !body.is_read()) => Err(Trouble::SlowBody),
            Err(_) => Err(Trouble::Slow),
        }
    }
}
