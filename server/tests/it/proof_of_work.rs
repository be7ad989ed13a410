//! What must be paid for while somebody attacks, at the doors that people and programs use.

use axum::body::Body;
use axum::extract::Request;
use domain::limit::Rate;
use domain::proof_of_work::Mode;
use domain::testing::{PASSWORD, SECOND, solved};
use http::header;
use serde_json::{Value, json};

use crate::pages_settings::{STALE, member};
use crate::site::{Answer, Browser, ORIGIN, Site};

const ADA: &str = "ada@example.com";
const SIGN_IN: &str = "/api/auth/sign-in/email";

fn asking(site: Site, mode: Mode) -> Site {
    site.with(|settings| {
        settings.proof_of_work.mode = mode;
        settings.proof_of_work.attack = "3/1m".parse::<Rate>().unwrap();
        settings.proof_of_work.effort = 1000;
    })
}

async fn solution(browser: &Browser) -> String {
    let answer = browser.get("/api/auth/proof-of-work").await;
    assert_eq!(answer.status, 200);
    solved(serde_json::from_value(answer.value()).unwrap())
}

async fn by_api(browser: &Browser, solution: Option<&str>) -> Answer {
    let mut request =
        Request::post(SIGN_IN).header(header::CONTENT_TYPE, "application/json").header(header::ORIGIN, ORIGIN);
    if let Some(solution) = solution {
        request = request.header("x-captcha-response", solution);
    }
    browser.send(request, Body::from(json!({ "email": ADA, "password": PASSWORD }).to_string())).await
}

async fn by_form(browser: &Browser) -> Answer {
    browser.form("/sign-in", &[("email", ADA), ("password", PASSWORD)]).await
}

async fn by_island(browser: &Browser) -> Value {
    let answer = browser
        .json(
            "/_fn/sign-in",
            json!({ "name": ADA, "password": PASSWORD, "remember": true, "next": "", "offer": false }),
        )
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.value()
}

