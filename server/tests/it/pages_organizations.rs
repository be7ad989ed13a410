//! The organizations' own pages as a browser without JavaScript uses them.

use domain::organization::{self, Access, New, invitation};
use domain::session::Opened;
use domain::settings::RequiredFor;
use domain::testing::PASSWORD;
use model::{OrganizationId, Slug};

use crate::pages_settings::{STALE, flash, form_of, member, sign_in, value};
use crate::site::{Answer, Browser, Site};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
const NOBODY_S: &str = "There is no such organization, or you aren’t in it.";

/// Posts the form of `/organizations/new`.
async fn create(browser: &Browser, name: &str, slug: &str) -> Answer {
    browser.form("/organizations/new", &[("name", name), ("slug", slug), ("logo", "")]).await
}

/// Makes an organization of somebody else, and gives its owner and its id.
async fn foreign(site: &Site, email: &str, name: &str, slug: &str) -> (Opened, OrganizationId) {
    let owner = site.world.user(email).await;
    let slug = Slug::parse(slug).unwrap();
    let new = New { name: name.to_owned(), slug, logo: None, metadata: None, stay: false };
    let (organization, _) = organization::create(&site.world.cx, &owner, new).await.unwrap();
    (owner, organization.id)
}

/// Brings somebody into an organization, in a browser of their own.
async fn joined(site: &Site, owner: &Opened, id: &OrganizationId, email: &str, role: &str) -> Browser {
    let guest = site.world.user(email).await;
    bring_in(site, owner, id, &guest, role).await;
    let browser = site.another();
    sign_in(&browser, email, PASSWORD).await;
    browser
}

async fn bring_in(site: &Site, owner: &Opened, id: &OrganizationId, guest: &Opened, role: &str) {
    let cx = &site.world.cx;
    let access = Access::open(cx, owner, id).await.unwrap();
    let new = invitation::New { roles: vec![role.to_owned()], teams: Vec::new() };
    let invited = invitation::invite(cx, owner, &access, &guest.user.email, &new, false).await.unwrap();
    invitation::accept(cx, guest, &invited.id).await.unwrap();
}

