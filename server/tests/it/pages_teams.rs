//! The teams' pages as a browser without JavaScript uses them.

use domain::organization::{Access, team};
use domain::testing::PASSWORD;
use model::{MemberId, TeamId};

use crate::pages_members::{ADA, Acme, BOB, EVE, access, acme, founded, id_of, joined, role_box};
use crate::pages_settings::{flash, form_of, sign_in, value};
use crate::site::{Browser, Site};

const TEAMS: &str = "/organizations/acme/teams";
const GONE: &str = "This team is gone. Load the page again.";

async fn made(site: &Site, acme: &Acme, name: &str) -> TeamId {
    team::create(&site.world.cx, &access(site, acme).await, name).await.unwrap().id
}

/// The team that came with the organization.
async fn first(site: &Site, acme: &Acme) -> TeamId {
    team::list(&site.world.cx, &access(site, acme).await).await.unwrap().remove(0).id
}

fn page(id: &TeamId) -> String {
    format!("{TEAMS}/{id}")
}

fn person(id: &TeamId, member: &MemberId) -> String {
    format!("{TEAMS}/{id}/members/{member}")
}

async fn add(browser: &Browser, id: &TeamId, member: &MemberId) -> u16 {
    browser.form(&format!("{}/add", page(id)), &[("member", member.as_str())]).await.status
}

/// Whether the user of a browser sees who is in the team.
async fn sees(browser: &Browser, id: &TeamId) -> bool {
    !browser.get(&page(id)).await.text().contains("Only its members see who is in this team")
}

