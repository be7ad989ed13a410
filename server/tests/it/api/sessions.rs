use std::time::Duration;

use axum::extract::Request;
use domain::testing::PASSWORD;
use http::header;
use serde_json::json;

use super::{ecosystem, refused, sign_up};
use crate::site::Site;

const DAY: Duration = Duration::from_secs(24 * 3600);

db::both! {
    async fn a_session_has_the_wire_s_shape(site: Site) {
        let site = ecosystem(site);
        let token = sign_up(&site, "ada@example.com").await["token"].clone();
        let answer = site.get("/api/auth/get-session").await;
        assert_eq!(answer.header("cache-control"), "no-store");
        let mut whole = answer.value();
        assert_eq!(whole["session"]["token"], token);
        for (part, key) in [("session", "id"), ("session", "token"), ("session", "userId"), ("user", "id")] {
            whole[part][key] = json!("[opaque]");
        }
        insta::assert_json_snapshot!("session", whole);
    }

    async fn the_cookie_is_the_wire_s(site: Site) {
        let site = ecosystem(site);
        let credentials = |remember| json!({ "email": "ada@example.com", "password": PASSWORD, "rememberMe": remember });
        sign_up(&site, "ada@example.com").await;
        let answer = site.another().json("/api/auth/sign-in/email", credentials(true)).await;
        let cookie = answer.header("set-cookie");
        assert!(cookie.starts_with("better-auth.session_token=") && cookie.ends_with("; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
        let other = site.another();
        let answer = other.json("/api/auth/sign-in/email", credentials(false)).await;
        let cookie = answer.header("set-cookie");
        assert!(cookie.ends_with("%3D; Path=/; HttpOnly; SameSite=Lax"), "ends with the browser: {cookie}");
        assert!(other.cookie("better-auth.dont_remember").is_some());
        site.world.wait(DAY - Duration::from_secs(60));
        assert!(!other.get("/api/auth/get-session").await.value().is_null());
        site.world.wait(Duration::from_secs(60));
        assert!(other.get("/api/auth/get-session").await.value().is_null(), "over after a day, whatever was done with it");
    }

    async fn a_session_in_use_is_renewed_once_a_day(site: Site) {
        let site = ecosystem(site);
        sign_up(&site, "ada@example.com").await;
        let before = site.get("/api/auth/get-session").await;
        assert!(before.headers.get(header::SET_COOKIE).is_none());
        site.world.wait(DAY);
        let after = site.get("/api/auth/get-session").await;
        assert!(after.header("set-cookie").contains("Max-Age=604800"), "the cookie lasts as long as the session again");
        assert_ne!(before.value()["session"]["expiresAt"], after.value()["session"]["expiresAt"]);
        assert!(site.get("/api/auth/get-session").await.headers.get(header::SET_COOKIE).is_none());
        for _ in 0..10 {
            site.world.wait(5 * DAY);
            assert!(!site.get("/api/auth/get-session").await.value().is_null());
        }
        site.world.wait(7 * DAY);
        let answer = site.get("/api/auth/get-session").await;
        assert!(answer.value().is_null() && answer.header("set-cookie").contains("session_token=; Max-Age=0"));
    }

    async fn a32_a_cookie_that_we_did_not_sign_is_nobody_s(site: Site) {
        let site = ecosystem(site);
        let token = sign_up(&site, "ada@example.com").await["token"].as_str().unwrap().to_owned();
        let good = site.browser.cookie("better-auth.session_token").unwrap();
        for cookie in [token.clone(), format!("{token}."), format!("{token}.AAAA"), good.replace(&token[..4], "AAAA"), good[..good.len() - 4].to_owned(), "%FF".to_owned()] {
            let request = Request::get("/api/auth/get-session").header(header::COOKIE, format!("better-auth.session_token={cookie}"));
            let answer = site.send(request, "").await;
            assert_eq!((answer.status, answer.value()), (200, json!(null)), "{cookie}");
        }
    }

    async fn sessions_are_listed_and_ended(site: Site) {
        let site = ecosystem(site);
        let own = sign_up(&site, "ada@example.com").await["token"].clone();
        let (second, third) = (site.another(), site.another());
        let mut tokens = Vec::new();
        for browser in [&second, &third] {
            let answer = browser.json("/api/auth/sign-in/email", json!({ "email": "ada@example.com", "password": PASSWORD })).await;
            tokens.push(answer.value()["token"].clone());
        }
        let list = site.get("/api/auth/list-sessions").await.value();
        let listed: Vec<_> = list.as_array().unwrap().iter().map(|session| session["token"].clone()).collect();
        assert_eq!(listed.len(), 3);
        assert!(listed.contains(&own) && !listed.contains(&tokens[0]) && !listed.contains(&tokens[1]), "other devices' tokens are nobody's to read");

        // By the handle in the list, and by the token itself.
        let handle = list.as_array().unwrap().iter().find(|session| session["token"] != own).unwrap()["token"].clone();
        assert_eq!(site.json("/api/auth/revoke-session", json!({ "token": handle })).await.value(), json!({ "status": true }));
        assert_eq!(site.get("/api/auth/list-sessions").await.value().as_array().unwrap().len(), 2);
        for token in &tokens {
            site.json("/api/auth/revoke-session", json!({ "token": token })).await;
        }
        assert!(second.get("/api/auth/get-session").await.value().is_null() && third.get("/api/auth/get-session").await.value().is_null());

        let stranger = site.another();
        let other = stranger.json("/api/auth/sign-up/email", crate::api::person("grace@example.com")).await.value();
        assert_eq!(site.json("/api/auth/revoke-session", json!({ "token": other["token"] })).await.value(), json!({ "status": true }), "not told");
        assert!(!stranger.get("/api/auth/get-session").await.value().is_null(), "and not done");
    }

    async fn a_program_bears_its_session_in_a_header(site: Site) {
        let site = ecosystem(site);
        sign_up(&site, "ada@example.com").await;
        let signed_in = site.json("/api/auth/sign-in/email", json!({ "email": "ada@example.com", "password": PASSWORD })).await;
        let (signed, bare) = (signed_in.header("set-auth-token").to_owned(), signed_in.value()["token"].as_str().unwrap().to_owned());
        assert!(signed.starts_with(&format!("{bare}.")), "{signed}");
        let encoded = site.browser.cookie("better-auth.session_token").unwrap();
        let program = site.another();
        let bearing = |path: &str, token: &str| Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
        for token in [&signed, &bare, &encoded] {
            let answer = program.send(bearing("/api/auth/get-session", token), "").await;
            assert_eq!(answer.value()["user"]["email"], "ada@example.com", "{token}");
            assert_eq!(program.send(bearing("/settings", token), "").await.status, 303, "pages are for browsers");
        }
        let forged = signed.replace(&bare, &"x".repeat(bare.len()));
        for token in [forged.as_str(), &signed[..signed.len() - 3], "x", ""] {
            assert!(program.send(bearing("/api/auth/get-session", token), "").await.value().is_null(), "a32: {token}");
            assert_eq!(site.send(bearing("/api/auth/get-session", token), "").await.value()["user"]["email"], "ada@example.com", "the cookie counts");
        }
        let page = site.another().form("/sign-in", &[("email", "ada@example.com"), ("password", PASSWORD)]).await;
        assert_eq!((page.status, page.header("set-auth-token")), (303, ""), "no page's script gets it");

        let out = Request::post("/api/auth/sign-out").header(header::AUTHORIZATION, format!("Bearer {signed}"));
        // A program keeps no cookies.
        let answer = site.another().send(out.header(header::CONTENT_TYPE, "application/json"), "{}").await;
        assert_eq!((answer.status, answer.header("set-auth-token")), (200, ""));
        assert!(program.send(bearing("/api/auth/get-session", &signed), "").await.value().is_null());
    }

    async fn where_the_operator_wants_it_only_the_cookie_counts(site: Site) {
        let site = ecosystem(site).with(|settings| settings.session.bearer = false);
        sign_up(&site, "ada@example.com").await;
        let signed_in = site.json("/api/auth/sign-in/email", json!({ "email": "ada@example.com", "password": PASSWORD })).await;
        assert_eq!(signed_in.header("set-auth-token"), "");
        let token = signed_in.value()["token"].as_str().unwrap().to_owned();
        let request = Request::get("/api/auth/get-session").header(header::AUTHORIZATION, format!("Bearer {token}"));
        assert!(site.another().send(request, "").await.value().is_null());
    }

    async fn signing_out_ends_the_session_for_good(site: Site) {
        let site = ecosystem(site);
        sign_up(&site, "ada@example.com").await;
        let stolen = site.browser.cookie("better-auth.session_token").unwrap();
        let answer = site.json("/api/auth/sign-out", json!({})).await;
        assert_eq!(answer.value(), json!({ "success": true }));
        assert!(answer.header("clear-site-data").contains("cache"));
        assert!(site.browser.cookie("better-auth.session_token").is_none());
        let request = Request::get("/api/auth/get-session").header(header::COOKIE, format!("better-auth.session_token={stolen}"));
        assert!(site.send(request, "").await.value().is_null());
        assert_eq!(site.json("/api/auth/sign-out", json!({})).await.value(), json!({ "success": true }), "never fails");
    }

    async fn a_session_is_fresh_for_ten_minutes(site: Site) {
        let site = ecosystem(site).with(|settings| settings.session.fresh_for = Duration::from_secs(600));
        sign_up(&site, "ada@example.com").await;
        assert_eq!(site.get("/api/auth/list-sessions").await.status, 200);
        site.world.wait(Duration::from_secs(600));
        refused(&site.get("/api/auth/list-sessions").await, 403, "SESSION_NOT_FRESH");
        refused(&site.json("/api/auth/change-email", json!({ "newEmail": "x@example.com" })).await, 403, "SESSION_NOT_FRESH");
        refused(&site.json("/api/auth/delete-user", json!({})).await, 400, "SESSION_EXPIRED");
        refused(&site.json("/api/auth/delete-user", json!({ "password": "wrong" })).await, 400, "INVALID_PASSWORD");
        assert_eq!(site.json("/api/auth/delete-user", json!({ "password": PASSWORD })).await.value()["message"], "Verification email sent");
        refused(&site.json("/api/auth/verify-password", json!({ "password": "wrong" })).await, 400, "INVALID_PASSWORD");
        assert_eq!(site.json("/api/auth/verify-password", json!({ "password": PASSWORD })).await.value(), json!({ "status": true }));
        refused(&site.json("/api/auth/get-session", json!({})).await, 405, "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED");
        assert_eq!(site.json("/api/auth/update-session", json!({ "theme": "x" })).await.value(), json!({ "message": "No fields to update" }));
    }
}
