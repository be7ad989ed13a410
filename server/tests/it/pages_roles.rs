//! The pages about roles and about who may do what, as a browser without JavaScript uses them.

use domain::organization::role::{self, Assign};
use domain::organization::{self, Access, New, invitation, member};
use domain::session::Opened;
use domain::testing::{HOUR, MINUTE, PASSWORD};
use model::{OrganizationId, Slug};

use crate::pages_settings::{form_of, outline, sign_in, value};
use crate::site::{Answer, Browser, Site};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
const ROLES: &str = "/organizations/acme/roles";
const NEW: &str = "/organizations/acme/roles/new";
const EXPLAIN: &str = "/organizations/acme/explain";

/// An organization, its owner in the site's own browser, and somebody in it in another one.
async fn acme(site: &Site, role: &str) -> (Opened, OrganizationId, Browser) {
    let ada = site.world.user(ADA).await;
    sign_in(&site.browser, ADA, PASSWORD).await;
    let new = New { name: "Acme".into(), slug: Slug::parse("acme").unwrap(), logo: None, metadata: None, stay: false };
    let (organization, _) = organization::create(&site.world.cx, &ada, new).await.unwrap();
    let bob = joined(site, &ada, &organization.id, BOB, role).await;
    (ada, organization.id, bob)
}

async fn joined(site: &Site, by: &Opened, id: &OrganizationId, email: &str, role: &str) -> Browser {
    let (cx, guest) = (&site.world.cx, site.world.user(email).await);
    let access = Access::open(cx, by, id).await.unwrap();
    let new = invitation::New { roles: vec![role.to_owned()], teams: Vec::new() };
    let invited = invitation::invite(cx, by, &access, &guest.user.email, &new, false).await.unwrap();
    invitation::accept(cx, &guest, &invited.id).await.unwrap();
    let browser = site.another();
    sign_in(&browser, email, PASSWORD).await;
    browser
}

/// Posts the form of a role.
async fn post(browser: &Browser, path: &str, act: &str, name: &str, patterns: &str, inherits: &[&str]) -> Answer {
    let mut fields = vec![("name", name), ("patterns", patterns), ("act", act)];
    fields.extend(inherits.iter().map(|parent| ("inherits", *parent)));
    browser.form(path, &fields).await
}

async fn make(site: &Site, name: &str, patterns: &str, inherits: &[&str]) {
    let made = post(&site.browser, NEW, "save", name, patterns, inherits).await;
    assert_eq!(made.status, 303, "{}", made.text());
}

/// A section of a page, by its heading, without tags.
fn section(page: &str, title: &str) -> String {
    let begin =
        page.find(&format!("<h2 class=\"text-lg font-bold\">{title}")).unwrap_or_else(|| panic!("no {title}: {page}"));
    let section = page[begin..].split("</section>").next().unwrap();
    let mut text = String::new();
    for part in section.split('<') {
        let words = part.split_once('>').map_or(part, |(_, words)| words).trim();
        if !words.is_empty() && !words.starts_with("!--") {
            text.push_str(words);
            text.push(' ');
        }
    }
    text
}

