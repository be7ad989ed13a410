use axum::extract::Request;
use domain::testing::{DAY, HOUR, PASSWORD, SECOND};
use http::header;
use serde_json::{Value, json};

use super::{ecosystem, person, refused, sign_up};
use crate::site::{Answer, Browser, Site};

const ACTIVE: &str = "better-auth.session_token";

/// The cookie that holds a session beside the active one.
fn held(token: &Value) -> String {
    format!("{ACTIVE}_multi-{}", token.as_str().unwrap().to_lowercase())
}

/// Signs up in the first browser, a moment after whoever came before; gives the token.
async fn join(site: &Site, name: &str) -> Value {
    site.world.wait(SECOND);
    sign_up(site, &format!("{name}@example.com")).await["token"].clone()
}

async fn who(browser: &Browser) -> Value {
    browser.get("/api/auth/get-session").await.value()["user"]["email"].clone()
}

async fn alive(site: &Site, token: &Value) -> bool {
    let request = Request::get("/api/auth/get-session")
        .header(header::AUTHORIZATION, format!("Bearer {}", token.as_str().unwrap()));
    !site.another().send(request, "").await.value().is_null()
}

async fn list(browser: &Browser) -> Vec<(Value, Value)> {
    let listed = browser.get("/api/auth/multi-session/list-device-sessions").await.value();
    let pair = |one: &Value| (one["user"]["email"].clone(), one["session"]["token"].clone());
    listed.as_array().unwrap().iter().map(pair).collect()
}

async fn call(browser: &Browser, path: &str, token: &Value) -> Answer {
    browser.json(&format!("/api/auth/multi-session/{path}"), json!({ "sessionToken": token })).await
}

fn cookies(answer: &Answer) -> Vec<String> {
    answer.headers.get_all(header::SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap().to_owned()).collect()
}

