//! Who may read what (SECURITY 43, A38), and how it is looked for.

use model::{OrganizationId, OrganizationRefusal};

use super::*;
use crate::organization::{self, Access, invitation, member};
use crate::session::Opened;
use crate::testing::{DAY, HOUR, PASSWORD, email};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
const EVE: &str = "eve@example.com";

async fn founded(world: &World, address: &str, slug: &str) -> (Opened, OrganizationId) {
    let user = world.user(address).await;
    let slug = model::Slug::parse(slug).unwrap();
    let new = organization::New { name: slug.to_string(), slug, logo: None, metadata: None, stay: false };
    let (made, _) = organization::create(&world.cx, &user, new).await.unwrap();
    (user, made.id)
}

async fn access(world: &World, user: &Opened, id: &OrganizationId) -> Access {
    Access::open(&world.cx, user, id).await.unwrap()
}

async fn joined(world: &World, by: &Opened, to: &OrganizationId, address: &str, role: &str) -> Opened {
    let user = world.user(address).await;
    let new = invitation::New { roles: vec![role.to_owned()], teams: Vec::new() };
    let invited = invitation::invite(&world.cx, by, &access(world, by, to).await, &email(address), &new, false).await;
    invitation::accept(&world.cx, &user, &invited.unwrap().id).await.unwrap();
    user
}

async fn read(world: &World, trail: Trail, filter: Filter) -> Vec<String> {
    let (told, total) = trail.page(&world.cx, &filter, 100, 0).await.unwrap();
    assert_eq!(told.len() as u64, total);
    told.into_iter().map(|told| told.act_name).collect()
}

async fn exported(cx: &Cx, trail: Trail, filter: Filter, format: Format) -> String {
    let mut export = Export::new(cx, trail, filter, format);
    let mut bytes = Vec::new();
    while let Some(piece) = export.next().await.unwrap() {
        bytes.extend(piece);
    }
    String::from_utf8(bytes).unwrap()
}

