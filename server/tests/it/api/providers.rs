//! Sign-in through providers: statuses, cookies and redirects.

use axum::extract::Request;
use db::Db;
use db::testing::Fixture;
use domain::testing::stand_in::StandIn;
use domain::testing::{AuthenticatorApp, HOUR, PASSWORD};
use http::header;
use serde_json::{Value, json};
use url::Url;

use super::{ecosystem, link, person as newcomer, refused, sign_up};
use crate::site::{Answer, Browser, ORIGIN, Site};

const ADA: &str = "ada@example.com";

/// A site in the ecosystem's own settings, with one provider on loopback that is trusted with addresses.
struct Stage {
    site: Site,
    idp: StandIn,
}

impl Fixture for Stage {
    async fn new(db: Db) -> Self {
        let site = Site::new(db).await;
        let idp = StandIn::open(site.world.cx.clock.clone()).await;
        let mut draft = idp.draft();
        draft.trusted = Some(true);
        let provider = draft.read("acme").unwrap().into();
        let site = ecosystem(site).with(|settings| {
            settings.outbound.allow = vec!["127.0.0.1".to_owned()];
            settings.providers.offered = vec![provider];
        });
        Self { site, idp }
    }
}

impl Stage {
    /// The path and query that the provider sends the browser back to, once `person` has agreed.
    fn back(&self, begun: &Answer, person: &Value) -> String {
        let address = Url::parse(begun.value()["url"].as_str().unwrap()).unwrap();
        let back = self.idp.agree(&address, person);
        assert!(back.as_str().starts_with(&format!("{ORIGIN}/api/auth/callback/acme?")), "{back}");
        back[url::Position::BeforePath..].to_owned()
    }

    /// The whole way in `browser`; gives the callback's answer.
    async fn dance(&self, browser: &Browser, path: &str, person: &Value) -> Answer {
        let begun = browser.json(path, wish()).await;
        assert_eq!(begun.status, 200, "{}", begun.text());
        browser.get(&self.back(&begun, person)).await
    }

    /// Signs the first browser in through the provider; gives the row of its account there.
    async fn signed_in(&self) -> Value {
        assert_eq!(
            self.dance(&self.site.browser, "/api/auth/sign-in/social", &person()).await.header("location"),
            "/hello"
        );
        self.site.get("/api/auth/list-accounts").await.value()[0].clone()
    }
}

fn wish() -> Value {
    json!({ "provider": "acme", "callbackURL": "/home", "newUserCallbackURL": "/hello", "errorCallbackURL": "/oops" })
}

fn person() -> Value {
    json!({ "sub": "s-1", "email": ADA, "email_verified": true, "name": "Ada Provider", "picture": "https://id.example/ada.png" })
}

async fn session(browser: &Browser) -> Value {
    browser.get("/api/auth/get-session").await.value()
}

#[track_caller]
fn leads_to(answer: &Answer, location: &str) {
    assert_eq!((answer.status, answer.header("location")), (302, location), "{}", answer.text());
}