db::both! {
    async fn a_role_is_made_seen_changed_and_deleted(site: Site) {
        let (ada, id, _) = acme(&site, "member").await;
        let page = site.get(ROLES).await.text();
        assert!(page.contains("No roles of your own") && section(&page, "Everywhere").contains("Owner 1 person"));
        let page = site.get(NEW).await.text();
        let form = form_of(&page, &format!("{NEW}#changes"));
        assert!(form.contains("<option value=\"content:*\">") && form.contains("<option value=\"org:update\">"));
        let added = site.form(NEW, &[("name", "Auditor"), ("patterns", "Reports:*"), ("add", "data:read"), ("act", "add"), ("inherits", "member")]).await;
        let form = form_of(&added.text(), &format!("{NEW}#changes"));
        assert_eq!((added.status, value(&form, "name").as_str()), (200, "Auditor"));
        assert!(form.contains(">\nreports:*\ndata:read</textarea>"), "{form}");
        assert!(form.contains("id=\"inherits-member\" type=\"checkbox\" name=\"inherits\" value=\"member\" checked"), "{form}");

        let preview = post(&site.browser, NEW, "preview", "Auditor", "reports:*\ndata:read", &["member"]).await;
        let (page, told) = (preview.text(), section(&preview.text(), "What changes when you save"));
        assert!(preview.status == 200 && told.contains("reports:*") && told.contains("Nobody has it yet."), "{told}");
        assert!(page.contains("value=\"save\" form=\"role\"") && page.contains("id=\"changes\""));
        assert!(!site.get(ROLES).await.text().contains("Auditor"), "looking saves nothing");
        let saved = post(&site.browser, NEW, "save", "Auditor", "reports:*\ndata:read", &["member"]).await;
        assert_eq!((saved.status, saved.header("location")), (303, "/organizations/acme/roles/auditor"));
        let page = site.get("/organizations/acme/roles/auditor").await.text();
        let whole = section(&page, "Everything it gives now");
        assert!(whole.contains("Its own reports:* data:read From Member org:read content:* ac:read"), "{whole}");
        assert!(section(&page, "Who has it").contains("Nobody"));
        let list = site.get(ROLES).await.text();
        assert!(list.contains("role=\"img\"") && section(&list, "How roles build on each other").contains("Auditor"));

        let gone = site.form("/organizations/acme/roles/auditor/delete", &[]).await;
        assert_eq!((gone.status, gone.header("location")), (303, ROLES));
        assert!(site.get(ROLES).await.text().contains("The role is deleted."));
        assert_eq!(site.get("/organizations/acme/roles/auditor").await.status, 404);
        let access = Access::open(&site.world.cx, &ada, &id).await.unwrap();
        assert!(role::list_own(&site.world.cx, &access).await.unwrap().is_empty());
    }

    async fn the_form_of_a_role_reads_so(site: Site) {
        acme(&site, "member").await;
        make(&site, "auditor", "reports:*", &[]).await;
        let page = site.get("/organizations/acme/roles/auditor").await.text();
        let form = form_of(&page, "/organizations/acme/roles/auditor#changes");
        let (begin, end) = (form.find("<datalist").unwrap(), form.find("</datalist>").unwrap());
        insta::assert_snapshot!("role-form", outline(&format!("{}{}", &form[..begin], &form[end..])));
    }

    async fn what_a_change_gives_and_takes_is_told_before_it_is_saved(site: Site) {
        let (ada, id, _) = acme(&site, "member").await;
        make(&site, "auditor", "reports:*", &[]).await;
        let auditor = "/organizations/acme/roles/auditor";
        let cx = &site.world.cx;
        let access = Access::open(cx, &ada, &id).await.unwrap();
        let of_bob = member::find(cx, &access, BOB).await.unwrap().id;
        let both = ["member".to_owned(), "auditor".to_owned()];
        member::set_roles(cx, &ada, &access, &of_bob, &both).await.unwrap();
        let page = site.get(auditor).await.text();
        assert!(section(&page, "Who has it").contains("bob@example.com With the membership"));
        assert!(section(&page, "Delete this role").contains("These have it: "));
        let preview = post(&site.browser, auditor, "preview", "viewer", "reports:read\nbilling:*", &[]).await.text();
        let told = section(&preview, "What changes when you save");
        assert!(told.contains("It is called Viewer instead of Auditor. Whoever has it keeps it."), "{told}");
        assert!(told.contains("bob@example.com Gets billing:* Loses reports:*"), "{told}");
        assert!(told.contains("Something changes for 1 person."), "{told}");
        let kept = site.form(&format!("{auditor}/delete"), &[]).await;
        assert!(kept.status == 400 && kept.text().contains("Take it from them first."));
        assert!(site.get(&format!("{auditor}/delete")).await.text().contains("Take it from them first."));

        let saved = post(&site.browser, auditor, "save", "viewer", "reports:read\nbilling:*", &[]).await;
        assert_eq!(saved.header("location"), "/organizations/acme/roles/viewer");
        assert!(section(&site.get("/organizations/acme/roles/viewer").await.text(), "Who has it").contains(BOB));
    }

    async fn what_is_wrong_is_told_at_its_field_and_nothing_typed_is_lost(site: Site) {
        acme(&site, "member").await;
        make(&site, "clerk", "content:read", &[]).await;
        make(&site, "chief", "", &["clerk"]).await;
        for act in ["preview", "save"] {
            for (path, name, patterns, inherits, field, words) in [
                (NEW, "x y", "org:read", &[][..], "name", "Use 1 to 64 of"),
                (NEW, "clerk", "org:read", &[], "name", "There is a role of this name already."),
                (NEW, "x", "org::read", &[], "patterns", "is no permission"),
                (NEW, "x", "galaxy:rule", &[], "patterns", "nothing called “galaxy”"),
                (NEW, "x", "org:read", &["nobody"], "inherits", "There is no role “nobody”."),
                ("/organizations/acme/roles/clerk", "clerk", "org:read", &["chief"], "inherits", "chief → clerk → chief"),
            ] {
                let answer = post(&site.browser, path, act, name, patterns, inherits).await;
                let form = form_of(&answer.text(), &format!("{path}#changes"));
                assert!((400..500).contains(&answer.status), "{act} {name} {patterns}");
                let told = form.split(&format!("data-error=\"{field}\"")).nth(1).unwrap().split("</span>").next().unwrap();
                assert!(told.contains(words), "{act} {name} {patterns}: {told}");
                assert!(value(&form, "name") == name && form.contains(&format!(">\n{patterns}</textarea>")), "{form}");
            }
        }
        assert_eq!(site.form(NEW, &[]).await.status, 400, "an empty form");
    }

    async fn a37_nobody_gives_by_a_role_what_they_do_not_have(site: Site) {
        let (_, _, bob) = acme(&site, "admin").await;
        make(&site, "boss", "data:*", &[]).await;
        for act in ["preview", "save"] {
            for (patterns, inherits) in [("data:read", &[][..]), ("*", &[]), ("", &["owner"]), ("", &["boss"])] {
                let refused = post(&bob, NEW, act, "sneaky", patterns, inherits).await;
                assert!(refused.status == 403 && refused.text().contains("You can only give what you have."), "{act} {patterns} {inherits:?}");
            }
            let refused = post(&bob, "/organizations/acme/roles/boss", act, "boss", "", &[]).await;
            assert!(refused.status == 403 && refused.text().contains("It gives what you don’t have"), "nor does one take it away");
        }
        let page = bob.get(NEW).await.text();
        assert!(!page.contains("id=\"inherits-boss\"") && !page.contains("<option value=\"data:"), "nor is it offered");
        assert!(page.contains("id=\"inherits-member\"") && page.contains("<option value=\"content:*\">"));
        assert!(!site.get(ROLES).await.text().contains("Sneaky"));
    }

    async fn a37_who_may_only_look_finds_nothing_to_change_and_changes_nothing(site: Site) {
        let (_, _, bob) = acme(&site, "member").await;
        make(&site, "clerk", "content:read", &[]).await;
        let (clerk, owner) = ("/organizations/acme/roles/clerk", "/organizations/acme/roles/owner");
        let list = bob.get(ROLES).await.text();
        assert!(!list.contains(NEW) && list.contains("Clerk"));
        for path in [clerk, owner] {
            let page = bob.get(path).await.text();
            assert!(!page.contains("<textarea") && !page.contains("Delete this role") && page.contains("What it may do"));
        }
        let page = site.get(owner).await.text();
        assert!(!page.contains("<textarea") && page.contains("Only the people who run this site change it."), "not even an owner's");
        assert_eq!(bob.get(NEW).await.status, 403);
        for act in ["add", "preview", "save"] {
            assert_eq!(post(&bob, NEW, act, "mine", "content:read", &[]).await.status, 403);
            assert_eq!(post(&bob, clerk, act, "clerk", "content:*", &[]).await.status, 403);
        }
        assert_eq!(bob.form(&format!("{clerk}/delete"), &[]).await.status, 403);
        assert_eq!(bob.get(&format!("{clerk}/delete")).await.status, 403);
        for act in ["preview", "save"] {
            assert_eq!(post(&site.browser, owner, act, "owner", "org:read", &[]).await.status, 400);
        }
        assert!(site.get(clerk).await.text().contains(">\ncontent:read</textarea>"));
    }

    async fn an_answer_is_a_chain_that_can_be_read_aloud(site: Site) {
        let (ada, id, bob) = acme(&site, "admin").await;
        let ask = |member: &str, permission: &str| format!("{EXPLAIN}?member={member}&permission={permission}");
        let page = site.get(EXPLAIN).await.text();
        assert!(page.contains("value=\"ada@example.com\"") && page.contains("<option value=\"org:read\">") && !page.contains("id=\"answer\""));
        let page = site.get(&ask(BOB, "Content:delete")).await.text();
        let name = page.split("font-bold\">May ").nth(1).unwrap().split(" do content:delete?").next().unwrap().to_owned();
        let told = section(&page, &format!("May {name} do"));
        assert!(told.contains("Yes ."), "{told}");
        let chain = format!("{name} is admin here → admin inherits from member → member may content:*, which covers content:delete.");
        assert!(told.contains(&chain), "{told}");
        assert!(section(&page, &format!("What {name} holds")).contains("Admin Now With the membership"));
        let own = bob.get(&ask("", "reports:read")).await.text();
        let told = section(&own, "May you do");
        assert!(told.contains("No . No role that you hold here now gives reports:read."), "{told}");
        assert!(told.contains("Roles that give it: Analyst, Owner."), "{told}");

        let access = Access::open(&site.world.cx, &ada, &id).await.unwrap();
        let of_bob = member::find(&site.world.cx, &access, BOB).await.unwrap().id;
        let now = site.world.cx.now();
        let wanted = Assign { member: of_bob.clone(), role: "analyst".into(), team: None, resource: None, starts_at: Some(now + HOUR), ends_at: Some(now + HOUR * 2) };
        role::assign(&site.world.cx, &ada, &access, &wanted).await.unwrap();
        let answer = async || site.get(&ask(of_bob.as_str(), "reports:read")).await.text();
        let page = answer().await;
        assert!(page.contains("No, not yet") && page.contains("will be analyst here from") && page.contains("Not yet</span>"), "{page}");
        site.world.wait(HOUR + MINUTE);
        assert!(answer().await.contains("is analyst here until"));
        site.world.wait(HOUR);
        let page = answer().await;
        assert!(page.contains("No, not any more") && page.contains("was analyst here, until") && page.contains("Over</span>"));
        let thing = Assign { resource: Some(("report".into(), "7".into())), starts_at: None, ends_at: None, ..wanted };
        role::assign(&site.world.cx, &ada, &access, &thing).await.unwrap();
        let page = site.get(&format!("{}&kind=report&id=7", ask(BOB, "reports:read"))).await.text();
        assert!(page.contains("is analyst for report 7") && page.contains("<details open class=\"group\""), "{page}");
    }

    async fn a38_what_is_wrong_with_a_question_is_told_at_its_field(site: Site) {
        let (ada, id, bob) = acme(&site, "member").await;
        joined(&site, &ada, &id, "bobby@example.com", "member").await;
        let eve = site.world.user("eve@example.com").await;
        for (query, status, field, words) in [
            ("member=eve@example.com&permission=org:read", 404, "member", "Nobody here has this"),
            ("member=bob&permission=org:read", 400, "member", "Several people fit."),
            ("permission=", 400, "permission", "Type a permission such as"),
            ("permission=org:read&team=nowhere", 400, "team", "This team is gone."),
            ("permission=org:read&kind=report", 400, "id", "Type which one."),
            ("permission=org:read&id=7", 400, "kind", "Type what kind"),
        ] {
            let answer = site.get(&format!("{EXPLAIN}?{query}")).await;
            let page = answer.text();
            assert_eq!(answer.status, status, "{query}");
            let told = page.split(&format!("data-error=\"{field}\"")).nth(1).unwrap().split("</span>").next().unwrap();
            assert!(told.contains(words) && !page.contains("id=\"answer\""), "{query}: {told}");
        }
        let several = site.get(&format!("{EXPLAIN}?member=bob&permission=org:read")).await.text();
        assert!(several.contains("Whom do you mean?") && several.contains("bobby@example.com"));
        let one = site.get(&format!("{EXPLAIN}?member=bobby@&permission=org:read")).await;
        assert!(one.status == 200 && one.text().contains("id=\"answer\""), "a part of an address that only one has");
        // Who may not ask about others is told about themselves, whoever they name.
        let page = bob.get(&format!("{EXPLAIN}?member={ADA}&permission=org:read")).await.text();
        assert!(page.contains("May you do org:read?") && !page.contains("name=\"member\""), "{page}");
        let browser = site.another();
        sign_in(&browser, eve.user.email.as_str(), PASSWORD).await;
        for path in [ROLES, NEW, "/organizations/acme/roles/owner", EXPLAIN] {
            assert_eq!(browser.get(path).await.status, 404, "{path}");
        }
        assert_eq!(post(&browser, NEW, "save", "mine", "org:read", &[]).await.status, 404);
    }
}
