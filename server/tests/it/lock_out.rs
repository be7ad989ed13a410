//! Wrong passwords in a row, at the doors that people and programs use.

use domain::testing::{MINUTE, PASSWORD, SECOND};
use serde_json::{Value, json};

use crate::pages_settings::{STALE, member, sign_in};
use crate::site::{Answer, Browser, Site};

const ADA: &str = "ada@example.com";
const EVE: &str = "eve@example.com";
const SIGN_IN: &str = "/api/auth/sign-in/email";

fn guess(email: &str, password: &str) -> Value {
    json!({ "email": email, "password": password })
}

/// Somebody who has never signed in here types wrong passwords until none is taken.
async fn lock(site: &Site, email: &str) {
    for _ in 0..10 {
        let answer = site.another().json(SIGN_IN, guess(email, "Wr0ng-enough")).await;
        assert_eq!((answer.status, answer.code().as_str()), (401, "INVALID_EMAIL_OR_PASSWORD"));
    }
}

/// Says how long to wait in both headers; gives it.
#[track_caller]
fn waits(answer: &Answer) -> u32 {
    assert_eq!(answer.status, 429, "{}", answer.text());
    assert_eq!(answer.header("retry-after"), answer.header("x-retry-after"));
    let wait = answer.header("retry-after").parse().unwrap();
    assert!((50..=60).contains(&wait), "{wait}");
    wait
}

/// What a program reads.
#[track_caller]
fn is_locked(answer: &Answer) {
    waits(answer);
    let message = "Too many wrong passwords in a row. Sign in another way, or try again later.";
    assert_eq!(answer.value(), json!({ "message": message, "code": "ACCOUNT_TEMPORARILY_LOCKED" }));
}

/// What a person reads.
#[track_caller]
fn says_locked(answer: &Answer) {
    let words = format!("Use a link or a code by mail, or try again in {} seconds.", waits(answer));
    assert!(answer.text().contains(&format!("Too many wrong passwords. {words}")), "{}", answer.text());
}

/// Gives up what says that somebody has signed in here.
fn forget(browser: &Browser) {
    assert!(browser.cookie("better-auth.known_device").is_some());
    browser.keep("better-auth.known_device=; Max-Age=0");
}