db::both! {
    async fn a_program_is_told_what_is_missing_and_pays_with_altcha_s_answer_once(site: Site) {
        site.world.user(ADA).await;
        let site = asking(site, Mode::Always);
        let missing = by_api(&site.browser, None).await;
        assert_eq!((missing.status, missing.value()), (400, json!({ "message": "Missing CAPTCHA response", "code": "MISSING_RESPONSE" })));
        assert!(missing.headers.get("retry-after").is_none(), "to wait doesn't help a program");
        let solution = solution(&site.browser).await;
        assert_eq!(by_api(&site.browser, Some(&solution)).await.status, 200);
        let again = by_api(&site.another(), Some(&solution)).await;
        assert_eq!((again.status, again.code().as_str()), (403, "VERIFICATION_FAILED"));
        for hostile in ["", "e30=", "%", &"A".repeat(20_000)] {
            assert_eq!(by_api(&site.another(), Some(hostile)).await.status, 403, "{hostile:.20}");
        }
    }

    async fn script_is_given_the_challenge_and_brings_the_solution_in_a_cookie(site: Site) {
        site.world.user(ADA).await;
        let site = asking(site, Mode::Always);
        let told = by_island(&site.browser).await;
        let solution = solved(serde_json::from_value(told["Prove"].clone()).unwrap());
        site.browser.keep(&format!("latchkey.proof={solution}; Path=/"));
        assert_eq!(by_island(&site.browser).await, json!({ "Go": "/onboarding" }));
        assert!(by_island(&site.browser).await["Prove"].is_object(), "it is good once");
    }

    async fn without_script_the_time_on_the_page_pays(site: Site) {
        site.world.user(ADA).await;
        let site = asking(site, Mode::Always);
        assert!(site.get("/").await.headers.get(header::SET_COOKIE).is_none(), "only who is asked gets a ticket");
        site.get("/sign-in").await;
        let ticket = site.browser.cookie("better-auth.ticket").unwrap();
        let early = by_form(&site.browser).await;
        assert_eq!((early.status, early.header("retry-after")), (400, "20"));
        let page = early.text();
        assert!(page.contains("Very many are trying to get in just now. Send this again in 20 seconds."), "{page}");
        assert!(page.contains(r#"value="ada@example.com""#), "the form is filled in");
        assert_eq!(site.browser.cookie("better-auth.ticket").unwrap(), ticket, "the wait isn't begun anew");
        site.world.wait(21 * SECOND);
        let wrong = site.form("/sign-in", &[("email", ADA), ("password", "Wr0ng-enough")]).await;
        assert_eq!(wrong.status, 401);
        assert_ne!(site.browser.cookie("better-auth.ticket").unwrap(), ticket, "there is one for the next try");
        site.world.wait(21 * SECOND);
        assert_eq!(by_form(&site.browser).await.header("location"), "/onboarding");
    }

    async fn every_door_that_guesses_sends_or_makes_accounts_asks_before_it_counts_and_no_other(site: Site) {
        site.world.user(ADA).await;
        let site = asking(site, Mode::Always).with(|settings| {
            settings.rate_limit.enabled = true;
            settings.two_factor.sms = true;
        });
        let (address, number) = (json!({ "email": ADA }), json!({ "phoneNumber": "+12025550123" }));
        let endpoints = [
            ("sign-in/email", json!({ "email": ADA, "password": PASSWORD })),
            ("sign-in/username", json!({ "username": "ada", "password": PASSWORD })),
            ("sign-in/phone-number", json!({ "phoneNumber": "+12025550123", "password": PASSWORD })),
            ("sign-in/magic-link", address.clone()),
            ("sign-up/email", json!({ "name": "Eve", "email": "eve@example.com", "password": PASSWORD })),
            ("request-password-reset", address.clone()),
            ("forget-password/email-otp", address.clone()),
            ("email-otp/request-password-reset", address.clone()),
            ("send-verification-email", address.clone()),
            ("email-otp/send-verification-otp", json!({ "email": ADA, "type": "sign-in" })),
            ("phone-number/send-otp", number.clone()),
            ("phone-number/request-password-reset", number),
        ];
        for (endpoint, body) in endpoints {
            for _ in 0..12 {
                let answer = site.json(&format!("/api/auth/{endpoint}"), body.clone()).await;
                assert_eq!((answer.status, answer.code().as_str()), (400, "MISSING_RESPONSE"), "{endpoint}");
            }
        }
        let sign_up = json!({ "wanted": { "act": "sign-up", "name": "Eve", "email": "eve@example.com", "next": "" } });
        let islands = [
            ("sign-in", json!({ "name": ADA, "password": PASSWORD, "remember": true, "next": "", "offer": false })),
            ("request-mail", json!({ "about": "reset", "email": ADA, "next": "" })),
            ("passkey-begin", sign_up),
        ];
        for (island, body) in islands {
            for _ in 0..12 {
                let answer = site.json(&format!("/_fn/{island}"), body.clone()).await;
                assert!(answer.text().contains("\"Prove\""), "{island}: {}", answer.text());
            }
        }
        let forms: [(&str, &[(&str, &str)]); 6] = [
            ("/sign-in", &[("email", ADA), ("password", PASSWORD)]),
            ("/sign-up", &[("name", "Eve"), ("email", "eve@example.com"), ("password", PASSWORD)]),
            ("/forgot-password", &[("email", ADA)]),
            ("/magic-link", &[("email", ADA)]),
            ("/email-code", &[("email", ADA)]),
            ("/check-mail", &[("email", ADA)]),
        ];
        for (page, fields) in forms {
            for _ in 0..12 {
                let answer = site.another().form(page, fields).await;
                assert_eq!(answer.status, 400, "{page}");
                assert!(answer.text().contains("Send this again in 20 seconds."), "{page}");
            }
        }
        let other = site.json("/api/auth/sign-in/email-otp", json!({ "email": ADA, "otp": "123456" })).await;
        assert_eq!(other.code(), "INVALID_OTP", "what was sent may be used");
        let passkeys = json!({ "wanted": { "act": "sign-in", "name": "", "email": "", "next": "" } });
        assert!(!site.json("/_fn/passkey-begin", passkeys).await.text().contains("Prove"));
    }

    async fn who_is_signed_in_without_a_password_confirms_by_mail_unasked(site: Site) {
        member(&site, ADA).await;
        site.world.write("UPDATE accounts SET password = NULL", &[]).await;
        let site = asking(site, Mode::Always);
        site.world.wait(STALE);
        let sent = site.form("/confirm-access/code", &[("next", "/settings")]).await;
        assert_eq!(sent.status, 303, "{}", sent.text());
    }

    async fn a_new_code_is_sent_for_a_wait_or_says_why_not(site: Site) {
        site.world.user(ADA).await;
        let site = asking(site, Mode::Always);
        site.get("/email-code").await;
        site.world.wait(21 * SECOND);
        assert_eq!(site.form("/email-code", &[("email", ADA)]).await.status, 303);
        // What script left behind is spent, and doesn't count against the ticket.
        site.browser.keep("latchkey.proof=spent; Path=/");
        let early = site.form("/email-code/again", &[]).await;
        assert_eq!(early.status, 400);
        assert!(early.text().contains("Send this again in 20 seconds.") && early.text().contains("Type the code"), "{}", early.text());
        site.world.wait(21 * SECOND);
        assert_eq!(site.form("/email-code/again", &[]).await.status, 303);
    }

    async fn wrong_passwords_from_everywhere_begin_it_and_nothing_is_asked_before(site: Site) {
        site.world.user(ADA).await;
        let site = asking(site, Mode::Adaptive);
        for account in 0..4 {
            assert_eq!(by_api(&site.another(), None).await.status, 200);
            assert!(site.another().get("/sign-in").await.headers.get(header::SET_COOKIE).is_none());
            let guess = json!({ "email": format!("{account}@example.com"), "password": "Wr0ng-enough" });
            assert_eq!(site.another().json(SIGN_IN, guess).await.status, 401);
        }
        assert_eq!(by_api(&site.another(), None).await.code(), "MISSING_RESPONSE");
        assert_eq!(by_form(&site.another()).await.status, 400);
    }
}
