//! What saving a role would change, told before it is saved; and who has a role.

use model::{HeldState, PlaceChange, RolePreview, Through};

use super::*;
use crate::testing::{HOUR, MINUTE};

fn draft(name: &str, patterns: &[&str], inherits: &[&str]) -> role::Draft {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    role::Draft { name: name.to_owned(), patterns: owned(patterns), inherits: owned(inherits) }
}

async fn made(world: &World, by: &Opened, to: &OrganizationId, draft: role::Draft) {
    let standing = access(world, by, to).await;
    role::create(&world.cx, by, &standing, &draft).await.unwrap();
}

async fn previewed(world: &World, by: &Opened, to: &OrganizationId, old: &str, draft: role::Draft) -> RolePreview {
    let standing = access(world, by, to).await;
    role::preview(&world.cx, &standing, Some(old), &draft).await.unwrap()
}

/// Gives somebody these roles instead of theirs.
async fn set(world: &World, by: &Opened, to: &OrganizationId, whom: &Opened, roles: &[&str]) {
    let (standing, member) = (access(world, by, to).await, access(world, whom, to).await.member);
    let roles: Vec<_> = roles.iter().map(|role| (*role).to_owned()).collect();
    member::set_roles(&world.cx, by, &standing, &member.id, &roles).await.unwrap();
}

/// `address: +gain −loss`, of each person and each place.
fn told(preview: &RolePreview) -> Vec<String> {
    let place = |place: &PlaceChange| {
        let signed =
            |sign: char, patterns: &[String]| patterns.iter().map(|one| format!(" {sign}{one}")).collect::<String>();
        let place_name =
            place.team.clone().or_else(|| place.resource.as_ref().map(|(kind, id)| format!("{kind} {id}")));
        let later = if place.from.is_some() { " later" } else { "" };
        let at = place_name.map(|name| format!(" in {name}")).unwrap_or_default();
        format!("{at}{later}:{}{}", signed('+', &place.gains), signed('-', &place.losses))
    };
    let person = |person: &model::PersonChange| {
        let email = person.member.user.as_ref().map(|user| user.email.as_str().to_owned()).unwrap();
        person.places.iter().map(|one| format!("{email}{}", place(one))).collect::<Vec<_>>()
    };
    preview.people.iter().flat_map(person).collect()
}

