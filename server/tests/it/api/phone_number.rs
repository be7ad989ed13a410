use domain::testing::{PASSWORD, number};
use serde_json::{Value, json};

use super::{ecosystem, person, refused, sign_up};
use crate::site::{Browser, Site};

const PHONE: &str = "+4915112345678";
const OTHER: &str = "+4915187654321";

fn texting(site: Site) -> Site {
    ecosystem(site).with(|settings| settings.two_factor.sms = true)
}

/// Asks for a code and reads it.
async fn code(site: &Site, browser: &Browser, phone: &str) -> String {
    site.world.moment();
    let answer = browser.json("/api/auth/phone-number/send-otp", json!({ "phoneNumber": phone })).await;
    assert_eq!((answer.status, answer.value()), (200, json!({ "message": "code sent" })), "{}", answer.text());
    site.world.texted_code(&number(phone)).await
}

/// Gives the first browser's user this number.
async fn add(site: &Site, phone: &str) -> Value {
    let code = code(site, &site.browser, phone).await;
    let body = json!({ "phoneNumber": phone, "code": code, "updatePhoneNumber": true });
    let answer = site.json("/api/auth/phone-number/verify", body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.value()
}

async fn user(site: &Site) -> Value {
    site.get("/api/auth/get-session").await.value()["user"].clone()
}

db::both! {
    async fn a_number_is_set_by_proving_it_and_given_up_by_null(site: Site) {
        let site = texting(site);
        let token = sign_up(&site, "ada@example.com").await["token"].clone();
        let given = add(&site, PHONE).await;
        assert_eq!((&given["status"], &given["token"]), (&json!(true), &token));
        assert_eq!((&given["user"]["phoneNumber"], &given["user"]["phoneNumberVerified"]), (&json!(PHONE), &json!(true)));
        assert_eq!(user(&site).await["phoneNumber"], json!(PHONE));
        add(&site, "+49 (0151) 1234").await;
        let other = json!({ "phoneNumber": OTHER });
        refused(&site.json("/api/auth/update-user", other).await, 400, "PHONE_NUMBER_CANNOT_BE_UPDATED");
        refused(&site.json("/api/auth/update-user", json!({ "phoneNumberVerified": true })).await, 400, "FIELD_NOT_ALLOWED");
        let gone = site.json("/api/auth/update-user", json!({ "phoneNumber": null, "name": "Ada King" })).await;
        assert_eq!(gone.value(), json!({ "status": true }));
        let user = user(&site).await;
        assert_eq!((&user["phoneNumber"], &user["phoneNumberVerified"], &user["name"]), (&json!(null), &json!(false), &json!("Ada King")));
        assert_eq!(site.json("/api/auth/update-user", json!({ "phoneNumber": null })).await.status, 200, "again changes nothing");
        let mut eve = person("eve@example.com");
        eve["phoneNumber"] = json!(PHONE);
        refused(&site.another().json("/api/auth/sign-up/email", eve).await, 400, "PHONE_NUMBER_CANNOT_BE_SET");
    }

    async fn a_number_signs_in_with_the_password_or_a_code(site: Site) {
        let site = texting(site);
        let owner = sign_up(&site, "ada@example.com").await["user"]["id"].clone();
        add(&site, PHONE).await;
        let sign_in = |phone: &str, password: &str| json!({ "phoneNumber": phone, "password": password });
        let given = site.another().json("/api/auth/sign-in/phone-number", sign_in(PHONE, PASSWORD)).await.value();
        assert_eq!(given["user"]["id"], owner);
        assert!(given["token"].is_string());
        let wrong = site.another().json("/api/auth/sign-in/phone-number", sign_in(PHONE, "Wr0ng-wrong")).await;
        refused(&wrong, 401, "INVALID_PHONE_NUMBER_OR_PASSWORD");
        let unknown = site.another().json("/api/auth/sign-in/phone-number", sign_in(OTHER, PASSWORD)).await;
        assert_eq!((wrong.status, wrong.value()), (unknown.status, unknown.value()), "a12");
        refused(&site.json("/api/auth/sign-in/phone-number", sign_in("0151", PASSWORD)).await, 400, "INVALID_PHONE_NUMBER");

        let browser = site.another();
        let body = json!({ "phoneNumber": PHONE, "code": code(&site, &browser, PHONE).await });
        let given = browser.json("/api/auth/phone-number/verify", body.clone()).await.value();
        assert_eq!((&given["status"], &given["user"]["id"]), (&json!(true), &owner));
        assert_eq!(browser.get("/api/auth/get-session").await.value()["user"]["id"], owner);
        refused(&browser.json("/api/auth/phone-number/verify", body).await, 400, "OTP_NOT_FOUND");

        let browser = site.another();
        let body = json!({ "phoneNumber": PHONE, "code": code(&site, &browser, PHONE).await, "disableSession": true });
        let given = browser.json("/api/auth/phone-number/verify", body).await.value();
        assert_eq!((&given["status"], &given["token"], &given["user"]["id"]), (&json!(true), &json!(null), &owner));
        assert!(browser.get("/api/auth/get-session").await.value().is_null());
    }

    async fn what_is_wrong_with_a_code_is_told_by_its_name(site: Site) {
        let site = texting(site);
        sign_up(&site, "ada@example.com").await;
        add(&site, PHONE).await;
        let browser = site.another();
        let verify = |code: &str| json!({ "phoneNumber": PHONE, "code": code });
        refused(&browser.json("/api/auth/phone-number/verify", verify("000000")).await, 400, "OTP_NOT_FOUND");
        let right = code(&site, &browser, PHONE).await;
        let wrong = if right == "000000" { "111111" } else { "000000" };
        for _ in 0..3 {
            refused(&browser.json("/api/auth/phone-number/verify", verify(wrong)).await, 400, "INVALID_OTP");
        }
        refused(&browser.json("/api/auth/phone-number/verify", verify(&right)).await, 403, "TOO_MANY_ATTEMPTS");
        let late = code(&site, &browser, PHONE).await;
        site.world.wait(std::time::Duration::from_secs(301));
        refused(&browser.json("/api/auth/phone-number/verify", verify(&late)).await, 400, "OTP_EXPIRED");
        let update = json!({ "phoneNumber": PHONE, "code": "000000", "updatePhoneNumber": true });
        refused(&browser.json("/api/auth/phone-number/verify", update).await, 401, "USER_NOT_FOUND");

        let eve = site.another();
        eve.json("/api/auth/sign-up/email", person("eve@example.com")).await;
        let taken = json!({ "phoneNumber": PHONE, "code": code(&site, &eve, PHONE).await, "updatePhoneNumber": true });
        refused(&eve.json("/api/auth/phone-number/verify", taken).await, 400, "PHONE_NUMBER_EXIST");
    }

    async fn a12_an_unknown_number_gets_the_same_answers_and_no_message(site: Site) {
        let site = texting(site);
        sign_up(&site, "ada@example.com").await;
        add(&site, PHONE).await;
        let mut told = Vec::new();
        for phone in [PHONE, OTHER] {
            let browser = site.another();
            let ask = json!({ "phoneNumber": phone });
            let guess = json!({ "phoneNumber": phone, "code": "nothing", "otp": "nothing", "newPassword": "Br4nd-new!" });
            let mut answers = Vec::new();
            for (path, body) in [
                ("send-otp", &ask), ("request-password-reset", &ask),
                ("verify", &guess), ("reset-password", &guess),
                ("verify", &guess), ("reset-password", &guess),
                ("verify", &guess), ("reset-password", &guess),
                ("verify", &guess), ("reset-password", &guess),
            ] {
                let answer = browser.json(&format!("/api/auth/phone-number/{path}"), body.clone()).await;
                answers.push((answer.status, answer.value()));
            }
            assert_eq!(answers[1].1, json!({ "status": true }));
            assert_eq!(answers[9].1["code"], "TOO_MANY_ATTEMPTS");
            told.push(answers);
        }
        assert_eq!(told[0], told[1]);
        assert!(site.world.texts(&number(OTHER)).await.is_empty());
    }

    async fn a_code_gives_a_new_password(site: Site) {
        let site = texting(site);
        sign_up(&site, "ada@example.com").await;
        add(&site, PHONE).await;
        site.world.moment();
        let browser = site.another();
        browser.json("/api/auth/phone-number/request-password-reset", json!({ "phoneNumber": PHONE })).await;
        let otp = site.world.texted_code(&number(PHONE)).await;
        let reset = |password: &str| json!({ "phoneNumber": PHONE, "otp": otp, "newPassword": password });
        refused(&browser.json("/api/auth/phone-number/reset-password", reset("short")).await, 400, "PASSWORD_TOO_SHORT");
        assert_eq!(browser.json("/api/auth/phone-number/reset-password", reset("Br4nd-new!")).await.value(), json!({ "status": true }));
        refused(&browser.json("/api/auth/phone-number/reset-password", reset("Br4nd-new!")).await, 400, "OTP_NOT_FOUND");
        assert!(user(&site).await.is_null(), "every session ended");
        let body = json!({ "phoneNumber": PHONE, "password": "Br4nd-new!" });
        assert_eq!(browser.json("/api/auth/sign-in/phone-number", body).await.status, 200);
    }

    async fn a21_a22_a_number_gives_no_session_before_the_second_factor(site: Site) {
        let site = texting(site);
        sign_up(&site, "ada@example.com").await;
        add(&site, PHONE).await;
        site.world.write("UPDATE users SET two_factor_enabled = true", &[]).await;
        site.world.write("INSERT INTO two_factors (user_id, mail, sms, failures, sent_failures, locks) SELECT id, true, true, 0, 0, 0 FROM users", &[]).await;
        let by_password = json!({ "phoneNumber": PHONE, "password": PASSWORD });
        let browser = site.another();
        let owed = json!({ "twoFactorRedirect": true, "twoFactorMethods": ["otp"] });
        assert_eq!(browser.json("/api/auth/sign-in/phone-number", by_password).await.value(), owed);
        assert!(browser.cookie("better-auth.session_token").is_none() && browser.cookie("better-auth.two_factor").is_some());
        let browser = site.another();
        let by_code = json!({ "phoneNumber": PHONE, "code": code(&site, &browser, PHONE).await });
        assert_eq!(browser.json("/api/auth/phone-number/verify", by_code).await.value(), owed);
        assert!(browser.cookie("better-auth.session_token").is_none() && browser.cookie("better-auth.two_factor").is_some());
        let quiet = json!({ "phoneNumber": PHONE, "code": code(&site, &browser, PHONE).await, "disableSession": true });
        let given = browser.json("/api/auth/phone-number/verify", quiet).await.value();
        assert_eq!(given, json!({ "status": true, "token": null, "user": null }), "nothing about the account either");
    }

    async fn a_site_without_text_messages_says_so(site: Site) {
        let site = ecosystem(site);
        sign_up(&site, "ada@example.com").await;
        for (browser, path) in [(&site.browser, "send-otp"), (&site.another(), "send-otp"), (&site.another(), "request-password-reset")] {
            let answer = browser.json(&format!("/api/auth/phone-number/{path}"), json!({ "phoneNumber": PHONE })).await;
            refused(&answer, 501, "SEND_OTP_NOT_IMPLEMENTED");
        }
        refused(&site.json("/api/auth/phone-number/send-otp", json!({ "phoneNumber": 7 })).await, 400, "VALIDATION_ERROR");
    }
}
