//! `session_data`: the signed copy of the session that the browser keeps for five minutes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::Request;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Clock;
use domain::settings::RequiredFor;
use domain::testing::{MINUTE, PASSWORD, SECOND, World, at_once};
use http::header;
use serde_json::{Value, json};

use super::{ecosystem, link, person, sign_up};
use crate::site::{Answer, Browser, Site};

const COPY: &str = "better-auth.session_data";
const ADA: &str = "ada@example.com";

/// The Set-Cookie of the copy; empty where there is none.
fn set(answer: &Answer) -> &str {
    let mut cookies = answer.headers.get_all(header::SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap());
    cookies.find(|cookie| cookie.starts_with(COPY)).unwrap_or_default()
}

fn decoded(copy: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(copy).unwrap()).unwrap()
}

fn encoded(copy: &Value) -> String {
    URL_SAFE_NO_PAD.encode(copy.to_string())
}

async fn asks(browser: &Browser) -> Answer {
    browser.get("/api/auth/get-session").await
}

/// A site that hears of what others do, and Ada's browser, whose copy is believed.
async fn believing(site: Site) -> Site {
    let site = ecosystem(site);
    site.world.listens().await;
    sign_up(&site, ADA).await;
    site
}

/// What get-session says, and whether that cost no look into the database: memory is forgotten before.
async fn from_the_copy(world: &World, browser: &Browser) -> (Value, bool) {
    world.hears().await;
    world.wait(2 * SECOND);
    let before = world.cx.db.statements();
    let answer = asks(browser).await;
    (answer.value(), world.cx.db.statements() == before)
}

