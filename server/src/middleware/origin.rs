//! Cross-site request forgery: every request that may change something says where it comes from, or is refused (SECURITY 50, A47).
//!
//! The API follows the wire: a request with a cookie needs a trusted origin, a cookieless sign-in must not come from another site's
//! page, and a program without cookies may call from anywhere. Pages and server functions are for this site's own pages only.

use app::origins::TrustedOrigins;
use axum::extract::Request;
use http::{HeaderMap, Method, header};

use super::answer::Trouble;
use super::area::Area;

/// Where a session begins without a cookie: another site could sign its visitor in to an account of its own choice.
const SIGN_INS: [&str; 4] = [
    "/api/auth/sign-in/email",
    "/api/auth/sign-up/email",
    "/api/auth/sign-in/magic-link",
    "/api/auth/email-otp/send-verification-otp",
];

pub(super) fn check(area: Area, request: &Request, origins: &TrustedOrigins) -> Result<(), Trouble> {
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let headers = request.headers();
    match area {
        // A provider's own page posts there; it is sent on to the same address, and nothing is done.
        Area::Api if *request.method() == Method::POST && is_callback(request.uri().path()) => Ok(()),
        Area::Api if headers.contains_key(header::COOKIE) => trusted(headers, origins),
        Area::Api if SIGN_INS.contains(&request.uri().path()) => sign_in(headers, origins),
        Area::Api => Ok(()),
        Area::Function | Area::Page => same_origin(headers, origins),
    }
}