/// The id that the switcher has for an organization.
fn id_in(page: &str, name: &str) -> String {
    let menu = page.split("id=\"organization-menu\"").nth(1).expect("the switcher").split("</nav>").next().unwrap();
    let item = menu.split("<li>").find(|item| item.contains(name)).expect("the organization");
    item.split(" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

/// Whether the switcher's button says that the session works there.
fn works_in(page: &str, name: &str) -> bool {
    page.contains(&format!("aria-label=\"Organization: {name}. Switch\""))
}

db::both! {
    async fn somebody_in_no_organization_finds_the_way_to_one(site: Site) {
        member(&site, ADA).await;
        let start = site.get("/").await.text();
        assert!(start.matches("href=\"/organizations\"").count() >= 2 && !start.contains("organization-menu"), "{start}");
        let list = site.get("/organizations").await.text();
        assert!(list.contains("You are in no organization yet") && list.contains("href=\"/organizations/new\""));

        let made = create(&site.browser, "Acme & Sons", "").await;
        assert_eq!(made.header("location"), "/organizations/acme-sons", "{}", made.text());
        assert_eq!(flash(&site, &made).await, "Your organization is there, and you work in it now.");
        let page = site.get("/organizations/acme-sons").await.text();
        assert!(works_in(&page, "Acme &amp; Sons") && page.contains("First steps") && page.contains("Invite people"), "{page}");
        assert!(!page.contains("Work here"));
    }

    async fn what_was_typed_is_there_again_when_something_is_wrong_with_it(site: Site) {
        foreign(&site, BOB, "Acme", "acme").await;
        member(&site, ADA).await;
        let new = "/organizations/new";
        let taken = site.form(new, &[("name", "Acme"), ("slug", ""), ("logo", "https://example.com/a.png")]).await;
        let page = taken.text();
        assert_eq!(taken.status, 400, "{page}");
        assert!(form_of(&page, new).contains("This address is taken. Try another."), "{page}");
        let held = ["name", "slug", "logo"].map(|name| value(&page, name));
        assert_eq!(held, ["Acme", "acme", "https://example.com/a.png"]);

        for (field, typed, words) in [
            ("slug", "Not one", "Use 2 to 48 of a to z, digits and dashes."),
            ("slug", "new", "This address is taken. Try another."),
            ("name", "", "Type a name: one line of at most 100 characters."),
            ("logo", "javascript:alert(1)", "begins with https://"),
            ("logo", "http://example.com/a.png", "begins with https://"),
        ] {
            let mut fields = vec![("name", "Acme"), ("slug", "acme-2"), ("logo", "")];
            fields.retain(|(name, _)| *name != field);
            fields.push((field, typed));
            let answer = site.form(new, &fields).await;
            let page = answer.text();
            assert_eq!(answer.status, 400, "{field} {typed}");
            assert!(page.contains(words) && value(&page, field) == typed, "{field} {typed}: {page}");
        }
        assert_eq!(site.form(new, &[]).await.status, 400);
    }

    async fn who_owns_as_many_as_they_may_is_told_before_they_type(site: Site) {
        let site = site.with(|settings| settings.organization.limit = 1);
        member(&site, ADA).await;
        assert_eq!(site.get("/organizations/new").await.status, 200);
        assert_eq!(create(&site.browser, "Acme", "acme").await.status, 303);
        let full = site.get("/organizations/new").await;
        assert_eq!(full.status, 403);
        assert!(full.text().contains("Everybody may own one organization here.") && !full.text().contains("name=\"slug\""));
        let refused = create(&site.browser, "Umbrella", "umbrella").await;
        assert_eq!(refused.status, 403);
        assert!(refused.text().contains("You own as many organizations as you may."));
    }

    async fn the_header_switches_where_one_works_and_the_next_sign_in_begins_there(site: Site) {
        member(&site, ADA).await;
        create(&site.browser, "Acme", "acme").await;
        create(&site.browser, "Umbrella", "umbrella").await;
        let page = site.get("/settings").await.text();
        assert!(works_in(&page, "Umbrella"), "{page}");
        let acme = site.get("/organizations/acme").await.text();
        assert!(acme.contains("You work in Umbrella at the moment."), "{acme}");

        let id = id_in(&page, "Acme");
        let answer = site.form("/organizations/switch", &[("organization", &id)]).await;
        assert_eq!(answer.header("location"), "/organizations/acme");
        assert_eq!(flash(&site, &answer).await, "You work here from now on.");
        assert!(works_in(&site.get("/").await.text(), "Acme"));
        let other = site.another();
        sign_in(&other, ADA, PASSWORD).await;
        assert!(works_in(&other.get("/profile").await.text(), "Acme"));
        assert_eq!(site.get("/organizations/switch").await.header("location"), "/organizations");
    }

    async fn a38_a_stranger_learns_nothing_from_an_address_or_an_id(site: Site) {
        let (_, id) = foreign(&site, BOB, "Acme", "acme").await;
        member(&site, ADA).await;
        for rest in ["", "/settings", "/transfer", "/leave", "/delete"] {
            let (theirs, nobody_s) =
                (format!("/organizations/acme{rest}"), format!("/organizations/no-such{rest}"));
            let (found, missing) = (site.get(&theirs).await, site.get(&nobody_s).await);
            assert_eq!((found.status, missing.status), (404, 404), "{rest}");
            assert!(found.text().contains(NOBODY_S));
            let same = |answer: &Answer, slug: &str| answer.text().replace(slug, "");
            assert_eq!(blank(&same(&found, "acme")), blank(&same(&missing, "no-such")), "{rest}");
            if !rest.is_empty() {
                let (posted, missing) = (site.form(&theirs, &[]).await, site.form(&nobody_s, &[]).await);
                assert_eq!((posted.status, missing.status), (404, 404), "{rest}");
            }
        }
        let (theirs, nobody_s) = (id.as_str(), "0198f000-0000-7000-8000-000000000000");
        let switched = site.form("/organizations/switch", &[("organization", theirs)]).await;
        let missing = site.form("/organizations/switch", &[("organization", nobody_s)]).await;
        assert_eq!((switched.status, missing.status), (404, 404));
        assert_eq!(blank(&switched.text()), blank(&missing.text()));
        assert_eq!(site.another().get("/organizations/acme").await.header("location"), "/sign-in?next=%2Forganizations%2Facme");
    }

    async fn an_owner_renames_an_organization_and_moves_it(site: Site) {
        foreign(&site, BOB, "Umbrella", "umbrella").await;
        member(&site, ADA).await;
        create(&site.browser, "Acme", "acme").await;
        let settings = "/organizations/acme/settings";
        let page = site.get(settings).await.text();
        assert!(page.contains("Links to the old address stop working"), "{page}");
        let renamed = site.form(settings, &[("act", "details"), ("name", "Acme Ltd"), ("slug", "acme"), ("logo", "")]).await;
        assert_eq!(flash(&site, &renamed).await, "The organization is saved.");
        let taken =
            site.form(settings, &[("act", "details"), ("name", "Mine"), ("slug", "umbrella"), ("logo", "")]).await;
        assert_eq!(taken.status, 400);
        assert!(taken.text().contains("This address is taken.") && value(&taken.text(), "name") == "Mine");
        let moved = site.form(settings, &[("act", "details"), ("name", "Acme Ltd"), ("slug", "acme-ltd"), ("logo", "")]).await;
        assert_eq!(moved.header("location"), "/organizations/acme-ltd/settings");
        assert!(flash(&site, &moved).await.contains("old web address don’t work any more"));
        assert_eq!(site.get(settings).await.status, 404);
    }

    async fn who_may_change_nothing_sees_the_facts_and_can_leave(site: Site) {
        let (owner, id) = foreign(&site, BOB, "Acme", "acme").await;
        let ada = joined(&site, &owner, &id, ADA, "member").await;
        let settings = "/organizations/acme/settings";
        let page = ada.get(settings).await.text();
        assert!(page.contains("You may look, not change.") && !page.contains("name=\"slug\"") && !page.contains("name=\"rule\""), "{page}");
        assert!(!page.contains("/organizations/acme/delete") && !page.contains("/organizations/acme/transfer"));
        let forged = ada.form(settings, &[("act", "details"), ("name", "Mine"), ("slug", "acme")]).await;
        assert_eq!(forged.status, 403);
        assert_eq!(ada.form(settings, &[("act", "second-step"), ("rule", "own")]).await.status, 403);
        assert_eq!(ada.get("/organizations/acme/delete").await.status, 403);
        assert_eq!(ada.form("/organizations/acme/delete", &[("confirmation", "Acme")]).await.status, 403);
        assert_eq!(ada.get("/organizations/acme/transfer").await.status, 403);
        let overview = ada.get("/organizations/acme").await.text();
        assert!(!overview.contains("open invitation") && !overview.contains("First steps"), "{overview}");

        assert!(ada.get("/organizations/acme/leave").await.text().contains("Leave Acme?"));
        let left = ada.form("/organizations/acme/leave", &[]).await;
        assert_eq!(left.header("location"), "/organizations");
        assert!(ada.get("/organizations").await.text().contains("You left the organization."));
        assert_eq!(ada.get("/organizations/acme").await.status, 404);
        assert!(!ada.get("/").await.text().contains("organization-menu"));
    }

    async fn a37_the_last_owner_can_not_leave_and_is_told_what_to_do_instead(site: Site) {
        member(&site, ADA).await;
        create(&site.browser, "Acme", "acme").await;
        let settings = site.get("/organizations/acme/settings").await.text();
        assert!(settings.contains("You are alone here"), "{settings}");
        for (answer, status) in
            [(site.get("/organizations/acme/leave").await, 200), (site.form("/organizations/acme/leave", &[]).await, 400)]
        {
            assert_eq!(answer.status, status);
            let page = answer.text();
            assert!(page.contains("You can’t leave yet") && page.contains("href=\"/organizations/acme/transfer\""), "{page}");
        }
        assert_eq!(site.get("/organizations/acme").await.status, 200);
    }

    async fn an_owner_hands_an_organization_over_to_a_member(site: Site) {
        member(&site, ADA).await;
        create(&site.browser, "Acme", "acme").await;
        let id = OrganizationId::new(id_in(&site.get("/").await.text(), "Acme"));
        let ada = site.world.sign_in(ADA, PASSWORD).await.unwrap();
        let bob = joined(&site, &ada, &id, BOB, "member").await;
        let transfer = "/organizations/acme/transfer";
        let lost = site.get(&format!("{transfer}?to=eve%40example.com")).await;
        assert_eq!(lost.status, 400);
        assert!(lost.text().contains("No member here has this address.") && value(&lost.text(), "to") == "eve@example.com");
        assert!(site.get(&format!("{transfer}?to={}", ADA.replace('@', "%40"))).await.text().contains("It is yours already."));

        let page = site.get(&format!("{transfer}?to=bob%40example.com")).await.text();
        let action = page.split("action=\"/organizations/acme/transfer?to=").nth(1).expect("the form").split('"').next().unwrap().to_owned();
        let question = format!("{transfer}?to={action}");
        let wrong = site.form(&question, &[("confirmation", "acme")]).await;
        assert_eq!(wrong.status, 400);
        assert!(wrong.text().contains("Type it exactly as it is shown.") && value(&wrong.text(), "confirmation") == "acme");
        assert_eq!(bob.get(&question).await.status, 403, "nobody takes it");

        site.world.wait(STALE);
        assert_eq!(site.form(&question, &[("confirmation", "Acme")]).await.status, 403);
        site.form("/confirm-access", &[("current_password", PASSWORD), ("next", &question)]).await;
        let done = site.form(&question, &[("confirmation", "Acme")]).await;
        assert_eq!(done.header("location"), "/organizations/acme", "{}", done.text());
        assert!(flash(&site, &done).await.contains("The organization is handed over."));
        assert_eq!(site.get(transfer).await.status, 403);
        sign_in(&bob, BOB, PASSWORD).await;
        assert_eq!(bob.get(transfer).await.status, 200);
    }

    async fn an_organization_is_deleted_by_who_types_its_name_and_has_just_shown_who_they_are(site: Site) {
        member(&site, ADA).await;
        create(&site.browser, "Acme", "acme").await;
        let delete = "/organizations/acme/delete";
        let wrong = site.form(delete, &[("confirmation", "acme")]).await;
        assert_eq!(wrong.status, 400);
        assert!(wrong.text().contains("Type it exactly as it is shown."));
        site.world.wait(STALE);
        assert_eq!(site.get(delete).await.status, 200);
        assert_eq!(site.form(delete, &[("confirmation", "Acme")]).await.status, 403);
        assert_eq!(site.get("/organizations/acme").await.status, 200);
        site.form("/confirm-access", &[("current_password", PASSWORD), ("next", delete)]).await;
        let gone = site.form(delete, &[("confirmation", " Acme ")]).await;
        assert_eq!(gone.header("location"), "/organizations");
        assert_eq!(flash(&site, &gone).await, "The organization and everything in it are deleted.");
        assert_eq!(site.get("/organizations/acme").await.status, 404);
    }

    async fn an_organization_asks_the_roles_that_it_chooses_for_a_second_step(site: Site) {
        member(&site, ADA).await;
        create(&site.browser, "Acme", "acme").await;
        create(&site.browser, "Umbrella", "umbrella").await;
        let settings = "/organizations/acme/settings";
        let rule = [("act", "second-step"), ("rule", "own"), ("roles", "admin"), ("roles", "owner")];
        let unknown = site.form(settings, &[("act", "second-step"), ("rule", "own"), ("roles", "none-such")]).await;
        assert_eq!(unknown.status, 400);
        assert!(unknown.text().contains("There is no role “none-such”."));
        site.world.wait(STALE);
        assert_eq!(site.form(settings, &rule).await.status, 403);
        site.form("/confirm-access", &[("current_password", PASSWORD), ("next", settings)]).await;
        assert_eq!(site.form(settings, &rule).await.header("location"), settings);

        let required = "/two-factor/required?next=%2Forganizations%2Facme";
        assert_eq!(site.get("/organizations/acme").await.header("location"), required);
        let list = site.get("/organizations").await.text();
        assert!(list.contains("href=\"/organizations/acme\""), "still listed");
        let id = id_in(&list, "Acme");
        let switched = site.form("/organizations/switch", &[("organization", &id)]).await;
        assert_eq!(switched.header("location"), required);
        assert!(works_in(&site.get("/").await.text(), "Umbrella"));
    }

    async fn the_settings_tell_whose_rule_about_the_second_step_holds(site: Site) {
        member(&site, ADA).await;
        create(&site.browser, "Acme", "acme").await;
        let settings = "/organizations/acme/settings";
        site.form(settings, &[("act", "second-step"), ("rule", "own"), ("roles", "admin")]).await;
        let page = site.get(settings).await.text();
        assert!(chosen(&page, "rule-own") && chosen(&page, "roles-admin") && !chosen(&page, "roles-owner"), "{page}");
        site.form(settings, &[("act", "second-step"), ("rule", "site"), ("roles", "owner")]).await;
        let page = site.get(settings).await.text();
        assert!(chosen(&page, "rule-site") && page.contains("Nobody needs one."), "{page}");
        let (owner, id) = foreign(&site, BOB, "Umbrella", "umbrella").await;
        let guest = site.world.sign_in(ADA, PASSWORD).await.unwrap();
        bring_in(&site, &owner, &id, &guest, "member").await;
        let site = site.with(|settings| settings.two_factor.required = RequiredFor::Roles);
        sign_in(&site.browser, ADA, PASSWORD).await;
        let page = site.get("/organizations/umbrella/settings").await.text();
        assert!(page.contains("Asked of: Owner, Admin."), "{page}");
    }

    async fn open_invitations_stand_above_the_list(site: Site) {
        let (owner, id) = foreign(&site, BOB, "Acme", "acme").await;
        member(&site, ADA).await;
        let cx = &site.world.cx;
        let access = Access::open(cx, &owner, &id).await.unwrap();
        let new = invitation::New { roles: vec!["admin".to_owned()], teams: Vec::new() };
        let invited = invitation::invite(cx, &owner, &access, &model::Email::parse(ADA).unwrap(), &new, false).await.unwrap();
        let page = site.get("/organizations").await.text();
        let form = form_of(&page, &format!("/invitations/{}", invited.id));
        assert!(form.contains("name=\"act\" value=\"accept\"") && form.contains("name=\"act\" value=\"reject\""), "{form}");
        assert!(page.contains("You are invited") && page.contains(">Admin<"), "{page}");
    }
}

/// Whether the box or button of this id is on.
fn chosen(page: &str, id: &str) -> bool {
    let input = page.split("<input").find(|input| input.contains(&format!("id=\"{id}\""))).expect("the field");
    input.split('>').next().unwrap().contains(" checked")
}

/// A page without what differs from one request to the next.
fn blank(page: &str) -> String {
    page.split("nonce=\"").map(|part| part.split_once('"').map_or(part, |(_, rest)| rest)).collect()
}