db::both! {
    async fn a17_a_locked_account_is_locked_at_every_door_for_unknown_browsers(site: Site) {
        member(&site, ADA).await;
        let named = site.json("/api/auth/update-user", json!({ "username": "countess" })).await;
        assert_eq!(named.status, 200, "{}", named.text());
        site.world.wait(STALE);
        forget(&site.browser);
        lock(&site, ADA).await;

        let stranger = site.another();
        is_locked(&stranger.json(SIGN_IN, guess(ADA, PASSWORD)).await);
        is_locked(&stranger.json("/api/auth/sign-in/username", json!({ "username": "Countess", "password": PASSWORD })).await);
        let page = sign_in(&stranger, ADA, PASSWORD).await;
        says_locked(&page);
        let page = page.text();
        assert!(page.contains(r#"value="ada@example.com""#), "the form is filled in");
        for other in ["href=\"/magic-link\"", "href=\"/email-code\"", "href=\"/forgot-password\""] {
            assert!(page.contains(other), "{other}");
        }
        let island = json!({ "name": "countess", "password": PASSWORD, "remember": true, "next": "", "offer": false });
        let answer = stranger.json("/_fn/sign-in", island).await;
        assert!(answer.text().starts_with("ServerError|Too many wrong passwords."), "{}", answer.text());
        waits(&answer);

        // Whoever has a stolen session.
        is_locked(&site.json("/api/auth/verify-password", json!({ "password": PASSWORD })).await);
        is_locked(&site.json("/api/auth/change-password", json!({ "currentPassword": PASSWORD, "newPassword": "Br4nd-new-one" })).await);
        is_locked(&site.json("/api/auth/delete-user", json!({ "password": PASSWORD })).await);
        is_locked(&site.json("/api/auth/two-factor/enable", json!({ "password": PASSWORD })).await);
        says_locked(&site.form("/confirm-access", &[("current_password", PASSWORD), ("next", "/settings")]).await);
        let fields = [("current_password", PASSWORD), ("password", "Br4nd-new-one")];
        says_locked(&site.form("/settings/security", &fields).await);

        // Other ways in go on.
        assert_eq!(stranger.form("/magic-link", &[("email", ADA)]).await.status, 303);
        let token = site.world.link_token(ADA).await;
        let entered = stranger.form("/magic-link/verify", &[("token", token.expose())]).await;
        assert_eq!(entered.status, 303, "{}", entered.text());
        site.world.wait(MINUTE);
        assert_eq!(site.another().json(SIGN_IN, guess(ADA, PASSWORD)).await.status, 200, "it ends by itself");
    }

    async fn a12_a_name_that_nobody_has_is_locked_with_the_same_words(site: Site) {
        site.world.user(ADA).await;
        let mut told = Vec::new();
        for email in [ADA, EVE] {
            lock(&site, email).await;
            let answer = site.another().json(SIGN_IN, guess(email, PASSWORD)).await;
            is_locked(&answer);
            let mut headers: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
            headers.sort();
            let page = sign_in(&site.another(), email, PASSWORD).await;
            says_locked(&page);
            told.push((headers, answer.text(), page.headers.contains_key("set-cookie")));
        }
        assert_eq!(told[0], told[1]);
    }

    async fn a_browser_in_which_somebody_signed_in_before_gets_through_while_others_guess(site: Site) {
        let site = site.with(|settings| {
            settings.rate_limit.enabled = true;
            // Ten wrong ones after the first sign-in are all that the account may take.
            settings.rate_limit.routes = vec!["/** 1000/1m".to_owned().try_into().unwrap()];
            settings.rate_limit.sign_in = "11/1h".parse().unwrap();
            settings.rate_limit.account_factor = std::num::NonZeroU32::MIN;
        });
        member(&site, ADA).await;
        assert_eq!(site.form("/sign-out", &[]).await.status, 303);
        lock(&site, ADA).await;
        assert_eq!(site.another().json(SIGN_IN, guess(ADA, PASSWORD)).await.status, 429);
        assert_eq!(sign_in(&site.browser, ADA, PASSWORD).await.status, 303);
        assert_eq!(site.json(SIGN_IN, guess(ADA, PASSWORD)).await.status, 200);
        assert_eq!(site.json("/api/auth/verify-password", json!({ "password": PASSWORD })).await.status, 200);
        assert_eq!(site.another().json(SIGN_IN, guess(ADA, PASSWORD)).await.status, 429, "nobody else does");
        // For nobody else's account.
        site.world.user(EVE).await;
        lock(&site, EVE).await;
        assert_eq!(site.json(SIGN_IN, guess(EVE, PASSWORD)).await.status, 429);
    }

    async fn who_changes_the_password_stays_known_and_others_don_t(site: Site) {
        member(&site, ADA).await;
        let other = site.another();
        assert_eq!(sign_in(&other, ADA, PASSWORD).await.status, 303);
        site.world.wait(SECOND);
        let change = json!({ "currentPassword": PASSWORD, "newPassword": "Br4nd-new-one", "revokeOtherSessions": true });
        assert_eq!(site.json("/api/auth/change-password", change).await.status, 200);
        lock(&site, ADA).await;
        assert_eq!(other.json(SIGN_IN, guess(ADA, "Br4nd-new-one")).await.status, 429);
        assert_eq!(site.json(SIGN_IN, guess(ADA, "Br4nd-new-one")).await.status, 200);
    }

    async fn only_who_signed_in_is_known(site: Site) {
        site.world.user(ADA).await;
        let marks = |answer: &Answer| answer.headers.get_all("set-cookie").iter().filter(|cookie| {
            cookie.to_str().unwrap().starts_with("better-auth.known_device=")
        }).cloned().collect::<Vec<_>>();
        assert!(marks(&site.get("/sign-in").await).is_empty());
        assert!(marks(&sign_in(&site.browser, ADA, "Wr0ng-enough").await).is_empty());
        let given = marks(&sign_in(&site.browser, ADA, PASSWORD).await);
        assert_eq!(given.len(), 1);
        let cookie = given[0].to_str().unwrap();
        assert!(cookie.ends_with("; Max-Age=15552000; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
        assert!(marks(&site.get("/settings").await).is_empty());
    }
}
