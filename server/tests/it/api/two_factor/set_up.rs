use domain::testing::{AuthenticatorApp, HOUR, PASSWORD};
use http::header;
use serde_json::{Value, json};

use super::{ADA, Factors, call, challenged, session, set_cookie, set_up, sign_in, strict, texts};
use crate::api::{ecosystem, link, refused, sign_up};
use crate::site::{Browser, Site};

db::both! {
    async fn an_app_is_set_up_as_the_official_client_does_it(site: Site) {
        let site = ecosystem(site);
        let before = sign_up(&site, ADA).await["token"].clone();
        let own = &site.browser;
        refused(&call(own, "enable", json!({ "password": "wrong-password" })).await, 400, "INVALID_PASSWORD");
        refused(&call(own, "enable", json!({})).await, 400, "INVALID_PASSWORD");
        refused(&call(own, "enable", json!({ "password": 1 })).await, 400, "VALIDATION_ERROR");
        refused(&call(own, "enable", json!({ "password": PASSWORD, "method": "x" })).await, 400, "VALIDATION_ERROR");
        refused(&call(own, "get-totp-uri", json!({ "password": PASSWORD })).await, 400, "TOTP_NOT_ENABLED");
        refused(&call(own, "verify-totp", json!({ "code": "000000" })).await, 400, "TOTP_NOT_ENABLED");

        let enabled = call(own, "enable", json!({ "password": PASSWORD, "issuer": "Mine" })).await.value();
        let uri = enabled["totpURI"].as_str().unwrap();
        assert!(uri.starts_with("otpauth://totp/Mine:ada") && uri.contains("issuer=Mine"), "{uri}");
        assert_eq!((enabled["method"].clone(), texts(&enabled["backupCodes"]).len()), (json!("totp"), 10));
        assert_eq!(session(own).await["user"]["twoFactorEnabled"], false, "not before the first code");
        assert!(sign_in(&site.another()).await.value()["token"].is_string());

        let (app, now) = (AuthenticatorApp::scan(uri), site.world.cx.now());
        refused(&call(own, "verify-totp", json!({ "code": app.never_shows(now) })).await, 401, "INVALID_CODE");
        refused(&call(own, "verify-totp", json!({})).await, 400, "VALIDATION_ERROR");
        let answer = call(own, "verify-totp", json!({ "code": app.shows(now, 0) })).await;
        let given = answer.value();
        assert_eq!(given["user"]["twoFactorEnabled"], true);
        assert_eq!(session(own).await["session"]["token"], given["token"]);
        assert_ne!(given["token"], before, "a29");
        assert!(set_cookie(&answer, "session_token").starts_with(given["token"].as_str().unwrap()));
        let known = call(own, "get-totp-uri", json!({ "password": PASSWORD })).await.value();
        let again = AuthenticatorApp::scan(known["totpURI"].as_str().unwrap());
        assert_eq!(again.shows(now, 7), app.shows(now, 7), "the same secret");
        refused(&call(own, "get-totp-uri", json!({ "password": "wrong" })).await, 400, "INVALID_PASSWORD");
        refused(&call(own, "enable", json!({ "password": PASSWORD })).await, 400, "TOTP_ALREADY_ENABLED");
    }

    async fn backup_codes_are_taken_once_and_made_anew(site: Site) {
        let site = ecosystem(site);
        sign_up(&site, ADA).await;
        let wish = json!({ "password": PASSWORD });
        refused(&call(&site.browser, "generate-backup-codes", wish.clone()).await, 400, "TWO_FACTOR_NOT_ENABLED");
        refused(&call(&site.browser, "verify-backup-code", json!({ "code": "x" })).await, 400, "BACKUP_CODES_NOT_ENABLED");
        let Factors { backup, .. } = set_up(&site).await;
        let browser = challenged(&site).await;
        let given = call(&browser, "verify-backup-code", json!({ "code": backup[0] })).await.value();
        assert_eq!(session(&browser).await["session"]["token"], given["token"]);
        let browser = challenged(&site).await;
        refused(&call(&browser, "verify-backup-code", json!({ "code": backup[0] })).await, 401, "INVALID_BACKUP_CODE");

        let alone = json!({ "code": backup[1], "disableSession": true });
        let answer = call(&browser, "verify-backup-code", alone.clone()).await;
        assert_eq!((answer.value()["token"].clone(), answer.value()["user"]["email"].clone()), (Value::Null, json!(ADA)));
        assert!(session(&browser).await.is_null() && answer.headers.get(header::SET_COOKIE).is_none());
        refused(&call(&browser, "verify-backup-code", alone).await, 401, "INVALID_BACKUP_CODE");

        refused(&call(&site.browser, "generate-backup-codes", json!({ "password": "wrong" })).await, 400, "INVALID_PASSWORD");
        let made = call(&site.browser, "generate-backup-codes", wish).await.value();
        let new = texts(&made["backupCodes"]);
        assert_eq!((made["status"].clone(), new.len()), (json!(true), 10));
        let browser = challenged(&site).await;
        refused(&call(&browser, "verify-backup-code", json!({ "code": backup[2] })).await, 401, "INVALID_BACKUP_CODE");
        assert_eq!(call(&browser, "verify-backup-code", json!({ "code": new[0] })).await.status, 200);
    }

    async fn it_is_turned_off_with_the_password(site: Site) {
        let site = ecosystem(site);
        sign_up(&site, ADA).await;
        let wish = json!({ "password": PASSWORD });
        let disable = async |body| call(&site.browser, "disable", body).await;
        assert_eq!(disable(wish.clone()).await.value(), json!({ "status": true }), "nothing was on");
        set_up(&site).await;
        refused(&disable(json!({ "password": "wrong-password" })).await, 400, "INVALID_PASSWORD");
        refused(&disable(json!({})).await, 400, "INVALID_PASSWORD");
        let before = session(&site.browser).await["session"]["token"].clone();
        assert_eq!(disable(wish).await.value(), json!({ "status": true }));
        let after = session(&site.browser).await;
        assert_eq!(after["user"]["twoFactorEnabled"], false);
        assert_ne!(after["session"]["token"], before);
        assert!(sign_in(&site.another()).await.value()["token"].is_string());
    }

    async fn a24_a_password_alone_undoes_no_second_factor(site: Site) {
        let site = strict(site);
        sign_up(&site, ADA).await;
        site.world.wait(HOUR);
        let before = session(&site.browser).await["session"]["token"].clone();
        let Factors { app, .. } = set_up(&site).await;
        assert_ne!(session(&site.browser).await["session"]["token"], before, "the password made the session fresh");
        site.world.wait(HOUR);
        let wish = json!({ "password": PASSWORD });
        for endpoint in ["disable", "generate-backup-codes", "get-totp-uri", "enable"] {
            refused(&call(&site.browser, endpoint, wish.clone()).await, 403, "SESSION_NOT_FRESH");
        }
        refused(&call(&site.browser, "enable", json!({ "password": PASSWORD, "method": "otp" })).await, 403, "SESSION_NOT_FRESH");
        let answer = site.json("/api/auth/delete-user", wish.clone()).await;
        assert_ne!(answer.status, 200, "a25: {}", answer.text());
        let code = app.shows(site.world.cx.now(), 0);
        assert_eq!(call(&site.browser, "verify-totp", json!({ "code": code })).await.status, 200);
        assert_eq!(call(&site.browser, "disable", wish).await.value(), json!({ "status": true }));
    }

    async fn who_has_no_password_needs_none_in_a_fresh_session(site: Site) {
        let site = strict(site);
        let come = async |browser: &Browser| {
            site.world.moment();
            browser.json("/api/auth/sign-in/magic-link", json!({ "email": ADA })).await;
            browser.get(&link(&site, ADA).await).await
        };
        come(&site.browser).await;
        refused(&call(&site.browser, "enable", json!({ "password": PASSWORD })).await, 400, "INVALID_PASSWORD");
        assert_eq!(call(&site.browser, "enable", json!({})).await.value()["method"], "totp");
        site.world.wait(HOUR);
        refused(&call(&site.browser, "enable", json!({})).await, 403, "SESSION_NOT_FRESH");
    }

    async fn who_must_have_a_second_factor_gets_nothing_else_before(site: Site) {
        let site = ecosystem(site).with(|settings| settings.two_factor.required = domain::settings::RequiredFor::Roles);
        sign_up(&site, ADA).await;
        site.world.write("UPDATE users SET role = $1", &["admin"]).await;
        for path in ["get-session", "list-sessions", "list-accounts"] {
            refused(&site.get(&format!("/api/auth/{path}")).await, 403, "TWO_FACTOR_REQUIRED");
        }
        assert_eq!(site.get("/api/auth/multi-session/list-device-sessions").await.value(), json!([]));
        let token = site.world.row::<(String,)>("SELECT id FROM sessions").await.0;
        for (path, body) in [
            ("multi-session/set-active", json!({ "sessionToken": token })),
            ("update-user", json!({ "name": "Eve" })),
            ("change-password", json!({ "currentPassword": PASSWORD, "newPassword": "Br4nd-new-one" })),
            ("delete-user", json!({ "password": PASSWORD })),
            ("revoke-sessions", json!({})),
        ] {
            refused(&site.json(&format!("/api/auth/{path}"), body).await, 403, "TWO_FACTOR_REQUIRED");
        }
        set_up(&site).await;
        assert_eq!(session(&site.browser).await["user"]["role"], "admin");
        refused(&call(&site.browser, "disable", json!({ "password": PASSWORD })).await, 403, "TWO_FACTOR_REQUIRED");
        let other = challenged(&site).await;
        assert_eq!(other.json("/api/auth/sign-out", json!({})).await.status, 200);
    }

    async fn nothing_is_set_up_for_nobody(site: Site) {
        for endpoint in ["enable", "disable", "get-totp-uri", "generate-backup-codes"] {
            refused(&call(&site.browser, endpoint, json!({ "password": PASSWORD })).await, 401, "UNAUTHORIZED");
        }
        assert_eq!(site.get("/api/auth/two-factor/enable").await.status, 404, "and nothing by following a link");
    }
}
