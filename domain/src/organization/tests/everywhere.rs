//! Roles that the operator gives in every organization.

use std::time::Duration;

use super::*;
use crate::testing::{HOUR, MINUTE, at_once};

fn span(world: &World, from: Duration, until: Duration) -> role::Window {
    let now = world.cx.now();
    role::Window { starts_at: Some(now + from), ends_at: Some(now + until) }
}

db::both! {
    async fn a_role_everywhere_counts_in_each_organization_that_somebody_is_in_and_only_there(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let (eve, umbrella) = owner(&world, EVE, "umbrella").await;
        let bob = joined(&world, &ada, &acme, BOB, "member").await;
        let (to, none) = (email(BOB), role::Window::default());
        let given = role::assign_everywhere(&world.cx, &to, "analyst", none).await.unwrap();
        assert!(access(&world, &bob, &acme).await.may("reports:read"));
        assert_eq!(why(Access::open(&world.cx, &bob, &umbrella).await), OrganizationRefusal::NotAMember);
        let invitation = invited(&world, &eve, &umbrella, BOB, "member").await.unwrap();
        invitation::accept(&world.cx, &bob, &invitation.id).await.unwrap();
        assert!(access(&world, &bob, &umbrella).await.may("reports:read"), "also where they join later");
        assert_eq!(role::of_user_everywhere(&world.cx, &bob.user.id).await.unwrap(), std::slice::from_ref(&given));
        assert_eq!(role::all_everywhere(&world.cx).await.unwrap(), [(to.clone(), given.clone())]);

        let of_ada = access(&world, &ada, &acme).await;
        assert_eq!(why(role::revoke(&world.cx, &ada, &of_ada, &given.id).await), OrganizationRefusal::AssignmentNotFound);
        assert!(role::assignments(&world.cx, &of_ada).await.unwrap().is_empty(), "it is no organization's to see or take");
        role::revoke_everywhere(&world.cx, &to, "analyst").await.unwrap();
        assert!(!access(&world, &bob, &acme).await.may("reports:read"));
        assert_eq!(why(role::revoke_everywhere(&world.cx, &to, "analyst").await), OrganizationRefusal::AssignmentNotFound);
        let acts = "SELECT COUNT(*) FROM audit_entries WHERE actor = 'operator' AND act IN ('role_assigned', 'assignment_revoked')";
        assert_eq!(world.count(acts).await, 2);
    }

    async fn a_role_everywhere_keeps_to_its_time_and_is_there_once_however_often_it_is_given(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "member").await;
        let window = span(&world, HOUR, HOUR * 2);
        let given = at_once(50, |_| {
            let cx = world.cx.clone();
            async move { role::assign_everywhere(&cx, &email(BOB), "analyst", window).await }
        })
        .await;
        assert!(given.into_iter().all(|given| given.is_ok()));
        assert_eq!(role::of_user_everywhere(&world.cx, &bob.user.id).await.unwrap().len(), 1);
        let may = async || access(&world, &bob, &acme).await.may("reports:read");
        assert!(!may().await);
        world.wait(HOUR + MINUTE);
        assert!(may().await);
        world.wait(HOUR);
        assert!(!may().await);
    }

    async fn a37_the_operator_gives_everywhere_only_what_the_configuration_has_and_no_ownership(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let standing = access(&world, &ada, &acme).await;
        let own = role::Draft { name: "own".into(), patterns: vec![], inherits: vec![] };
        role::create(&world.cx, &ada, &standing, &own).await.unwrap();
        let give = async |role: &str, window| role::assign_everywhere(&world.cx, &email(ADA), role, window).await;
        assert_eq!(why(give("own", role::Window::default()).await), OrganizationRefusal::RoleNotFound("own".into()));
        assert_eq!(forbidden(give("owner", role::Window::default()).await), "member:update");
        let over = role::Window { starts_at: None, ends_at: Some(world.cx.now()) };
        assert_eq!(why(give("analyst", over).await), OrganizationRefusal::InvalidWindow);
        let backwards = span(&world, HOUR, MINUTE);
        assert_eq!(why(give("analyst", backwards).await), OrganizationRefusal::InvalidWindow);
        let nobody = role::assign_everywhere(&world.cx, &email("nobody@example.com"), "analyst", role::Window::default()).await;
        assert_eq!(crate::testing::refusal(nobody), Refusal::UserNotFound);
        assert_eq!(world.count("SELECT COUNT(*) FROM assignments").await, 0);
    }
}
