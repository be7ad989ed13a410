//! Security headers (SECURITY 38, 47, 48). What a handler has set stays.

use app::shell::{FormTargets, Nonce};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, Entry, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::area::Area;

const COOP: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");

/// 128 random bits for one response's scripts and styles.
pub(super) fn nonce() -> Nonce {
    let mut bytes = [0u8; 16];
    domain::Random.fill(&mut bytes);
    Nonce(URL_SAFE_NO_PAD.encode(bytes))
}

pub(super) fn secure(response: &mut Response, area: Area, nonce: Option<&Nonce>, https: bool) {
    let targets = response.extensions_mut().remove::<FormTargets>();
    let headers = response.headers_mut();
    let kind = headers.get(CONTENT_TYPE).map_or(&[][..], HeaderValue::as_bytes);
    let html = kind.starts_with(b"text/html");
    let private = html || area != Area::Page || kind.starts_with(b"application/json");

    default(headers, X_CONTENT_TYPE_OPTIONS, "nosniff");
    default(headers, CORP, "same-origin");
    if https {
        default(headers, STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains");
    }
    if private {
        default(headers, CACHE_CONTROL, "no-store");
    }
    if !html {
        default(headers, REFERRER_POLICY, "no-referrer");
        default(headers, CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
        return;
    }
    default(headers, REFERRER_POLICY, "strict-origin-when-cross-origin");
    default(headers, COOP, "same-origin");
    default(headers, PERMISSIONS, "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()");
    if let Entry::Vacant(entry) = headers.entry(CONTENT_SECURITY_POLICY)
        && let Ok(policy) =
            HeaderValue::from_str(&policy(nonce.map_or("", |nonce| &nonce.0), targets.map(|targets| targets.0)))
    {
        entry.insert(policy);
    }
}

/// The islands' loader imports the rest, which `strict-dynamic` allows; WASM needs a word of its own.
fn policy(nonce: &str, form_targets: Option<String>) -> String {
    let targets = form_targets.map(|targets| format!(" {targets}")).unwrap_or_default();
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: https:; \
         connect-src 'self'; frame-src 'self'; manifest-src 'self'; form-action 'self'{targets}; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
    )
}

fn default(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    if let Entry::Vacant(entry) = headers.entry(name) {
        entry.insert(HeaderValue::from_static(value));
    }
}