db::both! {
    async fn a_team_is_made_renamed_and_deleted(site: Site) {
        let acme = acme(&site).await;
        let list = site.get(TEAMS).await.text();
        assert!(list.contains("1 team<") && list.contains("You are in it") && list.contains("1 member"), "{list}");
        assert!(list.contains("1 of at most 100 are there."));
        let only = site.get(&page(&first(&site, &acme).await)).await.text();
        assert!(only.contains("It is the only team, and an organization keeps one.") && !only.contains("/delete"));

        for (name, words) in [("", "Type a name"), (&*"x".repeat(101), "at most 100 characters")] {
            let refused = site.form(TEAMS, &[("name", name)]).await;
            assert_eq!(refused.status, 400);
            assert!(refused.text().contains(words) && value(&refused.text(), "name") == name);
        }
        let made = site.form(TEAMS, &[("name", "<b>Blue</b>")]).await;
        let blue = made.header("location").to_owned();
        assert_eq!(flash(&site, &made).await, "The team is there. Now add its members.");
        let shown = site.get(&blue).await.text();
        assert!(shown.contains("Nobody is in it yet") && !shown.contains("<b>Blue"));

        let refused = site.form(&blue, &[("act", "rename"), ("name", " ")]).await;
        assert!(refused.status == 400 && form_of(&refused.text(), &blue).contains("Type a name"), "{}", refused.text());
        let renamed = site.form(&blue, &[("act", "rename"), ("name", "Navy")]).await;
        assert_eq!(flash(&site, &renamed).await, "The team is renamed.");
        assert!(site.get(TEAMS).await.text().contains(">Navy<"));

        let delete = format!("{blue}/delete");
        assert!(site.get(&blue).await.text().contains(&format!("href=\"{delete}\"")));
        assert!(site.get(&delete).await.text().contains("Delete the team Navy?"));
        let deleted = site.form(&delete, &[]).await;
        assert_eq!((deleted.header("location"), flash(&site, &deleted).await.as_str()), (TEAMS, "The team is deleted. Nobody left the organization."));
        assert_eq!(site.form(&delete, &[]).await.status, 404);
        let last = format!("{}/delete", page(&first(&site, &acme).await));
        let refused = site.form(&last, &[]).await;
        assert_eq!(refused.status, 400);
        assert!(refused.text().contains("An organization keeps one team. Make another one first."));
    }

    async fn the_limit_is_told_before_and_held_after(site: Site) {
        let site = site.with(|settings| settings.organization.teams = 2);
        let acme = acme(&site).await;
        made(&site, &acme, "Blue").await;
        let full = site.get(TEAMS).await.text();
        assert!(full.contains("There are as many teams as there may be.") && !full.contains("Make team<"), "{full}");
        assert_eq!(site.form(TEAMS, &[("name", "Red")]).await.status, 400);
        assert!(!site.get(TEAMS).await.text().contains(">Red<"));
    }

    async fn members_are_looked_for_added_and_taken_out(site: Site) {
        let acme = acme(&site).await;
        let (bob, of_bob) = joined(&site, &acme, BOB, "member").await;
        joined(&site, &acme, "a_b%c@example.com", "member").await;
        let blue = made(&site, &acme, "Blue").await;
        let adding = format!("{}/add", page(&blue));
        assert!(site.get(&page(&blue)).await.text().contains(&format!("href=\"{adding}\"")));
        let found = site.get(&format!("{adding}?search=BOB%40")).await.text();
        assert!(found.contains("1 member found") && found.contains(BOB) && !found.contains("a_b"), "{found}");
        assert!(site.get(&format!("{adding}?search=_b%25")).await.text().contains("1 member found"), "signs of the pattern mean themselves");
        assert!(site.get(&format!("{adding}?search=nobody")).await.text().contains("Nobody found"));

        let added = site.form(&adding, &[("member", of_bob.as_str()), ("search", "bob@"), ("page", "")]).await;
        assert_eq!(added.header("location"), format!("{adding}?search=bob%40"), "back to what was found");
        assert_eq!(flash(&site, &added).await, "Put into the team.");
        let found = site.get(&format!("{adding}?search=bob")).await.text();
        assert!(found.contains("In the team") && !found.contains("name=\"member\""));
        assert_eq!(add(&site.browser, &blue, &of_bob).await, 303, "twice is once");
        assert!(site.get(&page(&blue)).await.text().contains("1 member<"));
        assert!(bob.get(&page(&blue)).await.text().contains(BOB));

        let out = site.form(&person(&blue, &of_bob), &[("act", "leave")]).await;
        assert_eq!((out.header("location"), flash(&site, &out).await.as_str()), (&*page(&blue), "Taken out of the team."));
        assert_eq!(site.get(&person(&blue, &of_bob)).await.status, 404);
        assert!(!sees(&bob, &blue).await);
        assert_eq!(add(&site.browser, &blue, &MemberId::new("nobody")).await, 400);
    }

    async fn roles_in_a_team_count_only_there_and_end_with_it(site: Site) {
        let acme = acme(&site).await;
        let (bob, of_bob) = joined(&site, &acme, BOB, "member").await;
        let (_, of_eve) = joined(&site, &acme, EVE, "member").await;
        let (blue, red) = (made(&site, &acme, "Blue").await, made(&site, &acme, "Red").await);
        for id in [&of_bob, &of_eve] {
            add(&site.browser, &blue, id).await;
        }
        let shown = site.get(&person(&blue, &of_bob)).await.text();
        assert!(shown.contains("Ada Lovelace in Blue") && !shown.contains("roles-owner"), "an owner owns the whole");
        let saved = site.form(&person(&blue, &of_bob), &[("act", "roles"), ("roles", "admin")]).await;
        assert_eq!(flash(&site, &saved).await, "The roles in the team are saved. They count at once.");

        // Bob looks after Blue now, and after nothing else.
        assert_eq!(bob.form(&page(&blue), &[("act", "rename"), ("name", "Navy")]).await.status, 303);
        assert_eq!(bob.form(&page(&red), &[("act", "rename"), ("name", "Mine")]).await.status, 403);
        assert_eq!((bob.get(&format!("{}/add", page(&blue))).await.status, bob.get(&format!("{}/add", page(&red))).await.status), (200, 403));
        assert_eq!(bob.form(&person(&blue, &of_eve), &[("act", "roles"), ("roles", "member")]).await.status, 303);
        // A37: what he doesn't hold there isn't his to give there.
        let eves = bob.get(&person(&blue, &of_eve)).await.text();
        assert!(role_box(&eves, "analyst").contains("disabled") && !role_box(&eves, "admin").contains("disabled"), "{eves}");
        for roles in ["analyst", "owner"] {
            let refused = bob.form(&person(&blue, &of_eve), &[("act", "roles"), ("roles", roles)]).await;
            assert_eq!(refused.status, 403, "{roles}");
        }
        let whole = format!("/organizations/acme/members/{of_eve}");
        assert_eq!(bob.form(&whole, &[("act", "roles"), ("roles", "admin")]).await.status, 403);

        site.form(&person(&blue, &of_bob), &[("act", "roles")]).await;
        assert_eq!(bob.form(&page(&blue), &[("act", "rename"), ("name", "Mine")]).await.status, 403);
    }

    async fn a_session_works_in_a_team_until_it_stops(site: Site) {
        let acme = acme(&site).await;
        let (bob, of_bob) = joined(&site, &acme, BOB, "member").await;
        let blue = made(&site, &acme, "Blue").await;
        let work = async |act: &str| bob.form(&page(&blue), &[("act", act)]).await;
        assert_eq!(work("work").await.status, 403);
        add(&site.browser, &blue, &of_bob).await;
        let session = async || bob.get("/api/auth/get-session").await.value()["session"]["activeTeamId"].clone();
        assert_eq!(work("work").await.header("location"), page(&blue));
        assert_eq!(session().await, blue.as_str());
        assert!(bob.get(&page(&blue)).await.text().contains("You work in this team") && bob.get(TEAMS).await.text().contains("You work here"));
        work("rest").await;
        assert!(session().await.is_null());
        work("work").await;
        assert_eq!(work("leave").await.status, 303);
        assert!(session().await.is_null(), "whoever leaves works there no more");
    }

    async fn who_is_in_a_team_is_told_to_its_members_and_to_who_looks_after_members(site: Site) {
        let acme = acme(&site).await;
        let (bob, of_bob) = joined(&site, &acme, BOB, "member").await;
        let (eve, _) = joined(&site, &acme, EVE, "admin").await;
        let blue = made(&site, &acme, "Blue").await;
        assert!(sees(&site.browser, &blue).await && sees(&eve, &blue).await && !sees(&bob, &blue).await);
        assert_eq!(bob.get(&person(&blue, &of_bob)).await.status, 403);
        add(&site.browser, &blue, &of_bob).await;
        assert!(sees(&bob, &blue).await);
        let mine = bob.get(&person(&blue, &of_bob)).await.text();
        assert!(mine.contains("Leave the team") && !mine.contains("roles-admin"), "facts, and the way out");
    }

    async fn a_plain_member_forges_in_vain(site: Site) {
        let acme = acme(&site).await;
        let (bob, of_bob) = joined(&site, &acme, BOB, "member").await;
        let (ada, blue) = (id_of(&site, &acme, ADA).await, first(&site, &acme).await);
        made(&site, &acme, "Red").await;
        let list = bob.get(TEAMS).await.text();
        assert!(list.contains("2 teams") && !list.split("<main").nth(1).unwrap().contains("<form method=\"post\""), "{list}");
        assert_eq!(bob.get(&format!("{}/delete", page(&blue))).await.status, 403);
        assert_eq!(bob.get(&format!("{}/add", page(&blue))).await.status, 403);
        assert_eq!(add(&bob, &blue, &of_bob).await, 403);
        for (path, fields) in [
            (TEAMS.to_owned(), &[("name", "Mine")][..]),
            (page(&blue), &[("act", "rename"), ("name", "Mine")]),
            (page(&blue), &[("act", "leave")]),
            (person(&blue, &ada), &[("act", "leave")]),
            (person(&blue, &ada), &[("act", "roles"), ("roles", "member")]),
            (format!("{}/delete", page(&blue)), &[]),
        ] {
            assert_eq!(bob.form(&path, fields).await.status, 403, "{path} {fields:?}");
        }
        assert!(site.get(TEAMS).await.text().contains("2 teams"));
    }

    async fn a38_another_organization_s_team_looks_like_none_at_all(site: Site) {
        let acme = acme(&site).await;
        let blue = first(&site, &acme).await;
        let umbrella = founded(&site, EVE, "umbrella").await;
        let eve = site.another();
        sign_in(&eve, EVE, PASSWORD).await;
        let (ada, me) = (id_of(&site, &acme, ADA).await, id_of(&site, &umbrella, EVE).await);
        let nothing = TeamId::new("0198f000-0000-7000-8000-000000000000");
        for id in [&blue, &nothing] {
            let path = format!("/organizations/umbrella/teams/{id}");
            let below = |rest: &str| format!("{path}{rest}");
            let mut answers = Vec::new();
            for rest in [String::new(), "/add".into(), "/delete".into(), format!("/members/{ada}"), format!("/members/{me}")] {
                answers.push(eve.get(&below(&rest)).await);
            }
            for (rest, fields) in [
                ("", &[("act", "rename"), ("name", "Mine")][..]),
                ("", &[("act", "work")]),
                ("", &[("act", "leave")]),
                ("/add", &[("member", me.as_str())]),
                ("/delete", &[]),
                (&format!("/members/{me}"), &[("act", "roles"), ("roles", "admin")]),
            ] {
                answers.push(eve.form(&below(rest), fields).await);
            }
            for answer in answers {
                assert_eq!(answer.status, 404, "{}", answer.text());
                assert!(answer.text().contains(GONE));
            }
        }
        let own = team::list(&site.world.cx, &Access::open(&site.world.cx, &umbrella.owner, &umbrella.id).await.unwrap()).await.unwrap().remove(0).id;
        let taken = eve.form(&format!("/organizations/umbrella/teams/{own}/add"), &[("member", ada.as_str())]).await;
        assert!(taken.status == 400 && taken.text().contains("This member is gone."), "{}", taken.text());
        assert!(site.get(&page(&blue)).await.text().contains(ADA), "and nothing was changed");
    }
}
