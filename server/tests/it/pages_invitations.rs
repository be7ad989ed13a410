//! Inviting and being invited, as a browser without JavaScript does it.

use domain::settings::RequiredFor;
use domain::testing::{DAY, HOUR, PASSWORD, SECOND};
use serde_json::json;

use crate::pages_settings::{flash, form_of, link, member, sign_in, value};
use crate::site::{Answer, Browser, ORIGIN, Site};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
const EVE: &str = "eve@example.com";
const PAGE: &str = "/organizations/acme/invitations";
const OVER: &str = "This invitation doesn’t work any more";

/// Ada, in the first browser, owns Acme.
async fn acme(site: &Site) {
    member(site, ADA).await;
    create(&site.browser, "Acme", "acme").await;
}

async fn create(browser: &Browser, name: &str, slug: &str) {
    let made = browser.json("/api/auth/organization/create", json!({ "name": name, "slug": slug })).await;
    assert_eq!(made.status, 200, "{}", made.text());
}

/// Somebody with a proved address, in a browser of their own.
async fn person(site: &Site, email: &str) -> Browser {
    site.world.user(email).await;
    let browser = site.another();
    sign_in(&browser, email, PASSWORD).await;
    browser
}

/// Invites by the form; gives the path in the mail.
async fn invited(site: &Site, email: &str, role: &str) -> String {
    site.world.moment();
    let sent = site.form(PAGE, &[("act", "mail"), ("addresses", email), ("role", role)]).await;
    assert_eq!(sent.header("location"), PAGE, "{}", sent.text());
    link(site, email).await
}

/// Somebody who was invited and accepted.
async fn joined(site: &Site, email: &str, role: &str) -> Browser {
    let path = invited(site, email, role).await;
    let browser = person(site, email).await;
    assert_eq!(browser.form(&path, &[("act", "accept")]).await.header("location"), "/organizations/acme");
    browser
}

