//! What happened, as its pages tell it: to oneself, and to who may read an organization's audit log.

use domain::audit::{self, Act, Entry};
use domain::testing::{FIREFOX, PASSWORD, email};
use http::Request;

use crate::pages_members::{ADA, BOB, EVE, acme, founded, joined};
use crate::pages_settings::{member, sign_in};
use crate::site::{ORIGIN, Site};

const OWN: &str = "/settings/security/activity";
const LOG: &str = "/organizations/acme/audit";

/// How many entries a page shows.
fn entries(page: &str) -> usize {
    page.split("aria-label=\"Activity\"")
        .nth(1)
        .map_or(0, |list| list.split("</ul>").next().unwrap().matches("<li").count())
}

db::both! {
    async fn people_see_what_happened_to_their_account_and_nobody_else_s(site: Site) {
        member(&site, ADA).await;
        let eve = site.another();
        assert_eq!(sign_in(&eve, ADA, "Not-the-password-1").await.status, 401);
        assert!(site.get("/settings/security").await.text().contains(&format!("href=\"{OWN}\"")));
        let page = site.get(OWN).await;
        let text = page.text();
        assert_eq!(page.status, 200);
        assert!(text.contains("Sign-in failed") && text.contains("With a password"), "{text}");
        assert!(text.contains("By somebody who wasn’t signed in") && text.contains("Account created"));
        let all = entries(&text);
        let narrowed = site.get(&format!("{OWN}?kind=sign-in")).await.text();
        assert!(narrowed.contains("Sign-in failed") && !narrowed.contains("Account created"));
        assert!(entries(&narrowed) < all && narrowed.contains("<option value=\"sign-in\" selected"), "{narrowed}");
        let nothing = site.get(&format!("{OWN}?kind=organization")).await.text();
        assert!(nothing.contains("Nothing found") && nothing.contains("Show everything"));
        assert!(site.get(&format!("{OWN}?page=9")).await.text().contains("past the end"));
        assert_eq!(site.get(&format!("{OWN}?kind=%27&page=-1")).await.status, 200);

        member(&site, EVE).await;
        assert!(!site.get(OWN).await.text().contains("Sign-in failed"), "another's stay another's");
        let asked = site.another().get(OWN).await;
        assert!(asked.status == 303 && asked.header("location").starts_with("/sign-in"));
    }

    async fn a_long_trail_is_walked_through(site: Site) {
        member(&site, ADA).await;
        let ada = domain::account::find(&site.world.cx, &email(ADA)).await.unwrap();
        for _ in 0..60 {
            audit::record_alone(&site.world.cx, Entry::by(&ada.id, Act::SignedIn)).await.unwrap();
        }
        let first = site.get(OWN).await.text();
        assert!(entries(&first) == 50 && first.contains(&format!("href=\"{OWN}?page=2\"")), "{first}");
        let second = site.get(&format!("{OWN}?page=2&kind=sign-in")).await.text();
        assert!(entries(&second) > 0 && second.contains(&format!("href=\"{OWN}?kind=sign-in\"")), "{second}");
    }

    async fn an_organization_s_log_is_read_searched_and_taken_along_by_who_may(site: Site) {
        let acme = acme(&site).await;
        let (bob, _) = joined(&site, &acme, BOB, "member").await;
        founded(&site, EVE, "umbrella").await;
        sign_in(&site.browser, ADA, PASSWORD).await;
        let page = site.get(LOG).await;
        let text = page.text();
        assert_eq!((page.status, entries(&text)), (200, 3), "{text}");
        assert!(text.contains("Joined by invitation") && text.contains("Invitation sent") && !text.contains("Signed in"));
        assert!(site.get("/organizations/acme").await.text().contains(&format!("href=\"{LOG}\"")), "it is in the list at the side");
        let found = site.get(&format!("{LOG}?search={BOB}&kind=people")).await.text();
        assert!(entries(&found) == 1 && found.contains("Joined by invitation"), "{found}");
        assert!(found.contains("/audit/export?search=bob%40example.com&amp;kind=people&amp;format=csv"), "{found}");
        assert_eq!(entries(&site.get(&format!("{LOG}?search=%25")).await.text()), 0);

        let csv = site.get(&format!("{LOG}/export?format=csv")).await;
        assert_eq!((csv.status, csv.header("content-type")), (200, "text/csv; charset=utf-8"));
        assert_eq!(csv.header("content-disposition"), "attachment; filename=\"acme-audit.csv\"");
        assert!(csv.text().lines().count() == 5 && !csv.text().contains("umbrella"), "{}", csv.text());
        let json = site.get(&format!("{LOG}/export?kind=people")).await.value();
        assert_eq!((json.as_array().unwrap().len(), json[1]["act"].as_str()), (2, Some("invitation_accepted")));
        assert!(site.get(LOG).await.text().contains("Audit log downloaded"));

        // A member without the right sees no link and no page; that they tried is in the log.
        assert!(!bob.get("/organizations/acme").await.text().contains(LOG));
        for path in [LOG.to_owned(), format!("{LOG}/export")] {
            assert_eq!(bob.get(&path).await.status, 403);
        }
        audit::write_refused(&site.world.cx).await.unwrap();
        let refused = site.get(&format!("{LOG}?kind=refused")).await.text();
        assert!(entries(&refused) == 1 && refused.contains("Without the permission audit:read"), "{refused}");
    }

    async fn entries_say_from_where(site: Site) {
        member(&site, ADA).await;
        let request = Request::post("/sign-in").header("user-agent", FIREFOX).header("origin", ORIGIN);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = site.another().send(request, format!("email={ADA}&password={PASSWORD}")).await;
        assert_eq!(answer.status, 303);
        let text = site.get(&format!("{OWN}?kind=sign-in")).await.text();
        assert!(text.contains("Firefox on Linux · "), "{text}");
    }
}
