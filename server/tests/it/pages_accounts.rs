//! Several accounts in one browser, and how a session ends, as a browser without JavaScript meets them.

use axum::extract::Request;
use domain::settings::MailCodes;
use domain::testing::{DAY, HOUR, PASSWORD, SECOND};
use http::header;
use serde_json::json;

use crate::pages_settings::{STALE, flash, form_of, sign_in, value};
use crate::site::{Answer, Browser, ORIGIN, Site};

/// Signs in as somebody new beside whoever is there.
async fn add(site: &Site, name: &str) {
    site.world.wait(SECOND);
    let email = format!("{name}@example.com");
    site.world.user(&email).await;
    assert_eq!(sign_in(&site.browser, &email, PASSWORD).await.status, 303);
}

async fn who(site: &Site) -> String {
    let answer = site.get("/api/auth/get-session").await.value();
    answer["user"]["email"].as_str().unwrap_or("nobody").split('@').next().unwrap().to_owned()
}

/// The value of the button in the menu that switches to somebody.
fn button(page: &str, name: &str) -> String {
    let form = form_of(page, "/accounts/switch");
    let button =
        form.split("<button").find(|button| button.contains(&format!("{name}@example.com"))).expect("the button");
    button.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

/// What the page says that was opened as one account while another is active; what was posted to it wasn't done.
fn refused(answer: &Answer, now: &str) -> String {
    let page = answer.text();
    assert_eq!(answer.status, 409, "{page}");
    assert!(
        page.contains("You switched to another account") && page.contains(&format!("({now}@example.com) now")),
        "{page}"
    );
    page
}

async fn name_of(site: &Site, name: &str) -> String {
    let found = match name {
        "ada" => site.world.row::<(String,)>("SELECT name FROM users WHERE email = 'ada@example.com'").await,
        _ => site.world.row::<(String,)>("SELECT name FROM users WHERE email = 'grace@example.com'").await,
    };
    found.0
}

/// Which message a page has of its session, if any.
fn standing(page: &str) -> Option<&str> {
    page.split("data-standing=\"").nth(1)?.split('"').next()
}

db::both! {
    async fn the_menu_switches_between_accounts(site: Site) {
        add(&site, "ada").await;
        let page = site.get("/settings").await.text();
        assert!(page.contains("href=\"/sign-in?add=1\"") && !page.contains("/accounts/switch") && !page.contains("all accounts"));
        let adding = site.get("/sign-in?add=1").await;
        assert_eq!(adding.status, 200, "somebody signed in gets the form");
        assert!(button(&adding.text(), "ada").len() > 16);
        assert_eq!(site.get("/sign-in").await.status, 303, "not without asking for it");
        add(&site, "grace").await;
        add(&site, "linus").await;
        let page = site.get("/settings").await.text();
        let form = form_of(&page, "/accounts/switch");
        assert!(form.contains("ada@example.com") && form.contains("grace@example.com") && !form.contains("linus@example.com"));

        let answer = site.form("/accounts/switch", &[("session", &button(&page, "ada"))]).await;
        assert_eq!(answer.header("location"), "/");
        assert_eq!(flash(&site, &answer).await, "You switched accounts. You are Ada Lovelace (ada@example.com) now.");
        assert_eq!(who(&site).await, "ada");
    }

    async fn a33_the_page_switches_only_to_what_the_browser_holds(site: Site) {
        add(&site, "ada").await;
        add(&site, "grace").await;
        let page = site.get("/settings").await.text();
        let ada = button(&page, "ada");
        let stranger = site.another();
        let answer = stranger.form("/accounts/switch", &[("session", &ada)]).await;
        assert_eq!(answer.header("location"), "/sign-in?add=1");
        assert!(stranger.cookie("better-auth.session_token").is_none());
        let answer = site.form("/accounts/switch", &[]).await;
        assert_eq!(flash(&site, &answer).await, "That account is signed out. Sign in to it again.");
        assert_eq!(who(&site).await, "grace");
    }

    async fn a47_another_site_switches_no_account(site: Site) {
        add(&site, "ada").await;
        add(&site, "grace").await;
        let ada = button(&site.get("/settings").await.text(), "ada");
        for path in ["/accounts/switch", "/api/auth/multi-session/set-active", "/api/auth/multi-session/revoke"] {
            let request = Request::post(path)
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .header(header::ORIGIN, "https://evil.example")
                .header("sec-fetch-site", "cross-site");
            let answer = site.send(request, format!("session={ada}&sessionToken={ada}")).await;
            assert!(matches!(answer.status, 403 | 415), "{path}: {}", answer.status);
        }
        assert!(matches!(site.get("/accounts/switch").await.status, 404 | 405), "no link or picture does");
        assert_eq!(who(&site).await, "grace");
    }

    async fn signing_out_of_one_account_leads_to_the_next(site: Site) {
        for name in ["ada", "grace", "linus"] {
            add(&site, name).await;
        }
        let answer = site.form("/sign-out", &[]).await;
        assert_eq!(answer.header("clear-site-data"), "\"cache\"");
        assert_eq!(flash(&site, &answer).await, "That account is signed out. You are Ada Lovelace (grace@example.com) now.");
        assert_eq!(who(&site).await, "grace");
        let answer = site.form("/sign-out", &[("all", "yes")]).await;
        assert_eq!(flash(&site, &answer).await, "You are signed out of all accounts.");
        assert_eq!((who(&site).await.as_str(), site.world.count("SELECT COUNT(*) FROM sessions WHERE factor = 'password'").await), ("nobody", 0));
    }

    async fn a_second_session_of_an_account_is_held_until_the_account_is_signed_out(site: Site) {
        // Two tabs signed in at once: neither saw the other's cookie.
        add(&site, "ada").await;
        let held = |browser: &Browser| {
            let token = browser.cookie("better-auth.session_token").unwrap();
            (format!("better-auth.session_token_multi-{}", token.split('.').next().unwrap().to_lowercase()), token)
        };
        let (first, _) = held(&site.browser);
        let tab = site.another();
        sign_in(&tab, "ada@example.com", PASSWORD).await;
        add(&site, "grace").await;
        let (second, token) = held(&tab);
        site.browser.keep(&format!("{second}={token}; Path=/"));
        let listed = site.get("/api/auth/multi-session/list-device-sessions").await.value();
        assert_eq!(listed.as_array().unwrap().len(), 2, "one a user: {listed}");
        let page = site.get("/sign-in?add=1").await.text();
        for name in [&first, &second] {
            assert!(site.browser.cookie(name).is_some(), "what lives stays in sight");
        }
        site.form("/accounts/switch", &[("session", &button(&page, "ada"))]).await;
        site.form("/sign-out", &[]).await;
        assert_eq!(who(&site).await, "grace");
        assert_eq!((site.browser.cookie(&first), site.browser.cookie(&second)), (None, None));
        let left = "SELECT COUNT(*) FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.email = 'ada@example.com' AND s.factor = 'password'";
        assert_eq!(site.world.count(left).await, 0);
    }

    async fn who_is_signed_out_finds_the_other_accounts_at_the_sign_in_page(site: Site) {
        add(&site, "ada").await;
        add(&site, "grace").await;
        site.json("/api/auth/revoke-sessions", json!({})).await;
        let page = site.get("/sign-in").await.text();
        let ada = button(&page, "ada");
        assert!(!page.contains("grace@example.com"));
        site.form("/accounts/switch", &[("session", &ada)]).await;
        assert_eq!(who(&site).await, "ada");
        assert!(!site.another().get("/sign-in").await.text().contains("/accounts/switch"), "who holds none is offered none");
    }

    async fn a22_the_second_factor_of_an_added_account_leaves_the_others_alone(site: Site) {
        let site = site.with(|settings| settings.two_factor.mail = MailCodes::Everyone);
        add(&site, "grace").await;
        let enabled = site.json("/api/auth/two-factor/enable", json!({ "password": PASSWORD, "method": "otp" })).await;
        assert_eq!(enabled.status, 200, "{}", enabled.text());
        site.form("/sign-out", &[]).await;
        add(&site, "ada").await;
        let answer = sign_in(&site.browser, "grace@example.com", PASSWORD).await;
        assert!(answer.header("location").starts_with("/two-factor"), "{}", answer.header("location"));
        assert_eq!(who(&site).await, "nobody", "nobody of hers before she shows it, and nobody else in her place");
        let held = site.get("/api/auth/multi-session/list-device-sessions").await.value();
        assert_eq!((held.as_array().unwrap().len(), &held[0]["user"]["email"]), (1, &json!("ada@example.com")));

        site.form("/two-factor/code", &[("method", "mail")]).await;
        let code = site.world.code("grace@example.com").await;
        let answer = site.form("/two-factor", &[("method", "mail"), ("code", &code)]).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        assert_eq!(who(&site).await, "grace");
        assert!(button(&site.get("/settings").await.text(), "ada").len() > 16, "Ada is still there");
    }

    async fn a_page_warns_before_its_session_ends_and_confirming_prolongs_it(site: Site) {
        site.world.user("ada@example.com").await;
        site.form("/sign-in", &[("email", "ada@example.com"), ("password", PASSWORD)]).await;
        site.world.wait(20 * HOUR);
        assert_eq!(standing(&site.get("/settings").await.text()), None);
        site.world.wait(HOUR);
        let page = site.get("/settings?a=1").await.text();
        assert_eq!(standing(&page), Some("ending"), "three hours before");
        assert!(page.contains("in 3 hours") && page.contains("href=\"/confirm-access?next=%2Fsettings%3Fa%3D1\""));
        let asked = site.get("/confirm-access?next=%2Fsettings").await;
        assert_eq!(asked.status, 200);
        let answer = site.form("/confirm-access", &[("current_password", PASSWORD), ("next", "/settings")]).await;
        assert_eq!(answer.header("location"), "/settings");
        assert_eq!(standing(&site.get("/settings").await.text()), None);
        site.world.wait(23 * HOUR);
        assert_eq!(site.get("/settings").await.status, 200);
    }

    async fn a_session_that_is_renewed_warns_nobody(site: Site) {
        add(&site, "ada").await;
        for _ in 0..3 {
            site.world.wait(6 * DAY + 12 * HOUR);
            assert_eq!(standing(&site.get("/settings").await.text()), None);
        }
    }

    async fn a_page_that_was_left_open_learns_how_its_session_stands(site: Site) {
        add(&site, "ada").await;
        let page = site.get("/settings/data?a=1&b=2").await.text();
        let ask = page.split("data-ask=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
        let look = async || {
            let answer = site.get(&ask).await;
            assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"));
            answer.text()
        };
        assert!(!look().await.contains("<div"), "nothing is to be said");
        add(&site, "grace").await;
        let said = look().await;
        assert_eq!(standing(&said), Some("other"), "{said}");
        assert!(said.contains("you are Ada Lovelace now") && said.contains("href=\"/settings/data?a=1&amp;b=2\""), "{said}");
        site.form("/sign-out", &[("all", "yes")]).await;
        let said = look().await;
        assert_eq!(standing(&said), Some("gone"), "{said}");
        assert!(said.contains("href=\"/sign-in?next=%2Fsettings%2Fdata%3Fa%3D1%26b%3D2\""), "{said}");
        site.form("/sign-in", &[("email", "ada@example.com"), ("password", PASSWORD)]).await;
        site.world.wait(21 * HOUR);
        assert!(look().await.contains("in 3 hours"));
        let elsewhere = site.get("/session/standing?account=x&next=https%3A%2F%2Fevil.example%2F").await.text();
        assert!(elsewhere.contains("href=\"/\"") && !elsewhere.contains("evil"), "a1: {elsewhere}");
    }

    async fn the_devices_page_tells_how_whence_and_until_when(site: Site) {
        add(&site, "ada").await;
        let elsewhere = { let mut other = site.another(); other.peer = ([192, 0, 2, 44], 80).into(); other };
        elsewhere.form("/sign-in", &[("email", "ada@example.com"), ("password", PASSWORD)]).await;
        let page = site.get("/settings/sessions").await.text();
        for words in ["203.0.113.7", " · this network", "192.0.2.44", "with a password", "with a link by mail", "in 7 days", "in 24 hours", "Recent activity", "Signed in", "/settings/security/activity"] {
            assert!(page.contains(words), "{words}");
        }
        assert_eq!(page.matches("this network").count(), 1, "the link was followed elsewhere");
    }

    async fn a_form_of_one_account_s_page_is_not_carried_out_for_another(site: Site) {
        add(&site, "ada").await;
        let page = site.get("/profile?a=1").await.text();
        let form = form_of(&page, "/profile");
        let (act, ada) = (value(&form, "act"), value(&form, "form_account"));
        let typed = |name| [("act", act.clone()), ("name", name), ("form_account", ada.clone())];
        let save = async |name: &str| {
            let typed = typed(name.to_owned());
            let fields: Vec<_> = typed.iter().map(|(name, value)| (*name, value.as_str())).collect();
            site.form("/profile?a=1", &fields).await
        };
        add(&site, "grace").await;
        let told = refused(&save("Countess").await, "grace");
        assert_eq!(name_of(&site, "grace").await, "Ada Lovelace", "as each of them is called here at first");
        assert!(told.contains("href=\"/profile?a=1\"") && told.contains("Switch back to"), "{told}");

        // Back to the page as the one that it was opened as, where the same form is good.
        let back = form_of(&told, "/accounts/switch");
        let session = back.split("name=\"session\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        let answer = site.form("/accounts/switch", &[("session", session), ("next", &value(&back, "next"))]).await;
        assert_eq!((answer.header("location"), who(&site).await.as_str()), ("/profile?a=1", "ada"));
        assert_eq!(save("Countess").await.status, 303);
        assert_eq!((name_of(&site, "ada").await.as_str(), name_of(&site, "grace").await.as_str()), ("Countess", "Ada Lovelace"));

        // Whoever was signed out meanwhile comes back by signing in; as somebody else, nothing is done either.
        site.form("/sign-out", &[("all", "yes")]).await;
        assert_eq!(save("Nobody").await.header("location"), "/sign-in?next=%2Fprofile%3Fa%3D1");
        sign_in(&site.browser, "grace@example.com", PASSWORD).await;
        assert!(!refused(&save("Nobody").await, "grace").contains("Switch back to"), "Ada isn't there any more");
        assert_eq!(name_of(&site, "grace").await, "Ada Lovelace");
        let elsewhere = site.form("/accounts/switch", &[("session", "none"), ("next", "//evil.example")]).await;
        assert_eq!(elsewhere.header("location"), "/sign-in?add=1", "a1");
    }

    async fn every_form_of_a_signed_in_page_names_its_account(site: Site) {
        assert!(!site.get("/sign-in").await.text().contains("form_account"), "a guest's page has none");
        add(&site, "ada").await;
        site.world.wait(STALE);
        for path in [
            "/", "/profile", "/settings", "/settings/security", "/settings/sessions", "/settings/data", "/settings/data/delete", "/settings/security/authenticator",
            "/organizations", "/organizations/new", "/delete-account", "/confirm-access", "/passkey-offer", "/onboarding/experience",
        ] {
            let answer = site.get(path).await;
            let page = answer.text();
            let forms = page.matches("method=\"post\"").count();
            assert!(forms > 0 || answer.status == 303, "{path}");
            assert_eq!(page.matches("<input type=\"hidden\" name=\"form_account\"").count(), forms, "{path}");
        }
        assert!(!site.get("/sign-in?add=1").await.text().contains("form_account"), "who is added isn't Ada");
    }

    async fn what_acts_for_an_account_is_held_to_its_page_through_every_door(site: Site) {
        add(&site, "ada").await;
        let ada = value(&site.get("/profile").await.text(), "form_account");
        add(&site, "grace").await;
        let (grace, page) = (value(&site.get("/profile").await.text(), "form_account"), site.get("/profile").await.text());
        for path in ["/settings", "/settings/security", "/settings/sessions", "/delete-account", "/organizations/new", "/organizations/switch", "/onboarding/experience", "/confirm-access", "/confirm-access/code"] {
            refused(&site.form(path, &[("form_account", &ada), ("current_password", PASSWORD), ("experience", "10+"), ("name", "Engines"), ("slug", "engines")]).await, "grace");
        }
        // A picture, which comes in a form of another kind, with the account after it.
        let picture = |account: &str| format!("--x\r\ncontent-disposition: form-data; name=\"remove\"\r\n\r\nyes\r\n--x\r\ncontent-disposition: form-data; name=\"form_account\"\r\n\r\n{account}\r\n--x--\r\n");
        let post = || Request::post("/profile/picture").header(header::ORIGIN, ORIGIN).header(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
        refused(&site.send(post(), picture(&ada)).await, "grace");
        assert_eq!(site.send(post(), picture(&grace)).await.status, 303);
        // An island's call isn't carried out, either: it sends its form, whose page tells.
        let island = async |account: &str| {
            let request = Request::post("/_fn/onboarding").header(header::CONTENT_TYPE, "application/json").header(header::ORIGIN, ORIGIN).header("x-form-account", account);
            site.send(request, json!({ "step": "experience", "typed": [["experience", "10+"]] }).to_string()).await.value()
        };
        assert_eq!(island(&ada).await, json!({ "Post": null }));
        assert_eq!(site.get("/api/auth/onboarding").await.value()["answers"], json!({}));
        assert_eq!(island(&grace).await, json!({ "Go": "/onboarding/stack" }));
        // The menu's own go on: they say whom they are about.
        assert_eq!(site.form("/theme", &[("theme", "dark"), ("form_account", &ada)]).await.status, 303);
        assert_eq!(site.form("/accounts/switch", &[("session", &button(&page, "ada")), ("form_account", &grace)]).await.header("location"), "/");
        assert_eq!(site.form("/sign-out", &[("form_account", &grace)]).await.status, 303);
        assert_eq!(who(&site).await, "grace");
    }
}
