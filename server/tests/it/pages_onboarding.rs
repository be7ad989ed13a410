//! The questionnaire as a browser without JavaScript goes through it.

use axum::extract::Request;
use http::header;
use serde_json::{Value, json};

use crate::pages_settings::{form_of, member, outline};
use crate::site::Site;

async fn state(site: &Site) -> Value {
    site.get("/api/auth/onboarding").await.value()
}

db::both! {
    async fn a_new_user_is_led_through_the_questions(site: Site) {
        let landed = member(&site, "ada@example.com").await;
        assert_eq!(landed, "/onboarding", "somebody new is led here");
        assert_eq!(site.get("/onboarding").await.header("location"), "/onboarding/experience");

        let answer = site.form("/onboarding/experience", &[("experience", "3-5"), ("Go", "on")]).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/onboarding/stack"));
        assert_eq!(site.get("/onboarding").await.header("location"), "/onboarding/stack", "on any device it goes on where it was");
        // The Enter key presses no button.
        let answer = site.form("/onboarding/stack", &[("languages", "rust"), ("languages", "go"), ("frameworks", "axum")]).await;
        assert_eq!(answer.header("location"), "/onboarding/hardware");
        let answer = site.form("/onboarding/hardware", &[("os", "linux"), ("cpu", " Ryzen "), ("gpu", ""), ("ram", "")]).await;
        assert_eq!(answer.header("location"), "/onboarding/focus");
        let early = site.form("/onboarding/done", &[("go", "finish")]).await;
        assert_eq!(early.header("location"), "/onboarding", "what is required comes first");
        let answer = site.form("/onboarding/focus", &[("focus", "backend"), ("Go", "on")]).await;
        assert_eq!(answer.header("location"), "/onboarding/done");

        let page = site.get("/onboarding/done").await.text();
        for words in ["3 to 5 years", "Rust, Go", "Axum or Actix", "Linux", "Ryzen", "Not answered", "Backend"] {
            assert!(page.contains(words), "{words}");
        }
        let answer = site.form("/onboarding/done", &[("go", "finish")]).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/"));
        assert_eq!(state(&site).await["status"], "completed");
        assert_eq!(state(&site).await["answers"]["cpu"], "Ryzen");
        assert!(!state(&site).await["answers"].as_object().unwrap().contains_key("gpu"));
    }

    async fn a_refused_step_comes_back_filled_in(site: Site) {
        member(&site, "ada@example.com").await;
        let answer = site.form("/onboarding/stack", &[("frameworks", "axum"), ("Go", "on")]).await;
        assert_eq!(answer.status, 400);
        let page = answer.text();
        assert!(page.contains("Choose at least one."));
        let ticked = page.split("<input").find(|input| input.contains("id=\"frameworks-axum\"")).unwrap();
        assert!(ticked.split('>').next().unwrap().contains("checked"), "{ticked}");

        let answer = site.form("/onboarding/hardware", &[("os", "linux"), ("cpu", &"x".repeat(201))]).await;
        assert_eq!(answer.status, 400);
        assert!(answer.text().contains("at most 200 characters") && answer.text().contains(&"x".repeat(201)));
        assert_eq!(site.form("/onboarding/hardware", &[("os", "beos")]).await.status, 400, "nothing but what was offered");
        assert_eq!(state(&site).await["answers"], json!({}));
    }

    async fn going_back_or_away_keeps_what_fits(site: Site) {
        member(&site, "ada@example.com").await;
        let answer = site.form("/onboarding/stack", &[("languages", "rust"), ("Go", "back")]).await;
        assert_eq!(answer.header("location"), "/onboarding/experience");
        assert_eq!(state(&site).await["answers"]["languages"], json!(["rust"]));
        let answer = site.form("/onboarding/hardware", &[("cpu", "M4"), ("Go", "back")]).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/onboarding/stack"), "asks for nothing");
        let answer = site.form("/onboarding/focus", &[("focus", "mobile"), ("Go", "skip")]).await;
        assert_eq!(answer.header("location"), "/");
        assert_eq!(state(&site).await["status"], "skipped");
        assert_eq!(state(&site).await["answers"]["focus"], json!(["mobile"]));
    }

    async fn an_answer_is_edited_and_all_are_deleted(site: Site) {
        member(&site, "ada@example.com").await;
        let page = site.get("/onboarding/experience?next=%2Fprofile").await.text();
        assert!(page.contains("name=\"Next\" value=\"/profile\"") && page.contains("Cancel") && !page.contains("Skip for now"));
        let answer = site.form("/onboarding/experience", &[("experience", "10+"), ("Next", "/profile")]).await;
        assert_eq!(answer.header("location"), "/profile");
        assert!(site.get("/profile").await.text().contains("More than 10 years"));
        let answer = site.form("/onboarding/experience", &[("experience", "10+"), ("Next", "//evil.example")]).await;
        assert_eq!(answer.header("location"), "/onboarding/stack");
        let answer = site.form("/onboarding/done", &[("go", "clear"), ("next", "/profile")]).await;
        assert_eq!(answer.header("location"), "/profile");
        assert_eq!(state(&site).await["answers"], json!({}));
    }

    async fn where_the_operator_says_so_nobody_skips(site: Site) {
        let site = site.with(|settings| settings.questionnaire.skippable = false);
        member(&site, "ada@example.com").await;
        assert!(!site.get("/onboarding/experience").await.text().contains("Skip for now"));
        let answer = site.form("/onboarding/experience", &[("Go", "skip")]).await;
        assert_eq!(answer.status, 403);
        assert!(answer.text().contains("can’t be skipped here"));
        assert_eq!(state(&site).await["status"], "pending");
    }

    async fn what_somebody_typed_is_text(site: Site) {
        member(&site, "ada@example.com").await;
        let evil = "\"><script>alert(1)</script>";
        site.form("/onboarding/hardware", &[("os", "linux"), ("cpu", evil)]).await;
        for path in ["/onboarding/hardware", "/onboarding/done", "/profile"] {
            let page = site.get(path).await.text();
            assert!(!page.contains("<script>") && page.contains("&lt;script&gt;"), "{path}");
        }
    }

    async fn a_step_is_only_for_whom_it_is(site: Site) {
        let answer = site.form("/onboarding/experience", &[("experience", "10+")]).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/sign-in?next=%2Fonboarding%2Fexperience"));
        member(&site, "ada@example.com").await;
        assert_eq!(site.get("/onboarding/nonsense").await.status, 404);
        assert_eq!(site.form("/onboarding/nonsense", &[]).await.status, 404);
        let foreign = Request::post("/onboarding/experience").header(header::ORIGIN, "https://evil.example").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        assert_eq!(site.send(foreign, "experience=10%2B").await.status, 403);
        assert_eq!(state(&site).await["answers"], json!({}));
    }

    async fn the_island_s_function_does_the_same(site: Site) {
        let call = |pairs: Value| json!({ "step": "experience", "typed": pairs });
        let answer = site.json("/_fn/onboarding", call(json!([["experience", "10+"]]))).await;
        assert_eq!(answer.value(), json!({ "Go": "/sign-in?next=%2Fonboarding%2Fexperience" }));
        member(&site, "ada@example.com").await;
        let answer = site.json("/_fn/onboarding", call(json!([["Go", "on"]]))).await;
        assert_eq!(answer.value(), json!({ "Refused": [{ "field": "experience", "text": "Choose an answer." }] }));
        let answer = site.json("/_fn/onboarding", call(json!([["experience", "10+"], ["Go", "on"]]))).await;
        assert_eq!(answer.value(), json!({ "Go": "/onboarding/stack" }));
    }

    async fn a_step_s_form_reads_so(site: Site) {
        member(&site, "ada@example.com").await;
        site.form("/onboarding/hardware", &[("os", "linux"), ("cpu", "M4")]).await;
        let page = site.get("/onboarding/hardware").await.text();
        insta::assert_snapshot!("step", outline(&form_of(&page, "/onboarding/hardware")));
    }
}
