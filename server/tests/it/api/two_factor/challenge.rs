use axum::extract::Request;
use domain::settings::MailCodes;
use domain::testing::{MINUTE, PASSWORD};
use http::header;
use serde_json::{Value, json};

use super::{ADA, Factors, ada, call, challenged, session, set_cookie, set_up, sign_in};
use crate::api::{ecosystem, link, refused, sign_up};
use crate::site::Site;

db::both! {
    async fn a22_before_the_second_factor_there_is_its_cookie_and_no_other(site: Site) {
        let site = ecosystem(site);
        let Factors { app, .. } = ada(&site).await;
        let browser = site.another();
        let answer = sign_in(&browser).await;
        assert_eq!(answer.value(), json!({ "twoFactorRedirect": true, "twoFactorMethods": ["totp"] }));
        let cookies: Vec<_> = answer.headers.get_all(header::SET_COOKIE).iter().collect();
        assert_eq!(cookies.len(), 1, "{cookies:?}");
        assert!(set_cookie(&answer, "two_factor").ends_with("%3D; Max-Age=600; Path=/; HttpOnly; SameSite=Lax"), "{cookies:?}");
        assert_eq!((session(&browser).await, browser.cookie("better-auth.session_token")), (Value::Null, None));
        // Its token is no session's, whatever cookie it is put in.
        let signed = browser.cookie("better-auth.two_factor").unwrap();
        let forged = Request::get("/api/auth/get-session").header(header::COOKIE, format!("better-auth.session_token={signed}"));
        assert!(site.another().send(forged, "").await.value().is_null());

        let code = app.shows(site.world.cx.now(), 0);
        let answer = call(&browser, "verify-totp", json!({ "code": code })).await;
        assert_eq!(session(&browser).await["session"]["token"], answer.value()["token"]);
        assert!(set_cookie(&answer, "two_factor").starts_with("; Max-Age=0"), "the challenge's cookie goes");
        assert_eq!(set_cookie(&answer, "trust_device"), "", "nobody asked for it");
        assert!(set_cookie(&answer, "session_token").contains("Max-Age=604800"));
    }

    async fn a21_links_and_codes_are_challenged_too(site: Site) {
        let site = ecosystem(site).with(|settings| settings.two_factor.mail = MailCodes::Everyone);
        // The address isn't proved yet: its owner's own link proves it, and leads to the second factor.
        sign_up(&site, ADA).await;
        let proof = link(&site, ADA).await;
        set_up(&site).await;
        let browser = site.another();
        let answer = browser.get(&proof).await;
        assert_eq!((answer.status, answer.header("location")), (302, "http://localhost:3000/two-factor?next=%2F"));
        assert!(session(&browser).await.is_null() && browser.cookie("better-auth.two_factor").is_some());

        for target in [Some("/home"), None] {
            let mut wish = json!({ "email": ADA });
            if let Some(target) = target {
                wish["callbackURL"] = json!(target);
            }
            site.world.moment();
            site.json("/api/auth/sign-in/magic-link", wish).await;
            let (browser, followed) = (site.another(), link(&site, ADA).await);
            let answer = browser.get(&followed).await;
            match target {
                Some(_) => assert_eq!(answer.header("location"), "http://localhost:3000/two-factor?next=%2Fhome"),
                None => assert_eq!(answer.value(), json!({ "twoFactorRedirect": true, "twoFactorMethods": ["totp"] })),
            }
            assert!(session(&browser).await.is_null());
            refused(&call(&browser, "send-otp", json!({})).await, 400, "OTP_NOT_ENABLED");
        }

        site.world.moment();
        let browser = site.another();
        browser.json("/api/auth/email-otp/send-verification-otp", json!({ "email": ADA, "type": "sign-in" })).await;
        let otp = site.world.code(ADA).await;
        let answer = browser.json("/api/auth/sign-in/email-otp", json!({ "email": ADA, "otp": otp })).await;
        assert_eq!(answer.value(), json!({ "twoFactorRedirect": true, "twoFactorMethods": ["totp"] }));
        assert!(session(&browser).await.is_null());
    }

    async fn a21_proving_the_address_for_a_program_is_challenged_too(site: Site) {
        let site = ecosystem(site);
        sign_up(&site, ADA).await;
        let proof = link(&site, ADA).await;
        set_up(&site).await;
        let token = proof.split(['?', '&']).find(|part| part.starts_with("token=")).unwrap();
        let browser = site.another();
        let answer = browser.get(&format!("/api/auth/verify-email?{token}")).await.value();
        let expected = json!({ "status": true, "user": null, "twoFactorRedirect": true, "twoFactorMethods": ["totp"] });
        assert_eq!(answer, expected);
        assert!(session(&browser).await.is_null());
        site.world.write("UPDATE users SET email_verified = false WHERE email = $1", &[ADA]).await;
        site.world.moment();
        browser.json("/api/auth/email-otp/send-verification-otp", json!({ "email": ADA, "type": "email-verification" })).await;
        let otp = site.world.code(ADA).await;
        let answer = browser.json("/api/auth/email-otp/verify-email", json!({ "email": ADA, "otp": otp })).await.value();
        assert_eq!((answer["token"].clone(), answer["twoFactorRedirect"].clone()), (Value::Null, json!(true)));
        assert!(session(&browser).await.is_null());
    }

    async fn a23_a_challenge_ends_and_its_cookie_goes(site: Site) {
        let site = ecosystem(site);
        let Factors { app, backup } = ada(&site).await;
        refused(&call(&site.another(), "verify-totp", json!({ "code": "123456" })).await, 401, "INVALID_TWO_FACTOR_COOKIE");
        refused(&call(&site.another(), "send-otp", json!({})).await, 401, "INVALID_TWO_FACTOR_COOKIE");

        let browser = challenged(&site).await;
        for _ in 0..5 {
            let wrong = app.never_shows(site.world.cx.now());
            refused(&call(&browser, "verify-totp", json!({ "code": wrong })).await, 401, "INVALID_CODE");
        }
        let right = json!({ "code": app.shows(site.world.cx.now(), 0) });
        let answer = call(&browser, "verify-totp", right.clone()).await;
        refused(&answer, 400, "TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE");
        assert!(set_cookie(&answer, "two_factor").starts_with("; Max-Age=0"));
        refused(&call(&browser, "verify-totp", right.clone()).await, 401, "INVALID_TWO_FACTOR_COOKIE");

        let browser = challenged(&site).await;
        let kept = browser.cookie("better-auth.two_factor").unwrap();
        assert_eq!(call(&browser, "verify-totp", right).await.status, 200);
        let other = site.another();
        other.keep(&format!("better-auth.two_factor={kept}"));
        let answer = call(&other, "verify-backup-code", json!({ "code": backup[0] })).await;
        refused(&answer, 401, "INVALID_TWO_FACTOR_COOKIE");
        assert!(other.cookie("better-auth.two_factor").is_none(), "passed already");

        let browser = challenged(&site).await;
        site.world.wait(10 * MINUTE);
        let late = call(&browser, "verify-backup-code", json!({ "code": backup[0] })).await;
        refused(&late, 401, "INVALID_TWO_FACTOR_COOKIE");
        let browser = challenged(&site).await;
        let unsigned = browser.cookie("better-auth.two_factor").unwrap().split('.').next().unwrap().to_owned();
        browser.keep(&format!("better-auth.two_factor={unsigned}"));
        let answer = call(&browser, "verify-backup-code", json!({ "code": backup[0] })).await;
        refused(&answer, 401, "INVALID_TWO_FACTOR_COOKIE");
        assert!(session(&browser).await.is_null());
    }

    async fn a17_a_locked_account_is_locked_for_all_who_ask(site: Site) {
        let site = ecosystem(site);
        let Factors { app, backup } = ada(&site).await;
        let browser = challenged(&site).await;
        for n in 0..10 {
            let guesser = if n < 5 { &site.browser } else { &challenged(&site).await };
            let wrong = app.never_shows(site.world.cx.now());
            refused(&call(guesser, "verify-totp", json!({ "code": wrong })).await, 401, "INVALID_CODE");
        }
        let right = app.shows(site.world.cx.now(), 0);
        for asker in [&browser, &site.browser] {
            refused(&call(asker, "verify-totp", json!({ "code": right })).await, 429, "ACCOUNT_TEMPORARILY_LOCKED");
            refused(&call(asker, "verify-otp", json!({ "code": right })).await, 429, "ACCOUNT_TEMPORARILY_LOCKED");
            refused(&call(asker, "verify-backup-code", json!({ "code": backup[0] })).await, 429, "ACCOUNT_TEMPORARILY_LOCKED");
            refused(&call(asker, "send-otp", json!({})).await, 429, "ACCOUNT_TEMPORARILY_LOCKED");
        }
        assert!(browser.cookie("better-auth.two_factor").is_some(), "the challenge waits");
        assert!(!session(&site.browser).await.is_null(), "who is in stays in");
    }

    async fn codes_by_mail_are_turned_on_sent_and_taken(site: Site) {
        let site = ecosystem(site);
        sign_up(&site, ADA).await;
        let own = &site.browser;
        let wish = json!({ "password": PASSWORD, "method": "otp" });
        refused(&call(own, "enable", wish.clone()).await, 403, "EMAIL_NOT_VERIFIED");
        site.get(&link(&site, ADA).await).await;
        assert_eq!(call(own, "enable", wish.clone()).await.value(), json!({ "method": "otp" }));
        assert_eq!(session(own).await["user"]["twoFactorEnabled"], true);

        let browser = site.another();
        let owed = json!({ "twoFactorRedirect": true, "twoFactorMethods": ["otp"] });
        assert_eq!(sign_in(&browser).await.value(), owed);
        refused(&call(&browser, "verify-otp", json!({ "code": "000000" })).await, 401, "INVALID_CODE");
        assert_eq!(call(&browser, "send-otp", json!({})).await.value(), json!({ "status": true }));
        let code = site.world.code(ADA).await;
        let elsewhere = call(&challenged(&site).await, "verify-otp", json!({ "code": code })).await;
        refused(&elsewhere, 401, "INVALID_CODE");
        site.world.wait(5 * MINUTE);
        refused(&call(&browser, "verify-otp", json!({ "code": code })).await, 400, "OTP_HAS_EXPIRED");
        call(&browser, "send-otp", json!({})).await;
        let code = site.world.code(ADA).await;
        let given = call(&browser, "verify-otp", json!({ "code": code })).await.value();
        assert_eq!(session(&browser).await["session"]["token"], given["token"]);

        for _ in 0..5 {
            let guess = call(&challenged(&site).await, "verify-otp", json!({ "code": "00000x" })).await;
            refused(&guess, 401, "INVALID_CODE");
        }
        let browser = challenged(&site).await;
        let answer = call(&browser, "verify-otp", json!({ "code": "00000x" })).await;
        refused(&answer, 400, "TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE");
        assert!(browser.cookie("better-auth.two_factor").is_some(), "another factor would still pass it");

        let site = site.with(|settings| settings.two_factor.mail = MailCodes::Off);
        refused(&call(&challenged(&site).await, "send-otp", json!({})).await, 400, "OTP_NOT_CONFIGURED");
    }

    async fn a_trusted_browser_is_not_asked_for_thirty_days(site: Site) {
        let site = ecosystem(site);
        let Factors { app, .. } = ada(&site).await;
        let browser = challenged(&site).await;
        let code = app.shows(site.world.cx.now(), 0);
        let answer = call(&browser, "verify-totp", json!({ "code": code, "trustDevice": true })).await;
        let cookie = set_cookie(&answer, "trust_device");
        assert!(cookie.ends_with("; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
        let first = browser.cookie("better-auth.trust_device").unwrap();
        browser.json("/api/auth/sign-out", json!({})).await;
        let again = sign_in(&browser).await;
        assert_eq!(again.value()["user"]["email"], ADA);
        assert!(set_cookie(&again, "trust_device").contains("Max-Age=2592000"), "renewed by use");
        assert_ne!(browser.cookie("better-auth.trust_device").unwrap(), first);
        let thief = site.another();
        thief.keep(&format!("better-auth.trust_device={first}"));
        assert_eq!(sign_in(&thief).await.value()["twoFactorRedirect"], true, "the old one is spent");

        call(&site.browser, "disable", json!({ "password": PASSWORD })).await;
        set_up(&site).await;
        assert_eq!(sign_in(&browser).await.value()["twoFactorRedirect"], true, "it ended with the factors");
    }
}
