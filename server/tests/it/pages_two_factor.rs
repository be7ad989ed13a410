//! The second factor as a browser without JavaScript meets it: set up in the settings, asked for at the sign-in.

use std::time::Duration;

use domain::settings::RequiredFor;
use domain::testing::{PASSWORD, SECOND};
use serde_json::json;
use totp_rs::{Builder, Secret};

use crate::origins::trusting;
use crate::pages_settings::{flash, form_of, member, outline, sign_in, value};
use crate::site::{Answer, Browser, Site};

const STALE: Duration = Duration::from_secs(11 * 60);
/// Until the app shows another code.
const STEP: Duration = Duration::from_secs(30);
const ADA: &str = "ada@example.com";
pub(crate) const AUTHENTICATOR: &str = "/settings/security/authenticator";
pub(crate) const BACKUP_CODES: &str = "/settings/security/backup-codes";

/// The key that the set-up page shows.
pub(crate) fn key(page: &str) -> String {
    let begin = page.find("<code id=\"secret\"").expect("the key");
    let shown = page[begin..].split('>').nth(1).unwrap().split('<').next().unwrap();
    assert!(shown.split(' ').count() == 8 && shown.split(' ').all(|group| group.len() == 4), "groups of four: {shown}");
    shown.replace(' ', "")
}

/// What the app shows now for a key.
pub(crate) fn code(site: &Site, key: &str) -> String {
    let totp =
        Builder::new().with_secret(Secret::try_from_base32(key).unwrap()).with_account_name("ada").build().unwrap();
    totp.generate(u64::try_from(site.world.cx.now().micros() / 1_000_000).unwrap()).to_string()
}

/// What the app shows for a key after the codes so far.
pub(crate) fn next_code(site: &Site, key: &str) -> String {
    site.world.wait(STEP);
    code(site, key)
}

/// The codes that a page shows.
fn backup_codes(page: &str) -> Vec<String> {
    let begin = page.find("<ul id=\"codes\"").expect("the codes");
    let list = page[begin..].split("</ul>").next().unwrap();
    list.split("<li>").skip(1).map(|item| item.split('<').next().unwrap().to_owned()).collect()
}

/// A member with an authenticator app: its key, and the backup codes.
pub(crate) async fn protected(site: &Site) -> (String, Vec<String>) {
    member(site, ADA).await;
    let key = key(&site.get(AUTHENTICATOR).await.text());
    let answer = site.form(AUTHENTICATOR, &[("code", &code(site, &key))]).await;
    assert_eq!(answer.header("location"), BACKUP_CODES, "{}", answer.text());
    (key, backup_codes(&site.form(BACKUP_CODES, &[]).await.text()))
}

/// A browser that has shown the password and owes the second factor.
async fn owing(site: &Site) -> Browser {
    let browser = site.another();
    let answer = sign_in(&browser, ADA, PASSWORD).await;
    assert_eq!(answer.header("location"), "/two-factor", "{}", answer.text());
    browser
}

async fn pass(browser: &Browser, method: &str, code: &str) -> Answer {
    browser.form("/two-factor", &[("method", method), ("code", code)]).await
}

fn is_signed_in(browser: &Browser) -> bool {
    browser.cookie("better-auth.session_token").is_some()
}

