//! Tokens that other services check by themselves. [`who`] is the service of docs/tokens.md.

use axum::extract::Request;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Clock;
use domain::testing::MINUTE;
use http::header;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ecosystem, link, refused, sign_up};
use crate::site::{Answer, ORIGIN, Site};

const ACCOUNTS: &str = ORIGIN;
const ADA: &str = "ada@example.com";

#[derive(Debug, Deserialize, PartialEq)]
struct User {
    sub: String,
    email: String,
    role: String,
}

/// Whose token this is, if it is good.
fn who(token: &str, keys: &JwkSet) -> Option<User> {
    let kid = decode_header(token).ok()?.kid?;
    let key = DecodingKey::from_jwk(keys.find(&kid)?).ok()?;
    let mut rules = Validation::new(Algorithm::EdDSA);
    rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    rules.set_issuer(&[ACCOUNTS]);
    rules.set_audience(&[ACCOUNTS]);
    Some(decode(token, &key, &rules).ok()?.claims)
}

/// The site at the machine's own time, which services go by.
fn now(mut site: Site) -> Site {
    site.world.cx.clock = Clock::System;
    ecosystem(Site::over(site.world, site.http))
}

async fn keys(site: &Site) -> JwkSet {
    serde_json::from_value(site.get("/api/auth/jwks").await.value()).unwrap()
}

async fn token(site: &Site) -> String {
    let answer = site.get("/api/auth/token").await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"), "{}", answer.text());
    answer.value()["token"].as_str().unwrap().to_owned()
}

/// A token of that header and those claims, with that signature.
fn forged(header: &Value, claims: &Value, signature: &[u8]) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{}", part(header), part(claims), URL_SAFE_NO_PAD.encode(signature))
}

/// A key of somebody else's.
fn stranger() -> EncodingKey {
    let seed = [7u8; 32];
    let head = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
    EncodingKey::from_ed_der(&[&head[..], &seed].concat())
}

