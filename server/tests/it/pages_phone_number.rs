//! The telephone number in the settings, without script.

use domain::testing::{MINUTE, PASSWORD, number};

use crate::pages_settings::{form_of, member, value};
use crate::site::Site;

const PHONE: &str = "+4915112345678";

fn texting(site: Site) -> Site {
    site.with(|settings| settings.two_factor.sms = true)
}

/// Adds the number by the pages.
async fn add(site: &Site) {
    site.world.moment();
    let sent = site.form("/settings/phone", &[("phone", "+49 151 1234-5678"), ("next", "")]).await;
    assert_eq!((sent.status, sent.header("location")), (303, "/settings/phone"), "{}", sent.text());
    let code = site.world.texted_code(&number(PHONE)).await;
    let spaced = format!("{} {}", &code[..3], &code[3..]);
    let saved = site.form("/settings/phone", &[("code", &spaced), ("next", "")]).await;
    assert_eq!((saved.status, saved.header("location")), (303, "/settings"), "{}", saved.text());
}

db::both! {
    async fn a_number_is_added_and_removed_by_plain_forms(site: Site) {
        let site = texting(site);
        member(&site, "ada@example.com").await;
        let page = site.get("/settings").await.text();
        assert!(page.contains("name=\"phone\"") && page.contains("type=\"tel\""), "{page}");
        assert!(!page.contains("remove-phone"));
        add(&site).await;
        let page = site.get("/settings").await.text();
        assert!(page.contains(PHONE) && page.contains("Your phone number is saved."), "{page}");
        let gone = site.form("/settings", &[("act", "remove-phone")]).await;
        assert_eq!((gone.status, gone.header("location")), (303, "/settings"));
        let page = site.get("/settings").await.text();
        assert!(!page.contains(PHONE) && page.contains("Your phone number is removed."), "{page}");
    }

    async fn what_is_refused_comes_back_filled_in(site: Site) {
        let site = texting(site);
        member(&site, "ada@example.com").await;
        let page = site.form("/settings/phone", &[("phone", "0151 1234"), ("next", "")]).await;
        assert_eq!(page.status, 400);
        assert!(page.text().contains("value=\"0151 1234\"") && page.text().contains("with its country code"), "{}", page.text());
        assert_eq!(site.form("/settings/phone", &[("code", "000000")]).await.status, 303, "nobody asked for a code");
        site.form("/settings/phone", &[("phone", PHONE)]).await;
        let page = site.get("/settings/phone").await.text();
        assert!(page.contains(PHONE) && page.contains("one-time-code"), "{page}");
        let page = site.form("/settings/phone", &[("code", "nothing")]).await;
        assert_eq!(page.status, 400);
        assert!(page.text().contains("That isn’t the code. Look again.") && page.text().contains(PHONE), "{}", page.text());
        let other = site.get("/settings/phone?phone=").await.text();
        assert!(other.contains("name=\"phone\"") && !other.contains("one-time-code"), "{other}");
        let guest = site.another().get("/settings/phone").await;
        assert_eq!((guest.status, guest.header("location")), (303, "/sign-in?next=%2Fsettings%2Fphone"));
    }

    async fn a_taken_number_is_told_to_who_holds_the_phone(site: Site) {
        let site = texting(site);
        member(&site, "ada@example.com").await;
        add(&site).await;
        let site = Site { browser: site.another(), ..site };
        member(&site, "eve@example.com").await;
        site.world.moment();
        site.form("/settings/phone", &[("phone", PHONE)]).await;
        let code = site.world.texted_code(&number(PHONE)).await;
        let page = site.form("/settings/phone", &[("code", &code)]).await;
        assert!(page.status == 400 && page.text().contains("This number belongs to another account."), "{}", page.text());
    }

    async fn who_was_here_long_ago_shows_again_who_they_are_and_loses_nothing(site: Site) {
        let site = texting(site);
        member(&site, "ada@example.com").await;
        site.world.wait(10 * MINUTE);
        let asked = site.form("/settings/phone", &[("phone", PHONE), ("next", "/settings/security")]).await;
        assert_eq!(asked.status, 403);
        assert!(site.world.texts(&number(PHONE)).await.is_empty());
        let sealed = value(&form_of(&asked.text(), "/confirm-access"), "resume");
        let on = site.form("/confirm-access", &[("current_password", PASSWORD), ("resume", &sealed), ("next", "")]).await;
        assert_eq!((on.status, on.header("location")), (307, "/settings/phone"));
        let sent = site.form("/settings/phone", &[("resume", &sealed)]).await;
        assert_eq!(sent.header("location"), "/settings/phone?next=%2Fsettings%2Fsecurity", "{}", sent.text());
        let code = site.world.texted_code(&number(PHONE)).await;
        site.world.wait(10 * MINUTE - MINUTE / 60);
        let late = site.form("/settings/phone", &[("code", &code)]).await;
        assert_ne!(late.status, 303, "the number is changed by who is fresh");
    }

    async fn the_page_leads_on_to_where_it_was_opened_from(site: Site) {
        let site = texting(site);
        member(&site, "ada@example.com").await;
        let sent = site.form("/settings/phone", &[("phone", PHONE), ("next", "/settings/security")]).await;
        assert_eq!(sent.header("location"), "/settings/phone?next=%2Fsettings%2Fsecurity");
        let code = site.world.texted_code(&number(PHONE)).await;
        let saved = site.form("/settings/phone", &[("code", &code), ("next", "/settings/security")]).await;
        assert_eq!(saved.header("location"), "/settings/security");
    }

    async fn a_number_signs_in_where_it_can_be_known(site: Site) {
        let site = texting(site);
        member(&site, "ada@example.com").await;
        add(&site).await;
        let browser = site.another();
        assert!(browser.get("/sign-in").await.text().contains("E-mail, user name or phone number"));
        let sign_in = async |name: &str| browser.form("/sign-in", &[("email", name), ("password", PASSWORD), ("next", "")]).await;
        let page = sign_in("+49 151").await;
        assert!(page.status == 400 && page.text().contains("with its country code"), "{}", page.text());
        assert_eq!(sign_in("+4915187654321").await.status, 401);
        assert_eq!(sign_in("+49 (151) 1234 5678").await.status, 303);
    }

    async fn a_site_without_text_messages_offers_no_number(site: Site) {
        member(&site, "ada@example.com").await;
        assert!(!site.get("/settings").await.text().contains("name=\"phone\""));
        assert!(site.another().get("/sign-in").await.text().contains("E-mail or user name"));
        let page = site.form("/settings/phone", &[("phone", PHONE)]).await;
        assert!(page.status == 501 && page.text().contains("This site sends no text messages."), "{}", page.text());
    }
}
