//! What nobody in their right mind would send.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::Request;
use domain::testing::PASSWORD;
use http::{HeaderValue, header};
use serde_json::json;

use crate::site::{ORIGIN, Site};

fn json_post(path: &str) -> http::request::Builder {
    Request::post(path).header(header::CONTENT_TYPE, "application/json").header(header::ORIGIN, ORIGIN)
}

db::both! {
    async fn a49_what_is_too_large_is_refused_fast(site: Site) {
        let begin = Instant::now();
        let password = "x".repeat(900_000);
        let answer = site.json("/api/auth/sign-in/email", json!({ "email": "a@example.com", "password": password })).await;
        assert!((400..500).contains(&answer.status), "{}", answer.status);
        let answer = site.json("/api/auth/sign-up/email", json!({ "name": "A", "email": "a@example.com", "password": password })).await;
        assert!((400..500).contains(&answer.status), "{}", answer.status);
        let answer = site.json("/api/auth/sign-up/email", json!({ "name": "x".repeat(500_000), "email": format!("{}@x.com", "a".repeat(300_000)), "password": "x" })).await;
        assert_eq!(answer.status, 400);

        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(site.send(json_post("/api/auth/sign-in/email"), deep).await.status, 400);
        let deep = format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
        assert_eq!(site.send(json_post("/api/auth/sign-in/email"), deep).await.status, 400);

        let cookies = (0..10_000).map(|n| format!("c{n}=v")).collect::<Vec<_>>().join("; ");
        let answer = site.send(Request::get("/api/auth/get-session").header(header::COOKIE, &cookies), "").await;
        assert_eq!((answer.status, answer.code().as_str()), (431, "REQUEST_HEADER_FIELDS_TOO_LARGE"));
        let answer = site.send(Request::get("/").header(header::COOKIE, cookies), "").await;
        assert_eq!(answer.status, 431);
        assert!(answer.text().contains("That is too large"));
        let answer = site.send(Request::get("/sign-in").header(header::ACCEPT_LANGUAGE, "de;q=0.1,".repeat(10_000)), "").await;
        assert_eq!(answer.status, 431);
        let mut many = Request::get("/sign-in");
        for n in 0..200 {
            many = many.header(format!("x-{n}"), "v");
        }
        assert_eq!(site.send(many, "").await.status, 431);
        assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    }

    async fn a54_a_nul_breaks_nothing(site: Site) {
        site.world.user("ada@example.com").await;
        assert_eq!(site.json("/api/auth/sign-in/email", json!({ "email": "ada@example.com", "password": PASSWORD })).await.status, 200);
        assert_eq!(site.json("/api/auth/organization/create", json!({ "name": "Acme", "slug": "acme" })).await.status, 200);
        for path in [
            "/api/auth/organization/get-organization?organizationId=%00", "/api/auth/permissions?organizationId=a%00", "/api/auth/organization/get-invitation?id=%00",
            "/api/auth/organization/list-members?filterField=role&filterValue=%00", "/organizations/acme/members/%00", "/organizations/acme/members?search=%00", "/invitations/%00",
        ] {
            assert_eq!(site.get(path).await.status, 400, "{path}");
        }
        for (path, body) in [
            ("organization/update", json!({ "data": { "metadata": { "a": "x\u{0}y" } } })),
            ("organization/update", json!({ "data": { "metadata": { "x\u{0}y": 1 } } })),
            ("organization/invite-member", json!({ "email": "a@example.com", "role": "member", "teamId": ["\u{0}"] })),
            ("sign-in/email", json!({ "email": "a@example.com", "password": "\u{0}" })),
        ] {
            let answer = site.json(&format!("/api/auth/{path}"), body).await;
            assert_eq!((answer.status, answer.code().as_str()), (400, "VALIDATION_ERROR"), "{path}");
        }
        let form = site.form("/organizations/acme/invitations", &[("act", "cancel"), ("id", "\0")]).await;
        assert!((400..500).contains(&form.status), "{}", form.status);
        let form = site.form("/organizations/acme/invitations", &[("act", "mail"), ("addresses", "a@example.com"), ("role", "member"), ("team", "\0")]).await;
        assert!((400..500).contains(&form.status), "{}", form.status);
    }

    async fn a49_many_words_in_a_form_are_read_fast(site: Site) {
        site.world.user("ada@example.com").await;
        assert_eq!(site.json("/api/auth/sign-in/email", json!({ "email": "ada@example.com", "password": PASSWORD })).await.status, 200);
        assert_eq!(site.json("/api/auth/organization/create", json!({ "name": "Acme", "slug": "acme" })).await.status, 200);
        let words: String = (0..140_000).map(|n| format!("{n:x}:a ")).collect();
        let begin = Instant::now();
        let answer = site.form("/organizations/acme/roles/new", &[("name", "x"), ("patterns", &words)]).await;
        assert!((400..500).contains(&answer.status), "{}", answer.status);
        let answer = site.form("/organizations/acme/invitations", &[("act", "mail"), ("addresses", &words), ("role", "member")]).await;
        assert!((400..500).contains(&answer.status), "{}", answer.status);
        assert!(begin.elapsed() < Duration::from_secs(10), "{:?}: comparing each with each takes minutes", begin.elapsed());
    }

    async fn a49_a_body_over_the_limit_is_refused_in_the_caller_s_form(site: Site) {
        let large = "x".repeat(1024 * 1024 + 1);
        let answer = site.send(json_post("/api/auth/sign-in/email").header(header::CONTENT_LENGTH, large.len()), large.clone()).await;
        assert_eq!((answer.status, answer.code().as_str()), (413, "PAYLOAD_TOO_LARGE"));
        // Without a length it is cut off while it is read.
        let chunks = futures_util::stream::iter((0..20).map(|_| Ok::<_, std::io::Error>(vec![b'x'; 100 * 1024])));
        let answer = site.send(json_post("/api/auth/sign-in/email"), Body::from_stream(chunks)).await;
        assert_eq!((answer.status, answer.code().as_str()), (413, "PAYLOAD_TOO_LARGE"));
        let form = Request::post("/sign-in")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_LENGTH, large.len());
        let answer = site.send(form, large).await;
        assert_eq!(answer.status, 413);
        assert!(answer.text().contains("That is too large"));
    }

    async fn a54_malformed_headers_paths_and_bodies_are_no_fault_of_ours(site: Site) {
        let bad: [&[u8]; 8] = [b"", b"=", b";;;", b"better-auth.session_token", b"better-auth.session_token=%", b"better-auth.session_token=%ff%fe.x", b"\xff\xfe=\xff", b"better-auth.session_token=.."];
        for cookie in bad {
            let answer = site.send(Request::get("/api/auth/get-session").header(header::COOKIE, HeaderValue::from_bytes(cookie).unwrap()), "").await;
            assert_eq!((answer.status, answer.text().as_str()), (200, "null"), "{cookie:?}");
            let page = site.send(Request::get("/sign-in").header(header::COOKIE, HeaderValue::from_bytes(cookie).unwrap()), "").await;
            assert_eq!(page.status, 200, "{cookie:?}");
        }
        for authorization in [&b"Bearer"[..], b"Bearer ", b"Basic !!!", b"\xff\xff", b"Bearer \xff", b"Digest x"] {
            let answer = site.send(Request::get("/api/auth/get-session").header(header::AUTHORIZATION, HeaderValue::from_bytes(authorization).unwrap()), "").await;
            assert_eq!((answer.status, answer.text().as_str()), (200, "null"), "{authorization:?}");
        }
        for path in ["/%", "/%zz", "/%ff%fe", "/sign-in?%", "/sign-in?next=%ff", "/api/auth/reset-password/%ff?callbackURL=/", "/api/auth/verify-email?token=%ff", "/api/auth/verify-email?token=%"] {
            let answer = site.get(path).await;
            assert!(answer.status < 500, "{path} gave {}", answer.status);
        }
        let bodies: [&[u8]; 9] = [b"{", b"null", b"[]", b"\"x\"", b"\xff\xfe", b"{\"email\":\"\xff\"}", b"{\"email\":1e400}", b"{}{}", b"\x00"];
        for body in bodies {
            let answer = site.send(json_post("/api/auth/sign-in/email"), body.to_vec()).await;
            assert_eq!(answer.status, 400, "{body:?}: {}", answer.text());
            let form = Request::post("/sign-in").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").header("sec-fetch-site", "same-origin");
            let answer = site.send(form, body.to_vec()).await;
            assert!((400..500).contains(&answer.status), "{body:?} gave {}", answer.status);
        }
        for origin in [&b"\xff"[..], b"http://", b"://", b"http://[::1", b"%00"] {
            let request = Request::post("/api/auth/sign-out").header(header::ORIGIN, HeaderValue::from_bytes(origin).unwrap()).header(header::COOKIE, "a=b");
            assert_eq!(site.send(request, "").await.status, 403, "{origin:?}");
        }
    }
}