fn id_in(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

/// The text of the field for addresses.
fn addresses(page: &str) -> String {
    page.split("<textarea").nth(1).unwrap().split('>').nth(1).unwrap().split("</textarea").next().unwrap().to_owned()
}

/// The box for a role, as the page has it.
fn role_box(page: &str, role: &str) -> String {
    let found =
        page.split("<input").find(|tag| tag.contains("name=\"role\"") && tag.contains(&format!("value=\"{role}\"")));
    found.expect("the box").split('>').next().unwrap().to_owned()
}

/// Opens the link in the newest mail to `email` in the browser that asked for it.
async fn follow(site: &Site, browser: &Browser, email: &str) -> Answer {
    let path = link(site, email).await;
    browser.get(path.trim_start_matches("/api/auth")).await
}

async fn members(site: &Site) -> i64 {
    site.world.count("SELECT COUNT(*) FROM members").await
}

db::both! {
    async fn several_are_invited_at_once_and_each_refused_one_is_told_by_its_address(site: Site) {
        acme(&site).await;
        joined(&site, BOB, "member").await;
        let typed = "bob@example.com, carol@example.com\r\nnonsense\r\nCAROL@example.com dave@example.com";
        let answer = site.form(PAGE, &[("act", "mail"), ("addresses", typed), ("role", "member")]).await;
        assert_eq!(answer.status, 400);
        let page = answer.text();
        assert!(page.contains("bob@example.com: This person is in the organization already."), "{page}");
        assert!(page.contains("nonsense: Use an address like you@example.com."));
        assert!(page.contains("Sent to carol@example.com, dave@example.com."));
        assert_eq!(addresses(&page).trim(), "bob@example.com\nnonsense", "what got no mail stays typed");
        for email in ["carol@example.com", "dave@example.com"] {
            assert_eq!(site.world.kinds(email).await, ["organization-invitation"], "{email}");
        }
        let again = site.form(PAGE, &[("act", "mail"), ("addresses", "carol@example.com"), ("role", "member")]).await;
        assert!(again.text().contains("carol@example.com: This address is invited already."));

        let sent = site.form(PAGE, &[("act", "mail"), ("addresses", "x@example.com;y@example.com"), ("role", "member")]).await;
        assert_eq!(flash(&site, &sent).await, "The invitations are on their way.");
    }

    async fn what_is_wrong_with_the_whole_form_sends_nothing(site: Site) {
        let site = site.with(|settings| settings.organization.invitations = 2);
        acme(&site).await;
        let many: Vec<_> = (0..21).map(|number| format!("user{number}@example.com")).collect();
        for (typed, role, words) in [
            (many.join("\n"), "member", "Type at most 20 addresses at once; these are 21."),
            (" , ".to_owned(), "member", "Type at least one address."),
            ("user1@example.com".to_owned(), "", "Choose at least one role."),
            ("user1@example.com".to_owned(), "wizard", "There is no role “wizard”."),
        ] {
            let mut fields = vec![("act", "mail"), ("addresses", typed.as_str())];
            if !role.is_empty() {
                fields.push(("role", role));
            }
            let answer = site.form(PAGE, &fields).await;
            assert_eq!(answer.status, 400, "{typed}");
            let page = answer.text();
            assert!(page.contains(words) && addresses(&page).trim() == typed.trim(), "{words}: {page}");
        }
        assert_eq!(site.world.count("SELECT COUNT(*) FROM invitations").await, 0);
        // The third is one too many: it and the fourth stay typed.
        let answer = site.form(PAGE, &[("act", "mail"), ("addresses", &many[..4].join(",")), ("role", "member")]).await;
        assert_eq!(answer.status, 403);
        let page = answer.text();
        assert!(page.contains("There are as many open invitations as there may be.") && page.contains("2 are now."), "{page}");
        assert_eq!(addresses(&page).trim(), "user2@example.com\nuser3@example.com");
        assert_eq!(site.form(PAGE, &[("act", "nonsense")]).await.status, 400);
    }

    async fn a37_only_who_may_invite_does_and_only_to_what_they_may_give(site: Site) {
        acme(&site).await;
        let bob = joined(&site, BOB, "member").await;
        let refused = bob.get(PAGE).await;
        assert!(refused.status == 403 && refused.text().contains("You aren’t allowed to do this here."));
        for act in ["mail", "link", "cancel", "resend"] {
            let answer = bob.form(PAGE, &[("act", act), ("addresses", EVE), ("role", "member"), ("id", "x")]).await;
            assert_eq!(answer.status, 403, "{act}");
        }
        let carol = joined(&site, "carol@example.com", "admin").await;
        let page = carol.get(PAGE).await.text();
        for (role, open) in [("member", true), ("admin", true), ("owner", false), ("moderator", false)] {
            assert_eq!(role_box(&page, role).contains("disabled"), !open, "{role}");
        }
        assert!(role_box(&page, "member").contains("checked") && !role_box(&page, "admin").contains("checked"));
        for role in ["owner", "moderator"] {
            let answer = carol.form(PAGE, &[("act", "mail"), ("addresses", EVE), ("role", role)]).await;
            assert_eq!(answer.status, 403, "{role}");
            assert_eq!(carol.form(PAGE, &[("act", "link"), ("role", role)]).await.status, 403, "{role}");
        }
        assert!(site.world.mails(EVE).await.is_empty());
    }

    async fn a35_who_is_not_the_proved_recipient_reads_nothing_and_gets_nowhere(site: Site) {
        acme(&site).await;
        let path = invited(&site, BOB, "member").await;
        let guest = site.another();
        let unknown = format!("/invitations/{}", "x".repeat(32));
        for page in [guest.get(&path).await, guest.get(&unknown).await] {
            assert_eq!((page.status, page.header("referrer-policy")), (200, "no-referrer"));
            let page = page.text();
            assert!(page.contains("You are invited") && page.contains("/sign-in?next=%2Finvitations%2F"));
            assert!(!page.contains("Acme") && !page.contains("Ada") && !page.contains(BOB), "{page}");
        }
        assert!(guest.form(&path, &[("act", "accept")]).await.header("location").starts_with("/sign-in?next=%2Finvitations"));

        let eve = person(&site, EVE).await;
        for answer in [eve.get(&path).await, eve.form(&path, &[("act", "accept")]).await, eve.form(&path, &[("act", "reject")]).await] {
            assert_eq!(answer.status, 403);
            let page = answer.text();
            assert!(page.contains("This invitation is for another address") && page.contains(EVE));
            assert!(!page.contains("Acme") && !page.contains(BOB), "{page}");
        }
        assert_eq!((eve.get(&unknown).await.status, eve.form(&unknown, &[("act", "accept")]).await.status), (410, 410));
        // Back as the right one.
        let out = eve.form("/sign-out", &[("next", &path)]).await;
        assert_eq!(out.header("location"), path);
        assert!(eve.get(&path).await.text().contains("Create account"));
        assert_eq!(eve.form("/sign-out", &[("next", "//evil.example")]).await.header("location"), "/");

        let bob = person(&site, BOB).await;
        let page = bob.get(&path).await;
        assert_eq!(page.status, 200);
        let page = page.text();
        assert!(page.contains("value=\"accept\"") && page.contains("Acme") && page.contains("Ada Lovelace (ada@example.com)") && page.contains("Member"), "{page}");
        assert_eq!(bob.form(&path, &[("act", "nonsense")]).await.status, 400);
        site.world.wait(DAY * 2 - HOUR);
        assert_eq!(bob.get(&path).await.status, 200);
        site.world.wait(HOUR + SECOND);
        let late = bob.form(&path, &[("act", "accept")]).await;
        assert!(late.status == 410 && late.text().contains(OVER));
        assert_eq!(members(&site).await, 1);
    }

    async fn a35_an_address_is_proved_before_it_joins_and_that_leads_back(site: Site) {
        let site = site.with(|settings| settings.sign_up.require_verification = false);
        acme(&site).await;
        let path = invited(&site, BOB, "member").await;
        let bob = site.another();
        let form = [("name", "Bob"), ("email", BOB), ("password", PASSWORD), ("next", path.as_str())];
        assert_eq!(bob.form("/sign-up", &form).await.header("location"), path);
        for answer in [bob.get(&path).await, bob.form(&path, &[("act", "accept")]).await] {
            let page = answer.text();
            assert!(answer.status == 403 && page.contains("Confirm your address first") && !page.contains("Acme"), "{page}");
        }
        let form = form_of(&bob.get(&path).await.text(), "/check-mail");
        site.world.moment();
        let sent = bob.form("/check-mail", &[("about", "verification"), ("email", &value(&form, "email")), ("next", &value(&form, "next"))]).await;
        assert_eq!(sent.status, 303);
        assert_eq!(follow(&site, &bob, BOB).await.header("location"), path);
        assert_eq!(bob.form(&path, &[("act", "accept")]).await.header("location"), "/organizations/acme");
    }

    async fn somebody_new_signs_up_on_the_way_and_lands_in_the_organization(site: Site) {
        acme(&site).await;
        let path = invited(&site, BOB, "member").await;
        let next = format!("next={}", path.replace('/', "%2F"));
        let bob = site.another();
        assert!(bob.get(&path).await.text().contains(&format!("href=\"/sign-up?{next}\"")));
        let page = bob.get(&format!("/sign-up?{next}")).await.text();
        assert!(page.contains(&format!("href=\"/sign-in?{next}\"")), "who has an account doesn't lose the way");
        assert_eq!(value(&form_of(&page, "/sign-up"), "next"), path);
        let form = [("name", "Bob"), ("email", BOB), ("password", PASSWORD), ("next", path.as_str())];
        site.world.moment();
        let waits = bob.form("/sign-up", &form).await;
        assert_eq!(waits.header("location"), format!("/check-mail?about=verification&{next}"));
        let page = bob.get(waits.header("location")).await.text();
        assert!(page.contains(&format!("href=\"/sign-up?{next}\"")));
        site.world.moment();
        let kept = value(&form_of(&page, "/check-mail"), "next");
        let again = bob.form("/check-mail", &[("about", "verification"), ("next", &kept)]).await;
        assert_eq!(again.header("location"), waits.header("location"));
        let early = bob.form("/sign-in", &[("email", BOB), ("password", PASSWORD), ("next", &path)]).await;
        assert_eq!(early.header("location"), waits.header("location"));

        let spent = site.another().get(&format!("/verify-email?token=x&callbackURL={}", path.replace('/', "%2F"))).await;
        assert!(spent.text().contains(&format!("href=\"/check-mail?about=verification&amp;{next}\"")), "{}", spent.text());
        let confirmed = follow(&site, &bob, BOB).await;
        assert_eq!(confirmed.header("location"), path, "before the questionnaire");
        let accepted = bob.form(&path, &[("act", "accept")]).await;
        assert_eq!(accepted.header("location"), "/organizations/acme");
        let page = bob.get("/organizations/acme").await;
        assert!(page.status == 200 && page.text().contains("You joined the organization. Welcome!"));
        assert!(bob.get("/").await.text().contains("Finish setting up"), "the questions wait");
        assert!(bob.get(&path).await.text().contains("href=\"/organizations\""), "the mail is opened again");
    }

    async fn every_other_way_in_leads_back_to_the_invitation_too(site: Site) {
        acme(&site).await;
        let path = invited(&site, BOB, "member").await;
        let next = format!("next={}", path.replace('/', "%2F"));
        let guest = site.another();
        for way in ["/magic-link", "/email-code"] {
            assert!(guest.get(&format!("/sign-in?{next}")).await.text().contains(&format!("href=\"{way}?{next}\"")));
        }
        site.world.moment();
        let sent = guest.form("/magic-link", &[("email", BOB), ("next", &path)]).await;
        assert_eq!(sent.header("location"), format!("/check-mail?about=link&{next}"));
        assert_eq!(follow(&site, &guest, BOB).await.header("location"), path);
        assert_eq!(guest.get(&path).await.status, 200, "the link made the account, with a proved address");
        assert!(guest.get("/").await.text().contains("Acme invites you to join."), "the start page tells of it");

        let other = site.another();
        site.world.moment();
        let asked = other.form("/email-code", &[("email", BOB), ("next", &path)]).await;
        let page = other.get(asked.header("location")).await.text();
        let (code, next) = (site.world.code(BOB).await, value(&form_of(&page, "/email-code/enter"), "next"));
        assert_eq!(other.form("/email-code/enter", &[("code", &code), ("next", &next)]).await.header("location"), path);

        // Who has an account and signs up all the same is shown the way by the mail.
        site.world.moment();
        let form = [("name", "Bob"), ("email", BOB), ("password", PASSWORD), ("next", path.as_str())];
        site.another().form("/sign-up", &form).await;
        assert_eq!(link(&site, BOB).await, format!("/sign-in?next={}", path.replace('/', "%2F")));
    }

    async fn a27_a_link_is_shown_once_and_lets_one_person_in(site: Site) {
        acme(&site).await;
        let made = site.form(PAGE, &[("act", "link"), ("role", "member")]).await;
        assert_eq!((made.status, made.header("cache-control")), (200, "no-store"));
        let page = made.text();
        let begin = page.find(&format!("{ORIGIN}/invitations/link/")).expect("the link");
        let path = page[begin + ORIGIN.len()..].split('<').next().unwrap().to_owned();
        let token = id_in(&path).to_owned();
        assert!(!format!("{:?}", made.headers).contains(&token), "in no cookie and no address");
        let list = site.get(PAGE).await.text();
        assert!(!list.contains(&token) && list.contains("Open") && !list.contains("value=\"resend\""), "{list}");

        let guest = site.another();
        let shown = guest.get(&path).await;
        assert_eq!((shown.status, shown.header("referrer-policy")), (200, "no-referrer"));
        let page = shown.text();
        assert!(page.contains("Acme") && page.contains("Ada Lovelace") && !page.contains(ADA), "{page}");
        let next = format!("next={}", path.replace('/', "%2F"));
        assert!(page.contains(&format!("href=\"/sign-in?{next}\"")) && page.contains(&format!("href=\"/sign-up?{next}\"")));
        let (bob, eve) = (person(&site, BOB).await, person(&site, EVE).await);
        assert_eq!(bob.form(&path, &[("act", "reject")]).await.status, 400, "nobody declines for all others");
        assert!(eve.get(&path).await.text().contains("value=\"accept\""));
        assert_eq!(site.form(&path, &[("act", "accept")]).await.header("location"), "/organizations/acme", "who is in spends nothing");
        assert_eq!(bob.form(&path, &[("act", "accept")]).await.header("location"), "/organizations/acme");
        assert_eq!(bob.get("/organizations/acme").await.status, 200);
        for answer in [eve.get(&path).await, eve.form(&path, &[("act", "accept")]).await, guest.get(&path).await] {
            assert!(answer.status == 410 && answer.text().contains(OVER));
        }
        for forged in ["x", &"x".repeat(32), &format!("{token}x"), "%2e%2e"] {
            let answer = eve.get(&format!("/invitations/link/{forged}")).await;
            assert!(answer.status == 410 && answer.text().contains(OVER), "{forged}");
        }
        assert_eq!(members(&site).await, 2);
    }

    async fn one_is_sent_again_and_taken_back(site: Site) {
        acme(&site).await;
        let path = invited(&site, BOB, "admin").await;
        let id = id_in(&path);
        site.world.wait(DAY);
        let again = site.form(PAGE, &[("act", "resend"), ("id", id)]).await;
        assert_eq!(flash(&site, &again).await, "The invitation is on its way again, and good for the whole time.");
        assert_eq!(link(&site, BOB).await, path, "the same one");
        site.world.wait(DAY + HOUR);
        let bob = person(&site, BOB).await;
        assert_eq!(bob.get(&path).await.status, 200);
        site.world.wait(DAY);
        let list = site.get(PAGE).await.text();
        assert!(list.contains("Expired") && list.contains("value=\"resend\"") && !list.contains("value=\"cancel\""), "{list}");
        assert_eq!(bob.get(&path).await.status, 410);
        assert_eq!(site.form(PAGE, &[("act", "resend"), ("id", id)]).await.status, 303);
        assert!(bob.get(&path).await.text().contains("Admin"), "with the roles that it had");

        let canceled = site.form(PAGE, &[("act", "cancel"), ("id", id)]).await;
        assert_eq!(flash(&site, &canceled).await, "The invitation is taken back. It lets nobody in any more.");
        assert!(site.get(PAGE).await.text().contains("Canceled"));
        assert_eq!(bob.form(&path, &[("act", "accept")]).await.status, 410);
        for act in ["cancel", "resend"] {
            let answer = site.form(PAGE, &[("act", act), ("id", id)]).await;
            assert!(answer.status == 400 && answer.text().contains("This invitation doesn’t work any more."), "{act}");
        }
    }

    async fn who_declines_is_listed_so(site: Site) {
        acme(&site).await;
        let path = invited(&site, BOB, "member").await;
        let bob = person(&site, BOB).await;
        assert_eq!(bob.form(&path, &[("act", "reject")]).await.header("location"), "/organizations");
        assert!(bob.get("/organizations").await.text().contains("You declined the invitation."));
        assert!(site.get(PAGE).await.text().contains("Declined"));
        assert_eq!(bob.form(&path, &[("act", "accept")]).await.status, 410);
        assert_eq!(members(&site).await, 1);
    }

    async fn a38_another_organization_s_invitations_and_teams_are_out_of_reach(site: Site) {
        acme(&site).await;
        let path = invited(&site, BOB, "member").await;
        let team = site.get("/api/auth/organization/list-teams").await.value()[0]["id"].as_str().unwrap().to_owned();
        let eve = person(&site, EVE).await;
        create(&eve, "Umbrella", "umbrella").await;
        let own = "/organizations/umbrella/invitations";
        assert!(!eve.get(own).await.text().contains(BOB));
        for act in ["cancel", "resend"] {
            let fields = [("act", act), ("id", id_in(&path))];
            let (theirs, forged) = (eve.form(own, &fields).await, eve.form(own, &[("act", act), ("id", "x")]).await);
            assert_eq!((theirs.status, forged.status), (400, 400), "{act}");
            assert!([theirs, forged].iter().all(|answer| answer.text().contains("This invitation doesn’t work any more.")));
            assert_eq!(eve.form(PAGE, &fields).await.status, 404, "{act}");
        }
        for act in ["mail", "link"] {
            let fields = [("act", act), ("addresses", "x@example.com"), ("role", "member"), ("team", team.as_str())];
            let answer = eve.form(own, &fields).await;
            assert!(answer.status == 400 && answer.text().contains("This team is gone."), "{act}");
        }
        assert!(site.world.mails("x@example.com").await.is_empty());
        assert_eq!(site.world.mails(BOB).await.len(), 1);
        assert_eq!(person(&site, BOB).await.get(&path).await.status, 200, "nothing was changed");
    }

    async fn who_must_have_a_second_factor_there_sets_it_up_after_accepting(site: Site) {
        acme(&site).await;
        let path = invited(&site, BOB, "admin").await;
        let site = site.with(|settings| settings.two_factor.required = RequiredFor::Roles);
        let bob = person(&site, BOB).await;
        assert_eq!(bob.form(&path, &[("act", "accept")]).await.header("location"), "/organizations/acme");
        let door = bob.get("/organizations/acme").await;
        assert_eq!(door.header("location"), "/two-factor/required?next=%2Forganizations%2Facme");
    }

    async fn a_full_organization_says_so_and_a_long_list_is_paged(site: Site) {
        let site = site.with(|settings| settings.organization.members = 1);
        acme(&site).await;
        let path = invited(&site, BOB, "member").await;
        let bob = person(&site, BOB).await;
        let full = bob.form(&path, &[("act", "accept")]).await;
        assert!(full.status == 403 && full.text().contains("The organization is full. Ask its owner."));
        for number in 0..26 {
            invited(&site, &format!("user{number}@example.com"), "member").await;
        }
        let first = site.get(PAGE).await.text();
        assert!(first.contains("user25@example.com") && !first.contains(BOB) && first.contains("1–25 of 27"), "{first}");
        let second = format!("{PAGE}?page=2");
        assert!(first.contains(&format!("href=\"{second}\"")) && site.get(&second).await.text().contains(BOB));
        let canceled = site.form(&second, &[("act", "cancel"), ("id", id_in(&path))]).await;
        assert_eq!(canceled.header("location"), second, "one stays where one was");
    }
}
