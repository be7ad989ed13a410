//! Attacks at the doors that no other file is about; docs/security.md lists where each of them is held off.

use std::collections::BTreeSet;
use std::path::Path;

use axum::extract::Request;
use domain::testing::{DAY, PASSWORD};
use http::header;
use serde_json::{Value, json};

use crate::site::{Answer, Browser, ORIGIN, Site};

const ADA: &str = "ada@example.com";
const SESSION: &str = "better-auth.session_token";

/// A browser in which somebody has signed in.
async fn user(site: &Site, email: &str) -> Browser {
    site.world.user(email).await;
    let browser = site.another();
    let answer = browser.json("/api/auth/sign-in/email", json!({ "email": email, "password": PASSWORD })).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    browser
}

async fn session(browser: &Browser) -> Value {
    browser.get("/api/auth/get-session").await.value()
}

/// Asks with a session cookie that somebody made up or has kept.
async fn with_cookie(site: &Site, cookie: &str) -> Answer {
    let request = Request::get("/api/auth/get-session").header(header::COOKIE, format!("{SESSION}={cookie}"));
    site.another().send(request, "").await
}

/// The same by a program, in a header.
async fn with_header(site: &Site, token: &str) -> Answer {
    let request = Request::get("/api/auth/get-session").header(header::AUTHORIZATION, format!("Bearer {token}"));
    site.another().send(request, "").await
}

/// Calls a server function as a page at `referer` does.
async fn call(browser: &Browser, name: &str, referer: &str, body: &Value) -> Answer {
    let request = Request::post(format!("/_fn/{name}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ORIGIN, ORIGIN)
        .header("sec-fetch-site", "same-origin")
        .header(header::REFERER, referer);
    browser.send(request, body.to_string()).await
}

/// The names of the server functions, from the sources.
fn server_functions(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(server_functions(&path));
            continue;
        }
        let text = std::fs::read_to_string(path).unwrap();
        found.extend(
            text.split("#[server(endpoint = \"")
                .skip(1)
                .filter_map(|rest| rest.split('"').next())
                .map(ToOwned::to_owned),
        );
    }
    found
}

