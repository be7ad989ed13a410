//! The request's name and its line in the log. No query string, no header, no token gets there (SECURITY 78).

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use app::client::RequestId;
use axum::extract::Request;
use axum::response::Response;
use http::{HeaderName, HeaderValue, Method, Uri};

/// Names requests: 16 hex digits, in no visible order and never twice in one run. They are no secret.
pub(super) struct Ids {
    seed: u64,
    count: AtomicU64,
}

impl Ids {
    pub(super) fn new() -> Self {
        let mut seed = [0u8; 8];
        domain::Random.fill(&mut seed);
        Self { seed: u64::from_be_bytes(seed), count: AtomicU64::new(0) }
    }

    pub(super) fn next(&self) -> RequestId {
        // SplitMix64: a permutation, so that no two counts give one name; asking the system for randomness costs more.
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let mut z = self.seed.wrapping_add(count.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        RequestId(format!("{:016x}", z ^ (z >> 31)).into())
    }
}

/// Tells the client the request's name.
pub(super) fn name(response: &mut Response, id: &RequestId) {
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
    }
}

/// What the log will say of a request.
pub(super) struct Entry {
    began: Instant,
    method: Method,
    uri: Uri,
}

impl Entry {
    pub(super) fn new(request: &Request) -> Self {
        Self { began: Instant::now(), method: request.method().clone(), uri: request.uri().clone() }
    }

    /// What changes something or fails is information; reading that goes well is detail.
    pub(super) fn log(self, response: &Response, client: Option<IpAddr>) {
        let status = response.status();
        let quiet = !status.is_client_error()
            && !status.is_server_error()
            && (self.method == Method::GET || self.method == Method::HEAD);
        if quiet {
            // The macro looks at its values only where somebody listens.
            tracing::debug!(target: "access", method = %self.method, path = hidden(self.uri.path()), status = status.as_u16(), ms = self.ms(), client = client.map(tracing::field::display), "request");
        } else {
            tracing::info!(target: "access", method = %self.method, path = hidden(self.uri.path()), status = status.as_u16(), ms = self.ms(), client = client.map(tracing::field::display), "request");
        }
    }

    fn ms(&self) -> f64 {
        (self.began.elapsed().as_secs_f64() * 1e6).round() / 1e3
    }
}

/// A path whose long segments, which may be tokens, are left out.
fn hidden(path: &str) -> String {
    if path.len() < 24 {
        return path.to_owned();
    }
    let segments = path.split('/').map(|segment| if segment.len() >= 24 { ":hidden" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_in_a_path_is_not_logged() {
        assert_eq!(
            hidden("/api/auth/reset-password/kD83jfnV02mfkslPqo29dkfjwhQzXyTr"),
            "/api/auth/reset-password/:hidden"
        );
        assert_eq!(hidden("/sign-in"), "/sign-in");
    }

    #[test]
    fn names_differ() {
        let ids = Ids::new();
        let names: std::collections::HashSet<_> = (0..1000).map(|_| ids.next().0).collect();
        assert_eq!(names.len(), 1000);
        assert!(names.iter().all(|name| name.len() == 16));
    }
}
