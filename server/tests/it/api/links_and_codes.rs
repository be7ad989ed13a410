use axum::extract::Request;
use domain::testing::PASSWORD;
use http::header;
use serde_json::json;

use super::{ecosystem, link, person, refused, sign_up};
use crate::site::Site;

db::both! {
    async fn a_program_redeems_a_link_and_a_browser_gets_a_page(site: Site) {
        site.json("/api/auth/sign-up/email", person("ada@example.com")).await;
        let link = link(&site, "ada@example.com").await;
        let navigation = Request::get(&link).header(header::ACCEPT, "text/html").header("sec-fetch-mode", "navigate");
        let answer = site.another().send(navigation, "").await;
        assert_eq!(answer.status, 302);
        assert!(answer.header("location").starts_with("/verify-email?token="), "a scanner spends nothing");
        let answer = site.get(&link).await;
        assert_eq!((answer.status, answer.header("location")), (302, "/"));
        assert_eq!(site.get("/api/auth/get-session").await.value()["user"]["emailVerified"], json!(true));
        let answer = site.get(&link).await;
        assert_eq!(answer.header("location"), "/?error=INVALID_TOKEN", "once");
        refused(&site.json("/api/auth/send-verification-email", json!({ "email": "ada@example.com" })).await, 400, "EMAIL_ALREADY_VERIFIED");
        refused(&site.json("/api/auth/send-verification-email", json!({ "email": "x@example.com" })).await, 400, "EMAIL_MISMATCH");
        assert_eq!(site.another().json("/api/auth/send-verification-email", json!({ "email": "x@example.com" })).await.value(), json!({ "status": true }));
    }

    async fn a_magic_link_signs_up_and_in(site: Site) {
        let wish = json!({ "email": "ada@example.com", "name": "Ada", "callbackURL": "/home", "newUserCallbackURL": "/hello" });
        for target in ["http://localhost:3000/hello", "http://localhost:3000/home"] {
            assert_eq!(site.json("/api/auth/sign-in/magic-link", wish.clone()).await.value(), json!({ "status": true }));
            let answer = site.get(&link(&site, "ada@example.com").await).await;
            assert_eq!((answer.status, answer.header("location")), (302, target));
        }
        let session = site.get("/api/auth/get-session").await.value();
        assert_eq!((session["user"]["name"].clone(), session["user"]["emailVerified"].clone()), (json!("Ada"), json!(true)));
        let used = site.get(&link(&site, "ada@example.com").await).await;
        assert_eq!(used.header("location"), "/home?error=INVALID_TOKEN");
        site.json("/api/auth/sign-in/magic-link", json!({ "email": "ada@example.com" })).await;
        let whole = site.another().get(&link(&site, "ada@example.com").await).await.value();
        assert_eq!(whole["session"]["token"], whole["token"]);
    }

    async fn a4_a_link_or_a_code_drops_what_a_stranger_prepared(site: Site) {
        let site = ecosystem(site);
        sign_up(&site, "ada@example.com").await;
        let owner = site.another();
        owner.json("/api/auth/sign-in/magic-link", json!({ "email": "ada@example.com" })).await;
        owner.get(&link(&site, "ada@example.com").await).await;
        assert!(site.get("/api/auth/get-session").await.value().is_null(), "the stranger is out");
        refused(&site.json("/api/auth/sign-in/email", json!({ "email": "ada@example.com", "password": PASSWORD })).await, 401, "INVALID_EMAIL_OR_PASSWORD");
        assert!(!owner.get("/api/auth/get-session").await.value().is_null());
    }

    async fn a_code_signs_in_and_its_tries_are_counted(site: Site) {
        let send = json!({ "email": "ada@example.com", "type": "sign-in" });
        site.json("/api/auth/email-otp/send-verification-otp", send.clone()).await;
        let code = site.world.code("ada@example.com").await;
        let wrong = if code == "000000" { "111111" } else { "000000" };
        for _ in 0..3 {
            refused(&site.json("/api/auth/sign-in/email-otp", json!({ "email": "ada@example.com", "otp": wrong })).await, 400, "INVALID_OTP");
        }
        refused(&site.json("/api/auth/sign-in/email-otp", json!({ "email": "ada@example.com", "otp": code })).await, 403, "TOO_MANY_ATTEMPTS");

        site.json("/api/auth/email-otp/send-verification-otp", send.clone()).await;
        let code = json!({ "email": "ada@example.com", "otp": site.world.code("ada@example.com").await });
        let answer = site.json("/api/auth/sign-in/email-otp", code.clone()).await;
        assert_eq!(answer.value()["user"]["emailVerified"], json!(true));
        refused(&site.json("/api/auth/sign-in/email-otp", code).await, 400, "INVALID_OTP");

        site.json("/api/auth/email-otp/send-verification-otp", send).await;
        site.world.wait(std::time::Duration::from_secs(301));
        let late = json!({ "email": "ada@example.com", "otp": site.world.code("ada@example.com").await });
        refused(&site.json("/api/auth/sign-in/email-otp", late).await, 400, "OTP_EXPIRED");
        refused(&site.json("/api/auth/email-otp/send-verification-otp", json!({ "email": "ada@example.com", "type": "x" })).await, 400, "INVALID_OTP_TYPE");
    }

    async fn a_reset_by_link_and_by_code(site: Site) {
        let site = ecosystem(site);
        sign_up(&site, "ada@example.com").await;
        let ask = |email: &str| json!({ "email": email, "redirectTo": "/reset" });
        let known = site.another().json("/api/auth/request-password-reset", ask("ada@example.com")).await;
        let unknown = site.another().json("/api/auth/request-password-reset", ask("nobody@example.com")).await;
        assert_eq!((known.status, known.value()), (unknown.status, unknown.value()));
        assert!(site.world.mails("nobody@example.com").await.is_empty());
        let answer = site.another().get(&link(&site, "ada@example.com").await).await;
        let token = answer.header("location").strip_prefix("/reset?token=").unwrap().to_owned();
        assert_eq!(site.get("/api/auth/reset-password/nope?callbackURL=/reset").await.header("location"), "/reset?error=INVALID_TOKEN");
        refused(&site.json("/api/auth/reset-password", json!({ "newPassword": "short", "token": token })).await, 400, "PASSWORD_TOO_SHORT");
        assert_eq!(site.json("/api/auth/reset-password", json!({ "newPassword": "Br4nd-new!", "token": token })).await.value(), json!({ "status": true }));
        refused(&site.json("/api/auth/reset-password", json!({ "newPassword": "Br4nd-new!", "token": token })).await, 400, "INVALID_TOKEN");
        assert!(site.get("/api/auth/get-session").await.value().is_null(), "every session ended");

        site.json("/api/auth/email-otp/request-password-reset", json!({ "email": "ada@example.com" })).await;
        let code = site.world.code("ada@example.com").await;
        let check = json!({ "email": "ada@example.com", "type": "forget-password", "otp": code });
        assert_eq!(site.json("/api/auth/email-otp/check-verification-otp", check).await.value(), json!({ "success": true }));
        let reset = json!({ "email": "ada@example.com", "otp": code, "password": "Once-m0re!" });
        assert_eq!(site.json("/api/auth/email-otp/reset-password", reset).await.value(), json!({ "success": true }));
        assert_eq!(site.json("/api/auth/sign-in/email", json!({ "email": "ada@example.com", "password": "Once-m0re!" })).await.status, 200);
    }
}