db::both! {
    async fn a_preview_tells_who_gains_and_who_loses_what(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "member").await;
        made(&world, &ada, &acme, draft("auditor", &["reports:*", "data:read"], &[])).await;
        set(&world, &ada, &acme, &bob, &["member", "auditor"]).await;
        set(&world, &ada, &acme, &ada, &["owner", "auditor"]).await;
        let preview = previewed(&world, &ada, &acme, "auditor", draft("auditor", &["reports:read", "billing:*"], &[])).await;
        assert_eq!(told(&preview), ["bob@example.com: +billing:* -data:read -reports:*"], "an owner has it all anyway");
        assert_eq!((preview.changed, preview.unchanged, preview.unseen), (1, 1, 0));
        let role = &preview.roles[0];
        assert_eq!((role.name.as_str(), &role.old_name), ("auditor", &None));
        assert_eq!((role.gains.join(" "), role.losses.join(" ")), ("billing:*".into(), "data:read reports:*".into()));
        let kept = previewed(&world, &ada, &acme, "auditor", draft("auditor", &["reports:*"], &["analyst"])).await;
        assert_eq!(told(&kept), ["bob@example.com: +analytics:*"], "what comes by another way isn't lost");
        assert!(!access(&world, &bob, &acme).await.may("billing:read"), "nothing is done yet");
    }

    async fn heirs_gain_and_lose_with_what_they_inherit(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "member").await;
        made(&world, &ada, &acme, draft("reader", &["reports:read"], &[])).await;
        made(&world, &ada, &acme, draft("writer", &["reports:write", "content:*"], &["reader"])).await;
        set(&world, &ada, &acme, &bob, &["writer"]).await;
        let change = draft("reader", &["content:read", "data:read"], &[]);
        let preview = previewed(&world, &ada, &acme, "reader", change).await;
        assert_eq!(told(&preview), ["bob@example.com: +data:read -reports:read"], "content:read is content:*'s already");
        let names: Vec<_> = preview.roles.iter().map(|role| role.name.as_str()).collect();
        assert_eq!(names, ["reader", "writer"]);
        assert_eq!((preview.roles[0].gains.len(), preview.roles[1].gains.len()), (2, 1));
        let cut = previewed(&world, &ada, &acme, "writer", draft("writer", &["reports:write", "content:*"], &[])).await;
        assert_eq!(told(&cut), ["bob@example.com: -reports:read"]);
    }

    async fn a_role_in_a_team_or_for_a_time_is_judged_where_and_when_it_counts(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "member").await;
        let eve = joined(&world, &ada, &acme, EVE, "member").await;
        made(&world, &ada, &acme, draft("auditor", &["reports:*"], &[])).await;
        let (standing, now) = (access(&world, &ada, &acme).await, world.cx.now());
        let blue = team::create(&world.cx, &standing, "Blue").await.unwrap();
        team::add_member(&world.cx, &standing, &blue.id, &bob.user.id).await.unwrap();
        team::set_roles(&world.cx, &ada, &standing, &blue.id, &bob.user.id, &["auditor".to_owned()]).await.unwrap();
        let of_eve = access(&world, &eve, &acme).await.member.id;
        let plain = || role::Assign { member: of_eve.clone(), role: "auditor".into(), team: None, resource: None, starts_at: None, ends_at: None };
        let later = role::Assign { starts_at: Some(now + HOUR), ..plain() };
        let over = role::Assign { team: Some(blue.id.clone()), ends_at: Some(now + MINUTE), ..plain() };
        let thing = role::Assign { resource: Some(("report".into(), "7".into())), ..plain() };
        for one in [&later, &over, &thing] {
            role::assign(&world.cx, &ada, &standing, one).await.unwrap();
        }
        world.wait(MINUTE * 2);
        let preview = previewed(&world, &ada, &acme, "auditor", draft("auditor", &["data:read"], &[])).await;
        assert_eq!(
            told(&preview),
            [
                "bob@example.com in Blue: +data:read -reports:*",
                "eve@example.com later: +data:read -reports:*",
                "eve@example.com in report 7: +data:read -reports:*",
            ]
        );
        let (holders, total) = role::holders(&world.cx, &standing, "auditor").await.unwrap();
        let ways: Vec<_> = holders.iter().flat_map(|one| &one.held).map(|one| (one.through, one.state)).collect();
        assert_eq!(total, 2);
        assert_eq!(
            ways,
            [(Through::Team, HeldState::Now), (Through::Assignment, HeldState::Future), (Through::Assignment, HeldState::Now)],
            "what is over doesn't count"
        );
        assert_eq!(holders[0].held[0].team_name.as_deref(), Some("Blue"));
        let counts = role::counts(&world.cx, &standing).await.unwrap();
        assert_eq!((counts["auditor"], counts["member"], counts["owner"], counts.get("admin")), (2, 2, 1, None));
    }

    async fn holders_keep_a_role_that_gets_another_name(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "member").await;
        made(&world, &ada, &acme, draft("auditor", &["reports:*"], &[])).await;
        made(&world, &ada, &acme, draft("chief", &[], &["auditor"])).await;
        set(&world, &ada, &acme, &bob, &["chief"]).await;
        let renamed = previewed(&world, &ada, &acme, "auditor", draft("Viewer", &["reports:*"], &[])).await;
        assert!(told(&renamed).is_empty() && renamed.unchanged == 1);
        assert_eq!((renamed.roles.len(), renamed.roles[0].name.as_str(), renamed.roles[0].old_name.as_deref()), (1, "viewer", Some("auditor")));
        // Somebody was left with a name, as the API's renaming does it; whatever gets that name is theirs again.
        let standing = access(&world, &ada, &acme).await;
        role::update(&world.cx, &ada, &standing, "chief", &draft("head", &[], &["auditor"]), role::Holders::Lose).await.unwrap();
        let standing = access(&world, &ada, &acme).await;
        let taken_up = role::preview(&world.cx, &standing, None, &draft("chief", &["data:read"], &[])).await.unwrap();
        assert_eq!(told(&taken_up), ["bob@example.com: +data:read"]);
    }

    async fn a37_a_preview_refuses_what_saving_refuses(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "admin").await;
        let eve = joined(&world, &ada, &acme, EVE, "member").await;
        made(&world, &ada, &acme, draft("boss", &["data:*"], &[])).await;
        made(&world, &ada, &acme, draft("clerk", &["content:read"], &[])).await;
        made(&world, &ada, &acme, draft("heir", &[], &["clerk"])).await;
        for (by, old, draft) in [
            (&bob, None, draft("x", &["data:read"], &[])),
            (&bob, None, draft("x", &[], &["owner"])),
            (&bob, Some("boss"), draft("boss", &[], &[])),
            (&ada, None, draft("x", &["galaxy:rule"], &[])),
            (&ada, None, draft("boss", &[], &[])),
            (&ada, None, draft("x y", &[], &[])),
            (&ada, Some("clerk"), draft("clerk", &[], &["heir"])),
            (&ada, Some("member"), draft("member", &[], &[])),
            (&ada, Some("nobody"), draft("nobody", &[], &[])),
            (&eve, None, draft("x", &[], &[])),
            (&eve, Some("clerk"), draft("clerk", &[], &[])),
        ] {
            let standing = access(&world, by, &acme).await;
            let looked = why(role::preview(&world.cx, &standing, old, &draft).await);
            let saved = match old {
                Some(old) => role::update(&world.cx, by, &standing, old, &draft, role::Holders::Keep).await,
                None => role::create(&world.cx, by, &standing, &draft).await,
            };
            assert_eq!(looked, why(saved), "{old:?} {draft:?}");
        }
        let mut world = world;
        world.settings(|settings| settings.organization.roles = 3);
        let standing = access(&world, &ada, &acme).await;
        assert_eq!(why(role::preview(&world.cx, &standing, None, &draft("x", &[], &[])).await), OrganizationRefusal::TooManyRoles);
    }

    async fn of_many_holders_the_first_are_told_and_the_others_counted(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        made(&world, &ada, &acme, draft("au_ditor", &["reports:*"], &[])).await;
        for number in 0..230 {
            let id = format!("u{number:03}");
            let sql = "INSERT INTO users (id, name, email, email_verified, role, created_at, updated_at)
                       SELECT $1, $1, $1 || '@example.com', TRUE, role, created_at, updated_at FROM users WHERE email = 'ada@example.com'";
            world.write(sql, &[&id]).await;
            let role = if number == 0 { "au-ditor" } else { "member,au_ditor" };
            let sql = "INSERT INTO members (id, organization_id, user_id, roles, created_at)
                       SELECT 'm' || $1, o.id, $1, $2, o.created_at FROM organizations o";
            world.write(sql, &[&id, role]).await;
        }
        let preview = previewed(&world, &ada, &acme, "au_ditor", draft("au_ditor", &[], &[])).await;
        assert_eq!((preview.people.len(), preview.changed, preview.unchanged, preview.unseen), (20, 200, 0, 29));
        assert_eq!(told(&preview)[0], "u001@example.com: -reports:*", "by name; and another role's holders aren't among them");
        let standing = access(&world, &ada, &acme).await;
        let (shown, total) = role::holders(&world.cx, &standing, "au_ditor").await.unwrap();
        assert_eq!((shown.len(), total, role::counts(&world.cx, &standing).await.unwrap()["au_ditor"]), (20, 229, 229));
    }

    async fn a_role_whose_last_assignment_is_over_can_be_deleted(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        made(&world, &ada, &acme, draft("auditor", &["reports:*"], &[])).await;
        let standing = access(&world, &ada, &acme).await;
        let wanted = role::Assign { member: standing.member.id.clone(), role: "auditor".into(), team: None, resource: None, starts_at: None, ends_at: Some(world.cx.now() + HOUR) };
        role::assign(&world.cx, &ada, &standing, &wanted).await.unwrap();
        assert_eq!(why(role::delete(&world.cx, &ada, &standing, "auditor").await), OrganizationRefusal::RoleAssigned);
        world.wait(HOUR);
        role::delete(&world.cx, &ada, &standing, "auditor").await.unwrap();
    }
}
