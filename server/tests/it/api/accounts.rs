use std::time::Duration;

use domain::testing::PASSWORD;
use serde_json::json;

use super::{ecosystem, person, refused, sign_up};
use crate::site::Site;

db::both! {
    async fn signing_up_gives_a_user_and_where_allowed_a_session(site: Site) {
        let mut site = ecosystem(site);
        let mut whole = site.json("/api/auth/sign-up/email", json!({
            "name": "Ada", "email": "Ada@Example.com", "password": PASSWORD, "username": "Ada_L", "image": "https://x.example/a.png",
        })).await.value();
        assert_eq!(whole["token"].as_str().map(str::len), Some(32));
        whole["token"] = json!("[token]");
        whole["user"]["id"] = json!("[id]");
        insta::assert_json_snapshot!("signed_up", whole);
        let cookie = site.browser.cookie("better-auth.session_token").unwrap();
        assert!(cookie.len() > 32 + 1 + 44);
        // Anywhere else the same person waits for the mail.
        site = site.with(|settings| settings.sign_up.require_verification = true);
        let answer = site.another().json("/api/auth/sign-up/email", person("grace@example.com")).await;
        assert!(answer.value()["token"].is_null() && answer.headers.get("set-cookie").is_none());
    }

    async fn a12_a_taken_address_gets_the_answer_of_a_free_one(site: Site) {
        let shape = |mut body: serde_json::Value| {
            body["user"]["id"] = json!("[id]");
            body["user"]["email"] = json!("[email]");
            body
        };
        let first = site.json("/api/auth/sign-up/email", person("ada@example.com")).await;
        let token = site.world.link_token("ada@example.com").await;
        site.get(&format!("/api/auth/verify-email?token={}", token.expose())).await;
        let again = site.another().json("/api/auth/sign-up/email", person("ada@example.com")).await;
        assert_eq!(first.status, again.status);
        assert_eq!(shape(first.value()), shape(again.value()));
        assert_eq!(site.world.mails("ada@example.com").await[0].kind, "account-exists");
    }

    async fn every_broken_rule_is_in_the_answer(site: Site) {
        let answer = site.json("/api/auth/sign-up/email", json!({ "name": "Ada", "email": "ada@example.com", "password": "ada" })).await;
        refused(&answer, 400, "PASSWORD_TOO_SHORT");
        insta::assert_json_snapshot!("broken_rules", answer.value());
        let answer = site.json("/api/auth/sign-up/email", json!({ "name": "Ada", "email": "ada@example.com", "password": "P".repeat(129) })).await;
        refused(&answer, 400, "PASSWORD_TOO_LONG");
    }

    async fn a7_what_only_the_program_sets_is_refused(site: Site) {
        let site = ecosystem(site);
        for field in ["role", "emailVerified", "banned", "twoFactorEnabled"] {
            let mut body = person("ada@example.com");
            body[field] = json!(true);
            refused(&site.json("/api/auth/sign-up/email", body).await, 400, "FIELD_NOT_ALLOWED");
        }
        sign_up(&site, "ada@example.com").await;
        refused(&site.json("/api/auth/update-user", json!({ "emailVerified": true })).await, 400, "FIELD_NOT_ALLOWED");
        refused(&site.json("/api/auth/update-user", json!({ "email": "x@example.com" })).await, 400, "EMAIL_CAN_NOT_BE_UPDATED");
        let session = site.get("/api/auth/get-session").await.value();
        assert_eq!(session["user"]["emailVerified"], json!(false));
    }

    async fn signing_in_knows_addresses_and_user_names(site: Site) {
        let site = ecosystem(site);
        let mut body = person("ada@example.com");
        body["username"] = json!("Ada_L");
        site.json("/api/auth/sign-up/email", body).await;
        refused(&site.json("/api/auth/sign-up/email", person("ADA@example.com")).await, 422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL");

        let other = site.another();
        let answer = other.json("/api/auth/sign-in/email", json!({ "email": "ADA@EXAMPLE.COM", "password": PASSWORD, "callbackURL": "/dash" })).await;
        assert_eq!((answer.value()["redirect"].clone(), answer.value()["url"].clone(), answer.header("location")), (json!(true), json!("/dash"), "/dash"));
        let answer = other.json("/api/auth/sign-in/username", json!({ "username": "ADA_l", "password": PASSWORD })).await;
        assert_eq!(answer.value()["user"]["displayUsername"], "Ada_L");
        refused(&other.json("/api/auth/sign-in/username", json!({ "username": "ada_l", "password": "wrong" })).await, 401, "INVALID_USERNAME_OR_PASSWORD");
        for email in ["ada@example.com", "nobody@example.com"] {
            refused(&other.json("/api/auth/sign-in/email", json!({ "email": email, "password": "wrong" })).await, 401, "INVALID_EMAIL_OR_PASSWORD");
        }
        refused(&other.json("/api/auth/sign-in/email", json!({ "email": "nope", "password": "x" })).await, 400, "INVALID_EMAIL");
        assert_eq!(other.json("/api/auth/is-username-available", json!({ "username": "ada_L" })).await.value(), json!({ "available": false }));
        refused(&other.json("/api/auth/is-username-available", json!({ "username": "a" })).await, 422, "USERNAME_TOO_SHORT");
    }

    async fn an_unproved_address_is_told_only_to_who_knows_the_password(site: Site) {
        site.json("/api/auth/sign-up/email", person("ada@example.com")).await;
        refused(&site.json("/api/auth/sign-in/email", json!({ "email": "ada@example.com", "password": "wrong" })).await, 401, "INVALID_EMAIL_OR_PASSWORD");
        refused(&site.json("/api/auth/sign-in/email", json!({ "email": "ada@example.com", "password": PASSWORD })).await, 403, "EMAIL_NOT_VERIFIED");
        assert_eq!(site.world.mails("ada@example.com").await.len(), 2, "a new link is on its way");
    }

    async fn changing_the_password_can_end_the_other_sessions(site: Site) {
        let site = ecosystem(site);
        let first = sign_up(&site, "ada@example.com").await;
        let other = site.another();
        other.json("/api/auth/sign-in/email", json!({ "email": "ada@example.com", "password": PASSWORD })).await;
        let wrong = json!({ "currentPassword": "wrong", "newPassword": "An0ther-one" });
        refused(&site.json("/api/auth/change-password", wrong).await, 400, "INVALID_PASSWORD");
        let answer = site.json("/api/auth/change-password", json!({ "currentPassword": PASSWORD, "newPassword": "An0ther-one", "revokeOtherSessions": true })).await;
        assert_ne!(answer.value()["token"], first["token"], "A29: a new token");
        assert_eq!(site.get("/api/auth/get-session").await.value()["session"]["token"], answer.value()["token"]);
        assert!(other.get("/api/auth/get-session").await.value().is_null());
        refused(&other.json("/api/auth/sign-in/email", json!({ "email": "ada@example.com", "password": PASSWORD })).await, 401, "INVALID_EMAIL_OR_PASSWORD");
        let answer = site.json("/api/auth/change-password", json!({ "currentPassword": "An0ther-one", "newPassword": PASSWORD })).await;
        assert!(answer.value()["token"].is_null());
    }

    async fn the_last_way_in_stays(site: Site) {
        let site = ecosystem(site);
        let user = sign_up(&site, "ada@example.com").await;
        let accounts = site.get("/api/auth/list-accounts").await.value();
        assert_eq!((accounts[0]["providerId"].clone(), accounts[0]["accountId"].clone()), (json!("credential"), user["user"]["id"].clone()));
        assert!(accounts[0].get("password").is_none());
        refused(&site.json("/api/auth/unlink-account", json!({ "accountId": accounts[0]["id"] })).await, 400, "FAILED_TO_UNLINK_LAST_ACCOUNT");
        refused(&site.json("/api/auth/unlink-account", json!({ "accountId": "x" })).await, 400, "ACCOUNT_NOT_FOUND");
        site.world.wait(Duration::from_secs(25 * 3600));
        refused(&site.json("/api/auth/unlink-account", json!({ "accountId": accounts[0]["id"] })).await, 403, "SESSION_NOT_FRESH");
    }
}
