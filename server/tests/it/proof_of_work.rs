//! What must be paid for while somebody attacks, at the doors that people and programs use.

use axum::body::Body;
use axum::extract::Request;
use domain::limit::Rate;
use domain::proof_of_work::Mode;
use domain::testing::{PASSWORD, SECOND, solved};
use http::header;
use serde_json::{Value, json};

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
