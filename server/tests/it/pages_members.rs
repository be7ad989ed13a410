//! The members' pages as a browser without JavaScript uses them.

use domain::organization::{self, Access, New, invitation, member, role};
use domain::session::Opened;
use domain::testing::{HOUR, MINUTE, PASSWORD};
use model::{MemberId, OrganizationId, Slug};

use crate::pages_settings::{flash, form_of, sign_in, value};
use crate::site::{Answer, Browser, Site};

pub(crate) const ADA: &str = "ada@example.com";
pub(crate) const BOB: &str = "bob@example.com";
pub(crate) const EVE: &str = "eve@example.com";
pub(crate) const MEMBERS: &str = "/organizations/acme/members";
const GONE: &str = "This member is gone. Load the page again.";
const FORBIDDEN: &str = "You aren’t allowed to do this here. Ask an owner.";

/// An organization and its owner.
pub(crate) struct Acme {
    pub owner: Opened,
    pub id: OrganizationId,
}

/// Makes an organization, whose owner is signed in with the first browser.
pub(crate) async fn acme(site: &Site) -> Acme {
    let acme = founded(site, ADA, "acme").await;
    sign_in(&site.browser, ADA, PASSWORD).await;
    acme
}

/// Makes an organization.
pub(crate) async fn founded(site: &Site, email: &str, slug: &str) -> Acme {
    let owner = site.world.user(email).await;
    let new =
        New { name: "Acme".to_owned(), slug: Slug::parse(slug).unwrap(), logo: None, metadata: None, stay: false };
    let (organization, _) = organization::create(&site.world.cx, &owner, new).await.unwrap();
    Acme { owner, id: organization.id }
}

/// The owner's standing.
pub(crate) async fn access(site: &Site, acme: &Acme) -> Access {
    Access::open(&site.world.cx, &acme.owner, &acme.id).await.unwrap()
}

/// Brings somebody new in, in a browser of their own.
pub(crate) async fn joined(site: &Site, acme: &Acme, email: &str, role: &str) -> (Browser, MemberId) {
    let cx = &site.world.cx;
    let guest = site.world.user(email).await;
    let new = invitation::New { roles: vec![role.to_owned()], teams: Vec::new() };
    let invited = invitation::invite(cx, &acme.owner, &access(site, acme).await, &guest.user.email, &new, false).await;
    invitation::accept(cx, &guest, &invited.unwrap().id).await.unwrap();
    let browser = site.another();
    sign_in(&browser, email, PASSWORD).await;
    (browser, id_of(site, acme, email).await)
}

pub(crate) async fn id_of(site: &Site, acme: &Acme, email: &str) -> MemberId {
    member::find(&site.world.cx, &access(site, acme).await, email).await.unwrap().id
}

async fn roles_of(site: &Site, acme: &Acme, email: &str) -> String {
    member::find(&site.world.cx, &access(site, acme).await, email).await.unwrap().role
}

fn page(id: &MemberId) -> String {
    format!("{MEMBERS}/{id}")
}

/// Posts the form of the roles.
async fn set_roles(browser: &Browser, id: &MemberId, roles: &[&str]) -> Answer {
    let mut fields = vec![("act", "roles")];
    fields.extend(roles.iter().map(|role| ("roles", *role)));
    browser.form(&page(id), &fields).await
}

/// The box of a role, as the page has it.
pub(crate) fn role_box<'p>(page: &'p str, role: &str) -> &'p str {
    let input = page.split("<input").find(|input| input.contains(&format!("id=\"roles-{role}\""))).expect("the box");
    input.split('>').next().unwrap()
}

/// The form that gives a role, filled in with `more`.
async fn assign(browser: &Browser, id: &MemberId, more: &[(&str, &str)]) -> Answer {
    let mut fields = vec![("act", "assign"), ("role", "admin")];
    fields.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
    fields.extend(more);
    browser.form(&page(id), &fields).await
}

/// The names in the list, in its order.
fn names(page: &str) -> Vec<String> {
    let links = page.split("href=\"/organizations/acme/members/").skip(1);
    links.map(|link| link.split('>').nth(1).unwrap().split('<').next().unwrap().to_owned()).collect()
}

async fn renamed(site: &Site, email: &str, name: &str) {
    assert_eq!(
        site.world.write("UPDATE users SET name = $2, name_lower = NULL WHERE email = $1", &[email, name]).await,
        1
    );
}

