//! Roles of one's own, and roles that are bound to a time, a team or a thing.

use permission::{Decision, Missing, Permission};

use super::*;
use crate::testing::{HOUR, MINUTE};

fn draft(name: &str, patterns: &[&str], inherits: &[&str]) -> role::Draft {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    role::Draft { name: name.to_owned(), patterns: owned(patterns), inherits: owned(inherits) }
}

fn assign(access: &Access, role: &str) -> role::Assign {
    let member = access.member.id.clone();
    role::Assign { member, role: role.to_owned(), team: None, resource: None, starts_at: None, ends_at: None }
}

db::both! {
    async fn an_organization_s_own_role_gives_what_it_says(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "member").await;
        let standing = access(&world, &ada, &acme).await;
        let made = role::create(&world.cx, &ada, &standing, &draft("Auditor", &["reports:*"], &["member"])).await.unwrap();
        assert_eq!(made.name, "auditor");
        let of_bob = access(&world, &bob, &acme).await.member;
        member::set_roles(&world.cx, &ada, &standing, &of_bob.id, &["auditor".to_owned()]).await.unwrap();
        let now = access(&world, &bob, &acme).await;
        assert!(now.may("reports:read:all") && now.may("content:edit") && !now.may("billing:read"));
        assert_eq!(why(role::delete(&world.cx, &ada, &standing, "auditor").await), OrganizationRefusal::RoleAssigned);

        let renamed = draft("viewer", &["data:read"], &[]);
        role::update(&world.cx, &ada, &standing, "auditor", &renamed, role::Holders::Keep).await.unwrap();
        let now = access(&world, &bob, &acme).await;
        assert_eq!(now.member.role, "viewer", "who has it keeps it under its new name");
        assert!(now.may("data:read") && !now.may("reports:read") && !now.may("content:edit"));
    }

    async fn roles_that_make_no_sense_are_refused(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let standing = access(&world, &ada, &acme).await;
        let refused = async |draft| why(role::create(&world.cx, &ada, &standing, &draft).await);
        role::create(&world.cx, &ada, &standing, &draft("one", &["org:read"], &[])).await.unwrap();
        assert_eq!(refused(draft("one", &[], &[])).await, OrganizationRefusal::RoleTaken);
        assert_eq!(refused(draft("owner", &[], &[])).await, OrganizationRefusal::RoleTaken);
        assert_eq!(refused(draft("x", &["galaxy:rule"], &[])).await, OrganizationRefusal::InvalidResource("galaxy".into()));
        assert_eq!(refused(draft("x y", &[], &[])).await, OrganizationRefusal::InvalidRoleName);
        assert_eq!(refused(draft("x", &[], &["nobody"])).await, OrganizationRefusal::RoleNotFound("nobody".into()));
        let endless: Vec<String> = (0..=200).map(|number| format!("data:{number}")).collect();
        let endless: Vec<&str> = endless.iter().map(String::as_str).collect();
        for bad in [draft("x", &["ORG"], &[]), draft("x", &endless, &[])] {
            assert!(matches!(refused(bad).await, OrganizationRefusal::InvalidRole(_)));
        }
        role::create(&world.cx, &ada, &standing, &draft("two", &[], &["one"])).await.unwrap();
        let standing = access(&world, &ada, &acme).await;
        let circle = role::update(&world.cx, &ada, &standing, "one", &draft("one", &[], &["two"]), role::Holders::Keep).await;
        assert_eq!(why(circle), OrganizationRefusal::RoleCircle(vec!["two".into(), "one".into(), "two".into()]));
        assert_eq!(why(role::delete(&world.cx, &ada, &standing, "one").await), OrganizationRefusal::RoleAssigned, "it has an heir");
        assert_eq!(why(role::delete(&world.cx, &ada, &standing, "member").await), OrganizationRefusal::RolePredefined);
        assert_eq!(why(role::delete(&world.cx, &ada, &standing, "three").await), OrganizationRefusal::RoleNotFound("three".into()));
    }

    async fn a37_nobody_makes_or_gives_a_role_beyond_their_own(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "admin").await;
        let (of_ada, of_bob) = (access(&world, &ada, &acme).await, access(&world, &bob, &acme).await);
        for sneaky in [draft("sneaky", &["data:read"], &[]), draft("sneaky", &["*"], &[]), draft("sneaky", &[], &["owner"])] {
            let refused = why(role::create(&world.cx, &bob, &of_bob, &sneaky).await);
            assert!(matches!(refused, OrganizationRefusal::NotHeld(_)), "{refused:?}");
        }
        role::create(&world.cx, &ada, &of_ada, &draft("boss", &["data:*"], &[])).await.unwrap();
        let refused = why(role::update(&world.cx, &bob, &of_bob, "boss", &draft("boss", &[], &[]), role::Holders::Keep).await);
        assert!(matches!(refused, OrganizationRefusal::NotHeld(_)), "nor does one take away what one doesn't hold");
        for role in ["boss", "owner", "analyst"] {
            let refused = why(role::assign(&world.cx, &bob, &of_bob, &assign(&of_bob, role)).await);
            assert!(matches!(refused, OrganizationRefusal::NotHeld(_) | OrganizationRefusal::Forbidden(_)), "{role}: {refused:?}");
            let mine = member::set_roles(&world.cx, &bob, &of_bob, &of_bob.member.id, &[role.to_owned()]).await;
            assert!(matches!(why(mine), OrganizationRefusal::NotHeld(_) | OrganizationRefusal::Forbidden(_)));
        }
        let demoted = member::set_roles(&world.cx, &bob, &of_bob, &of_ada.member.id, &["member".to_owned()]).await;
        assert_eq!(forbidden(demoted), "member:update");
    }

    async fn a_role_for_a_time_begins_and_ends_by_itself(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "member").await;
        let (of_ada, of_bob) = (access(&world, &ada, &acme).await, access(&world, &bob, &acme).await);
        let now = world.cx.now();
        let wanted = role::Assign { starts_at: Some(now + HOUR), ends_at: Some(now + HOUR * 2), ..assign(&of_bob, "analyst") };
        role::assign(&world.cx, &ada, &of_ada, &wanted).await.unwrap();
        let read = Permission::parse("reports:read").unwrap();
        let may = async || access(&world, &bob, &acme).await.may("reports:read");
        assert!(!may().await);
        assert!(matches!(access(&world, &bob, &acme).await.explain(&read, None, None).decision, Decision::Denied(Missing::Future(_))));
        world.wait(HOUR + MINUTE);
        assert!(may().await);
        world.wait(HOUR);
        assert!(!may().await);
        assert!(matches!(access(&world, &bob, &acme).await.explain(&read, None, None).decision, Decision::Denied(Missing::Over(_))));
        let backwards = role::Assign { starts_at: Some(now), ends_at: Some(now), ..assign(&of_bob, "analyst") };
        assert_eq!(why(role::assign(&world.cx, &ada, &of_ada, &backwards).await), OrganizationRefusal::InvalidWindow);
    }

    async fn a_role_in_a_team_or_for_a_thing_counts_only_there(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "member").await;
        let (of_ada, of_bob) = (access(&world, &ada, &acme).await, access(&world, &bob, &acme).await);
        let blue = team::create(&world.cx, &of_ada, "Blue").await.unwrap();
        let team = role::Assign { team: Some(blue.id.clone()), ..assign(&of_bob, "admin") };
        let team = role::assign(&world.cx, &ada, &of_ada, &team).await.unwrap();
        let thing = role::Assign { resource: Some(("report".into(), "7".into())), ..assign(&of_bob, "analyst") };
        role::assign(&world.cx, &ada, &of_ada, &thing).await.unwrap();
        let now = access(&world, &bob, &acme).await;
        assert!(now.may_in(&blue.id, "team:update") && !now.may("team:update"));
        assert!(team::rename(&world.cx, &now, &blue.id, "Navy").await.is_ok());
        let read = Permission::parse("reports:read").unwrap();
        assert!(now.explain(&read, None, Some(("report", "7"))).decision.is_allowed());
        for elsewhere in [None, Some(("report", "8")), Some(("page", "7"))] {
            assert!(!now.explain(&read, None, elsewhere).decision.is_allowed(), "{elsewhere:?}");
        }
        role::revoke(&world.cx, &ada, &of_ada, &team.id).await.unwrap();
        assert!(!access(&world, &bob, &acme).await.may_in(&blue.id, "team:update"));
        team::add_member(&world.cx, &of_ada, &blue.id, &bob.user.id).await.unwrap();
        team::set_roles(&world.cx, &ada, &of_ada, &blue.id, &bob.user.id, &["admin".to_owned()]).await.unwrap();
        assert!(access(&world, &bob, &acme).await.may_in(&blue.id, "team:update"));
        team::remove_member(&world.cx, &of_ada, &blue.id, &bob.user.id).await.unwrap();
        assert!(!access(&world, &bob, &acme).await.may_in(&blue.id, "team:update"));
    }

    async fn a_role_that_the_configuration_no_longer_has_gives_nothing(world: World) {
        let mut world = world;
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "moderator").await;
        let standing = access(&world, &ada, &acme).await;
        role::create(&world.cx, &ada, &standing, &draft("heir", &["org:read"], &["moderator"])).await.unwrap();
        assert!(access(&world, &bob, &acme).await.may("content:moderate"));
        let text = "[owner]\npatterns=['*']\n[admin]\npatterns=[]\n[member]\npatterns=[]";
        world.settings(|settings| settings.organization.catalog = Catalog::parse(text).unwrap());
        let now = access(&world, &bob, &acme).await;
        assert!(!now.may("content:moderate") && now.roles().get("heir").is_some());
    }
}
