//! What every answer carries.

use axum::extract::Request;
use http::header;

use crate::site::{Answer, Site};

/// The headers that concern security, sorted, with the nonce left out.
fn shown(answer: &Answer) -> String {
    let mut lines: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["content-length", "set-cookie", "x-request-id", "date"].contains(&name.as_str()))
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    lines.sort();
    let text = lines.join("\n");
    match text.split_once("'nonce-").and_then(|(_, rest)| rest.split_once('\'')) {
        Some((nonce, _)) => text.replace(nonce, "…"),
        None => text,
    }
}

fn nonce(answer: &Answer) -> String {
    answer.header("content-security-policy").split_once("'nonce-").unwrap().1.split('\'').next().unwrap().to_owned()
}

db::both! {
    async fn pages_and_answers_carry_their_headers(site: Site) {
        insta::assert_snapshot!("page", shown(&site.get("/sign-in").await));
        insta::assert_snapshot!("api", shown(&site.get("/api/auth/get-session").await));
        insta::assert_snapshot!("not_found", shown(&site.get("/no-such-page").await));
        let site = site.taking(|http| http.https = true);
        assert_eq!(site.get("/sign-in").await.header("strict-transport-security"), "max-age=63072000; includeSubDomains");
        assert_eq!(site.get("/api/auth/ok").await.header("strict-transport-security"), "max-age=63072000; includeSubDomains");
    }

    async fn a_nonce_is_used_once_and_no_script_is_without(site: Site) {
        let (first, second) = (site.get("/sign-in").await, site.get("/sign-in").await);
        assert_ne!(nonce(&first), nonce(&second));
        assert!(nonce(&first).len() >= 22, "128 bits");
        let page = first.text();
        let scripts = page.matches("<script").count();
        assert_eq!(page.matches(&format!("nonce=\"{}\"></script>", nonce(&first))).count(), scripts, "{page}");
        assert!(!page.contains(" onclick=") && !page.contains(" style=\""), "no inline script or style");
    }

    async fn a_request_has_a_name_that_a_stranger_can_t_choose(site: Site) {
        let answer = site.send(Request::get("/api/auth/ok").header("x-request-id", "chosen"), "").await;
        let id = answer.header("x-request-id");
        assert!(id.len() == 16 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
        let site = site.taking(|http| http.proxies = vec!["203.0.113.7/32".parse().unwrap()]);
        let answer = site.send(Request::get("/api/auth/ok").header("x-request-id", "chosen"), "").await;
        assert_eq!(answer.header("x-request-id"), "chosen");
    }

    async fn head_works_where_get_does(site: Site) {
        for path in ["/sign-in", "/api/auth/ok", "/api/auth/get-session", "/health"] {
            let answer = site.send(Request::head(path), "").await;
            assert_eq!((answer.status, answer.body.len()), (200, 0), "{path}");
            assert_eq!(answer.header("content-type"), site.get(path).await.header("content-type"), "{path}");
        }
        let trace = Request::builder().method("TRACE").uri("/sign-in").header(header::COOKIE, "secret=1");
        let answer = site.send(trace, "").await;
        assert_eq!(answer.status, 405);
        assert!(!answer.text().contains("secret=1"));
    }

    async fn health_tells_what_fails(site: Site) {
        assert_eq!(site.get("/health").await.text(), r#"{"ok":true}"#);
        let ready = site.get("/ready").await;
        assert_eq!((ready.status, ready.value()["database"].as_str()), (200, Some("ready")));
        site.stop.send(true).unwrap();
        let ready = site.get("/ready").await;
        assert_eq!((ready.status, ready.value()["server"].as_str()), (503, Some("stopping")));
        site.world.cx.db.close().await;
        // The answer of a moment ago is given again for a while.
        let noticed = async {
            while site.get("/ready").await.value()["database"] != "unavailable" {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(10), noticed).await.expect("it is noticed");
        assert_eq!(site.get("/ready").await.status, 503);
        assert_eq!(site.get("/health").await.status, 200, "it is alive all the same");
    }
}