db::both! {
    async fn an_authenticator_app_is_set_up_by_what_the_page_shows(site: Site) {
        member(&site, ADA).await;
        let page = site.get("/settings/security").await.text();
        assert!(page.contains("How safe your account is") && page.contains("Your next step") && !page.contains("of 10 left"));
        let page = site.get(AUTHENTICATOR).await.text();
        let key = key(&page);
        assert!(page.contains("role=\"img\"") && page.contains("fill=\"white\"") && !page.contains(" style="), "a picture that is white in the dark, too");
        assert!(page.contains(&format!("secret={key}")), "a phone opens its own app");
        let answer = site.form(AUTHENTICATOR, &[("code", "000000")]).await;
        assert_eq!(answer.status, 401);
        assert!(answer.text().contains("That isn’t the code") && answer.text().contains(&format!("secret={key}")), "the same key again");

        let spaced = code(&site, &key);
        let answer = site.form(AUTHENTICATOR, &[("code", &format!("{} {}", &spaced[..3], &spaced[3..])), ("next", "/profile")]).await;
        assert_eq!(answer.header("location"), format!("{BACKUP_CODES}?next=%2Fprofile"));
        let page = site.get(answer.header("location")).await.text();
        assert!(page.contains("Your authenticator app is set up.") && page.contains("Show my backup codes"));
        let answer = site.form(BACKUP_CODES, &[("next", &value(&form_of(&page, BACKUP_CODES), "next"))]).await;
        let page = answer.text();
        let codes = backup_codes(&page);
        assert_eq!((answer.header("cache-control"), codes.len()), ("no-store", 10));
        assert!(page.contains("download=\"backup-codes.txt\"") && page.contains("href=\"/profile\""));
        assert!(page.contains(&codes[9].replace('-', "%2D")), "the file holds them all");
        let page = site.get(BACKUP_CODES).await.text();
        assert!(!page.contains(&codes[0]) && page.contains("You have 10 of 10 left."), "they are shown once");
        let page = site.get("/settings/security").await.text();
        assert!(page.contains("10 of 10 left") && page.contains("authenticator/off"));
        assert!(site.world.kinds(ADA).await.contains(&"security-changed".to_owned()));
    }

    async fn a21_a22_nothing_opens_before_the_second_factor_and_then_what_was_wanted(site: Site) {
        let (key, _) = protected(&site).await;
        let browser = site.another();
        let answer = browser.form("/sign-in", &[("email", ADA), ("password", PASSWORD), ("next", "/settings/sessions")]).await;
        assert_eq!(answer.header("location"), "/two-factor?next=%2Fsettings%2Fsessions");
        assert!(!is_signed_in(&browser));
        assert!(browser.get("/settings").await.header("location").starts_with("/sign-in"));
        let page = browser.get("/two-factor?next=%2Fsettings%2Fsessions").await.text();
        let form = form_of(&page, "/two-factor");
        assert_eq!((value(&form, "method"), value(&form, "next")), ("totp".to_owned(), "/settings/sessions".to_owned()));

        let answer = browser.form("/two-factor", &[("method", "totp"), ("code", "123"), ("next", "/settings/sessions"), ("trust", "true")]).await;
        assert_eq!(answer.status, 401);
        let page = answer.text();
        assert!(page.contains("Look again.") && page.contains(" checked") && !is_signed_in(&browser));
        assert_eq!(value(&form_of(&page, "/two-factor"), "next"), "/settings/sessions");
        let answer = browser.form("/two-factor", &[("method", "totp"), ("code", &next_code(&site, &key)), ("next", "/settings/sessions")]).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/settings/sessions"));
        assert!(is_signed_in(&browser) && browser.cookie("better-auth.two_factor").is_none());
        assert_eq!(browser.get("/two-factor?next=%2Fprofile").await.header("location"), "/profile", "there is nothing to ask any more");
    }

    async fn the_form_for_the_second_factor_reads_so(site: Site) {
        protected(&site).await;
        let page = owing(&site).await.get("/two-factor").await.text();
        insta::assert_snapshot!("form", outline(&form_of(&page, "/two-factor")));
    }

    async fn the_island_goes_the_same_way(site: Site) {
        let (key, _) = protected(&site).await;
        let browser = owing(&site).await;
        let wrong = json!({ "method": "totp", "code": "123456", "trust": false, "next": "" });
        assert_eq!(browser.json("/_fn/two-factor", wrong).await.value()["Refused"][0]["field"], "code");
        let right = json!({ "method": "totp", "code": next_code(&site, &key), "trust": false, "next": "/profile" });
        assert_eq!(browser.json("/_fn/two-factor", right).await.value()["Go"], "/profile");
        assert!(is_signed_in(&browser));
        let late = json!({ "method": "totp", "code": "123456", "trust": false, "next": "/profile" });
        assert_eq!(site.another().json("/_fn/two-factor", late).await.value()["Go"], "/sign-in?next=%2Fprofile");
    }

    async fn a1_it_leads_to_a_trusted_app_and_nowhere_else(site: Site) {
        let site = trusting(site, "https://app.example.com");
        let (key, _) = protected(&site).await;
        for (wanted, arrives) in [
            ("https://app.example.com/cb?x=1", "https://app.example.com/cb?x=1"),
            ("https://evil.example/cb", "/onboarding"),
            ("//evil.example", "/onboarding"),
        ] {
            let browser = owing(&site).await;
            let answer = browser.get(&app::two_factor::page_for(Some(wanted))).await;
            let trusted = wanted == arrives;
            assert_eq!(answer.header("content-security-policy").contains("https://app.example.com"), trusted, "{wanted}");
            let next = value(&form_of(&answer.text(), "/two-factor"), "next");
            assert_eq!(next, if trusted { wanted } else { "" });
            // Whatever the form is made to hold.
            let mut answer = browser.form("/two-factor", &[("method", "totp"), ("code", &next_code(&site, &key)), ("next", wanted)]).await;
            if answer.header("location").starts_with("/two-factor") {
                let own = answer.header("location").to_owned();
                answer = browser.get(&own).await;
            }
            assert_eq!(answer.header("location"), arrives);
        }
        let answer = site.another().get(&app::two_factor::page_for(Some("https://app.example.com/cb"))).await;
        assert!(answer.header("location").starts_with("/sign-in?next=%2Ftwo%2Dfactor%3Fnext%3Dhttps"), "a guest comes back to it");
    }

    async fn a23_who_waits_too_long_or_starts_over_begins_with_the_first_factor(site: Site) {
        let (key, _) = protected(&site).await;
        assert_eq!(site.another().get("/two-factor?next=%2Fprofile").await.header("location"), "/sign-in?next=%2Fprofile");
        let browser = owing(&site).await;
        site.world.wait(STALE);
        let answer = browser.get("/two-factor?next=%2Fprofile").await;
        assert_eq!(answer.header("location"), "/sign-in?next=%2Fprofile");
        assert!(browser.get("/sign-in").await.text().contains("That took too long."));
        assert!(browser.cookie("better-auth.two_factor").is_none());

        let browser = owing(&site).await;
        let cookie = browser.cookie("better-auth.two_factor").unwrap();
        assert_eq!(browser.form("/two-factor/start-over", &[("next", "/profile")]).await.header("location"), "/sign-in?next=%2Fprofile");
        browser.keep(&format!("better-auth.two_factor={cookie}"));
        let answer = pass(&browser, "totp", &next_code(&site, &key)).await;
        assert_eq!(answer.header("location"), "/sign-in", "what was given up is void");
        assert!(!is_signed_in(&browser));
    }

    async fn a18_too_many_wrong_codes_end_the_challenge_and_then_lock(site: Site) {
        let (key, _) = protected(&site).await;
        for _ in 0..2 {
            let browser = owing(&site).await;
            for _ in 0..5 {
                assert_eq!(pass(&browser, "totp", "000000").await.status, 401);
            }
            let answer = pass(&browser, "totp", "000000").await;
            if answer.status == 303 {
                assert_eq!(answer.header("location"), "/sign-in");
                assert!(browser.get("/sign-in").await.text().contains("Too many wrong codes. Sign in again."));
            }
        }
        let browser = owing(&site).await;
        let answer = pass(&browser, "totp", &next_code(&site, &key)).await;
        assert_eq!(answer.status, 429);
        assert!(answer.text().contains("Use a passkey, or try again later.") && !is_signed_in(&browser));
    }

    async fn a_backup_code_is_another_way_and_works_once(site: Site) {
        let (_, codes) = protected(&site).await;
        let browser = owing(&site).await;
        let page = browser.get("/two-factor").await.text();
        assert!(page.contains("href=\"/two-factor?method=backup-code\"") && !page.contains("method=sms"));
        let page = browser.get("/two-factor?method=backup-code").await.text();
        assert!(page.contains("Ten letters and digits") && page.contains("Use my authenticator app"));
        assert_eq!(pass(&browser, "backup-code", &codes[3]).await.status, 303);
        assert!(is_signed_in(&browser));
        let again = owing(&site).await;
        let answer = pass(&again, "backup-code", &codes[3]).await;
        assert_eq!(answer.status, 401);
        assert!(answer.text().contains("That isn’t one of your unused backup codes.") && answer.text().contains("Backup code"));
        for spent in &codes[4..=9] {
            site.world.wait(SECOND);
            assert_eq!(pass(&owing(&site).await, "backup-code", spent).await.status, 303);
        }
        let page = browser.get("/settings/security").await.text();
        assert!(page.contains("3 of 10 left") && page.contains("Only a few are left."), "the owner is warned in time");
    }

    async fn codes_by_mail_are_asked_for_and_entered(site: Site) {
        member(&site, ADA).await;
        let page = site.get("/settings/security").await.text();
        assert!(page.contains("the weaker choice") && !page.contains("Text message"), "what this site can't send isn't offered");
        let answer = site.form("/settings/security/mail-codes", &[("act", "on")]).await;
        assert_eq!(backup_codes(&answer.text()).len(), 10, "with the first second step come backup codes");
        assert!(answer.text().contains("Codes by mail are on."));

        let browser = owing(&site).await;
        let page = browser.get("/two-factor?next=%2Fprofile").await.text();
        assert!(page.contains("We send a mail with a code to a•••@example.com.") && !page.contains("name=\"code\""));
        site.world.moment();
        let answer = browser.form("/two-factor/code", &[("method", "mail"), ("next", "/profile")]).await;
        assert_eq!(answer.header("location"), "/two-factor?method=mail&sent=1&next=%2Fprofile");
        let page = browser.get(answer.header("location")).await.text();
        assert!(page.contains("Type the code that we sent to a•••@example.com.") && page.contains("Send a new code"));
        let answer = browser.form("/two-factor", &[("method", "mail"), ("code", "000000"), ("next", "/profile")]).await;
        assert_eq!(answer.status, 401);
        assert!(answer.text().contains("name=\"code\""), "it can be typed again");
        let code = site.world.code(ADA).await;
        let answer = browser.form("/two-factor", &[("method", "mail"), ("code", &code), ("next", "/profile")]).await;
        assert_eq!(answer.header("location"), "/profile");
    }

    async fn who_came_by_mail_isn_t_asked_for_another_mail(site: Site) {
        member(&site, ADA).await;
        site.form("/settings/security/mail-codes", &[("act", "on")]).await;
        site.world.write("DELETE FROM backup_codes", &[]).await;
        site.world.moment();
        let browser = site.another();
        browser.form("/email-code", &[("email", ADA)]).await;
        let code = site.world.code(ADA).await;
        let answer = browser.form("/email-code/enter", &[("code", &code)]).await;
        assert_eq!(answer.header("location"), "/two-factor");
        let page = browser.get("/two-factor").await.text();
        assert!(page.contains("Sign in with your password instead.") && !page.contains("name=\"code\""));
        assert!(page.contains("/two-factor/start-over"));
    }

    async fn codes_by_text_message_go_to_the_number_of_which_the_end_is_told(site: Site) {
        let mut site = site.with(|settings| settings.two_factor.sms = true);
        member(&site, ADA).await;
        assert!(site.get("/settings/security").await.text().contains("Add your number first"));
        assert_eq!(site.get("/settings/security/text-codes").await.header("location"), "/settings/security");
        site.world.write("UPDATE users SET phone_number = '+491701234567'", &[]).await;
        assert!(site.get("/settings/security/text-codes").await.text().contains("+491701234567"));
        let answer = site.form("/settings/security/text-codes", &[("act", "on")]).await;
        assert_eq!(backup_codes(&answer.text()).len(), 10);
        let browser = owing(&site).await;
        let page = browser.get("/two-factor").await.text();
        assert!(page.contains("••67") && !page.contains("1701234567"), "a thief of the password learns no number");
        site = site.with(|settings| settings.two_factor.sms = false);
        assert!(site.get("/two-factor").await.status == 303, "the first browser owes nothing");
    }

    async fn a_trusted_browser_isn_t_asked_until_it_is_removed(site: Site) {
        let (key, _) = protected(&site).await;
        let browser = owing(&site).await;
        assert!(browser.get("/two-factor").await.text().contains("Don’t ask in this browser for 30 days"));
        let answer = browser.form("/two-factor", &[("method", "totp"), ("code", &next_code(&site, &key)), ("trust", "true")]).await;
        assert_eq!(answer.status, 303);
        browser.form("/sign-out", &[]).await;
        assert_eq!(sign_in(&browser, ADA, PASSWORD).await.header("location"), "/onboarding", "straight in");
        assert!(browser.get(AUTHENTICATOR).await.header("location").starts_with("/confirm-access"), "though not to what is sensitive");

        let page = site.get("/settings/security").await.text();
        let id = value(&form_of(&page, "/settings/security/browsers"), "browser");
        let answer = site.form("/settings/security/browsers", &[("browser", &id)]).await;
        assert_eq!(flash(&site, &answer).await, "We ask for the second step in that browser again.");
        assert!(!site.get("/settings/security").await.text().contains("Trusted browsers"));
        browser.form("/sign-out", &[]).await;
        assert_eq!(sign_in(&browser, ADA, PASSWORD).await.header("location"), "/two-factor");

        let site = site.with(|settings| settings.two_factor.trust_for = Duration::ZERO);
        let browser = owing(&site).await;
        assert!(!browser.get("/two-factor").await.text().contains("name=\"trust\""), "nor offered where the operator doesn't want it");
    }

    async fn a24_a25_the_factor_goes_only_with_the_factor(site: Site) {
        let (key, _) = protected(&site).await;
        site.world.wait(STALE);
        let off = "/settings/security/authenticator/off";
        for path in [off, AUTHENTICATOR, BACKUP_CODES] {
            assert!(site.get(path).await.header("location").starts_with("/confirm-access?next=%2Fsettings%2Fsecurity%2F"), "{path}");
            assert_eq!(site.form(path, &[("act", "off"), ("code", "000000")]).await.status, 403, "{path}");
        }
        let confirm = site.get(off).await.header("location").to_owned();
        let page = site.get(&confirm).await.text();
        assert!(!page.contains("current_password") && page.contains("6 digits, from your app"), "the password isn't enough");
        let answer = site.form("/confirm-access", &[("current_password", PASSWORD), ("next", off)]).await;
        assert_eq!(answer.status, 401);
        assert!(site.form("/confirm-access/code", &[("method", "mail"), ("next", off)]).await.status == 400, "nor is a mail");
        assert!(site.get(off).await.header("location").starts_with("/confirm-access"));

        let answer = site.form("/confirm-access", &[("method", "totp"), ("code", &next_code(&site, &key)), ("next", off)]).await;
        assert_eq!(answer.header("location"), off);
        let page = site.get(off).await.text();
        assert!(page.contains("It is your only second step."));
        let answer = site.form(off, &[("act", "off")]).await;
        assert_eq!(flash(&site, &answer).await, "Your authenticator app is turned off.");
        assert_eq!(site.world.count("SELECT COUNT(*) FROM backup_codes").await, 0);
        assert!(sign_in(&site.another(), ADA, PASSWORD).await.header("location") == "/onboarding");
        assert_eq!(site.get(off).await.header("location"), "/settings/security", "there is nothing to turn off");
    }

    async fn confirming_leads_on_and_not_in_circles(site: Site) {
        let (_, codes) = protected(&site).await;
        assert_eq!(site.get("/confirm-access?next=%2Fsettings%2Fdata%2Fdelete").await.header("location"), "/settings/data/delete");
        site.world.wait(STALE);
        let page = site.get("/confirm-access?method=backup-code&next=%2Fprofile").await.text();
        assert!(page.contains("Backup code") && page.contains("/confirm-access?method=totp&amp;next=%2Fprofile"), "{page}");
        let island = json!({ "password": "", "code": codes[0], "method": "backup-code", "next": "/settings/data/delete" });
        assert_eq!(site.json("/_fn/confirm-access", island).await.value()["Go"], "/settings/data/delete");
        assert_eq!(site.get("/settings/data/delete").await.status, 200);
    }

    async fn an_app_is_replaced_by_a_code_of_the_new_one(site: Site) {
        let (old, codes) = protected(&site).await;
        let page = site.get(AUTHENTICATOR).await.text();
        assert!(page.contains("Replace your authenticator app"));
        let new = key(&page);
        assert_ne!(old, new);
        let answer = site.form(AUTHENTICATOR, &[("code", &next_code(&site, &old))]).await;
        assert_eq!(answer.status, 400);
        assert!(answer.text().contains("That code is of your present app.") && answer.text().contains(&new));
        let answer = site.form(AUTHENTICATOR, &[("code", &code(&site, &new))]).await;
        assert_eq!(answer.header("location"), "/settings/security", "{}", answer.text());
        assert!(flash(&site, &answer).await.starts_with("Your new authenticator app is set up."));
        let browser = owing(&site).await;
        assert_eq!(pass(&browser, "totp", &next_code(&site, &old)).await.status, 401);
        assert_eq!(pass(&browser, "totp", &next_code(&site, &new)).await.status, 303);
        assert_eq!(pass(&owing(&site).await, "backup-code", &codes[0]).await.status, 303, "the backup codes stay");
    }

    async fn who_must_have_a_second_factor_sets_it_up_before_anything_else(site: Site) {
        let site = site.with(|settings| settings.two_factor.required = RequiredFor::Everyone);
        member(&site, ADA).await;
        let required = "/two-factor/required?next=%2Fsettings%2Fsessions";
        assert_eq!(site.get("/settings/sessions").await.header("location"), required);
        for path in ["/settings/security", "/profile", "/settings/data/export", "/settings/security/mail-codes", "/settings/security/authenticator/off"] {
            assert!(site.get(path).await.header("location").starts_with("/two-factor/required?next="), "{path}");
        }
        let page = site.get(required).await.text();
        assert!(page.contains("asks for a second step") && page.contains("action=\"/sign-out\"") && page.contains(ADA));
        let way = format!("{AUTHENTICATOR}?next=%2Fsettings%2Fsessions");
        assert!(page.contains(&format!("href=\"{way}\"")));
        site.world.wait(STALE);
        let confirm = site.get(&way).await.header("location").to_owned();
        let next = value(&form_of(&site.get(&confirm).await.text(), "/confirm-access"), "next");
        let answer = site.form("/confirm-access", &[("current_password", PASSWORD), ("next", &next)]).await;
        assert_eq!(answer.header("location"), way);
        let page = site.get(&way).await.text();
        let next = value(&form_of(&page, AUTHENTICATOR), "next");
        let answer = site.form(AUTHENTICATOR, &[("code", &code(&site, &key(&page))), ("next", &next)]).await;
        assert_eq!(answer.header("location"), format!("{BACKUP_CODES}?next=%2Fsettings%2Fsessions"));
        let page = site.form(BACKUP_CODES, &[("next", &next)]).await.text();
        assert!(page.contains("href=\"/settings/sessions\"") && page.contains("I have saved them"));
        assert_eq!(site.get("/settings/sessions").await.status, 200);
        assert_eq!(site.get(required).await.header("location"), "/settings/sessions");

        let page = site.get("/settings/security").await.text();
        assert!(page.contains("the last one can’t be turned off") && !page.contains("authenticator/off"));
        let page = site.get("/settings/security/authenticator/off").await.text();
        assert!(page.contains("Set up another one first") && !page.contains("value=\"off\""));
        let answer = site.form("/settings/security/authenticator/off", &[("act", "off")]).await;
        assert_eq!(answer.header("location"), "/settings/security/authenticator/off");
        assert!(owing(&site).await.cookie("better-auth.two_factor").is_some(), "it is still on");
    }

    async fn signing_out_is_open_to_whoever_must_set_one_up(site: Site) {
        let site = site.with(|settings| settings.two_factor.required = RequiredFor::Everyone);
        member(&site, ADA).await;
        assert_eq!(site.form("/sign-out", &[]).await.header("location"), "/");
        assert!(!is_signed_in(&site.browser));
    }

    async fn a_guest_finds_none_of_these_pages_open(site: Site) {
        for path in [AUTHENTICATOR, BACKUP_CODES, "/settings/security/mail-codes", "/settings/security/authenticator/off", "/settings/security/browsers", "/two-factor/required"] {
            assert!(site.get(path).await.header("location").starts_with("/sign-in"), "{path}");
        }
        for path in [AUTHENTICATOR, BACKUP_CODES, "/settings/security/mail-codes", "/settings/security/authenticator/off", "/settings/security/browsers"] {
            assert!(site.form(path, &[("act", "off")]).await.header("location").starts_with("/sign-in"), "{path}");
        }
    }
}