fn is_callback(path: &str) -> bool {
    let provider = path.strip_prefix("/api/auth/callback/");
    provider.is_some_and(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'))
}

/// The Origin, or else the Referer, is trusted.
fn trusted(headers: &HeaderMap, origins: &TrustedOrigins) -> Result<(), Trouble> {
    let mut values = headers.get_all(header::ORIGIN).iter();
    let origin = values.next().map(|value| value.to_str().unwrap_or("invalid"));
    if values.next().is_some() {
        return Err(Trouble::InvalidOrigin);
    }
    let origin = match origin {
        // A page that sends no referrer posts with a null origin; a browser's word that it is our own page is as good.
        Some("null") if text(headers, "sec-fetch-site") == Some("same-origin") => return Ok(()),
        None | Some("") => text(headers, "referer").unwrap_or_default(),
        Some(origin) => origin,
    };
    match origin {
        "" | "null" => Err(Trouble::MissingOrigin),
        origin if origins.allows_origin(origin) => Ok(()),
        _ => Err(Trouble::InvalidOrigin),
    }
}

fn sign_in(headers: &HeaderMap, origins: &TrustedOrigins) -> Result<(), Trouble> {
    let (site, mode) = (text(headers, "sec-fetch-site"), text(headers, "sec-fetch-mode"));
    if site.is_some() || mode.is_some() || text(headers, "sec-fetch-dest").is_some() {
        if site == Some("cross-site") && mode == Some("navigate") {
            return Err(Trouble::CrossSiteNavigation);
        }
        return trusted(headers, origins);
    }
    if headers.contains_key(header::ORIGIN) || headers.contains_key(header::REFERER) {
        return trusted(headers, origins);
    }
    Ok(())
}

/// The browser says that one of our own pages sent it; a browser from before it could say so sends our Origin, or our Referer.
fn same_origin(headers: &HeaderMap, origins: &TrustedOrigins) -> Result<(), Trouble> {
    if let Some(site) = headers.get("sec-fetch-site") {
        return if site == "same-origin" { Ok(()) } else { Err(Trouble::ForeignForm) };
    }
    let own = origins.own();
    let ours = match text(headers, "origin") {
        Some(origin) => origin == own,
        None => text(headers, "referer").is_some_and(|referer| {
            referer.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        }),
    };
    if ours && headers.get_all(header::ORIGIN).iter().count() < 2 { Ok(()) } else { Err(Trouble::ForeignForm) }
}

/// Whether the browser says nothing at all of where a form comes from; then its token tells ([`app::form_token`]).
pub(super) fn is_silent(headers: &HeaderMap) -> bool {
    let origins: Vec<_> = headers.get_all(header::ORIGIN).iter().collect();
    origins.iter().all(|origin| *origin == "null")
        && origins.len() < 2
        && !headers.contains_key("sec-fetch-site")
        && !headers.contains_key(header::REFERER)
}

/// A header's text, unless it is empty.
fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("invalid").trim()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use url::Url;

    use super::*;

    /// The verdict on a request written as `METHOD path | name: value | …`.
    fn verdict(request: &str) -> Result<(), Trouble> {
        let mut parts = request.split(" | ");
        let (method, path) = parts.next().unwrap().split_once(' ').unwrap();
        let mut builder = Request::builder().method(method).uri(path);
        for line in parts {
            let (name, value) = line.split_once(": ").unwrap();
            builder = builder.header(name, value);
        }
        let origins =
            TrustedOrigins::new(&Url::parse("https://auth.example").unwrap(), &["https://app.example".to_owned()])
                .unwrap();
        check(Area::of(path), &builder.body(Body::empty()).unwrap(), &origins)
    }

    #[test]
    fn a47_the_api_follows_the_wire() {
        use Trouble::{CrossSiteNavigation, InvalidOrigin, MissingOrigin};
        let table = [
            // With a cookie: Origin, else Referer, must be trusted.
            ("POST /api/auth/sign-out | cookie: a=b | origin: https://auth.example", Ok(())),
            ("POST /api/auth/sign-out | cookie: a=b | origin: https://app.example", Ok(())),
            ("POST /api/auth/sign-out | cookie: a=b | referer: https://app.example/page?x", Ok(())),
            ("POST /api/auth/sign-out | cookie: a=b", Err(MissingOrigin)),
            ("POST /api/auth/sign-out | cookie: a=b | origin: null", Err(MissingOrigin)),
            ("POST /api/auth/sign-out | cookie: a=b | origin: null | referer: https://app.example", Err(MissingOrigin)),
            ("POST /api/auth/sign-out | cookie: a=b | origin: null | sec-fetch-site: same-origin", Ok(())),
            ("POST /api/auth/sign-out | cookie: a=b | origin: null | sec-fetch-site: cross-site", Err(MissingOrigin)),
            ("POST /api/auth/sign-out | cookie: a=b | origin: https://evil.example", Err(InvalidOrigin)),
            (
                "POST /api/auth/sign-out | cookie: a=b | origin: https://evil.example | referer: https://app.example",
                Err(InvalidOrigin),
            ),
            (
                "POST /api/auth/sign-out | cookie: a=b | origin: https://auth.example | origin: https://evil.example",
                Err(InvalidOrigin),
            ),
            (
                "POST /api/auth/sign-out | cookie: a=b | referer: https://evil.example/https://app.example",
                Err(InvalidOrigin),
            ),
            ("DELETE /api/auth/x | cookie: a=b | origin: https://evil.example", Err(InvalidOrigin)),
            ("WEIRD /api/auth/x | cookie: a=b", Err(MissingOrigin)),
            // Without one, and no sign-in: anybody.
            ("POST /api/auth/sign-out | origin: https://evil.example", Ok(())),
            ("POST /api/auth/request-password-reset", Ok(())),
            // A cookieless sign-in.
            ("POST /api/auth/sign-in/email", Ok(())),
            ("POST /api/auth/sign-in/email | origin: https://app.example", Ok(())),
            ("POST /api/auth/sign-in/email | origin: https://evil.example", Err(InvalidOrigin)),
            ("POST /api/auth/sign-in/email | referer: https://evil.example/", Err(InvalidOrigin)),
            ("POST /api/auth/sign-in/email | origin: null", Err(MissingOrigin)),
            ("POST /api/auth/sign-up/email | sec-fetch-mode: cors", Err(MissingOrigin)),
            ("POST /api/auth/sign-up/email | sec-fetch-mode: cors | origin: https://app.example", Ok(())),
            ("POST /api/auth/sign-up/email | sec-fetch-dest: empty | origin: https://evil.example", Err(InvalidOrigin)),
            (
                "POST /api/auth/sign-in/magic-link | sec-fetch-site: cross-site | sec-fetch-mode: navigate | origin: https://app.example",
                Err(CrossSiteNavigation),
            ),
            (
                "POST /api/auth/email-otp/send-verification-otp | sec-fetch-site: cross-site | sec-fetch-mode: navigate",
                Err(CrossSiteNavigation),
            ),
            ("POST /api/auth/sign-in/email | sec-fetch-site:  ", Ok(())),
            // A provider's answer as a form, which is only sent on.
            ("POST /api/auth/callback/apple | cookie: a=b | origin: https://appleid.apple.com", Ok(())),
            ("POST /api/auth/callback/apple | cookie: a=b | origin: null | sec-fetch-site: cross-site", Ok(())),
            ("DELETE /api/auth/callback/apple | cookie: a=b | origin: https://evil.example", Err(InvalidOrigin)),
            ("POST /api/auth/callback/ | cookie: a=b | origin: https://evil.example", Err(InvalidOrigin)),
            ("POST /api/auth/callback/a/b | cookie: a=b | origin: https://evil.example", Err(InvalidOrigin)),
            ("POST /api/auth/callback/..%2fsign-out | cookie: a=b | origin: https://evil.example", Err(InvalidOrigin)),
            // Reading is free.
            ("GET /api/auth/get-session | cookie: a=b | origin: https://evil.example", Ok(())),
            ("HEAD /api/auth/get-session | cookie: a=b", Ok(())),
            ("OPTIONS /api/auth/sign-out | cookie: a=b", Ok(())),
        ];
        for (request, expected) in table {
            assert_eq!(verdict(request), expected, "{request}");
        }
    }

    #[test]
    fn a47_pages_and_server_functions_are_for_our_own_pages() {
        for path in [
            "/sign-in",
            "/_fn/sign_in",
            "/settings/delete",
            "/API/auth/sign-in/email",
            "//api/auth/sign-in/email",
            "/apix",
        ] {
            let cases = [
                ("sec-fetch-site: same-origin | origin: https://auth.example", true),
                ("sec-fetch-site: same-origin | origin: null", true),
                ("origin: https://auth.example", true),
                ("referer: https://auth.example/sign-in", true),
                ("referer: https://auth.example", true),
                ("x: no word of where it comes from", false),
                ("origin: null", false),
                ("origin: https://app.example", false),
                ("origin: https://evil.example | referer: https://auth.example/", false),
                ("origin: https://auth.example | origin: https://evil.example", false),
                ("referer: https://auth.example.evil.example/", false),
                ("referer: https://auth.example@evil.example/", false),
                ("sec-fetch-site: same-site | origin: https://auth.example", false),
                ("sec-fetch-site: cross-site | origin: https://auth.example", false),
                ("sec-fetch-site: none | origin: https://auth.example", false),
                ("sec-fetch-site: | origin: https://evil.example", false),
            ];
            for (headers, allowed) in cases {
                let headers = headers.replace("site: |", "site:  |");
                assert_eq!(verdict(&format!("POST {path} | {headers}")).is_ok(), allowed, "{path} {headers}");
            }
            assert_eq!(verdict(&format!("GET {path}")), Ok(()));
        }
    }
}