db::both! {
    async fn a_copy_is_the_wire_s_and_spares_the_database(site: Site) {
        let site = believing(site).await;
        let given = set(&asks(&site.browser).await).to_owned();
        assert_eq!(given, "", "signing up gave one, which shows the same");
        let whole = asks(&site.browser).await.value();
        let copy = decoded(&site.browser.cookie(COPY).unwrap());
        assert_eq!((&copy["session"]["session"], &copy["session"]["user"]), (&whole["session"], &whole["user"]));
        assert_eq!(copy["session"]["version"], "1");
        assert_eq!(copy["expiresAt"].as_i64().unwrap() - copy["session"]["updatedAt"].as_i64().unwrap(), 300_000);
        assert_eq!(from_the_copy(&site.world, &site.browser).await, (whole.clone(), true));

        // Who wants to know what the database has is told that.
        let before = site.world.cx.db.statements();
        assert_eq!(site.get("/api/auth/get-session?disableCookieCache=true").await.value(), whole);
        assert!(site.world.cx.db.statements() > before);
        // So is every page and every act.
        let before = site.world.cx.db.statements();
        site.get("/api/auth/list-sessions").await;
        assert!(site.world.cx.db.statements() > before);

        // After five minutes it is over, and there is a new one.
        site.world.wait(5 * MINUTE);
        let answer = asks(&site.browser).await;
        assert!(set(&answer).ends_with("; Max-Age=300; Path=/; HttpOnly; SameSite=Lax"), "{}", set(&answer));
        assert_eq!(from_the_copy(&site.world, &site.browser).await, (whole, true));
        site.json("/api/auth/sign-out", json!({})).await;
        assert_eq!(site.browser.cookie(COPY), None);
    }

    async fn what_ends_with_the_browser_has_a_copy_that_does_too(site: Site) {
        let site = believing(site).await;
        let other = site.another();
        let answer = other.json("/api/auth/sign-in/email", json!({ "email": ADA, "password": PASSWORD, "rememberMe": false })).await;
        assert!(set(&answer).ends_with("; Path=/; HttpOnly; SameSite=Lax") && !set(&answer).contains("Max-Age"), "{}", set(&answer));
    }

    async fn who_bears_a_session_in_a_header_and_where_copies_are_off_there_is_none(site: Site) {
        let site = believing(site).await;
        let token = asks(&site.browser).await.value()["session"]["token"].as_str().unwrap().to_owned();
        let bearing = Request::get("/api/auth/get-session").header(header::AUTHORIZATION, format!("Bearer {token}"));
        let answer = site.another().send(bearing, "").await;
        assert!(answer.value()["user"].is_object());
        assert_eq!(set(&answer), "");
        let site = site.with(|settings| settings.session.cookie_cache = Duration::ZERO);
        let answer = site.json("/api/auth/sign-in/email", json!({ "email": ADA, "password": PASSWORD })).await;
        assert_eq!((answer.status, set(&answer)), (200, ""));
    }

    async fn a30_a_session_that_was_ended_is_not_shown_from_a_copy(site: Site) {
        let site = believing(site).await;
        let (token, thief) = (asks(&site.browser).await.value()["session"]["token"].clone(), site.browser.clone());
        let (_, spared) = from_the_copy(&site.world, &thief).await;
        assert!(spared, "until then");
        let other = site.another();
        other.json("/api/auth/sign-in/email", json!({ "email": ADA, "password": PASSWORD })).await;
        let (session, copy) = (site.browser.cookie("better-auth.session_token").unwrap(), site.browser.cookie(COPY).unwrap());
        other.json("/api/auth/revoke-session", json!({ "token": token })).await;
        let answer = asks(&thief).await;
        assert!(answer.value().is_null() && set(&answer).contains("Max-Age=0"), "{}", set(&answer));
        // Nor to whoever has kept the cookies, at any time later.
        for _ in 0..12 {
            let request = Request::get("/api/auth/get-session").header(header::COOKIE, format!("better-auth.session_token={session}; {COPY}={copy}"));
            assert!(site.another().send(request, "").await.value().is_null());
            site.world.wait(MINUTE);
            site.world.hears().await;
        }
    }

    async fn a34_who_is_deleted_or_has_another_name_is_not_shown_from_a_copy(site: Site) {
        let site = believing(site).await;
        let kept = site.another();
        for name in ["better-auth.session_token", COPY] {
            kept.keep(&format!("{name}={}", site.browser.cookie(name).unwrap()));
        }
        assert_eq!(site.json("/api/auth/update-user", json!({ "name": "Ada King" })).await.status, 200);
        assert_eq!(decoded(&site.browser.cookie(COPY).unwrap())["session"]["user"]["name"], "Ada King", "the browser's own copy is a new one");
        assert_eq!(asks(&kept).await.value()["user"]["name"], "Ada King");
        site.json("/api/auth/delete-user", json!({ "password": PASSWORD })).await;
        let link = link(&site, ADA).await;
        assert!(site.get(&link).await.status < 400);
        assert!(asks(&kept).await.value().is_null());
    }

    async fn a32_a_copy_that_was_changed_or_is_another_s_counts_for_nothing(site: Site) {
        let site = believing(site).await;
        let (grace, good) = (site.another(), site.browser.cookie(COPY).unwrap());
        let signed_up = grace.json("/api/auth/sign-up/email", person("grace@example.com")).await;
        assert_eq!(signed_up.status, 200);
        let own = asks(&site.browser).await.value();
        let changed = |change: &dyn Fn(&mut Value)| {
            let mut copy = decoded(&good);
            change(&mut copy);
            encoded(&copy)
        };
        for bad in [
            changed(&|copy| copy["session"]["user"]["role"] = json!("admin")),
            changed(&|copy| copy["session"]["user"]["email"] = json!("grace@example.com")),
            changed(&|copy| copy["expiresAt"] = json!(4_102_444_800_000_i64)),
            changed(&|copy| copy["session"]["version"] = json!("2")),
            changed(&|copy| copy["signature"] = json!("")),
            grace.cookie(COPY).unwrap(),
            good[..good.len() - 2].to_owned(),
            "null".to_owned(),
            String::new(),
        ] {
            site.browser.keep(&format!("{COPY}={bad}"));
            let (shown, spared) = from_the_copy(&site.world, &site.browser).await;
            assert_eq!((&shown, spared), (&own, false), "{bad}");
            let (shown, spared) = from_the_copy(&site.world, &site.browser).await;
            assert_eq!((&shown, spared), (&own, true), "a good one took its place");
        }
        // The copy without the session's own cookie is nobody's.
        let request = Request::get("/api/auth/get-session").header(header::COOKIE, format!("{COPY}={good}"));
        assert!(site.another().send(request, "").await.value().is_null());
    }

    async fn a_clock_that_was_set_back_makes_no_copy_last(site: Site) {
        let site = believing(site).await;
        assert!(from_the_copy(&site.world, &site.browser).await.1);
        let Clock::Manual(clock) = &site.world.cx.clock else { panic!("the test's own clock") };
        clock.fetch_sub(360_000_000, Ordering::SeqCst);
        assert!(!from_the_copy(&site.world, &site.browser).await.1);
    }

    async fn a22_there_is_no_copy_for_who_owes_a_second_factor(site: Site) {
        let site = believing(site).await;
        let held = ["better-auth.session_token", COPY].map(|name| format!("{name}={}", site.browser.cookie(name).unwrap()));
        let site = site.with(|settings| settings.two_factor.required = RequiredFor::Everyone);
        held.iter().for_each(|cookie| site.browser.keep(cookie));
        site.world.wait(5 * MINUTE);
        let answer = asks(&site.browser).await;
        assert_eq!((answer.status, set(&answer).contains("Max-Age=0")), (403, true), "what it was given before goes: {}", answer.text());
        let answer = site.json("/api/auth/sign-in/email", json!({ "email": ADA, "password": PASSWORD })).await;
        assert_eq!((answer.status, set(&answer)), (200, ""));
    }

    async fn what_is_asked_without_renewal_leaves_the_session_as_it_is(site: Site) {
        let site = ecosystem(site);
        sign_up(&site, ADA).await;
        site.world.wait(30 * 60 * 60 * SECOND);
        let before = site.get("/api/auth/get-session?disableRefresh=true").await;
        let expires = before.value()["session"]["expiresAt"].clone();
        assert!(!before.headers.get_all(header::SET_COOKIE).iter().any(|cookie| cookie.to_str().unwrap().contains("session_token")));
        assert_ne!(asks(&site.browser).await.value()["session"]["expiresAt"], expires, "renewed now");
    }

    async fn a31_nobody_of_fifty_is_shown_a_session_after_it_was_revoked(site: Site) {
        let site = Arc::new(believing(site).await);
        let revoker = site.another();
        revoker.json("/api/auth/sign-in/email", json!({ "email": ADA, "password": PASSWORD })).await;
        let token = asks(&site.browser).await.value()["session"]["token"].clone();
        let over = Arc::new(AtomicBool::new(false));
        let results = at_once(50, |task| {
            let (site, revoker, over, token) = (Arc::clone(&site), revoker.clone(), Arc::clone(&over), token.clone());
            let cookies = ["better-auth.session_token", COPY].map(|name| format!("{name}={}", site.browser.cookie(name).unwrap())).join("; ");
            async move {
                if task == 0 {
                    revoker.json("/api/auth/revoke-session", json!({ "token": token })).await;
                    over.store(true, Ordering::SeqCst);
                }
                let mut late = Vec::new();
                for _ in 0..10 {
                    let after = over.load(Ordering::SeqCst);
                    let request = Request::get("/api/auth/get-session").header(header::COOKIE, &cookies);
                    let answer = site.another().send(request, "").await;
                    if after {
                        late.push(answer.value());
                    }
                    tokio::task::yield_now().await;
                }
                late
            }
        })
        .await;
        let late: Vec<_> = results.into_iter().flatten().collect();
        assert!(!late.is_empty() && late.iter().all(Value::is_null), "{late:?}");
    }
}
