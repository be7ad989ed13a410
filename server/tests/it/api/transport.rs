use axum::extract::Request;
use http::header;
use serde_json::json;

use super::refused;
use crate::site::{ORIGIN, Site};

db::both! {
    async fn what_is_not_there_is_an_empty_404(site: Site) {
        for path in ["/api/auth/no-such", "/api/auth/sign-in/email", "/api/auth/ok/", "/api/auth//ok", "/api/auth", "/api/auth/"] {
            let answer = site.get(path).await;
            assert_eq!((answer.status, answer.body.len()), (404, 0), "{path}");
        }
        let answer = site.json("/api/auth/ok", json!({})).await;
        assert_eq!((answer.status, answer.body.len()), (404, 0), "a wrong method");
        assert_eq!(site.get("/api/auth/ok").await.value(), json!({ "ok": true }));
    }

    async fn a_body_that_cannot_be_read_is_told_how(site: Site) {
        let post = |kind: &str| Request::post("/api/auth/sign-in/email").header(header::CONTENT_TYPE, kind).header(header::ORIGIN, ORIGIN);
        refused(&site.send(post("text/plain"), "x=1").await, 415, "UNSUPPORTED_MEDIA_TYPE");
        refused(&site.send(post("application/json"), "{nope").await, 400, "BAD_REQUEST");
        refused(&site.send(post("application/json"), "[".repeat(10_000)).await, 400, "BAD_REQUEST");
        refused(&site.send(post("application/json"), "[1]").await, 400, "VALIDATION_ERROR");
        refused(&site.send(post("application/x-www-form-urlencoded"), "email=a%40example.com&password=x").await, 401, "INVALID_EMAIL_OR_PASSWORD");
        let answer = site.send(post("application/json"), r#"{"email":7,"password":null}"#).await;
        refused(&answer, 400, "VALIDATION_ERROR");
        let message = answer.value()["message"].as_str().unwrap().to_owned();
        assert_eq!(message, "[body.email] Invalid input: expected string, received number; [body.password] Invalid input: expected string, received null");
    }

    async fn a1_no_endpoint_takes_a_foreign_redirect_target(site: Site) {
        let evil = ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/%09/evil.example", "http://localhost:3000@evil.example"];
        for target in evil {
            for (path, key, code) in [
                ("/api/auth/sign-in/email", "callbackURL", "INVALID_CALLBACK_URL"),
                ("/api/auth/request-password-reset", "redirectTo", "INVALID_REDIRECT_URL"),
                ("/api/auth/sign-in/magic-link", "errorCallbackURL", "INVALID_ERROR_CALLBACK_URL"),
                ("/api/auth/sign-in/magic-link", "newUserCallbackURL", "INVALID_NEW_USER_CALLBACK_URL"),
            ] {
                let answer = site.json(path, json!({ "email": "ada@example.com", "password": "x", key: target })).await;
                refused(&answer, 403, code);
            }
            let encoded: String = url::form_urlencoded::byte_serialize(target.as_bytes()).collect();
            for path in ["verify-email?token=abc", "magic-link/verify?token=abc", "reset-password/abc?x=1", "delete-user/callback?token=abc"] {
                let answer = site.get(&format!("/api/auth/{path}&callbackURL={encoded}")).await;
                refused(&answer, 403, "INVALID_CALLBACK_URL");
            }
        }
        assert!(site.world.mails("ada@example.com").await.is_empty());
    }

    async fn without_a_session_the_answer_is_401(site: Site) {
        for path in ["/api/auth/list-sessions", "/api/auth/list-accounts", "/api/auth/onboarding"] {
            refused(&site.get(path).await, 401, "UNAUTHORIZED");
        }
        for path in ["revoke-session", "revoke-sessions", "revoke-other-sessions", "update-user", "update-session", "change-password", "verify-password",
            "change-email", "delete-user", "unlink-account", "onboarding", "email-otp/request-email-change", "email-otp/change-email"] {
            refused(&site.json(&format!("/api/auth/{path}"), json!({})).await, 401, "UNAUTHORIZED");
        }
    }

    async fn a9_an_empty_token_is_nobody_s(site: Site) {
        for token in ["", "%20", "null", "undefined", "0"] {
            refused(&site.get(&format!("/api/auth/verify-email?token={token}")).await, 401, "INVALID_TOKEN");
            let answer = site.json("/api/auth/reset-password", json!({ "newPassword": "Tr1cky-enough", "token": token })).await;
            refused(&answer, 400, "INVALID_TOKEN");
        }
        refused(&site.json("/api/auth/reset-password", json!({ "newPassword": "Tr1cky-enough" })).await, 400, "INVALID_TOKEN");
        refused(&site.json("/api/auth/reset-password", json!({ "newPassword": "Tr1cky-enough", "token": null })).await, 400, "VALIDATION_ERROR");
    }
}