db::both! {
    async fn a_long_list_is_searched_narrowed_ordered_and_paged(site: Site) {
        let acme = acme(&site).await;
        joined(&site, &acme, BOB, "admin").await;
        renamed(&site, BOB, "Bob 100% <b>Sure</b>").await;
        for number in 0..52 {
            let email = format!("p{number:02}@example.com");
            let user = site.world.user(&email).await.user.id;
            let sql = "INSERT INTO members (id, organization_id, user_id, roles, created_at) SELECT id, $2, id, 'member', created_at FROM users WHERE id = $1";
            assert_eq!(site.world.write(sql, &[user.as_str(), acme.id.as_str()]).await, 1);
            renamed(&site, &email, &format!("Person {number:02}")).await;
        }
        let list = async |query: &str| site.get(&format!("{MEMBERS}{query}")).await.text();
        let first = list("").await;
        assert!(first.contains("54 members") && first.contains("1–50 of 54"), "{first}");
        assert_eq!((names(&first).len(), names(&first)[0].as_str()), (50, "Ada Lovelace"));
        assert!(first.contains(&format!("href=\"{MEMBERS}?page=2\"")) && !first.contains("Previous"));
        let second = list("?page=2").await;
        assert_eq!(names(&second).len(), 4);
        assert!(second.contains("51–54 of 54") && second.contains("Previous members") && !second.contains("Next members"));

        assert_eq!(names(&list("?order=newest").await)[0], "Person 51");
        assert_eq!(names(&list("?order=name&page=2").await).last().unwrap(), "Person 51");
        let found = list("?search=person").await;
        assert!(found.contains("52 members found") && found.contains(&format!("href=\"{MEMBERS}?search=person&amp;page=2\"")), "{found}");
        assert_eq!(value(&found, "search"), "person");
        assert_eq!(names(&list("?search=P07%40example").await), ["Person 07"], "by a part of the address, whatever its capitals");
        assert_eq!(names(&list("?role=admin").await).len(), 1);
        assert_eq!(names(&list("?role=adm_n").await).len(), 0);
        for typed in ["%25", "100%25", "%3Cb%3E"] {
            let page = list(&format!("?search={typed}")).await;
            assert_eq!(names(&page).len(), 1, "{typed}: what is typed means itself");
            assert!(!page.contains("<b>"), "and is text");
        }
        for (query, words) in [
            ("?search=_", "No name and no address has “_” in it."),
            ("?role=nonsense", "Nobody has this role."),
            ("?page=99", "This page is past the end"),
        ] {
            let page = list(query).await;
            assert!(page.contains(words) && page.contains("Show everybody") && names(&page).is_empty(), "{query}: {page}");
        }
        for nonsense in ["?page=x", "?page=-1", "?page=0", "?order=up", "?page=99999999999"] {
            assert_eq!(names(&list(nonsense).await).len(), 50, "{nonsense}");
        }
        assert_eq!(site.get(&format!("{MEMBERS}?page=4294967295")).await.status, 200);
    }

    async fn roles_are_changed_and_count_at_once(site: Site) {
        let acme = acme(&site).await;
        let (bob, id) = joined(&site, &acme, BOB, "member").await;
        assert_eq!(bob.get("/organizations/acme/invitations").await.status, 403);
        let shown = site.get(&page(&id)).await.text();
        assert!(role_box(&shown, "member").contains("checked") && !role_box(&shown, "admin").contains("checked"));
        assert!(shown.contains("Everything there is to do here.") && shown.contains("What Member may do, and org:*"), "each role says what it gives");

        let saved = set_roles(&site.browser, &id, &["member", "admin", "admin"]).await;
        assert_eq!(flash(&site, &saved).await, "The roles are saved. They count at once.");
        assert_eq!(roles_of(&site, &acme, BOB).await, "member,admin");
        assert_eq!(bob.get("/organizations/acme/invitations").await.status, 200);

        let none = set_roles(&site.browser, &id, &[]).await;
        assert_eq!(none.status, 400);
        assert!(none.text().contains("Choose at least one role."));
        let unknown = set_roles(&site.browser, &id, &["member,owner"]).await;
        assert_eq!(unknown.status, 400);
        assert!(unknown.text().contains("There is no role “member,owner”."));
        assert_eq!(roles_of(&site, &acme, BOB).await, "member,admin");
    }

    async fn a37_an_admin_makes_nobody_an_owner_nor_gives_what_they_lack_with_a_forged_form_either(site: Site) {
        let acme = acme(&site).await;
        let (bob, of_bob) = joined(&site, &acme, BOB, "admin").await;
        let (_, of_eve) = joined(&site, &acme, EVE, "analyst").await;
        let of_ada = id_of(&site, &acme, ADA).await;
        let shown = bob.get(&page(&of_eve)).await.text();
        assert!(role_box(&shown, "owner").contains("disabled") && role_box(&shown, "moderator").contains("disabled"));
        assert!(shown.contains("Only an owner makes somebody an owner.") && shown.contains("You don’t have: user:warn."), "{shown}");
        assert!(!role_box(&shown, "analyst").contains("disabled") && shown.contains("You can take it away, but not give it again."));
        for (id, roles) in [
            (&of_eve, &["owner"][..]),
            (&of_eve, &["analyst", "owner"]),
            (&of_eve, &["moderator"]),
            (&of_bob, &["admin", "owner"]),
            (&of_bob, &["admin", "analyst"]),
            (&of_ada, &["member"]),
            (&of_ada, &["owner", "member"]),
        ] {
            let refused = set_roles(&bob, id, roles).await;
            assert_eq!(refused.status, 403, "{roles:?}: {}", refused.text());
        }
        for given in [("role", "owner"), ("role", "analyst")] {
            assert_eq!(assign(&bob, &of_bob, &[given]).await.status, 403, "{given:?}");
        }
        let owner = bob.get(&page(&of_ada)).await.text();
        assert!(owner.contains("Only an owner changes an owner’s roles.") && owner.contains("Only an owner removes an owner."));
        assert_eq!(bob.form(&format!("{}/remove", page(&of_ada)), &[]).await.status, 400, "the last owner stays");
        let roles = [roles_of(&site, &acme, ADA).await, roles_of(&site, &acme, BOB).await, roles_of(&site, &acme, EVE).await];
        assert_eq!(roles, ["owner", "admin", "analyst"]);
        assert_eq!(set_roles(&bob, &of_eve, &["analyst", "member"]).await.status, 303, "what somebody has may stay");
    }

    async fn a37_the_last_owner_stays_one(site: Site) {
        let acme = acme(&site).await;
        let me = id_of(&site, &acme, ADA).await;
        let refused = set_roles(&site.browser, &me, &["member"]).await;
        assert_eq!(refused.status, 400);
        let shown = refused.text();
        assert!(shown.contains("An organization needs an owner. Make somebody else one first."));
        assert!(role_box(&shown, "member").contains("checked") && !role_box(&shown, "owner").contains("checked"), "the form is as it was filled in");
        let remove = format!("{}/remove", page(&me));
        assert_eq!(site.get(&remove).await.header("location"), "/organizations/acme/leave");
        let refused = site.form(&remove, &[]).await;
        assert_eq!(refused.status, 400);
        assert!(refused.text().contains("You are the only owner. Make somebody else one first."));
        assert_eq!(roles_of(&site, &acme, ADA).await, "owner");
    }

    async fn whoever_is_removed_can_do_nothing_here_from_then_on(site: Site) {
        let acme = acme(&site).await;
        let (bob, id) = joined(&site, &acme, BOB, "admin").await;
        assert_eq!(bob.get(MEMBERS).await.status, 200);
        let remove = format!("{}/remove", page(&id));
        assert!(site.get(&page(&id)).await.text().contains(&format!("href=\"{remove}\"")));
        let asked = site.get(&remove).await;
        assert!(asked.status == 200 && asked.text().contains("Remove Ada Lovelace?"));
        let removed = site.form(&remove, &[]).await;
        assert_eq!(removed.header("location"), MEMBERS);
        assert_eq!(flash(&site, &removed).await, "The member is removed, and can’t open anything here any more.");
        assert_eq!(bob.get(MEMBERS).await.status, 404);
        assert_eq!(set_roles(&bob, &id, &["owner"]).await.status, 404);
        for answer in [site.get(&page(&id)).await, site.get(&remove).await, site.form(&remove, &[]).await] {
            assert_eq!(answer.status, 404);
            assert!(answer.text().contains(GONE));
        }
    }

    async fn a_role_for_a_while_ends_at_its_minute(site: Site) {
        let acme = acme(&site).await;
        let (bob, id) = joined(&site, &acme, BOB, "member").await;
        let minute = |at: model::Timestamp| at.iso()[..16].to_owned();
        let now = site.world.cx.now();
        let (start, end) = (minute(now + HOUR), minute(now + HOUR * 2));
        let given = assign(&site.browser, &id, &[("starts_at", &start), ("ends_at", &end)]).await;
        assert_eq!(flash(&site, &given).await, "The role is given.");
        let may = async || bob.get("/organizations/acme/invitations").await.status == 200;
        let shown = site.get(&page(&id)).await.text();
        assert!(shown.contains("Everywhere in Acme") && shown.contains("Not yet") && shown.contains(&(now + HOUR).words()), "{shown}");
        assert!(!may().await);
        site.world.wait(HOUR);
        assert!(may().await);
        let mine = bob.get(&page(&id)).await.text();
        assert!(mine.contains(">Now<") && mine.contains(" by Ada Lovelace") && mine.contains("Take back"), "as an admin for that time");
        site.world.wait(HOUR);
        assert!(!may().await);
        let shown = site.get(&page(&id)).await.text();
        assert!(shown.contains(">Over<") && !bob.get(&page(&id)).await.text().contains("Take back"));

        let assignment = value(&shown, "assignment");
        let back = site.form(&page(&id), &[("act", "revoke"), ("assignment", &assignment)]).await;
        assert_eq!(flash(&site, &back).await, "The role is taken back. It gives nothing any more.");
        let again = site.form(&page(&id), &[("act", "revoke"), ("assignment", &assignment)]).await;
        assert_eq!(again.status, 404);
        assert!(again.text().contains("This role was taken back already."));
    }

    async fn a_role_for_one_thing_never_becomes_one_for_everything(site: Site) {
        let acme = acme(&site).await;
        let (_, id) = joined(&site, &acme, BOB, "member").await;
        for (typed, field, words) in [
            (&[("where", "thing"), ("kind", "project"), ("thing", "")][..], "thing", "Needed for one thing"),
            (&[("where", ""), ("kind", "project"), ("thing", "7")], "where", "Choose “Only for one thing”"),
            (&[("where", "nowhere")], "where", "Choose one of these."),
            (&[("where", "team:nonsense")], "", "This team is gone."),
            (&[("starts_at", "tomorrow")], "starts_at", "Type a day and a time"),
            (&[("starts_at", "2030-02-01T10:00"), ("ends_at", "2030-01-31T10:00")], "ends_at", "Choose an end that is still to come"),
            (&[("role", "nonsense")], "role", "There is no role “nonsense”."),
        ] {
            let refused = assign(&site.browser, &id, typed).await;
            let shown = refused.text();
            assert_eq!(refused.status, 400, "{typed:?}");
            let mark = format!("data-error=\"{field}\"");
            let mut errors = shown.split(&mark).skip(1).filter_map(|error| error.split_once('>'));
            assert!(errors.any(|(_, error)| error.starts_with(words)), "{typed:?}: {shown}");
            for (name, text) in typed.iter().filter(|(name, _)| ["kind", "starts_at", "ends_at"].contains(name)) {
                assert_eq!(value(&shown, name), *text, "what was typed is there again");
            }
        }
        let access = access(&site, &acme).await;
        assert_eq!(role::assignments(&site.world.cx, &access).await.unwrap(), []);
        let given = assign(&site.browser, &id, &[("where", "thing"), ("kind", "<i>page</i>"), ("thing", "7")]).await;
        assert_eq!(given.status, 303);
        let shown = site.get(&page(&id)).await.text();
        assert!(shown.contains("Only for &lt;i&gt;page&lt;/i&gt; 7"), "{shown}");
    }

    async fn a38_another_organization_s_member_looks_like_none_at_all(site: Site) {
        let acme = acme(&site).await;
        let (_, id) = joined(&site, &acme, BOB, "member").await;
        let given = assign(&site.browser, &id, &[("ends_at", "2099-01-31T10:00")]).await;
        assert_eq!(given.status, 303);
        let assignment = value(&site.get(&page(&id)).await.text(), "assignment");
        founded(&site, EVE, "umbrella").await;
        let eve = site.another();
        sign_in(&eve, EVE, PASSWORD).await;
        let nobody = MemberId::new("0198f000-0000-7000-8000-000000000000");
        for id in [&id, &nobody] {
            let path = format!("/organizations/umbrella/members/{id}");
            let remove = format!("{path}/remove");
            let posts: [&[(&str, &str)]; 3] = [&[("act", "roles"), ("roles", "owner")], &[("act", "assign"), ("role", "admin")], &[("act", "leave")]];
            let mut answers = vec![eve.get(&path).await, eve.get(&remove).await, eve.form(&remove, &[]).await];
            for fields in posts {
                answers.push(eve.form(&path, fields).await);
            }
            for answer in answers {
                assert_eq!(answer.status, 404);
                assert!(answer.text().contains(GONE) && !answer.text().contains(BOB));
            }
            let inside = eve.get(&page(id)).await;
            assert!(inside.status == 404 && inside.text().contains("There is no such organization, or you aren’t in it."));
        }
        let hers = eve.get("/organizations/umbrella/members").await.text();
        assert!(hers.contains("1 member") && !hers.contains(BOB));
        assert_eq!(eve.get(&format!("/organizations/umbrella/members/{BOB}")).await.status, 404);
        let mine = hers.split("/organizations/umbrella/members/").nth(1).unwrap().split('"').next().unwrap();
        let revoked = eve.form(&format!("/organizations/umbrella/members/{mine}"), &[("act", "revoke"), ("assignment", &assignment)]).await;
        assert_eq!(revoked.status, 404);
        assert!(site.get(&page(&id)).await.text().contains(&assignment), "nothing was taken back");
    }

    async fn a_plain_member_reads_the_facts_and_forges_in_vain(site: Site) {
        let acme = acme(&site).await;
        let (bob, of_bob) = joined(&site, &acme, BOB, "member").await;
        let (_, of_eve) = joined(&site, &acme, EVE, "member").await;
        assert!(bob.get(MEMBERS).await.text().contains(EVE));
        for id in [&of_eve, &of_bob] {
            let shown = bob.get(&page(id)).await.text();
            assert!(shown.contains("org:read, content:*"), "{shown}");
            let main = shown.split("<main").nth(1).unwrap();
            assert!(!main.contains("<form method=\"post\"") && !main.contains("/remove"), "{shown}");
        }
        assert_eq!(bob.get(&format!("{}/remove", page(&of_eve))).await.status, 403);
        let team = organization::team::list(&site.world.cx, &access(&site, &acme).await).await.unwrap().remove(0).id;
        for (id, fields) in [
            (&of_bob, &[("act", "roles"), ("roles", "admin")][..]),
            (&of_eve, &[("act", "roles"), ("roles", "member")]),
            (&of_bob, &[("act", "assign"), ("role", "member")]),
            (&of_eve, &[("act", "join"), ("team", team.as_str())]),
            (&of_bob, &[("act", "join"), ("team", team.as_str())]),
            (&of_eve, &[("act", "leave"), ("team", team.as_str())]),
            (&of_eve, &[("act", "revoke"), ("assignment", "x")]),
        ] {
            let refused = bob.form(&page(id), fields).await;
            assert_eq!(refused.status, 403, "{fields:?}");
            assert!(refused.text().contains(FORBIDDEN), "{fields:?}: {}", refused.text());
        }
        assert_eq!(bob.form(&format!("{}/remove", page(&of_eve)), &[]).await.status, 403);
        assert_eq!(bob.form(&page(&of_eve), &[("act", "nonsense")]).await.status, 400);
        assert_eq!((roles_of(&site, &acme, BOB).await, roles_of(&site, &acme, EVE).await), ("member".into(), "member".into()));
    }

    async fn teams_are_joined_and_left_on_a_member_s_page(site: Site) {
        let acme = acme(&site).await;
        let (bob, id) = joined(&site, &acme, BOB, "member").await;
        let blue = organization::team::create(&site.world.cx, &access(&site, &acme).await, "Blue").await.unwrap().id;
        let team = [("act", "join"), ("team", blue.as_str())];
        let put = site.form(&page(&id), &team).await;
        assert_eq!(flash(&site, &put).await, "Put into the team.");
        let href = format!("href=\"/organizations/acme/teams/{blue}/members/{id}\"");
        assert!(site.get(&page(&id)).await.text().contains(&href));
        let mine = bob.get(&page(&id)).await.text();
        assert!(mine.contains(&href) && form_of(&mine, &page(&id)).contains("Leave"), "one sees one’s own teams, and may go");
        let left = bob.form(&page(&id), &[("act", "leave"), ("team", blue.as_str())]).await;
        assert_eq!(left.status, 303);
        let again = site.form(&page(&id), &[("act", "leave"), ("team", blue.as_str())]).await;
        assert_eq!(again.status, 403);
        let nowhere = site.form(&page(&id), &[("act", "join"), ("team", "nonsense")]).await;
        assert_eq!(nowhere.status, 400);
        assert!(nowhere.text().contains("This team is gone."));
    }

    async fn an_owner_is_led_to_handing_over(site: Site) {
        let acme = acme(&site).await;
        let (bob, id) = joined(&site, &acme, BOB, "admin").await;
        let href = format!("/organizations/acme/transfer?to={id}");
        assert!(site.get(&page(&id)).await.text().contains(&href));
        assert!(!bob.get(&page(&id_of(&site, &acme, ADA).await)).await.text().contains("/transfer?to="));
        site.world.wait(MINUTE);
        assert_eq!(site.get(&href).await.status, 200);
    }
}