db::both! {
    async fn a_service_knows_by_the_published_keys_who_somebody_is(site: Site) {
        let site = now(site);
        let id = sign_up(&site, ADA).await["user"]["id"].as_str().unwrap().to_owned();
        let answer = site.another().get("/api/auth/jwks").await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
        assert_eq!(answer.header("cache-control"), "public, max-age=300");
        assert!(answer.headers.get(header::SET_COOKIE).is_none(), "it is everybody's");
        let user = who(&token(&site).await, &keys(&site).await);
        assert_eq!(user, Some(User { sub: id, email: ADA.to_owned(), role: "user".to_owned() }));
    }

    async fn a_program_gets_a_token_for_the_session_that_it_bears(site: Site) {
        let site = now(site);
        let opened = sign_up(&site, ADA).await;
        let bearer = format!("Bearer {}", opened["token"].as_str().unwrap());
        let request = Request::get("/api/auth/token").header(header::AUTHORIZATION, bearer);
        let answer = site.another().send(request, "").await;
        assert!(who(answer.value()["token"].as_str().unwrap(), &keys(&site).await).is_some());
    }

    async fn a43_a_token_that_we_did_not_sign_as_it_stands_is_nobody_s(site: Site) {
        let site = now(site);
        sign_up(&site, ADA).await;
        let (good, keys) = (token(&site).await, keys(&site).await);
        assert!(who(&good, &keys).is_some());
        let parts: Vec<&str> = good.split('.').collect();
        let read = |part: &str| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap() };
        let (header, claims, signature) = (read(parts[0]), read(parts[1]), URL_SAFE_NO_PAD.decode(parts[2]).unwrap());
        let with = |whole: &Value, name: &str, value: Value| { let mut whole = whole.clone(); whole[name] = value; whole };

        let admin = with(&claims, "role", json!("admin"));
        assert!(who(&forged(&header, &admin, &signature), &keys).is_none(), "changed");
        for none in ["none", "None", "NONE"] {
            assert!(who(&forged(&with(&header, "alg", json!(none)), &admin, b""), &keys).is_none());
        }
        // The public key as a shared secret, in whichever form.
        let published = keys.keys[0].clone();
        let shared = Header { kid: published.common.key_id.clone(), ..Header::new(Algorithm::HS256) };
        let x = serde_json::to_value(&published).unwrap()["x"].as_str().unwrap().to_owned();
        for secret in [x.as_bytes().to_vec(), URL_SAFE_NO_PAD.decode(&x).unwrap(), serde_json::to_vec(&published).unwrap(), Vec::new()] {
            let token = encode(&shared, &admin, &EncodingKey::from_secret(&secret)).unwrap();
            assert!(who(&token, &keys).is_none());
        }
        // Somebody else's key: under our key's name, under its own, and brought along.
        let theirs = Jwk::from_encoding_key(&stranger(), Algorithm::EdDSA).unwrap();
        for (kid, jwk) in [(published.common.key_id.clone(), None), (Some("theirs".to_owned()), None), (published.common.key_id.clone(), Some(theirs))] {
            let header = Header { kid, jwk, jku: Some("https://evil.example/jwks".to_owned()), ..Header::new(Algorithm::EdDSA) };
            assert!(who(&encode(&header, &admin, &stranger()).unwrap(), &keys).is_none());
        }
        assert!(who(&good[..good.len() - 1], &keys).is_none(), "cut short");
    }

    async fn a_token_is_over_after_a_quarter_of_an_hour(site: Site) {
        let site = ecosystem(site);
        // Services go by the machine's clock, some with a minute's grace; here it is still so long before.
        let until = |ago| site.world.wait(Clock::System.now().since(site.world.cx.now()).saturating_sub(ago));
        until(17 * MINUTE);
        sign_up(&site, ADA).await;
        assert!(who(&token(&site).await, &keys(&site).await).is_none());
        until(14 * MINUTE);
        assert!(who(&token(&site).await, &keys(&site).await).is_some());
    }

    async fn a30_an_ended_session_gets_no_token_at_once(site: Site) {
        let site = ecosystem(site).with(|settings| settings.jwt.with_session = true);
        let opened = sign_up(&site, ADA).await;
        token(&site).await;
        assert!(!site.get("/api/auth/get-session").await.header("set-auth-jwt").is_empty());
        // Another node ends it: what this one remembers, for a second, opens nothing here.
        site.world.write("DELETE FROM sessions", &[]).await;
        let kept = site.another();
        kept.keep(&format!("better-auth.session_token={}", site.browser.cookie("better-auth.session_token").unwrap()));
        refused(&site.get("/api/auth/token").await, 401, "UNAUTHORIZED");
        let answer = kept.get("/api/auth/get-session").await;
        assert_eq!((answer.value(), answer.header("set-auth-jwt")), (Value::Null, ""));
        let bearer = format!("Bearer {}", opened["token"].as_str().unwrap());
        refused(&site.another().send(Request::get("/api/auth/token").header(header::AUTHORIZATION, bearer), "").await, 401, "UNAUTHORIZED");
    }

    async fn a34_a_deleted_account_gets_no_token(site: Site) {
        let site = ecosystem(site);
        sign_up(&site, ADA).await;
        token(&site).await;
        let answer = site.json("/api/auth/delete-user", json!({ "callbackURL": "/bye" })).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let mail = link(&site, ADA).await;
        let kept = site.another();
        kept.keep(&format!("better-auth.session_token={}", site.browser.cookie("better-auth.session_token").unwrap()));
        assert_eq!(site.get(&mail).await.header("location"), "/bye");
        refused(&kept.get("/api/auth/token").await, 401, "UNAUTHORIZED");
    }

    async fn who_owes_a_second_factor_or_is_nobody_gets_no_token(site: Site) {
        let site = ecosystem(site);
        refused(&site.get("/api/auth/token").await, 401, "UNAUTHORIZED");
        sign_up(&site, ADA).await;
        let cookie = site.browser.cookie("better-auth.session_token").unwrap();
        let site = site.with(|settings| settings.two_factor.required = domain::settings::RequiredFor::Everyone);
        site.browser.keep(&format!("better-auth.session_token={cookie}"));
        refused(&site.get("/api/auth/token").await, 403, "TWO_FACTOR_REQUIRED");
    }

    async fn a_session_comes_with_a_token_where_the_operator_says_so(site: Site) {
        let site = now(site);
        sign_up(&site, ADA).await;
        assert!(site.get("/api/auth/get-session").await.headers.get("set-auth-jwt").is_none(), "it costs a signature");
        let cookie = site.browser.cookie("better-auth.session_token").unwrap();
        let site = site.with(|settings| settings.jwt.with_session = true);
        assert!(site.get("/api/auth/get-session").await.headers.get("set-auth-jwt").is_none(), "nobody's");
        site.browser.keep(&format!("better-auth.session_token={cookie}"));
        let answer = site.get("/api/auth/get-session").await;
        assert_eq!(who(answer.header("set-auth-jwt"), &keys(&site).await).unwrap().email, ADA);
    }

    async fn where_the_operator_wants_no_tokens_there_are_none(site: Site) {
        let site = ecosystem(site).with(|settings| (settings.jwt.enabled, settings.jwt.with_session) = (false, true));
        sign_up(&site, ADA).await;
        let empty = |answer: Answer| (answer.status, answer.body.len());
        assert_eq!(empty(site.get("/api/auth/token").await), (404, 0));
        assert_eq!(empty(site.get("/api/auth/jwks").await), (404, 0));
        assert!(site.get("/api/auth/get-session").await.headers.get("set-auth-jwt").is_none());
        assert_eq!(site.world.count("SELECT COUNT(*) FROM jwks").await, 0);
    }
}