db::both! {
    async fn a_browser_holds_several_accounts_and_switches(site: Site) {
        let site = ecosystem(site);
        assert_eq!(list(&site.another()).await, []);
        let ada = join(&site, "ada").await;
        let grace = join(&site, "grace").await;
        assert_eq!(who(&site.browser).await, "grace@example.com");
        let listed = list(&site.browser).await;
        assert_eq!((listed.len(), &listed[0]), (2, &(json!("grace@example.com"), grace.clone())));
        let (other, handle) = &listed[1];
        assert_eq!((other, *handle == ada, alive(&site, handle).await), (&json!("ada@example.com"), false, false), "no app learns her token");

        let answer = call(&site.browser, "set-active", handle).await;
        assert_eq!((answer.status, &answer.value()["session"]["token"], &answer.value()["user"]["email"]), (200, &ada, &json!("ada@example.com")));
        assert_eq!(who(&site.browser).await, "ada@example.com");
        assert!(alive(&site, &grace).await, "she stays signed in");

        let ended = call(&site.browser, "revoke", &ada).await;
        assert_eq!((ended.status, ended.value()), (200, json!({ "status": true })));
        assert_eq!((who(&site.browser).await, alive(&site, &ada).await), (json!("grace@example.com"), false), "the next becomes active");
        assert_eq!(list(&site.browser).await.len(), 1);
        assert_eq!(call(&site.browser, "revoke", &grace).await.status, 200);
        assert!(who(&site.browser).await.is_null());
        assert!(site.browser.cookie(ACTIVE).is_none() && site.browser.cookie(&held(&grace)).is_none());
        refused(&call(&site.browser, "revoke", &grace).await, 401, "UNAUTHORIZED");
    }

    async fn the_cookie_of_a_held_session_is_the_wire_s(site: Site) {
        let site = ecosystem(site);
        let answer = site.json("/api/auth/sign-up/email", person("ada@example.com")).await;
        let token = answer.value()["token"].clone();
        let set = cookies(&answer);
        let value = site.browser.cookie(ACTIVE).unwrap();
        assert!(set.contains(&format!("{}={value}; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax", held(&token))), "{set:?}");
        let brief = site.another();
        let answer = brief.json("/api/auth/sign-in/email", json!({ "email": "ada@example.com", "password": PASSWORD, "rememberMe": false })).await;
        let set = cookies(&answer);
        assert!(set.iter().filter(|cookie| cookie.contains("session_token")).all(|cookie| !cookie.contains("Max-Age")), "it ends with the browser, as the session's: {set:?}");
        site.world.wait(DAY);
        let renewed = cookies(&site.get("/api/auth/get-session").await);
        assert!(renewed.iter().any(|cookie| cookie.starts_with(&held(&token))), "it lasts as long as the session: {renewed:?}");
    }

    async fn a33_a_session_that_the_browser_does_not_hold_is_not_chosen(site: Site) {
        let site = ecosystem(site);
        let ada = join(&site, "ada").await;
        let other = site.another();
        let grace = other.json("/api/auth/sign-up/email", person("grace@example.com")).await.value()["token"].clone();
        let own = site.get("/api/auth/get-session").await.value();
        let forged = format!("{}={}", held(&grace), grace.as_str().unwrap());
        let renamed = format!("{}={}", held(&grace), site.browser.cookie(ACTIVE).unwrap());
        for planted in ["", &forged, &renamed] {
            if !planted.is_empty() {
                site.browser.keep(planted);
            }
            for handle in [grace.clone(), json!(""), json!("x"), own["user"]["id"].clone()] {
                for path in ["set-active", "revoke"] {
                    refused(&call(&site.browser, path, &handle).await, 401, "INVALID_SESSION_TOKEN");
                }
            }
        }
        assert_eq!((who(&site.browser).await, who(&other).await), (json!("ada@example.com"), json!("grace@example.com")));
        assert_eq!(list(&site.browser).await.len(), 1);
        // Known, but without its signature.
        refused(&call(&site.another(), "set-active", &ada).await, 401, "INVALID_SESSION_TOKEN");
        let bare = site.json("/api/auth/multi-session/set-active", json!({})).await;
        assert_eq!((bare.status, bare.code().as_str()), (400, "VALIDATION_ERROR"));
    }

    async fn who_signs_in_again_has_one_session_in_the_browser(site: Site) {
        let site = ecosystem(site);
        let ada = join(&site, "ada").await;
        join(&site, "grace").await;
        site.world.wait(SECOND);
        let again = site.json("/api/auth/sign-in/email", json!({ "email": "ada@example.com", "password": PASSWORD })).await.value()["token"].clone();
        assert!(!alive(&site, &ada).await && site.browser.cookie(&held(&ada)).is_none());
        assert_eq!(list(&site.browser).await[0].1, again);
        assert_eq!(list(&site.browser).await.len(), 2);
    }

    async fn a_sixth_account_takes_the_place_of_the_oldest(site: Site) {
        let site = ecosystem(site);
        let mut tokens = Vec::new();
        for name in ["a", "b", "c", "d", "e", "f"] {
            tokens.push(join(&site, name).await);
        }
        assert!(!alive(&site, &tokens[0]).await && site.browser.cookie(&held(&tokens[0])).is_none());
        for token in &tokens[1..] {
            assert!(alive(&site, token).await && site.browser.cookie(&held(token)).is_some());
        }
        assert_eq!(list(&site.browser).await.len(), 5);
    }

    async fn where_one_is_all_signing_in_as_somebody_else_signs_out(site: Site) {
        let site = ecosystem(site).with(|settings| settings.session.accounts_per_browser = 1);
        let ada = join(&site, "ada").await;
        assert!(site.browser.cookie(&held(&ada)).is_none());
        join(&site, "grace").await;
        assert_eq!((alive(&site, &ada).await, list(&site.browser).await.len()), (false, 0));
    }

    async fn signing_out_leaves_none_of_the_accounts_behind(site: Site) {
        let site = ecosystem(site);
        let tokens = [join(&site, "ada").await, join(&site, "grace").await, join(&site, "linus").await];
        assert_eq!(site.json("/api/auth/sign-out", json!({})).await.value(), json!({ "success": true }));
        for token in &tokens {
            assert!(!alive(&site, token).await && site.browser.cookie(&held(token)).is_none());
        }
        assert_eq!(list(&site.browser).await, []);
    }

    async fn a29_authenticating_again_replaces_the_held_session_too(site: Site) {
        let site = ecosystem(site);
        let ada = join(&site, "ada").await;
        let grace = join(&site, "grace").await;
        let changed = json!({ "currentPassword": PASSWORD, "newPassword": "An0ther-one!", "revokeOtherSessions": true });
        let answer = site.json("/api/auth/change-password", changed).await;
        let new = answer.value()["token"].clone();
        assert!(site.browser.cookie(&held(&grace)).is_none() && site.browser.cookie(&held(&new)).is_some());
        let tokens: Vec<_> = list(&site.browser).await.into_iter().map(|(_, token)| token).collect();
        assert_eq!(tokens.len(), 2);
        assert!(tokens.contains(&new) && alive(&site, &ada).await && !alive(&site, &grace).await);
    }

    async fn a_session_that_ended_elsewhere_is_cleared_when_it_is_met(site: Site) {
        let site = ecosystem(site);
        let ada = join(&site, "ada").await;
        join(&site, "grace").await;
        let hers = site.another();
        hers.json("/api/auth/sign-in/email", json!({ "email": "ada@example.com", "password": PASSWORD })).await;
        hers.json("/api/auth/revoke-other-sessions", json!({})).await;
        refused(&call(&site.browser, "set-active", &ada).await, 401, "INVALID_SESSION_TOKEN");
        assert!(site.browser.cookie(&held(&ada)).is_none(), "the browser doesn't offer it again");
        assert_eq!((list(&site.browser).await.len(), who(&site.browser).await), (1, json!("grace@example.com")));
    }

    async fn a_held_session_ends_as_any_other(site: Site) {
        let site = ecosystem(site);
        let ada = join(&site, "ada").await;
        join(&site, "grace").await;
        site.world.wait(7 * DAY - HOUR);
        assert_eq!(call(&site.browser, "set-active", &ada).await.status, 200);
        site.world.wait(DAY);
        assert_eq!(who(&site.browser).await, "ada@example.com", "being chosen is being used");
        assert_eq!(list(&site.browser).await.len(), 1, "and the other's week is over");
    }
}
