mod challenge;
mod set_up;

use std::time::Duration;

use domain::testing::{AuthenticatorApp, MINUTE, PASSWORD};
use http::header;
use serde_json::{Value, json};

use super::{ecosystem, sign_up};
use crate::site::{Answer, Browser, Site};

const ADA: &str = "ada@example.com";
const STEP: Duration = Duration::from_secs(30);

/// Ada's app and her backup codes. The step of the first code is spent; the next one has begun.
struct Factors {
    app: AuthenticatorApp,
    backup: Vec<String>,
}

/// Ada, signed in in the first browser, with an authenticator app.
async fn ada(site: &Site) -> Factors {
    sign_up(site, ADA).await;
    set_up(site).await
}

async fn set_up(site: &Site) -> Factors {
    let enabled = call(&site.browser, "enable", json!({ "password": PASSWORD })).await.value();
    let app = AuthenticatorApp::scan(enabled["totpURI"].as_str().unwrap());
    let backup = texts(&enabled["backupCodes"]);
    let answer = call(&site.browser, "verify-totp", json!({ "code": app.shows(site.world.cx.now(), 0) })).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    site.world.wait(STEP);
    Factors { app, backup }
}

async fn call(browser: &Browser, endpoint: &str, body: Value) -> Answer {
    browser.json(&format!("/api/auth/two-factor/{endpoint}"), body).await
}

async fn sign_in(browser: &Browser) -> Answer {
    browser.json("/api/auth/sign-in/email", json!({ "email": ADA, "password": PASSWORD })).await
}

/// A browser in which Ada's password was typed.
async fn challenged(site: &Site) -> Browser {
    let browser = site.another();
    assert_eq!(sign_in(&browser).await.value()["twoFactorRedirect"], true);
    browser
}

async fn session(browser: &Browser) -> Value {
    browser.get("/api/auth/get-session").await.value()
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// What the answer does with a cookie; empty when nothing.
fn set_cookie<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let mut cookies = answer.headers.get_all(header::SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap());
    cookies.find_map(|cookie| cookie.strip_prefix(&format!("better-auth.{name}="))).unwrap_or_default()
}

/// A site where a session is fresh for ten minutes.
fn strict(site: Site) -> Site {
    ecosystem(site).with(|settings| settings.session.fresh_for = 10 * MINUTE)
}
