use domain::testing::HOUR;
use domain::testing::authenticator::Authenticator;
use serde_json::{Value, json};

use super::{ecosystem, person, refused, sign_up};
use crate::site::{Answer, Browser, Site};

const OPTIONS: &str = "/api/auth/passkey/generate-register-options";
const REGISTER: &str = "/api/auth/passkey/verify-registration";
const ASK: &str = "/api/auth/passkey/generate-authenticate-options";
const ENTER: &str = "/api/auth/passkey/verify-authentication";
const LIST: &str = "/api/auth/passkey/list-user-passkeys";
const RENAME: &str = "/api/auth/passkey/update-passkey";
const DELETE: &str = "/api/auth/passkey/delete-passkey";

/// Adds a passkey called "My key".
async fn add(browser: &Browser, device: &mut Authenticator) -> Value {
    let response = device.create(&browser.get(OPTIONS).await.value());
    let answer = browser.json(REGISTER, json!({ "response": response, "name": "My key" })).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.value()
}

async fn enter(browser: &Browser, device: &mut Authenticator) -> Answer {
    let response = device.get(&browser.get(ASK).await.value());
    browser.json(ENTER, json!({ "response": response })).await
}

db::both! {
    async fn a_passkey_has_the_wire_s_shape(site: Site) {
        let site = ecosystem(site);
        let user = sign_up(&site, "ada@example.com").await["user"]["id"].clone();
        let mut device = Authenticator::default();
        let passkey = add(&site.browser, &mut device).await;
        insta::assert_json_snapshot!("passkey", passkey, {
            ".id" => "[id]", ".userId" => "[id]", ".credentialID" => "[base64url]", ".publicKey" => "[base64]", ".createdAt" => "[time]",
        });
        assert_eq!(passkey["userId"], user);
        assert_eq!(site.get(LIST).await.value(), json!([passkey]));
    }

    async fn the_options_and_their_cookie_are_the_wire_s(site: Site) {
        let site = ecosystem(site);
        sign_up(&site, "ada@example.com").await;
        let passkey = add(&site.browser, &mut Authenticator::default()).await;
        let answer = site.get(&format!("{OPTIONS}?name=Work&authenticatorAttachment=cross-platform")).await;
        let options = answer.value();
        assert_eq!((&options["rp"]["id"], &options["user"]["name"]), (&json!("localhost"), &json!("Work")));
        assert_eq!(options["excludeCredentials"][0]["id"], passkey["credentialID"]);
        assert_eq!(options["authenticatorSelection"]["authenticatorAttachment"], "cross-platform");
        let cookie = answer.header("set-cookie");
        assert!(cookie.starts_with("better-auth.better-auth-passkey="), "{cookie}");
        assert!(cookie.ends_with("; Max-Age=300; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
        assert_eq!(answer.header("cache-control"), "no-store");
        refused(&site.get(&format!("{OPTIONS}?authenticatorAttachment=x")).await, 400, "VALIDATION_ERROR");
        let options = site.get(ASK).await.value();
        assert_eq!((&options["rpId"], &options["allowCredentials"][0]["id"]), (&json!("localhost"), &passkey["credentialID"]));
        assert_eq!(site.another().get(ASK).await.value().get("allowCredentials"), None, "a29: nobody's keys are told");
    }

    async fn a_passkey_signs_in(site: Site) {
        let site = ecosystem(site);
        sign_up(&site, "ada@example.com").await;
        let mut device = Authenticator::default();
        add(&site.browser, &mut device).await;
        let browser = site.another();
        let whole = enter(&browser, &mut device).await;
        assert_eq!(whole.status, 200, "{}", whole.text());
        assert_eq!(browser.get("/api/auth/get-session").await.value(), whole.value());
        assert_eq!(whole.value()["user"]["email"], "ada@example.com");
        assert_eq!(browser.cookie("better-auth.better-auth-passkey"), None, "it is spent");
    }

    async fn a21_a_passkey_is_not_asked_for_a_second_factor(site: Site) {
        let site = ecosystem(site);
        let email = sign_up(&site, "ada@example.com").await["user"]["email"].clone();
        let mut device = Authenticator::default();
        add(&site.browser, &mut device).await;
        site.world.write("UPDATE users SET two_factor_enabled = true", &[]).await;
        let password = json!({ "email": email, "password": domain::testing::PASSWORD });
        let challenged = site.another().json("/api/auth/sign-in/email", password).await;
        assert_eq!(challenged.value()["twoFactorRedirect"], json!(true));
        let browser = site.another();
        assert!(enter(&browser, &mut device).await.value()["session"]["token"].is_string());
        assert!(browser.get("/api/auth/get-session").await.value().is_object());
    }

    async fn a28_what_does_not_belong_together_is_refused(site: Site) {
        let site = ecosystem(site);
        sign_up(&site, "ada@example.com").await;
        let mut device = Authenticator::default();
        refused(&site.json(REGISTER, json!({ "response": {} })).await, 400, "CHALLENGE_NOT_FOUND");
        refused(&site.another().json(ENTER, json!({ "response": { "id": "x" } })).await, 400, "CHALLENGE_NOT_FOUND");
        refused(&site.json(ENTER, json!({})).await, 400, "VALIDATION_ERROR");
        refused(&site.json(REGISTER, json!({ "response": "x", "name": 1 })).await, 400, "VALIDATION_ERROR");

        let response = device.create(&site.get(OPTIONS).await.value());
        site.get(ASK).await;
        refused(&site.json(REGISTER, json!({ "response": response })).await, 400, "CHALLENGE_NOT_FOUND");
        let response = device.create(&site.get(OPTIONS).await.value());
        site.get(OPTIONS).await;
        refused(&site.json(REGISTER, json!({ "response": response })).await, 400, "FAILED_TO_VERIFY_REGISTRATION");
        device.keys.clear();
        let passkey = add(&site.browser, &mut device).await;
        let response = device.create_as(&site.get(OPTIONS).await.value(), device.keys[0].id.clone());
        refused(&site.json(REGISTER, json!({ "response": response })).await, 400, "PREVIOUSLY_REGISTERED");
        device.keys.pop();

        let mut unverified = Authenticator { verified: false, ..device.clone() };
        refused(&enter(&site.another(), &mut unverified).await, 400, "AUTHENTICATION_FAILED");
        let (thief, victim) = (site.another(), site.another());
        let response = device.get(&victim.get(ASK).await.value());
        thief.get(ASK).await;
        refused(&thief.json(ENTER, json!({ "response": response })).await, 400, "AUTHENTICATION_FAILED");
        assert_eq!(site.json(DELETE, json!({ "id": passkey["id"] })).await.value(), json!({ "status": true }));
        refused(&enter(&site.another(), &mut device).await, 401, "PASSKEY_NOT_FOUND");
    }

    async fn a28_another_s_passkey_is_neither_renamed_nor_deleted(site: Site) {
        let site = ecosystem(site);
        sign_up(&site, "ada@example.com").await;
        let id = add(&site.browser, &mut Authenticator::default()).await["id"].clone();
        let eve = site.another();
        eve.json("/api/auth/sign-up/email", person("eve@example.com")).await;
        let refusal = "YOU_ARE_NOT_ALLOWED_TO_REGISTER_THIS_PASSKEY";
        refused(&eve.json(RENAME, json!({ "id": id, "name": "Mine" })).await, 401, refusal);
        refused(&eve.json(DELETE, json!({ "id": id })).await, 401, refusal);
        refused(&eve.json(RENAME, json!({ "id": "x", "name": "Mine" })).await, 404, "PASSKEY_NOT_FOUND");
        refused(&eve.json(DELETE, json!({ "id": "x" })).await, 404, "PASSKEY_NOT_FOUND");
        refused(&eve.json(DELETE, json!({})).await, 400, "VALIDATION_ERROR");
        let renamed = site.json(RENAME, json!({ "id": id, "name": "Renamed" })).await;
        assert_eq!(renamed.value()["passkey"]["name"], "Renamed");
    }

    async fn who_is_not_signed_in_or_not_lately_is_refused(site: Site) {
        for path in [OPTIONS, LIST] {
            refused(&site.get(path).await, 401, "UNAUTHORIZED");
        }
        for path in [REGISTER, RENAME, DELETE] {
            refused(&site.json(path, json!({ "id": "x", "name": "x", "response": {} })).await, 401, "UNAUTHORIZED");
        }
        let site = ecosystem(site);
        sign_up(&site, "ada@example.com").await;
        let id = add(&site.browser, &mut Authenticator::default()).await["id"].clone();
        site.world.wait(25 * HOUR);
        refused(&site.get(OPTIONS).await, 403, "SESSION_NOT_FRESH");
        refused(&site.json(DELETE, json!({ "id": id })).await, 403, "SESSION_NOT_FRESH");
        assert_eq!(site.get(LIST).await.status, 200);
    }

    async fn a_passkey_is_what_may_be_set_up_by_who_must(site: Site) {
        let site = ecosystem(site).with(|settings| settings.two_factor.required = domain::settings::RequiredFor::Everyone);
        sign_up(&site, "ada@example.com").await;
        refused(&site.get("/api/auth/list-accounts").await, 403, "TWO_FACTOR_REQUIRED");
        add(&site.browser, &mut Authenticator::default()).await;
        assert_eq!(site.get("/api/auth/list-accounts").await.status, 200);
    }

    async fn where_the_address_is_a_number_there_are_no_passkeys(site: Site) {
        let site = site.with(|settings| settings.base_url = "http://127.0.0.1:3000".parse().unwrap());
        refused(&site.get(ASK).await, 501, "PASSKEYS_NOT_AVAILABLE");
    }
}