db::both! {
    async fn a38_an_organization_s_trail_holds_only_its_own_and_opens_to_who_may_read_it(world: World) {
        let (ada, acme) = founded(&world, ADA, "acme").await;
        let (eve, umbrella) = founded(&world, EVE, "umbrella").await;
        let bob = joined(&world, &ada, &acme, BOB, "member").await;
        let acts = read(&world, Trail::of(&access(&world, &ada, &acme).await).unwrap(), Filter::default()).await;
        assert_eq!(acts, ["invitation_accepted", "member_invited", "organization_created"], "no sign-ins, nothing of others");
        let acts = read(&world, Trail::of(&access(&world, &eve, &umbrella).await).unwrap(), Filter::default()).await;
        assert_eq!(acts, ["organization_created"]);

        let standing = access(&world, &bob, &acme).await;
        let refused = crate::testing::refusal(Trail::of(&standing));
        assert_eq!(refused, OrganizationRefusal::Forbidden("audit:read".to_owned()).into());
        let of_ada = access(&world, &ada, &acme).await;
        member::set_roles(&world.cx, &ada, &of_ada, &standing.member.id, &["admin".to_owned()]).await.unwrap();
        assert!(Trail::of(&access(&world, &bob, &acme).await).is_ok(), "admins may");
    }

    async fn a38_people_see_their_own_trail_and_not_where_others_are(world: World) {
        let (ada, acme) = founded(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "member").await;
        let office = Client { ip: Some([203, 0, 113, 7].into()), user_agent: crate::testing::FIREFOX.into(), ..Client::default() };
        let standing = access(&world, &ada, &acme).await;
        let of_bob = access(&world, &bob, &acme).await.member;
        office.clone().asks(member::set_roles(&world.cx, &ada, &standing, &of_bob.id, &["admin".to_owned()])).await.unwrap();
        world.cx.clock.advance(HOUR);
        office.asks(world.sign_in(ADA, PASSWORD)).await.unwrap();

        let told = Trail::own(&bob).page(&world.cx, &Filter::default(), 100, 0).await.unwrap().0;
        assert_eq!(told[0].act, Some(Act::MemberRolesChanged), "what was done to them, too");
        assert_eq!((told[0].ip_address.as_str(), told[0].device()), ("", None), "but not from where others did it");
        assert!(told.iter().all(|told| told.user.as_ref() == Some(&bob.user.id)));
        let own = Trail::own(&ada).page(&world.cx, &Filter::default(), 100, 0).await.unwrap().0;
        assert_eq!((own[0].act_name.as_str(), own[0].ip_address.as_str()), ("signed_in", "203.0.113.7"));
        assert_eq!((own[1].act_name.as_str(), own[1].ip_address.as_str()), ("member_roles_changed", "203.0.113.7"));
        assert!(!own.iter().any(|told| told.act == Some(Act::InvitationAccepted)), "what Bob did is Bob's");
    }

    async fn entries_are_found_by_account_act_time_and_name(world: World) {
        let ada = world.user(ADA).await;
        world.wait(DAY);
        let noon = world.cx.now();
        let eve = world.user(EVE).await;
        world.sign_in(EVE, PASSWORD).await.unwrap();
        let all = Trail::everything;
        let signed_in = || Filter { acts: vec![Act::SignedIn], ..Filter::default() };
        assert_eq!(read(&world, all(), signed_in()).await.len(), 3);
        assert_eq!(read(&world, all(), Filter { user: Some(eve.user.id.clone()), ..signed_in() }).await.len(), 2);
        assert_eq!(read(&world, all(), Filter { until: Some(noon), ..signed_in() }).await.len(), 1);
        assert_eq!(read(&world, all(), Filter { since: Some(noon), ..signed_in() }).await.len(), 2);
        assert_eq!(read(&world, all(), Filter { search: "EVE@".into(), ..signed_in() }).await.len(), 2);
        assert_eq!(read(&world, all(), Filter { search: "%".into(), ..signed_in() }).await.len(), 0);
        assert_eq!(read(&world, Trail::of_account(ada.user.id.clone()), signed_in()).await.len(), 1);
        let (second, total) = all().page(&world.cx, &Filter::default(), 3, 3).await.unwrap();
        assert_eq!((second.len(), total), (3, 7));
        assert!(second[0].number == 4 && second[2].number == 2, "the newest first");
    }

    async fn an_export_is_whole_in_both_forms(world: World) {
        let cx = &world.cx;
        let spreadsheet = Client { user_agent: "=HYPERLINK(\"https://evil.example\")".into(), ..Client::default() };
        for number in 0..520 {
            spreadsheet.clone().asks(written(cx.clone(), number)).await.unwrap();
        }
        let text = exported(cx, Trail::everything(), Filter::default(), Format::Json).await;
        let read: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
        assert_eq!((read.len(), &read[519]["detail"]["number"], &read[0]["act"]), (520, &json!(519), &json!("factors_reset")));
        let text = exported(cx, Trail::everything(), Filter::default(), Format::Csv).await;
        let mut table = csv::Reader::from_reader(text.as_bytes());
        let lines: Vec<_> = table.records().collect::<std::result::Result<_, _>>().unwrap();
        assert_eq!((lines.len(), &lines[519][0], &lines[0][10]), (520, "520", "'=HYPERLINK(\"https://evil.example\")"));
        let nothing = Filter { acts: vec![Act::SignedUp], ..Filter::default() };
        assert_eq!(exported(cx, Trail::everything(), nothing.clone(), Format::Json).await, "[\n]\n");
        assert_eq!(exported(cx, Trail::everything(), nothing, Format::Csv).await.lines().count(), 1);
    }

    async fn refusals_are_on_record_once_in_a_while(world: World) {
        let (ada, acme) = founded(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "member").await;
        let eve = world.user(EVE).await;
        let refused = || read(&world, Trail::everything(), Filter { acts: vec![Act::AccessRefused], ..Filter::default() });
        let standing = access(&world, &bob, &acme).await;
        for _ in 0..20 {
            standing.require("member:update").unwrap_err();
            Access::open(&world.cx, &eve, &acme).await.unwrap_err();
            Access::open(&world.cx, &eve, &OrganizationId::new("nowhere")).await.unwrap_err();
        }
        write_refused(&world.cx).await.unwrap();
        assert_eq!(refused().await.len(), 2, "what was tried again and again, and what isn't there");
        let own = Trail::own(&bob).page(&world.cx, &Filter::default(), 1, 0).await.unwrap().0.remove(0);
        assert_eq!((own.text("permission"), own.organization.as_ref()), (Some("member:update"), Some(&acme)));
        let there = read(&world, Trail::of(&access(&world, &ada, &acme).await).unwrap(), Filter { acts: vec![Act::AccessRefused], ..Filter::default() }).await;
        assert_eq!(there.len(), 1, "who isn't a member isn't shown to the organization");
        world.wait(HOUR);
        access(&world, &bob, &acme).await.require("member:update").unwrap_err();
        write_refused(&world.cx).await.unwrap();
        assert_eq!(refused().await.len(), 3);
    }

    async fn what_is_only_looked_at_leaves_no_entry(world: World) {
        let (ada, acme) = founded(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "member").await;
        let before = verified(&world).await;
        let standing = access(&world, &bob, &acme).await;
        assert!(!standing.may("member:update") && !invitation::roles(&standing).iter().any(|(_, may)| *may));
        crate::session::devices(&world.cx, &ada).await.unwrap();
        member::list(&world.cx, &standing, &member::Page::default()).await.unwrap();
        write_refused(&world.cx).await.unwrap();
        assert_eq!(verified(&world).await, before);
    }
}