db::both! {
    async fn a_browser_goes_there_and_comes_back_signed_in(stage: Stage) {
        let begun = stage.site.json("/api/auth/sign-in/social", wish()).await;
        assert_eq!((begun.status, begun.value()["redirect"].clone()), (200, json!(true)));
        assert_eq!(begun.header("location"), begun.value()["url"]);
        let cookie = begun.header("set-cookie");
        assert!(cookie.starts_with("better-auth.state=") && cookie.ends_with("; Max-Age=600; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
        let back = stage.back(&begun, &person());
        let answer = stage.site.get(&back).await;
        leads_to(&answer, "/hello");
        assert_eq!((answer.header("cache-control"), answer.header("referrer-policy")), ("no-store", "no-referrer"));
        assert_eq!(stage.site.browser.cookie("better-auth.last_used_login_method").as_deref(), Some("acme"));
        let user = session(&stage.site.browser).await["user"].clone();
        assert_eq!((user["email"].clone(), user["emailVerified"].clone(), user["name"].clone()), (json!(ADA), json!(true), json!("Ada Provider")));
        leads_to(&stage.site.get(&back).await, "/sign-in/failed?provider=acme&error=state_mismatch");
        let other = stage.site.another();
        leads_to(&stage.dance(&other, "/api/auth/sign-in/social", &person()).await, "/home");
        assert_eq!(session(&other).await["user"]["id"], user["id"]);
    }

    async fn without_an_address_to_go_on_to_the_site_s_own_pages_are_there(stage: Stage) {
        let begun = stage.site.json("/api/auth/sign-in/social", json!({ "provider": "acme", "disableRedirect": true })).await;
        assert_eq!((begun.value()["redirect"].clone(), begun.header("location")), (json!(false), ""));
        leads_to(&stage.site.get(&stage.back(&begun, &person())).await, "/sign-in");
        let begun = stage.site.json("/api/auth/link-social", json!({ "provider": "acme" })).await;
        leads_to(&stage.site.get(&stage.back(&begun, &person())).await, "/settings/security");
        let begun = stage.site.json("/api/auth/link-social", json!({ "provider": "acme" })).await;
        let mut another = person();
        another["sub"] = json!("s-2");
        another["email"] = json!("x@example.com");
        let failed = stage.site.get(&stage.back(&begun, &another)).await;
        leads_to(&failed, "/sign-in/failed?provider=acme&connecting=true&error=email_does_not_match");
        let begun = stage.site.json("/api/auth/sign-in/social", json!({ "provider": "acme" })).await;
        let back = stage.back(&begun, &person());
        let (state, _) = back.split_once("&code=").unwrap();
        leads_to(&stage.site.get(&format!("{state}&error=access_denied&error_description=x")).await, "/sign-in/failed?provider=acme&error=access_denied");
    }

    async fn a1_nobody_is_sent_anywhere_else(stage: Stage) {
        for (name, code) in [
            ("callbackURL", "INVALID_CALLBACK_URL"),
            ("errorCallbackURL", "INVALID_ERROR_CALLBACK_URL"),
            ("newUserCallbackURL", "INVALID_NEW_USER_CALLBACK_URL"),
        ] {
            let mut body = wish();
            body[name] = json!("https://evil.example/");
            refused(&stage.site.json("/api/auth/sign-in/social", body.clone()).await, 403, code);
            refused(&stage.site.json("/api/auth/link-social", body).await, 403, code);
        }
    }

    async fn what_is_asked_for_wrongly_is_said(stage: Stage) {
        let site = &stage.site;
        refused(&site.json("/api/auth/sign-in/social", json!({ "provider": "nope" })).await, 404, "PROVIDER_NOT_FOUND");
        refused(&site.json("/api/auth/sign-in/social", json!({ "provider": "nope", "idToken": { "token": "x" } })).await, 404, "PROVIDER_NOT_FOUND");
        refused(&site.json("/api/auth/sign-in/social", json!({})).await, 400, "VALIDATION_ERROR");
        refused(&site.json("/api/auth/sign-in/social", json!({ "provider": "acme", "scopes": "all", "idToken": {} })).await, 400, "VALIDATION_ERROR");
        refused(&site.json("/api/auth/link-social", wish()).await, 401, "UNAUTHORIZED");
        for path in ["get-access-token", "refresh-token"] {
            refused(&site.json(&format!("/api/auth/{path}"), json!({ "accountId": "x" })).await, 401, "UNAUTHORIZED");
        }
        refused(&site.get("/api/auth/account-info?accountId=x").await, 401, "UNAUTHORIZED");
        sign_up(site, ADA).await;
        for body in [json!({ "accountId": "x" }), json!({ "useAccountCookie": true }), json!({})] {
            refused(&site.json("/api/auth/get-access-token", body.clone()).await, 400, "ACCOUNT_NOT_FOUND");
            refused(&site.json("/api/auth/refresh-token", body).await, 400, "ACCOUNT_NOT_FOUND");
        }
        for odd in ["callback/nope?state=0123456789abcdef0123456789abcdef", "callback/%01?state=0123456789abcdef0123456789abcdef", "callback/acme", "callback/acme?code=x&state=%01"] {
            let answer = site.get(&format!("/api/auth/{odd}")).await;
            assert!(answer.status == 302 && answer.header("location").starts_with("/sign-in/failed?provider="), "{odd}");
        }
        assert_eq!(site.get("/api/auth/callback/").await.status, 404);
    }

    async fn a_browser_on_its_way_back_reads_no_json_whatever_breaks(stage: Stage) {
        let site = &stage.site;
        let begun = site.json("/api/auth/sign-in/social", wish()).await;
        let back = stage.back(&begun, &person());
        site.world.write("UPDATE provider_flows SET verifier = state_hash", &[]).await;
        let answer = site.get(&back).await;
        assert_eq!((answer.status, answer.header("location")), (302, "/sign-in/failed?provider=acme&error=internal_server_error"));
        let page = site.get(answer.header("location")).await.text();
        assert!(page.contains("Something went wrong on our side."), "{page}");
    }

    async fn a_provider_that_is_down_is_no_error_of_ours(stage: Stage) {
        stage.idp.now(|manners| manners.down = true);
        let answer = stage.site.json("/api/auth/sign-in/social", wish()).await;
        refused(&answer, 503, "PROVIDER_UNREACHABLE");
        assert_eq!(answer.header("retry-after"), "5");
        stage.idp.now(|manners| manners.down = false);
        let begun = stage.site.json("/api/auth/sign-in/social", wish()).await;
        let back = stage.back(&begun, &person());
        stage.idp.now(|manners| manners.down = true);
        leads_to(&stage.site.get(&back).await, "/oops?error=temporarily_unavailable");
    }

    async fn a41_another_browser_is_signed_in_to_nothing(stage: Stage) {
        let begun = stage.site.json("/api/auth/sign-in/social", wish()).await;
        let (back, victim) = (stage.back(&begun, &person()), stage.site.another());
        leads_to(&victim.get(&back).await, "/oops?error=state_mismatch");
        assert!(session(&victim).await.is_null() && victim.cookie("better-auth.session_token").is_none());
        // A cookie that we didn't sign is none.
        let state = stage.site.browser.cookie("better-auth.state").unwrap();
        victim.keep(&format!("better-auth.state={}", state.split('.').next().unwrap()));
        leads_to(&victim.get(&back).await, "/oops?error=state_mismatch");
        leads_to(&stage.site.get(&back).await, "/hello");
    }

    async fn a_provider_that_answers_by_a_form_is_sent_on(stage: Stage) {
        let begun = stage.site.json("/api/auth/sign-in/social", wish()).await;
        let back = stage.back(&begun, &person());
        let (path, query) = back.split_once('?').unwrap();
        // The browser posts it from the provider's site: whatever cookies it has, none are ours.
        let form = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, "https://appleid.apple.example")
            .header(header::COOKIE, "other=1")
            .header("sec-fetch-site", "cross-site")
            .header("sec-fetch-mode", "navigate");
        let sent = stage.site.send(form, format!("{query}&user=%7B%7D&evil=1")).await;
        leads_to(&sent, &format!("/api/auth/callback/acme?{}&{}&user=%7B%7D", query.split_once('&').unwrap().1, query.split_once('&').unwrap().0));
        assert!(sent.headers.get("set-cookie").is_none());
        leads_to(&stage.site.get(sent.header("location")).await, "/hello");
    }

    async fn a21_the_second_factor_is_asked_for_before_the_session(stage: Stage) {
        stage.signed_in().await;
        let site = &stage.site;
        let asked = site.json("/api/auth/request-password-reset", json!({ "email": ADA })).await;
        let token = site.another().get(&link(site, ADA).await).await.header("location").rsplit_once('=').unwrap().1.to_owned();
        assert_eq!(asked.status, 200);
        let set = site.json("/api/auth/reset-password", json!({ "newPassword": PASSWORD, "token": token })).await;
        assert_eq!(set.status, 200, "{}", set.text());
        site.json("/api/auth/sign-in/email", json!({ "email": ADA, "password": PASSWORD })).await;
        let setup = site.json("/api/auth/two-factor/enable", json!({ "password": PASSWORD })).await.value();
        let app = AuthenticatorApp::scan(setup["totpURI"].as_str().unwrap());
        let code = app.shows(site.world.cx.now(), 0);
        assert_eq!(site.json("/api/auth/two-factor/verify-totp", json!({ "code": code })).await.status, 200);

        let browser = site.another();
        leads_to(&stage.dance(&browser, "/api/auth/sign-in/social", &person()).await, "/two-factor?next=%2Fhome");
        assert!(session(&browser).await.is_null() && browser.cookie("better-auth.two_factor").is_some());
        let tokens = stage.idp.tokens(&person(), None);
        let body = json!({ "provider": "acme", "idToken": { "token": tokens["id_token"] } });
        let answer = site.another().json("/api/auth/sign-in/social", body).await;
        assert_eq!((answer.status, answer.value()["twoFactorRedirect"].clone()), (200, json!(true)));
    }

    async fn an_app_hands_in_an_id_token(stage: Stage) {
        let tokens = stage.idp.tokens(&person(), Some("n-1"));
        let mut body = json!({ "provider": "acme", "idToken": { "token": tokens["id_token"], "nonce": "n-1", "accessToken": tokens["access_token"], "refreshToken": tokens["refresh_token"], "expiresAt": 1_767_225_600_000i64 } });
        let answer = stage.site.json("/api/auth/sign-in/social", body.clone()).await;
        let whole = answer.value();
        assert_eq!((whole["redirect"].clone(), whole["user"]["email"].clone()), (json!(false), json!(ADA)));
        assert_eq!(session(&stage.site.browser).await["session"]["token"], whole["token"]);
        body["idToken"]["nonce"] = json!("n-2");
        refused(&stage.site.json("/api/auth/sign-in/social", body).await, 401, "INVALID_TOKEN");

        let other = stage.site.another();
        other.json("/api/auth/sign-up/email", newcomer("bob@example.com")).await;
        let link = |tokens: &Value| json!({ "provider": "acme", "idToken": { "token": tokens["id_token"] } });
        let without = other.json("/api/auth/link-social", link(&tokens)).await;
        refused(&without, 401, "INVALID_TOKEN");
        let tokens = stage.idp.tokens(&person(), None);
        refused(&other.json("/api/auth/link-social", link(&tokens)).await, 409, "SOCIAL_ACCOUNT_ALREADY_LINKED");
        let tokens = stage.idp.tokens(&json!({ "sub": "s-2", "email": "x@example.com", "email_verified": true }), None);
        refused(&other.json("/api/auth/link-social", link(&tokens)).await, 401, "LINKING_DIFFERENT_EMAILS_NOT_ALLOWED");
        let tokens = stage.idp.tokens(&json!({ "sub": "s-2", "email": "bob@example.com", "email_verified": true }), None);
        let answer = other.json("/api/auth/link-social", link(&tokens)).await;
        assert_eq!(answer.value(), json!({ "url": "", "status": true, "redirect": false }));
        let unverified = stage.idp.tokens(&json!({ "sub": "s-3", "email": "bob@example.com" }), None);
        let answer = stage.site.another().json("/api/auth/sign-in/social", link(&unverified)).await;
        refused(&answer, 401, "OAUTH_LINK_ERROR");
        assert_eq!(answer.value()["message"], "account not linked");
    }

    async fn an_app_reads_the_tokens_and_what_the_provider_tells(stage: Stage) {
        let account = stage.signed_in().await;
        assert_eq!((account["providerId"].clone(), account["accountId"].clone(), account["scopes"].clone()), (json!("acme"), json!("s-1"), json!(["openid", "email", "profile"])));
        let (site, id) = (&stage.site, json!({ "accountId": account["id"] }));
        let given = site.json("/api/auth/get-access-token", id.clone()).await.value();
        assert!(given["accessToken"].is_string() && given["idToken"].is_string());
        assert!(given["accessTokenExpiresAt"].as_str().unwrap().ends_with('Z') && given["scopes"] == json!(["openid", "email", "profile"]));
        let renewed = site.json("/api/auth/refresh-token", id.clone()).await.value();
        assert_ne!(renewed["accessToken"], given["accessToken"]);
        assert_eq!((renewed["scope"].clone(), renewed["providerId"].clone(), renewed["accountId"].clone()), (json!("openid,email"), json!("acme"), json!("s-1")));
        let info = site.get(&format!("/api/auth/account-info?accountId={}", account["id"].as_str().unwrap())).await.value();
        assert_eq!((info["user"]["email"].clone(), info["user"]["emailVerified"].clone(), info["data"]["name"].clone()), (json!(ADA), json!(true), json!("Ada Provider")));
        assert_eq!(info["account"], json!({ "id": account["id"], "providerId": "acme", "accountId": "s-1" }));
        stage.idp.now(|manners| manners.stubborn = true);
        refused(&site.json("/api/auth/refresh-token", id.clone()).await, 400, "FAILED_TO_REFRESH_ACCESS_TOKEN");
        site.world.wait(2 * HOUR);
        refused(&site.json("/api/auth/get-access-token", id).await, 400, "FAILED_TO_GET_ACCESS_TOKEN");
        let answer = site.get(&format!("/api/auth/account-info?accountId={}", account["id"].as_str().unwrap())).await;
        refused(&answer, 400, "ACCESS_TOKEN_NOT_FOUND");
    }

    async fn a_way_in_is_unlinked_by_its_row_but_never_the_last(stage: Stage) {
        let site = &stage.site;
        let account = stage.signed_in().await;
        refused(&site.json("/api/auth/unlink-account", json!({ "accountId": account["id"] })).await, 400, "FAILED_TO_UNLINK_LAST_ACCOUNT");
        refused(&site.json("/api/auth/unlink-account", json!({ "accountId": "x" })).await, 400, "ACCOUNT_NOT_FOUND");
        let other = site.another();
        other.json("/api/auth/sign-up/email", newcomer("bob@example.com")).await;
        let bob = json!({ "sub": "s-2", "email": "bob@example.com", "email_verified": true });
        leads_to(&stage.dance(&other, "/api/auth/link-social", &bob).await, "/home");
        let rows = other.get("/api/auth/list-accounts").await.value();
        let row = rows.as_array().unwrap().iter().find(|row| row["providerId"] == "acme").unwrap();
        refused(&site.json("/api/auth/unlink-account", json!({ "accountId": row["id"] })).await, 400, "ACCOUNT_NOT_FOUND");
        site.world.wait(25 * HOUR);
        refused(&other.json("/api/auth/unlink-account", json!({ "accountId": row["id"] })).await, 403, "SESSION_NOT_FRESH");
        refused(&other.json("/api/auth/link-social", wish()).await, 403, "SESSION_NOT_FRESH");
        other.json("/api/auth/sign-in/email", json!({ "email": "bob@example.com", "password": PASSWORD })).await;
        assert_eq!(other.json("/api/auth/unlink-account", json!({ "accountId": row["id"] })).await.value(), json!({ "status": true }));
        assert!(site.world.mails("bob@example.com").await.iter().any(|mail| mail.content.text.contains("was disconnected")));
    }
}
