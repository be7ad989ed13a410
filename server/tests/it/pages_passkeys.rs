//! Passkeys on the pages, as the islands use them with an authenticator, and as the pages are without script.

use axum::extract::Request;
use domain::testing::PASSWORD;
use domain::testing::authenticator::Authenticator;
use domain::two_factor;
use http::header;
use model::Method;
use serde_json::{Value, json};

use crate::pages_settings::{STALE, flash, form_of, link, member, sign_in, value};
use crate::site::{Browser, ORIGIN, Site};

/// What a form with a passkey's button says.
#[derive(Clone, Copy, Default)]
struct Form {
    act: &'static str,
    name: &'static str,
    email: &'static str,
    next: &'static str,
}

const ADD: Form = Form { act: "add", name: "", email: "", next: "/settings/security" };
const SIGN_IN: Form = Form { act: "sign-in", name: "", email: "", next: "/profile" };
const CONFIRM: Form = Form { act: "confirm", name: "", email: "", next: "/settings/data/delete" };
const SIGN_UP: Form = Form { act: "sign-up", name: "Grace Hopper", email: "grace@example.com", next: "" };

impl Form {
    fn wanted(self) -> Value {
        json!({ "act": self.act, "name": self.name, "email": self.email, "next": self.next })
    }

    /// Presses the button; gives the options of `kind` for the browser, or what stands in their way.
    async fn press(self, browser: &Browser, kind: &str) -> Result<Value, Value> {
        let answer = browser.json("/_fn/passkey-begin", json!({ "wanted": self.wanted() })).await.value();
        match answer["Ok"][kind].as_str() {
            Some(options) => Ok(serde_json::from_str(options).unwrap()),
            None => Err(answer["Err"].clone()),
        }
    }

    /// Hands in what the authenticator answered.
    async fn hand_in(self, browser: &Browser, response: &Value) -> Value {
        let body = json!({ "wanted": self.wanted(), "response": response.to_string() });
        browser.json("/_fn/passkey-finish", body).await.value()
    }

    async fn make(self, browser: &Browser, authenticator: &mut Authenticator) -> Value {
        let options = self.press(browser, "Make").await.unwrap();
        self.hand_in(browser, &authenticator.create(&options)).await
    }

    async fn show(self, browser: &Browser, authenticator: &mut Authenticator) -> Value {
        let options = self.press(browser, "Show").await.unwrap();
        self.hand_in(browser, &authenticator.get(&options)).await
    }
}

fn go(path: &str) -> Value {
    json!({ "Go": path })
}

fn refused(text: &str) -> Value {
    json!({ "Refused": [{ "field": null, "text": text }] })
}

const GONE: &str = "That took too long. Try again.";
const BAD: &str = "That passkey didn’t work. Try again, or sign in another way.";

/// Somebody signed in who has a passkey.
async fn owner(site: &Site, email: &str) -> Authenticator {
    member(site, email).await;
    let mut authenticator = Authenticator::default();
    assert_eq!(ADD.make(&site.browser, &mut authenticator).await, go("/settings/security"));
    authenticator
}

/// Signs in as the island does, on a device that keeps passkeys; gives where it leads.
async fn sign_in_with_script(browser: &Browser, email: &str, next: &str, offer: bool) -> Value {
    let body = json!({ "name": email, "password": PASSWORD, "remember": true, "next": next, "offer": offer });
    browser.json("/_fn/sign-in", body).await.value()
}

