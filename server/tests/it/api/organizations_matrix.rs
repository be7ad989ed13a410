//! Every endpoint of organizations, walked by everybody who has no business there (SECURITY 43, A38): a stranger, an owner and an admin of
//! another organization, a removed admin, somebody who isn't signed in, and a member whose only further right has expired.

use std::collections::BTreeSet;
use std::path::Path;

use domain::testing::{HOUR, MINUTE};
use serde_json::{Value, json};

use super::organizations::{create, join, post, user};
use crate::site::{Answer, Browser, Site};

/// What a route is asked by somebody from outside, and what they may learn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    /// An organization by its id: everybody gets the same answer, whether it exists or not.
    Organization,
    /// A thing of the active organization: each of them gets the same answer, whether it exists or not.
    Thing,
    /// An invitation: its id can't be guessed, so that whoever has it may learn that it isn't theirs.
    Invitation,
    /// An address: whoever makes an organization must know which are taken.
    Address,
    /// Oneself: there is nothing of others in the answer.
    Oneself,
}

/// An endpoint: its method, its path, the query or the JSON that it is sent, and whether a plain member may do it.
struct Route(&'static str, &'static str, &'static str, About, bool);

use About::{Address, Invitation, Oneself, Organization, Thing};

/// All of them; words with a dollar sign stand for the ids of what is there. What changes a member's own standing comes last.
const ROUTES: &[Route] = &[
    Route("POST", "create", r#"{"name":"Mine","slug":"acme"}"#, Address, false),
    Route("POST", "check-slug", r#"{"slug":"acme"}"#, Address, false),
    Route("POST", "update", r#"{"organizationId":"$organization","data":{"name":"Mine"}}"#, Organization, false),
    Route("POST", "delete", r#"{"organizationId":"$organization"}"#, Organization, false),
    Route("POST", "set-active", r#"{"organizationId":"$organization"}"#, Organization, true),
    Route("GET", "get-organization", "organizationId=$organization", Organization, true),
    Route("GET", "get-full-organization", "organizationId=$organization", Organization, true),
    Route("GET", "list", "", Oneself, true),
    Route(
        "POST",
        "has-permission",
        r#"{"organizationId":"$organization","permissions":{"team":["create"]}}"#,
        Organization,
        true,
    ),
    Route("GET", "get-active-member", "", Oneself, true),
    Route("GET", "get-active-member-role", "organizationId=$organization", Organization, true),
    Route("GET", "list-members", "organizationId=$organization", Organization, true),
    Route(
        "POST",
        "remove-member",
        r#"{"organizationId":"$organization","memberIdOrEmail":"$member"}"#,
        Organization,
        false,
    ),
    Route(
        "POST",
        "remove-member",
        r#"{"organizationId":"$organization","memberIdOrEmail":"bob@example.com"}"#,
        Organization,
        false,
    ),
    Route(
        "POST",
        "update-member-role",
        r#"{"organizationId":"$organization","memberId":"$member","role":"owner"}"#,
        Organization,
        false,
    ),
    Route(
        "POST",
        "invite-member",
        r#"{"organizationId":"$organization","email":"y@example.com","role":"member"}"#,
        Organization,
        false,
    ),
    Route("POST", "accept-invitation", r#"{"invitationId":"$invitation"}"#, Invitation, false),
    Route("POST", "reject-invitation", r#"{"invitationId":"$invitation"}"#, Invitation, false),
    Route("POST", "cancel-invitation", r#"{"invitationId":"$invitation"}"#, Invitation, false),
    Route("GET", "get-invitation", "id=$invitation", Invitation, false),
    Route("GET", "list-invitations", "organizationId=$organization", Organization, false),
    Route("GET", "list-user-invitations", "", Oneself, true),
    Route("POST", "create-team", r#"{"organizationId":"$organization","name":"Mine"}"#, Organization, false),
    Route("GET", "list-teams", "organizationId=$organization", Organization, true),
    Route(
        "POST",
        "update-team",
        r#"{"teamId":"$team","data":{"name":"Mine","organizationId":"$organization"}}"#,
        Organization,
        false,
    ),
    Route("POST", "remove-team", r#"{"organizationId":"$organization","teamId":"$team"}"#, Organization, false),
    Route("POST", "set-active-team", r#"{"teamId":"$team"}"#, Thing, false),
    Route("GET", "list-user-teams", "organizationId=$organization", Organization, true),
    Route("GET", "list-user-teams", "organizationId=$organization&userId=$user", Organization, false),
    Route("GET", "list-team-members", "teamId=$team", Thing, false),
    Route(
        "POST",
        "add-team-member",
        r#"{"organizationId":"$organization","teamId":"$team","userId":"$user"}"#,
        Organization,
        false,
    ),
    Route(
        "POST",
        "remove-team-member",
        r#"{"organizationId":"$organization","teamId":"$team","userId":"$user"}"#,
        Organization,
        false,
    ),
    Route(
        "POST",
        "create-role",
        r#"{"organizationId":"$organization","role":"mine","permission":{"content":["read"]}}"#,
        Organization,
        false,
    ),
    Route(
        "POST",
        "update-role",
        r#"{"organizationId":"$organization","roleName":"own","data":{"roleName":"mine"}}"#,
        Organization,
        false,
    ),
    Route("POST", "delete-role", r#"{"organizationId":"$organization","roleName":"own"}"#, Organization, false),
    Route("GET", "list-roles", "organizationId=$organization", Organization, true),
    Route("GET", "get-role", "organizationId=$organization&roleName=own", Organization, true),
    Route(
        "POST",
        "assign-role",
        r#"{"organizationId":"$organization","memberId":"$member","role":"analyst"}"#,
        Organization,
        false,
    ),
    Route(
        "POST",
        "assign-role",
        r#"{"organizationId":"$organization","userId":"$user","role":"analyst"}"#,
        Organization,
        false,
    ),
    Route(
        "POST",
        "revoke-role-assignment",
        r#"{"organizationId":"$organization","assignmentId":"$assignment"}"#,
        Organization,
        false,
    ),
    Route("GET", "list-role-assignments", "organizationId=$organization", Organization, true),
    Route("GET", "explain", "organizationId=$organization&permission=org:read", Organization, true),
    Route("GET", "explain", "organizationId=$organization&permission=org:read&memberId=$owner", Organization, false),
    Route("GET", "permissions", "organizationId=$organization", Organization, true),
    Route("POST", "leave", r#"{"organizationId":"$organization"}"#, Organization, true),
];

/// What the words with a dollar sign stand for.
type Ids = [(&'static str, String)];

impl Route {
    async fn ask(&self, browser: &Browser, ids: &Ids) -> Answer {
        let Self(method, path, body, ..) = self;
        let body = ids.iter().fold((*body).to_owned(), |text, (word, id)| text.replace(word, id));
        let path = if *path == "permissions" {
            "/api/auth/permissions".to_owned()
        } else {
            format!("/api/auth/organization/{path}")
        };
        if *method == "POST" {
            browser.json(&path, serde_json::from_str(&body).unwrap()).await
        } else {
            browser.get(&format!("{path}?{body}")).await
        }
    }

    fn named(&self) -> String {
        format!("{} {} {}", self.0, self.1, self.2)
    }
}

fn told(answer: &Answer) -> (u16, String) {
    (answer.status, answer.text())
}

/// An organization with one of everything; Ada owns it, Bob is a member.
struct Acme {
    ada: Browser,
    bob: Browser,
    ids: Vec<(&'static str, String)>,
}

impl Acme {
    async fn new(site: &Site) -> Self {
        let ada = user(site, "ada@example.com").await;
        let acme = create(&ada, "acme").await;
        let bob = user(site, "bob@example.com").await;
        let member = join(&ada, &bob, "bob@example.com", "member").await;
        let team = post(&ada, "create-team", json!({ "name": "Blue" })).await.value();
        post(&ada, "create-role", json!({ "role": "own", "permission": { "content": ["read"] } })).await;
        let assigned = post(&ada, "assign-role", json!({ "memberId": member, "role": "own" })).await.value();
        let invitation =
            post(&ada, "invite-member", json!({ "email": "x@example.com", "role": "member" })).await.value();
        let id = |value: &Value| value.as_str().unwrap().to_owned();
        let ids = vec![
            ("$organization", id(&acme["id"])),
            ("$member", member),
            ("$team", id(&team["id"])),
            ("$assignment", id(&assigned["id"])),
            ("$invitation", id(&invitation["id"])),
            ("$user", id(&acme["members"][0]["userId"])),
            ("$owner", id(&acme["members"][0]["id"])),
        ];
        Self { ada, bob, ids }
    }

    /// Ids of the same form, of nothing.
    fn nothing(&self) -> Vec<(&'static str, String)> {
        self.ids.iter().map(|(word, _)| (*word, "0198f000-0000-7000-8000-000000000000".to_owned())).collect()
    }

    async fn whole(&self) -> Value {
        let mut all = json!({});
        for path in ["get-full-organization", "list-roles", "list-role-assignments"] {
            all[path] = self.ada.get(&format!("/api/auth/organization/{path}")).await.value();
        }
        all
    }
}

db::both! {
    async fn a38_strangers_of_all_kinds_are_refused_alike_at_every_endpoint_whether_there_is_one_or_not(site: Site) {
        let acme = Acme::new(&site).await;
        let gone = user(&site, "gone@example.com").await;
        let removed = join(&acme.ada, &gone, "gone@example.com", "admin").await;
        assert_eq!(post(&acme.ada, "remove-member", json!({ "memberIdOrEmail": removed })).await.status, 200);
        let foreign = user(&site, "eve@example.com").await;
        create(&foreign, "umbrella").await;
        let admin = user(&site, "mallory@example.com").await;
        join(&foreign, &admin, "mallory@example.com", "admin").await;
        let stranger = user(&site, "stranger@example.com").await;
        let nobody = site.another();
        let (before, nothing) = (acme.whole().await, acme.nothing());

        for route in ROUTES {
            let mut answers = Vec::new();
            for browser in [&stranger, &foreign, &admin, &gone] {
                let real = told(&route.ask(browser, &acme.ids).await);
                if matches!(route.3, Organization | Thing) {
                    assert_eq!(real, told(&route.ask(browser, &nothing).await), "{}", route.named());
                }
                assert!(acme.ids.iter().all(|(_, id)| !real.1.contains(id.as_str())), "{}: {real:?}", route.named());
                answers.push(real);
            }
            if matches!(route.3, Organization | Invitation | Address) {
                assert!((400..500).contains(&answers[0].0), "{}: {:?}", route.named(), answers[0]);
                assert!(answers.iter().all(|answer| answer == &answers[0]), "{}: {answers:?}", route.named());
            }
            assert_eq!(route.ask(&nobody, &acme.ids).await.status, 401, "{}", route.named());
        }
        assert_eq!(acme.whole().await, before, "nothing was changed");
    }

    async fn a38_who_has_only_an_expired_right_is_a_plain_member_at_every_endpoint(site: Site) {
        let acme = Acme::new(&site).await;
        let late = user(&site, "late@example.com").await;
        let member = join(&acme.ada, &late, "late@example.com", "member").await;
        let ends = site.world.cx.now() + HOUR;
        let assigned = post(&acme.ada, "assign-role", json!({ "memberId": member, "role": "admin", "endsAt": ends })).await;
        assert_eq!(assigned.status, 200, "{}", assigned.text());
        assert_eq!(post(&late, "create-team", json!({ "name": "In time" })).await.status, 200);
        site.world.wait(HOUR + MINUTE);
        let before = acme.whole().await;
        for (number, route) in ROUTES.iter().enumerate() {
            let (plain, expired) = (route.ask(&acme.bob, &acme.ids).await, route.ask(&late, &acme.ids).await);
            assert_eq!((plain.status, plain.code()), (expired.status, expired.code()), "{}", route.named());
            assert_eq!(plain.status < 400, route.4, "{}: {}", route.named(), plain.text());
            if number + 2 == ROUTES.len() {
                assert_eq!(acme.whole().await, before, "nothing was changed");
            }
        }
    }
}

/// Every `.route("…", get(…).post(…))` of the sources in a folder, as method and path.
pub(super) fn routes_of(folder: &str) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder)).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(routes_of(
                path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap().to_str().unwrap(),
            ));
            continue;
        }
        let text = std::fs::read_to_string(path).unwrap();
        for part in text.split(".route(").skip(1) {
            let (path, rest) = part.trim_start().split_once(',').unwrap();
            // A path that stands in a constant of the file.
            let constant = text.split(&format!("const {path}: &str = ")).nth(1).and_then(|rest| rest.lines().next());
            let path = constant.unwrap_or(path).trim_end_matches(';').trim_matches('"');
            assert!(path.starts_with('/'), "{path:?} can't be read");
            let handlers = rest.split(".route(").next().and_then(|rest| rest.lines().next()).unwrap();
            for (method, word) in [("GET", "get("), ("POST", "post(")] {
                if handlers.contains(word) {
                    found.insert((method.to_owned(), path.to_owned()));
                }
            }
        }
    }
    found
}

#[test]
fn a38_no_endpoint_is_left_out() {
    let walked: BTreeSet<_> =
        ROUTES.iter().map(|Route(method, path, ..)| ((*method).to_owned(), format!("/{path}"))).collect();
    let there = routes_of("app/src/organization/api");
    assert!(there.len() > 40, "{there:?}");
    assert_eq!(walked, there);
}
