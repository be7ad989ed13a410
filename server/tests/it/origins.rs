//! Where requests may come from, and where people may be sent.

use app::origins::TrustedOrigins;
use axum::extract::Request;
use domain::testing::PASSWORD;
use http::{Method, header};
use serde_json::json;

use crate::site::{ORIGIN, Site};

const EVIL: &str = "https://evil.example";

fn sign_up(email: &str) -> serde_json::Value {
    json!({ "name": "Ada Lovelace", "email": email, "password": PASSWORD })
}

pub(crate) fn trusting(site: Site, pattern: &str) -> Site {
    site.taking(|http| {
        let base_url = url::Url::parse(ORIGIN).unwrap();
        http.origins = TrustedOrigins::new(&base_url, &[pattern.to_owned()]).unwrap();
    })
}

db::both! {
    async fn a47_another_site_signs_nobody_up_in_or_out(site: Site) {
        // Its page sends a form, text that is JSON, or JSON; with cookies or without.
        for kind in ["application/x-www-form-urlencoded", "text/plain", "application/json"] {
            for path in ["/api/auth/sign-up/email", "/api/auth/sign-in/email"] {
                let request = Request::post(path).header(header::CONTENT_TYPE, kind).header(header::ORIGIN, EVIL);
                let answer = site.send(request, sign_up("ada@example.com").to_string()).await;
                assert_eq!((answer.status, answer.code().as_str()), (403, "INVALID_ORIGIN"), "{kind} {path}");
            }
            for path in ["/api/auth/sign-out", "/api/auth/update-user", "/api/auth/delete-user"] {
                let request = Request::post(path).header(header::CONTENT_TYPE, kind).header(header::COOKIE, "better-auth.session_token=x");
                let answer = site.send(request, "{}").await;
                assert_eq!((answer.status, answer.code().as_str()), (403, "MISSING_OR_NULL_ORIGIN"), "{kind} {path}");
            }
        }
        for path in ["/sign-in", "/sign-up", "/sign-out", "/settings/delete", "/_fn/sign_in", "/no-such-page"] {
            let request = Request::post(path).header(header::ORIGIN, EVIL).header("sec-fetch-site", "cross-site").header(header::ACCEPT, "text/html");
            assert_eq!(site.send(request, "email=ada%40example.com").await.status, 403, "{path}");
        }
        assert!(site.world.mails("ada@example.com").await.is_empty(), "nobody was signed up");
    }

    async fn a47_an_image_tag_signs_nobody_out(site: Site) {
        for path in ["/sign-out", "/api/auth/sign-out"] {
            let answer = site.get(path).await;
            assert!(answer.status == 404 || answer.status == 405 || answer.status == 200, "{path} gave {}", answer.status);
            assert!(!answer.headers.contains_key(header::SET_COOKIE) && !answer.headers.contains_key("clear-site-data"), "{path}");
        }
    }

    async fn our_own_page_s_form_is_taken(site: Site) {
        site.world.user("ada@example.com").await;
        let answer = site.form("/sign-in", &[("identifier", "ada@example.com"), ("email", "ada@example.com"), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        assert!(site.browser.cookie("better-auth.session_token").is_some());
        assert_eq!(site.form("/sign-out", &[]).await.status, 303);
        assert!(site.browser.cookie("better-auth.session_token").is_none());
    }

    async fn a_foreign_form_gets_a_page_that_says_what_to_do(site: Site) {
        let request = Request::post("/sign-in").header(header::ORIGIN, EVIL).header("sec-fetch-site", "cross-site");
        let answer = site.send(request, "").await;
        assert_eq!(answer.status, 403);
        assert!(answer.header("content-type").starts_with("text/html"));
        assert!(answer.text().contains("forms are taken from this site’s own pages only"));
    }

    async fn a_trusted_origin_may_use_the_api_and_read_its_answers(site: Site) {
        let site = trusting(site, "https://*.app.example");
        let preflight = |origin: &'static str| Request::options("/api/auth/sign-in/email")
            .header(header::ORIGIN, origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type");
        let answer = site.send(preflight("https://a.app.example"), "").await;
        assert_eq!(answer.status, 204);
        assert_eq!(answer.header("access-control-allow-origin"), "https://a.app.example");
        assert_eq!(answer.header("access-control-allow-credentials"), "true");
        assert_eq!(answer.header("access-control-allow-headers"), "content-type");
        assert_eq!(answer.header("vary"), "origin");

        let request = Request::post("/api/auth/sign-in/email").header(header::ORIGIN, "https://a.app.example").header(header::CONTENT_TYPE, "application/json");
        let answer = site.send(request, json!({ "email": "a@example.com", "password": "x" }).to_string()).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.header("access-control-allow-origin"), "https://a.app.example");
        assert!(answer.header("access-control-expose-headers").contains("set-auth-token"));

        for origin in [EVIL, "null", "https://app.example", "https://a.app.example.evil.example"] {
            let answer = site.send(preflight(origin), "").await;
            assert_eq!((answer.status, answer.body.len()), (404, 0), "{origin}");
            assert!(!answer.headers.contains_key("access-control-allow-origin"), "{origin}");
        }
        let answer = site.send(Request::get("/api/auth/get-session").header(header::ORIGIN, EVIL), "").await;
        assert_eq!(answer.status, 200);
        assert!(!answer.headers.contains_key("access-control-allow-origin"));
        assert!(!site.get("/api/auth/ok").await.headers.contains_key("access-control-allow-origin"), "same-origin needs no word");
        let page = site.send(Request::get("/sign-in").header(header::ORIGIN, "https://a.app.example"), "").await;
        assert!(!page.headers.contains_key("access-control-allow-origin"), "pages are nobody else's to read");
    }

    async fn a1_a_redirect_leads_to_a_trusted_place_or_nowhere(site: Site) {
        let site = trusting(site, "https://app.example");
        let evil = [
            "//evil.example", "/\\evil.example", "\\\\evil.example", "/%09/evil.example", "/%0d%0aLocation:x", "https:evil.example", "javascript:alert(1)",
            "http://ok@evil.example", "/////evil.example", "https://evil.example", "https://app.example@evil.example", "https://app.example.evil.example",
        ];
        for target in evil {
            for (field, code) in [
                ("callbackURL", "INVALID_CALLBACK_URL"), ("errorCallbackURL", "INVALID_ERROR_CALLBACK_URL"), ("newUserCallbackURL", "INVALID_NEW_USER_CALLBACK_URL"),
            ] {
                let body = json!({ "email": "ada@example.com", field: target });
                let answer = site.json("/api/auth/sign-in/magic-link", body).await;
                assert_eq!((answer.status, answer.code().as_str()), (403, code), "{field} {target}");
            }
            let answer = site.json("/api/auth/request-password-reset", json!({ "email": "ada@example.com", "redirectTo": target })).await;
            assert_eq!((answer.status, answer.code().as_str()), (403, "INVALID_REDIRECT_URL"), "{target}");
        }
        assert!(site.world.mails("ada@example.com").await.is_empty());
        for target in ["/welcome?to=%2Fx", "https://app.example/welcome", "http://localhost:3000/x"] {
            let answer = site.json("/api/auth/sign-in/magic-link", json!({ "email": "ada@example.com", "callbackURL": target })).await;
            assert_eq!(answer.status, 200, "{target}");
        }
    }

    async fn a_link_leads_to_the_app_that_asked_for_it(site: Site) {
        let site = trusting(site, "https://*.app.example");
        let policy = async |target: &str| {
            site.world.moment();
            let wish = json!({ "email": "ada@example.com", "callbackURL": target });
            assert_eq!(site.json("/api/auth/sign-in/magic-link", wish).await.status, 200, "{target}");
            let token = site.world.link_token("ada@example.com").await;
            let target: String = url::form_urlencoded::byte_serialize(target.as_bytes()).collect();
            let page = site.get(&format!("/magic-link/verify?token={}&callbackURL={target}", token.expose())).await;
            assert_eq!(page.status, 200);
            page.header("content-security-policy").to_owned()
        };
        assert!(policy("https://one.app.example/dash?a=b").await.contains("form-action 'self' https://one.app.example; frame-ancestors"));
        assert!(policy("/dash").await.contains("form-action 'self'; frame-ancestors"));
        assert!(policy("https://a;b.app.example/").await.contains("form-action 'self'; frame-ancestors"), "no host writes directives");
        for (target, location) in [("https://one.app.example/oh?a=b", Some("https://one.app.example/oh?a=b&error=INVALID_TOKEN")), ("https://evil.example/", None)] {
            let target: String = url::form_urlencoded::byte_serialize(target.as_bytes()).collect();
            let page = site.get(&format!("/magic-link/verify?token=spentspentspentspent&errorCallbackURL={target}")).await;
            assert_eq!(page.headers.get(header::LOCATION).map(|at| at.to_str().unwrap()), location);
            assert_eq!(page.status, if location.is_some() { 302 } else { 410 });
        }
    }

    async fn a3_links_in_mails_come_from_the_configuration_only(site: Site) {
        let request = Request::post("http://evil.example/api/auth/sign-up/email")
            .header(header::HOST, "evil.example")
            .header("x-forwarded-host", "evil.example")
            .header("x-forwarded-proto", "ftp")
            .header("forwarded", "host=evil.example;proto=ftp")
            .header("x-original-host", "evil.example")
            .header(header::CONTENT_TYPE, "application/json");
        assert_eq!(site.send(request, sign_up("ada@example.com").to_string()).await.status, 200);
        for path in ["/api/auth/request-password-reset", "/api/auth/sign-in/magic-link", "/api/auth/send-verification-email"] {
            let request = Request::post(path).header(header::HOST, "evil.example").header("x-forwarded-host", "evil.example").header(header::CONTENT_TYPE, "application/json");
            site.send(request, json!({ "email": "ada@example.com" }).to_string()).await;
        }
        let mails = site.world.mails("ada@example.com").await;
        assert!(mails.len() >= 2, "{}", mails.len());
        for mail in mails {
            assert!(!mail.content.text.contains("evil") && !mail.content.html.contains("evil"), "{}", mail.content.text);
            assert!(mail.content.text.contains(ORIGIN), "{}", mail.content.text);
        }
    }

    async fn a14_a_path_that_is_almost_an_endpoint_is_none(site: Site) {
        for path in [
            "/api/auth//sign-in/email", "/api/auth/sign-in//email", "/api/auth/sign-in%2Femail", "/api/auth/sign-in/email/", "/api/auth/SIGN-IN/email",
            "/api/auth/sign-in/email;x", "/api/auth/./sign-in/email", "/api/auth/x/../sign-in/email", "/api/auth/sign-in/email%20",
            "/api/auth", "/api/auth/", "/api/", "/api/auth/no-such-endpoint",
        ] {
            for method in [Method::POST, Method::GET, Method::HEAD, Method::OPTIONS, Method::DELETE] {
                let request = Request::builder().method(method.clone()).uri(path).header(header::CONTENT_TYPE, "application/json").header(header::ORIGIN, ORIGIN);
                let answer = site.send(request, "").await;
                assert_eq!((answer.status, answer.text().as_str()), (404, ""), "{method} {path}");
            }
        }
        for (method, path) in [("GET", "/api/auth/sign-in/email"), ("POST", "/api/auth/ok"), ("TRACE", "/api/auth/ok"), ("PUT", "/api/auth/sign-in/email")] {
            let answer = site.send(Request::builder().method(method).uri(path).header(header::ORIGIN, ORIGIN), "").await;
            assert_eq!((answer.status, answer.text().as_str()), (404, ""), "{method} {path}");
            assert!(!answer.headers.contains_key(header::ALLOW));
        }
        // The strict rule of the pages holds for what merely looks like the API.
        for path in ["//api/auth/sign-in/email", "/API/auth/sign-in/email", "/%61pi/auth/sign-in/email"] {
            let answer = site.send(Request::post(path).header(header::CONTENT_TYPE, "application/json"), "{}").await;
            assert_eq!(answer.status, 403, "{path}");
        }
    }

    async fn a47_a_browser_that_does_not_say_where_a_form_comes_from_shows_its_token(site: Site) {
        site.world.user("ada@example.com").await;
        let old = site.another();
        let fields = format!("identifier=ada%40example.com&email=ada%40example.com&password={PASSWORD}");
        let post = |path: &str| Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").header(header::ACCEPT, "text/html");
        let page = old.send(Request::get("/sign-in"), "").await;
        let token = form_token(&page.text()).expect("one for who says nothing");
        assert_eq!(form_token(&site.get("/sign-in").await.text()), None, "a browser that says needs none");

        // Nothing, a guess, and what another browser was given.
        let foreign = form_token(&site.another().send(Request::get("/sign-in"), "").await.text()).unwrap();
        for token in ["", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", foreign.as_str()] {
            let answer = old.send(post("/sign-in"), format!("{fields}&form_token={token}")).await;
            assert_eq!(answer.status, 403, "{token}");
        }
        // What the browser does say weighs more.
        for (name, value) in [("origin", EVIL), ("referer", EVIL), ("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site")] {
            let answer = old.send(post("/sign-in").header(name, value), format!("{fields}&form_token={token}")).await;
            assert_eq!(answer.status, 403, "{name}: {value}");
        }
        assert_eq!(old.cookie("better-auth.session_token"), None);
        let answer = old.send(post("/sign-in").header(header::ORIGIN, "null"), format!("{fields}&form_token={token}")).await;
        assert_eq!(answer.status, 303, "{}", answer.text());

        // Signed in, the session is what it is bound to.
        let token = form_token(&old.send(Request::get("/settings"), "").await.text()).unwrap();
        assert_eq!(site.form("/sign-in", &[("identifier", "ada@example.com"), ("email", "ada@example.com"), ("password", PASSWORD)]).await.status, 303);
        assert_eq!(site.send(post("/sign-out"), format!("form_token={token}")).await.status, 403, "of another session");
        assert_eq!(old.send(post("/sign-out"), format!("form_token={token}")).await.status, 303);
        assert_eq!(old.cookie("better-auth.session_token"), None);
    }
}

/// The token in a page's forms: all of those that post hold the same.
fn form_token(page: &str) -> Option<String> {
    let tokens: Vec<_> =
        page.split("name=\"form_token\" value=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(tokens.is_empty() || tokens.len() == page.matches("method=\"post\"").count(), "{page}");
    assert!(tokens.iter().all(|token| *token == tokens[0] && token.len() == 43));
    tokens.first().map(|token| (*token).to_owned())
}