db::both! {
    async fn a_passkey_is_added_in_the_settings_and_signs_in(site: Site) {
        member(&site, "ada@example.com").await;
        let page = site.get("/settings/security").await.text();
        assert!(page.contains("No passkeys yet") && page.contains("A passkey lets you sign in the way you unlock your device"));

        let mut laptop = Authenticator::default();
        let named = Form { name: "Ada’s <laptop>", ..ADD };
        assert_eq!(named.make(&site.browser, &mut laptop).await, go("/settings/security"));
        let page = site.get("/settings/security").await.text();
        assert!(page.contains("Your passkey is added."), "{page}");
        assert!(page.contains("Ada’s &lt;laptop&gt;") && page.contains("On one device only") && page.contains("not used yet"));

        let mut cloud = Authenticator { synced: true, ..Authenticator::default() };
        ADD.make(&site.browser, &mut cloud).await;
        let page = site.get("/settings/security").await.text();
        assert!(page.contains("Synced: on all devices"), "{page}");

        let other = site.another();
        assert_eq!(SIGN_IN.show(&other, &mut laptop).await, go("/profile"));
        assert_eq!(other.get("/profile").await.status, 200);
        assert!(other.get("/settings/security").await.text().contains("last used"));
        let another = site.another();
        let home = Form { next: "https://evil.example", ..SIGN_IN };
        assert_eq!(home.show(&another, &mut laptop).await, go("/onboarding"), "only to this site's own pages");
    }

    async fn what_is_wrong_with_a_name_is_told_before_a_passkey_is_made(site: Site) {
        member(&site, "ada@example.com").await;
        let long = Form { name: "A name that has no end, since it goes on and on, and on, and on, and on, until a hundred characters are over", ..ADD };
        let answer = long.press(&site.browser, "Make").await.unwrap_err();
        assert_eq!(answer["Refused"][0]["field"], "name");
    }

    async fn adding_and_removing_want_a_fresh_session_and_a_passkey_makes_it_fresh(site: Site) {
        let mut laptop = owner(&site, "ada@example.com").await;
        let page = site.get("/settings/security").await.text();
        let id = page.split("remove?passkey=").nth(1).unwrap().split('"').next().unwrap().to_owned();
        site.world.wait(STALE);
        let begin = Request::post("/_fn/passkey-begin")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ORIGIN, ORIGIN)
            .header(header::REFERER, format!("{ORIGIN}/settings/security"));
        let answer = site.send(begin, json!({ "wanted": ADD.wanted() }).to_string()).await;
        assert_eq!(answer.value()["Err"], go("/confirm-access?next=%2Fsettings%2Fsecurity"));
        let remove = format!("/settings/security/passkeys/remove?passkey={id}");
        assert!(site.get(&remove).await.header("location").starts_with("/confirm-access?next=%2Fsettings%2Fsecurity%2Fpasskeys"));
        let answer = site.form("/settings/security/passkeys/remove", &[("passkey", &id)]).await;
        assert_eq!(answer.status, 403);
        let sealed = value(&answer.text(), "resume");

        assert!(site.get("/confirm-access").await.text().contains("Use a passkey"));
        let before = site.browser.cookie("better-auth.session_token");
        let options = CONFIRM.press(&site.browser, "Show").await.unwrap();
        let wanted = json!({ "act": "confirm", "name": "", "email": "", "next": "", "resume": sealed });
        let finish = json!({ "wanted": wanted, "response": laptop.get(&options).to_string() });
        let answer = site.json("/_fn/passkey-finish", finish).await.value();
        assert_eq!(answer, json!({ "Post": "/settings/security/passkeys/remove" }), "what was interrupted goes on");
        assert_ne!(site.browser.cookie("better-auth.session_token"), before, "a new token (A29)");
        assert_eq!(site.get("/settings/data/delete").await.status, 200);
        assert_eq!(site.get(&remove).await.status, 200);
        let removed = site.form("/settings/security/passkeys/remove", &[("resume", &sealed)]).await;
        assert_eq!(removed.header("location"), "/settings/security", "{}", removed.text());
        assert!(site.get("/settings/security").await.text().contains("No passkeys yet"));
    }

    async fn a28_a_ceremony_is_good_once_for_its_purpose_and_in_its_browser(site: Site) {
        let mut laptop = owner(&site, "ada@example.com").await;
        let other = site.another();
        let options = SIGN_IN.press(&other, "Show").await.unwrap();
        let response = laptop.get(&options);
        assert_eq!(SIGN_IN.hand_in(&site.another(), &response).await, refused(GONE), "in another browser");
        assert_eq!(SIGN_IN.hand_in(&other, &response).await, go("/profile"));
        assert_eq!(SIGN_IN.hand_in(&other, &response).await, refused(GONE), "twice");

        let options = SIGN_IN.press(&site.browser, "Show").await.unwrap();
        let response = laptop.get(&options);
        assert_eq!(CONFIRM.hand_in(&site.browser, &response).await, refused(GONE), "for another purpose");
        let options = SIGN_IN.press(&other, "Show").await.unwrap();
        site.world.wait(STALE);
        assert_eq!(SIGN_IN.hand_in(&other, &laptop.get(&options)).await, refused(GONE), "too late");
        let unknown = Form { act: "nonsense", ..SIGN_IN };
        assert_eq!(unknown.press(&other, "Show").await.unwrap_err(), refused(BAD));
    }

    async fn a_passkey_that_proves_nothing_signs_nobody_in(site: Site) {
        let mut laptop = owner(&site, "ada@example.com").await;
        let copy = laptop.clone();
        let guest = site.another();
        SIGN_IN.show(&guest, &mut laptop).await;
        let guest = site.another();
        assert_eq!(SIGN_IN.show(&guest, &mut copy.clone()).await, refused(BAD), "its counter went back");
        let mut unverified = Authenticator { verified: false, ..laptop.clone() };
        assert_eq!(SIGN_IN.show(&guest, &mut unverified).await, refused(BAD), "its user showed nothing");
        let mut elsewhere = Authenticator { origin: "https://evil.example".to_owned(), ..laptop.clone() };
        assert_eq!(SIGN_IN.show(&guest, &mut elsewhere).await, refused(BAD), "from another site");
        assert!(guest.cookie("better-auth.session_token").is_none());
        assert_eq!(SIGN_IN.hand_in(&guest, &json!("no credential")).await, refused(GONE));
    }

    async fn a_passkey_is_renamed_and_removed_by_its_owner_only(site: Site) {
        owner(&site, "ada@example.com").await;
        let rename = "/settings/security/passkeys/rename";
        let remove = "/settings/security/passkeys/remove";
        let page = site.get("/settings/security").await.text();
        let id = page.split("rename?passkey=").nth(1).unwrap().split('"').next().unwrap().to_owned();

        let grace = site.another();
        site.world.user("grace@example.com").await;
        sign_in(&grace, "grace@example.com", PASSWORD).await;
        for page in [rename, remove] {
            assert_eq!(grace.get(&format!("{page}?passkey={id}")).await.status, 404, "a28: it isn't hers");
            assert!((400..500).contains(&grace.form(page, &[("passkey", &id), ("name", "Mine")]).await.status), "a28: {page}");
            assert_eq!(site.get(&format!("{page}?passkey=nonsense")).await.status, 404);
        }

        let form = site.get(&format!("{rename}?passkey={id}")).await.text();
        assert_eq!(value(&form, "passkey"), id);
        let answer = site.form(rename, &[("passkey", &id), ("name", " ")]).await;
        assert!(answer.status == 400 && answer.text().contains("Type your name."), "{}", answer.text());
        let answer = site.form(rename, &[("passkey", &id), ("name", "Blue key")]).await;
        assert_eq!(flash(&site, &answer).await, "Your passkey is renamed.");
        assert!(site.get("/settings/security").await.text().contains("Blue key"));

        assert!(site.get(&format!("{remove}?passkey={id}")).await.text().contains("Remove “Blue key”?"));
        let answer = site.form(remove, &[("passkey", &id)]).await;
        assert!(flash(&site, &answer).await.starts_with("Your passkey is removed."));
        assert!(!site.get("/settings/security").await.text().contains("Blue key"));
    }

    async fn somebody_signs_up_with_a_passkey_alone_and_can_t_lose_it(site: Site) {
        let mut phone = Authenticator::default();
        let nobody = Form { name: "", email: "grace@nowhere", ..SIGN_UP };
        let fields = nobody.press(&site.browser, "Make").await.unwrap_err();
        assert_eq!((&fields["Refused"][0]["field"], &fields["Refused"][1]["field"]), (&json!("name"), &json!("email")));

        assert_eq!(SIGN_UP.make(&site.browser, &mut phone).await, go("/check-mail?about=verification"));
        assert!(site.get("/check-mail?about=verification").await.text().contains("grace@example.com"));
        let opened = site.get(&link(&site, "grace@example.com").await).await;
        assert_eq!(opened.status, 302, "{}", opened.text());

        let other = site.another();
        assert_eq!(SIGN_IN.show(&other, &mut phone).await, go("/profile"));
        let page = other.get("/settings/security").await.text();
        let id = page.split("remove?passkey=").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let answer = other.form("/settings/security/passkeys/remove", &[("passkey", &id)]).await;
        assert!(answer.status == 400 && answer.text().contains("This is your only way in. Add another one first."), "{}", answer.text());
        assert_eq!(sign_in(&site.another(), "grace@example.com", PASSWORD).await.status, 401);
    }

    async fn a_sign_up_for_a_taken_address_looks_the_same_and_gives_nothing(site: Site) {
        site.world.user("grace@example.com").await;
        let mut eve = Authenticator::default();
        assert_eq!(SIGN_UP.make(&site.browser, &mut eve).await, go("/check-mail?about=verification"));
        assert!(SIGN_IN.show(&site.another(), &mut eve).await["Refused"].is_array());
    }

    async fn a_passkey_is_offered_once_after_a_password_where_the_device_keeps_them(site: Site) {
        site.world.user("ada@example.com").await;
        let device = site.another();
        assert_eq!(sign_in(&device, "ada@example.com", PASSWORD).await.header("location"), "/onboarding", "not without script");
        assert_eq!(sign_in_with_script(&device, "ada@example.com", "/profile", false).await, go("/profile"), "nor elsewhere");
        assert_eq!(sign_in_with_script(&device, "ada@example.com", "/profile", true).await, go("/passkey-offer?next=%2Fprofile"));
        let page = device.get("/passkey-offer?next=%2Fprofile").await;
        assert!(page.status == 200 && page.text().contains("Sign in faster next time"));
        assert_eq!(value(&form_of(&page.text(), "/passkey-offer"), "next"), "/profile");
        let answer = device.form("/passkey-offer", &[("next", "/profile")]).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/profile"));

        assert_eq!(sign_in_with_script(&device, "ada@example.com", "/profile", true).await, go("/profile"), "once");
        assert_eq!(device.get("/passkey-offer?next=%2Fprofile").await.header("location"), "/profile");
        assert_eq!(site.get("/passkey-offer").await.header("location"), "/sign-in?next=%2Fpasskey%2Doffer");
    }

    async fn a_passkey_passes_the_second_step_and_is_asked_for_where_there_is_one(site: Site) {
        let grace = site.world.user("grace@example.com").await;
        two_factor::turn_on(&site.world.cx, &grace, Method::Mail).await.unwrap();
        let guest = site.another();
        let challenged = sign_in_with_script(&guest, "grace@example.com", "/profile", true).await;
        assert_eq!(challenged, go("/two-factor?next=%2Fpasskey%2Doffer%3Fnext%3D%252Fprofile"), "the offer comes after it");
        let page = guest.get("/two-factor?next=%2Fprofile").await.text();
        assert!(page.contains("One more step") && !page.contains("Sign in with a passkey"), "{page}");

        let mut laptop = owner(&site, "ada@example.com").await;
        let ada = site.world.sign_in("ada@example.com", PASSWORD).await.unwrap();
        two_factor::turn_on(&site.world.cx, &ada, Method::Mail).await.unwrap();
        sign_in(&guest, "ada@example.com", PASSWORD).await;
        let page = guest.get("/two-factor?next=%2Fprofile").await.text();
        assert!(page.contains("One more step") && page.contains("Sign in with a passkey"), "{page}");
        assert_eq!(SIGN_IN.show(&guest, &mut laptop).await, go("/profile"));
        assert_eq!(guest.get("/profile").await.status, 200);
        assert!(guest.cookie("better-auth.two_factor").is_none(), "nothing is owed any more");
    }

    async fn whoever_doesn_t_want_to_be_asked_isn_t(site: Site) {
        site.world.user("ada@example.com").await;
        sign_in_with_script(&site.browser, "ada@example.com", "", true).await;
        let answer = site.form("/passkey-offer", &[("next", "https://evil.example"), ("never", "yes")]).await;
        assert_eq!(answer.header("location"), "/onboarding", "only to this site's own pages");
        assert_eq!(site.world.count("SELECT COUNT(*) FROM passkey_offers WHERE declined").await, 1);
        assert_eq!(sign_in_with_script(&site.browser, "ada@example.com", "/profile", true).await, go("/profile"));
    }

    async fn the_buttons_wait_for_a_browser_that_has_passkeys(site: Site) {
        let page = site.get("/sign-in?next=%2Fprofile").await.text();
        assert!(page.contains("autocomplete=\"username webauthn\""));
        let form = &page[page.find("data-autofill").expect("the form that takes suggestions") - 200..];
        assert!(form.contains("invisible") && form.contains("value=\"/profile\"") && form.contains("value=\"sign-in\""));
        assert!(site.get("/sign-up").await.text().contains("Sign up with a passkey"));

        let site = site.with(|settings| settings.base_url = "http://192.0.2.1:3000".parse().unwrap());
        for page in ["/sign-in", "/sign-up"] {
            assert!(!site.get(page).await.text().contains("passkey"), "{page}: not where the site can't have them");
        }
    }
}