/// What only somebody signed in may call.
fn for_members() -> [(&'static str, Value); 5] {
    [
        ("authenticator", json!({ "code": "123456", "next": "" })),
        ("change-password", json!({ "present": PASSWORD, "new": "An0ther-one!", "end_others": true })),
        ("confirm-access", json!({ "password": PASSWORD, "code": "", "method": "", "next": "" })),
        ("onboarding", json!({ "step": "experience", "typed": [["experience", "10+"], ["Go", "on"]] })),
        ("phone-number", json!({ "phone": "+4915112345678", "code": "", "next": "" })),
    ]
}

/// What is for guests too: signing in, and what leads there.
const FOR_GUESTS: [&str; 9] = [
    "email-code",
    "passkey-begin",
    "passkey-finish",
    "password-strength",
    "request-mail",
    "reset-password",
    "sign-in",
    "sign-up",
    "two-factor",
];

db::both! {
    async fn a2_the_page_that_a_late_form_came_from_is_one_of_ours_or_none(site: Site) {
        let ada = user(&site, ADA).await;
        site.world.wait(30 * DAY);
        let body = json!({ "present": PASSWORD, "new": "An0ther-one!", "end_others": true });
        for (referer, next) in [
            ("https://evil.example/settings/security?a=b", Some("/sign-in?next=%2Fsettings%2Fsecurity%3Fa%3Db")),
            ("http://localhost:3000/settings", Some("/sign-in?next=%2Fsettings")),
            ("https://evil.example//evil.example/x", None), ("https://evil.example/%09/evil.example", None), ("https://evil.example/\\evil.example", None),
            ("javascript:alert(1)", None), ("//evil.example", None), ("\\\\evil.example", None), ("data:text/html,x", None),
        ] {
            let answer = call(&ada, "change-password", referer, &body).await.value();
            let to = answer["Go"].as_str().unwrap_or_default();
            assert!(to.starts_with("/sign-in") && !to.contains("evil"), "{referer} leads to {answer}");
            assert!(next.is_none_or(|next| to == next), "{referer} leads to {to}");
        }
        // A form without script has its page in its own address.
        let form = Request::post("/settings/security")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .header(header::REFERER, "https://evil.example/elsewhere");
        let answer = ada.send(form, "").await;
        assert!(answer.status == 303 && answer.header("location").starts_with("/sign-in?next=%2Fsettings%2Fsecurity"), "{answer:?}");
    }

    async fn a7_nobody_verifies_what_they_have_not_proved(site: Site) {
        let ada = user(&site, ADA).await;
        let before = session(&ada).await["user"].clone();
        for (name, value) in [
            ("emailVerified", json!(false)), ("phoneNumberVerified", json!(true)), ("phoneNumber", json!("+4915112345678")), ("email", json!("x@example.com")),
            ("role", json!("admin")), ("banned", json!(false)), ("banExpires", json!(null)), ("twoFactorEnabled", json!(false)), ("isAnonymous", json!(true)),
        ] {
            let answer = ada.json("/api/auth/update-user", json!({ "name": "Eve", name: value })).await;
            assert_eq!(answer.status, 400, "{name}: {}", answer.text());
        }
        // What isn't anybody's to set and has no name of its own is left alone.
        for body in [json!({ "id": "x", "name": "Ada Lovelace" }), json!({ "userId": "x", "createdAt": "2000-01-01T00:00:00Z", "name": "Ada Lovelace" })] {
            ada.json("/api/auth/update-user", body).await;
        }
        let mut after = session(&ada).await["user"].clone();
        after["updatedAt"] = before["updatedAt"].clone();
        assert_eq!(after, before);
    }

    async fn a10_one_mailbox_at_every_door_that_sends(site: Site) {
        let ada = user(&site, ADA).await;
        let mails = site.world.count("SELECT COUNT(*) FROM mails").await;
        for email in ["a@x.com,b@y.com", "a@x.com;b@y.com", "a@x.com\r\nBcc: b@y.com", "a@x.com\nb@y.com", "a@b@y.com", "<a@x.com>", "A <a@x.com>", "a@x.com b@y.com"] {
            for (path, field) in [
                ("request-password-reset", "email"), ("sign-in/magic-link", "email"), ("send-verification-email", "email"), ("email-otp/send-verification-otp", "email"),
                ("forget-password/email-otp", "email"), ("change-email", "newEmail"),
            ] {
                let body = json!({ field: email, "type": "sign-in" });
                let answer = ada.json(&format!("/api/auth/{path}"), body).await;
                assert_eq!(answer.status, 400, "{path} {email:?}: {}", answer.text());
            }
            let sign_up = json!({ "name": "A", "email": email, "password": PASSWORD });
            assert_eq!(site.another().json("/api/auth/sign-up/email", sign_up).await.status, 400, "{email:?}");
            for path in ["/sign-up", "/forgot-password", "/magic-link", "/email-code"] {
                let answer = site.another().form(path, &[("name", "A"), ("email", email), ("password", PASSWORD)]).await;
                assert!((400..500).contains(&answer.status), "{path} {email:?} gave {}", answer.status);
            }
        }
        assert_eq!(site.world.count("SELECT COUNT(*) FROM mails").await, mails);
        assert_eq!(site.world.count("SELECT COUNT(*) FROM users").await, 1);
    }

    async fn a11_no_spelling_of_an_address_makes_a_second_account(site: Site) {
        site.world.user("kim@example.com").await;
        for spelling in ["KIM@EXAMPLE.COM", " kim@example.com ", "kim＠example.com", "\u{212A}im@example.com", "ｋim@example.com", "Kim@Example.Com"] {
            let browser = site.another();
            browser.json("/api/auth/sign-up/email", json!({ "name": "Eve", "email": spelling, "password": "Ev3-was-here!" })).await;
            browser.json("/api/auth/sign-in/magic-link", json!({ "email": spelling })).await;
            assert_eq!(site.world.count("SELECT COUNT(*) FROM users").await, 1, "{spelling}");
            let mine = browser.json("/api/auth/sign-in/email", json!({ "email": spelling, "password": PASSWORD })).await;
            assert_eq!(mine.status, 200, "{spelling}: {}", mine.text());
            let hers = browser.json("/api/auth/sign-in/email", json!({ "email": spelling, "password": "Ev3-was-here!" })).await;
            assert_eq!(hers.status, 401, "{spelling}");
        }
        // What only looks alike is another address, whose mails go elsewhere.
        for other in ["kım@example.com", "kim@exаmple.com"] {
            let answer = site.another().json("/api/auth/sign-in/email", json!({ "email": other, "password": PASSWORD })).await;
            assert!(matches!(answer.status, 400 | 401), "{other}");
        }
    }

    async fn a29_a_planted_cookie_is_not_taken_over(site: Site) {
        let eve = user(&site, "eve@example.com").await;
        let planted = eve.cookie(SESSION).unwrap();
        site.world.user(ADA).await;
        let ada = site.another();
        ada.keep(&format!("{SESSION}={planted}"));
        let answer = ada.json("/api/auth/sign-in/email", json!({ "email": ADA, "password": PASSWORD })).await;
        assert_eq!(answer.status, 200);
        assert_ne!(ada.cookie(SESSION).unwrap(), planted);
        assert_eq!(session(&ada).await["user"]["email"], ADA);
        let theirs = with_cookie(&site, &planted).await.value();
        assert_ne!(theirs["user"]["email"], ADA, "whoever planted it isn't Ada now");
    }

    async fn a30_an_ended_session_opens_no_door(site: Site) {
        let ada = user(&site, ADA).await;
        let stolen = format!("{SESSION}={}", ada.cookie(SESSION).unwrap());
        // What a refused browser would forget, a thief keeps.
        let thief = || {
            let thief = site.another();
            thief.keep(&stolen);
            thief
        };
        assert_eq!(session(&thief()).await["user"]["email"], ADA, "it was just looked up, and is remembered");
        assert_eq!(ada.json("/api/auth/sign-out", json!({})).await.status, 200);
        assert!(session(&thief()).await.is_null());
        for (path, body) in [
            ("update-session", json!({ "theme": "x" })), ("update-user", json!({ "name": "Eve" })), ("delete-user", json!({ "password": PASSWORD })),
            ("change-password", json!({ "currentPassword": PASSWORD, "newPassword": "An0ther-one!" })), ("change-email", json!({ "newEmail": "eve@example.com" })),
            ("revoke-sessions", json!({})), ("get-access-token", json!({ "providerId": "google" })), ("organization/create", json!({ "name": "A", "slug": "a" })),
        ] {
            assert_eq!(thief().json(&format!("/api/auth/{path}"), body).await.status, 401, "{path}");
        }
        for path in ["/api/auth/list-sessions", "/api/auth/list-accounts"] {
            assert_eq!(thief().get(path).await.status, 401, "{path}");
        }
    }

    async fn a40_thousands_of_guesses_find_no_session(site: Site) {
        let ada = user(&site, ADA).await;
        let cookie = ada.cookie(SESSION).unwrap();
        let (token, signature) = cookie.split_once('.').unwrap();
        // Whatever is one letter off, or a part of it, with the right signature of another: as near as a guess can come.
        for place in 0..token.len() {
            for letter in ["a", "Z", "0"] {
                let mut guess = token.to_owned();
                guess.replace_range(place..=place, letter);
                if guess != token {
                    assert!(with_cookie(&site, &format!("{guess}.{signature}")).await.value().is_null(), "{guess}");
                    assert!(with_header(&site, &guess).await.value().is_null(), "{guess}");
                }
            }
            assert!(with_cookie(&site, &format!("{}.{signature}", &token[..place])).await.value().is_null());
        }
        for guess in 0..5_000 {
            let guess = format!("{guess:032}");
            for answer in [with_cookie(&site, &format!("{guess}.{signature}")).await, with_header(&site, &guess).await] {
                assert_eq!((answer.status, answer.text().as_str()), (200, "null"));
            }
        }
        assert_eq!(with_header(&site, token).await.value()["user"]["email"], ADA, "what is right is found");
    }

    async fn a47_no_way_in_takes_what_a_foreign_form_can_send(site: Site) {
        site.world.user(ADA).await;
        let right = json!({ "email": ADA, "username": "ada", "password": PASSWORD, "phoneNumber": "+4915112345678", "code": "123456", "otp": "123456", "response": {} });
        let form = "email=ada%40example.com&password=Tr1cky-enough&username=ada&otp=123456&code=123456";
        for path in [
            "sign-in/email", "sign-in/username", "sign-in/phone-number", "sign-in/email-otp", "sign-in/social", "sign-in/magic-link", "sign-up/email", "phone-number/verify",
            "passkey/verify-authentication", "two-factor/verify-totp", "two-factor/verify-backup-code", "email-otp/verify-email", "email-otp/reset-password", "reset-password",
        ] {
            for (kind, body) in [("text/plain", right.to_string()), ("application/x-www-form-urlencoded", form.to_owned()), ("multipart/form-data; boundary=x", right.to_string())] {
                let request = Request::post(format!("/api/auth/{path}")).header(header::CONTENT_TYPE, kind).header(header::ORIGIN, "https://evil.example");
                let answer = site.another().send(request.header("sec-fetch-site", "cross-site").header("sec-fetch-mode", "navigate"), body).await;
                assert!(matches!(answer.status, 403 | 415) && !answer.headers.contains_key(header::SET_COOKIE), "{path} {kind} gave {}", answer.status);
            }
        }
    }

    async fn a48_names_are_text_on_every_page(site: Site) {
        let evil = "<img src=x onerror=alert(1)>\"'><script>alert(1)</script>";
        let ada = user(&site, ADA).await;
        assert_eq!(ada.json("/api/auth/update-user", json!({ "fullName": evil, "bio": evil })).await.status, 200);
        let named = ada.json("/api/auth/update-user", json!({ "name": evil })).await;
        assert!(matches!(named.status, 200 | 400), "{}", named.text());
        let made = ada.json("/api/auth/organization/create", json!({ "name": evil, "slug": "acme" })).await;
        assert_eq!(made.status, 200, "{}", made.text());
        ada.json("/api/auth/organization/create-team", json!({ "name": evil })).await;
        let answer = ada.json("/api/auth/organization/update", json!({ "data": { "logo": "javascript:alert(1)" } })).await;
        assert_eq!(answer.status, 400, "{}", answer.text());
        let mut shown = 0;
        for path in [
            "/", "/profile", "/settings", "/settings/security", "/organizations", "/organizations/acme", "/organizations/acme/members", "/organizations/acme/teams",
            "/organizations/acme/roles", "/organizations/acme/settings", "/organizations/acme/invitations", "/sign-in?error=%3Cscript%3Ealert(1)%3C/script%3E",
            "/sign-in/failed?error=%3Cscript%3Ealert(1)%3C/script%3E&error_description=%3Cscript%3Ealert(1)%3C/script%3E",
        ] {
            let page = ada.get(path).await.text();
            assert!(!page.contains("<img src=x") && !page.contains("<script>alert"), "{path}: {page}");
            shown += usize::from(page.contains("&lt;img src=x"));
        }
        assert!(shown >= 5, "the name is there, as text: on {shown} pages");
    }

    async fn a53_searches_orders_and_pages_are_no_statements(site: Site) {
        let ada = user(&site, ADA).await;
        assert_eq!(ada.json("/api/auth/organization/create", json!({ "name": "Acme", "slug": "acme" })).await.status, 200);
        let path = |query: &[(&str, &str)]| {
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
            format!("/api/auth/organization/list-members?{query}")
        };
        let evil = ["' OR '1'='1", "'; DROP TABLE users; --", "%", "_", "\\", "(select password from accounts)", "\u{0}", "$1"];
        for text in evil {
            for query in [
                vec![("sortBy", text)], vec![("filterField", text), ("filterValue", "x")], vec![("limit", text)], vec![("offset", text)],
                vec![("filterField", "role"), ("filterOperator", text), ("filterValue", "x")],
            ] {
                let answer = ada.get(&path(&query)).await;
                assert_eq!(answer.status, 400, "{query:?}: {}", answer.text());
            }
            for (field, operator) in [("name", "contains"), ("email", "contains"), ("role", "eq")] {
                let answer = ada.get(&path(&[("filterField", field), ("filterOperator", operator), ("filterValue", text)])).await;
                assert!(answer.status == 400 || answer.value()["total"] == 0, "{field} {text}: {}", answer.text());
            }
            let page: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
            for part in ["search", "role", "order", "page"] {
                let status = ada.get(&format!("/organizations/acme/members?{part}={page}")).await.status;
                assert!(status < 500, "{part}={text} gave {status}");
            }
        }
        for (limit, offset) in [("0", "0"), ("4294967295", "4294967295"), ("1", "4294967295")] {
            let answer = ada.get(&path(&[("limit", limit), ("offset", offset)])).await;
            assert!(matches!(answer.status, 200 | 400), "{limit} {offset}: {}", answer.text());
        }
        for number in ["-1", "1e3", "4294967296", "0x1"] {
            assert_eq!(ada.get(&path(&[("limit", number)])).await.status, 400, "{number}");
        }
        assert_eq!(session(&ada).await["user"]["email"], ADA, "the tables are still there");
    }

    async fn a56_server_functions_decide_by_themselves(site: Site) {
        let declared: BTreeSet<_> = for_members().iter().map(|(name, _)| *name).chain(FOR_GUESTS).map(ToOwned::to_owned).collect();
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/src");
        assert_eq!(server_functions(&sources), declared, "a new one is either for guests or for members only");
        let ended = user(&site, ADA).await;
        let stolen = ended.cookie(SESSION).unwrap();
        ended.json("/api/auth/sign-out", json!({})).await;
        let forged = format!("{}x", &stolen[..stolen.len() - 1]);
        for cookie in [None, Some(stolen), Some(forged)] {
            for (name, body) in for_members() {
                let browser = site.another();
                if let Some(cookie) = &cookie {
                    browser.keep(&format!("{SESSION}={cookie}"));
                }
                let answer = call(&browser, name, "http://localhost:3000/settings", &body).await;
                let to = answer.value()["Go"].as_str().unwrap_or_default().to_owned();
                assert!(to == "/sign-in?next=%2Fsettings" || to == "/sign-in?next=%2Fonboarding%2Fexperience", "{name}: {}", answer.text());
            }
        }
        let again = site.another().json("/api/auth/sign-in/email", json!({ "email": ADA, "password": PASSWORD })).await;
        assert_eq!(again.status, 200, "the password is what it was");
    }

    async fn of_a_key_that_comes_twice_the_last_counts_everywhere(site: Site) {
        site.world.user(ADA).await;
        let send = async |body: String| {
            let request = Request::post("/api/auth/sign-in/email").header(header::CONTENT_TYPE, "application/json").header(header::ORIGIN, ORIGIN);
            site.another().send(request, body).await.status
        };
        assert_eq!(send(format!(r#"{{"email":"{ADA}","password":"wrong","password":"{PASSWORD}"}}"#)).await, 200);
        assert_eq!(send(format!(r#"{{"email":"{ADA}","password":"{PASSWORD}","password":"wrong"}}"#)).await, 401);
        let refused = format!(r#"{{"email":"{ADA}","password":"{PASSWORD}","callbackURL":"/","callbackURL":"https://evil.example"}}"#);
        assert_eq!(send(refused).await, 403, "the one that is checked is the one that is used");
    }
}

/// Where a hole was mended: what is older isn't built in.
const FLOORS: [(&str, [u64; 3]); 4] =
    [("h2", [0, 4, 16]), ("rustls-webpki", [0, 103, 13]), ("time", [0, 3, 47]), ("ammonia", [4, 1, 4])];

#[test]
fn a60_nothing_with_a_known_hole_is_built_in() {
    let lock = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock")).unwrap();
    let mut packages = Vec::new();
    for package in lock.split("[[package]]").skip(1) {
        let value =
            |key: &str| package.split(&format!("{key} = \"")).nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        packages.push((value("name"), value("version")));
    }
    assert!(packages.len() > 100, "the list was read");
    for (name, version) in packages {
        let numbers: Vec<u64> = version.split(['.', '-', '+']).take(3).map(|part| part.parse().unwrap()).collect();
        if let Some((_, floor)) = FLOORS.iter().find(|(floor, _)| *floor == name) {
            assert!(numbers[..] >= floor[..], "{name} {version}");
        }
        assert!(!name.starts_with("boring"), "mail goes by rustls: {name}");
    }
}
