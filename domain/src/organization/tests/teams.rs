//! Teams, what counts only in them, and keeping the roles that one couldn't give.

use super::*;
use crate::testing::{HOUR, at_once};

fn roles(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn everybody(search: &str) -> team::Page {
    team::Page { search: search.to_owned(), everybody: true, limit: 50, offset: 0 }
}

db::both! {
    async fn a_team_tells_who_is_in_it_and_who_else_could_be(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "member").await;
        joined(&world, &ada, &acme, "a_b%c@example.com", "member").await;
        let (of_ada, of_bob) = (access(&world, &ada, &acme).await, access(&world, &bob, &acme).await);
        let blue = team::create(&world.cx, &of_ada, "Blue").await.unwrap();
        team::add_member(&world.cx, &of_ada, &blue.id, &bob.user.id).await.unwrap();
        team::set_roles(&world.cx, &ada, &of_ada, &blue.id, &bob.user.id, &roles(&["analyst", "analyst"])).await.unwrap();

        let (all, total) = team::people(&world.cx, &of_ada, &blue.id, &everybody("")).await.unwrap();
        let inside: Vec<_> = all.iter().filter_map(|one| Some((one.member.user_id.clone(), one.entry.clone()?.roles))).collect();
        assert_eq!((inside, total), (vec![(bob.user.id.clone(), "analyst".to_owned())], 3), "a role given twice is there once");
        assert_eq!(team::people(&world.cx, &of_ada, &blue.id, &everybody("_b%")).await.unwrap().1, 1, "signs of the pattern mean themselves");
        let only = team::Page { everybody: false, ..everybody("") };
        assert_eq!(team::people(&world.cx, &of_bob, &blue.id, &only).await.unwrap().1, 1, "whoever is in it sees who is");
        assert_eq!(team::people(&world.cx, &of_ada, &blue.id, &team::Page { offset: 9, ..only.clone() }).await.unwrap(), (vec![], 1));
        assert_eq!(forbidden(team::people(&world.cx, &of_bob, &blue.id, &everybody("")).await), "team:update");

        let standings = team::standings(&world.cx, &of_ada, &of_bob.member).await.unwrap();
        let told: Vec<_> = standings.iter().map(|one| (one.team.name.as_str(), one.members, one.roles.as_deref())).collect();
        assert_eq!(told, [("Acme", 1, None), ("Blue", 1, Some("analyst"))]);
        assert_eq!(forbidden(team::standings(&world.cx, &of_bob, &of_ada.member).await), "member:update");
        let first = &standings[0].team.id;
        assert_eq!(why(team::people(&world.cx, &of_bob, first, &only).await), OrganizationRefusal::NotInTeam);
        assert_eq!(why(team::person(&world.cx, &of_bob, first, &of_bob.member.id).await), OrganizationRefusal::NotInTeam);
    }

    async fn a37_within_a_team_one_gives_what_one_holds_there_and_no_more(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "member").await;
        let eve = joined(&world, &ada, &acme, EVE, "member").await;
        let of_ada = access(&world, &ada, &acme).await;
        let blue = team::create(&world.cx, &of_ada, "Blue").await.unwrap();
        for user in [&bob.user.id, &eve.user.id] {
            team::add_member(&world.cx, &of_ada, &blue.id, user).await.unwrap();
        }
        let give = async |by: &Opened, names: &[&str]| {
            let access = access(&world, by, &acme).await;
            team::set_roles(&world.cx, by, &access, &blue.id, &eve.user.id, &roles(names)).await
        };
        assert_eq!(forbidden(give(&bob, &["member"]).await), "member:update");
        team::set_roles(&world.cx, &ada, &of_ada, &blue.id, &bob.user.id, &roles(&["admin"])).await.unwrap();
        give(&bob, &["admin"]).await.unwrap();
        assert!(access(&world, &eve, &acme).await.may_in(&blue.id, "team:update"));
        assert!(!access(&world, &eve, &acme).await.may("team:update"));
        assert!(matches!(why(give(&bob, &["analyst"]).await), OrganizationRefusal::NotHeld(_)));
        assert_eq!(forbidden(give(&ada, &["owner"]).await), "member:update", "an owner owns the whole");
        assert_eq!(why(give(&ada, &["admin,owner"]).await), OrganizationRefusal::RoleNotFound("admin,owner".into()));

        // What somebody has may stay, also where the giver couldn't give it.
        give(&ada, &["analyst"]).await.unwrap();
        give(&bob, &["analyst", "member"]).await.unwrap();
        assert!(access(&world, &eve, &acme).await.may_in(&blue.id, "reports:read"));
        give(&bob, &[]).await.unwrap();
        assert!(matches!(why(give(&bob, &["analyst"]).await), OrganizationRefusal::NotHeld(_)));
    }

    async fn a37_an_admin_keeps_or_takes_a_role_they_cannot_give(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "admin").await;
        let eve = joined(&world, &ada, &acme, EVE, "analyst").await;
        let (of_bob, of_eve) = (access(&world, &bob, &acme).await, access(&world, &eve, &acme).await.member);
        let set = async |names: &[&str]| member::set_roles(&world.cx, &bob, &of_bob, &of_eve.id, &roles(names)).await;
        assert_eq!(set(&["analyst", "member", "member"]).await.unwrap().role, "analyst,member");
        assert!(matches!(why(set(&["analyst", "moderator"]).await), OrganizationRefusal::NotHeld(_)));
        set(&["member"]).await.unwrap();
        assert!(matches!(why(set(&["analyst"]).await), OrganizationRefusal::NotHeld(_)), "what is taken can't be given back");
    }

    async fn who_lost_a_right_a_moment_ago_changes_no_team(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "admin").await;
        let (of_ada, stale) = (access(&world, &ada, &acme).await, access(&world, &bob, &acme).await);
        let blue = team::create(&world.cx, &of_ada, "Blue").await.unwrap().id;
        member::set_roles(&world.cx, &ada, &of_ada, &stale.member.id, &roles(&["member"])).await.unwrap();
        let cx = &world.cx;
        assert_eq!(forbidden(team::create(cx, &stale, "Mine").await), "team:create");
        assert_eq!(forbidden(team::rename(cx, &stale, &blue, "Mine").await), "team:update");
        assert_eq!(forbidden(team::add_member(cx, &stale, &blue, &bob.user.id).await), "team:update");
        assert_eq!(forbidden(team::remove_member(cx, &stale, &blue, &ada.user.id).await), "team:update");
        assert_eq!(forbidden(team::set_roles(cx, &bob, &stale, &blue, &ada.user.id, &[]).await), "member:update");
        assert_eq!(forbidden(team::delete(cx, &stale, &blue).await), "team:delete");
        member::remove(cx, &ada, &of_ada, &stale.member.id).await.unwrap();
        assert_eq!(why(team::create(cx, &stale, "Mine").await), OrganizationRefusal::NotAMember);
    }

    async fn a36_there_are_never_more_teams_than_there_may_be_nor_fewer_than_one(world: World) {
        let mut world = world;
        world.settings(|settings| settings.organization.teams = 3);
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let of_ada = access(&world, &ada, &acme).await;
        let made = at_once(50, |number| {
            let (cx, access) = (world.cx.clone(), of_ada.clone());
            async move { team::create(&cx, &access, &format!("Team {number}")).await }
        })
        .await;
        assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 2);
        let teams = team::list(&world.cx, &of_ada).await.unwrap();
        let gone = at_once(3, |number| {
            let (cx, access, id) = (world.cx.clone(), of_ada.clone(), teams[number].id.clone());
            async move { team::delete(&cx, &access, &id).await }
        })
        .await;
        assert_eq!(gone.iter().filter(|gone| gone.is_ok()).count(), 2);
    }

    async fn what_was_given_beside_the_membership_is_told_of_one_member(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "member").await;
        let eve = joined(&world, &ada, &acme, EVE, "analyst").await;
        let (of_ada, of_bob) = (access(&world, &ada, &acme).await, access(&world, &bob, &acme).await);
        let blue = team::create(&world.cx, &of_ada, "Blue").await.unwrap();
        let wanted = |member: &Access| role::Assign {
            member: member.member.id.clone(),
            role: "analyst".into(),
            team: Some(blue.id.clone()),
            resource: None,
            starts_at: None,
            ends_at: Some(world.cx.now() + HOUR),
        };
        role::assign(&world.cx, &ada, &of_ada, &wanted(&of_bob)).await.unwrap();
        role::assign(&world.cx, &ada, &of_ada, &wanted(&of_ada)).await.unwrap();
        world.wait(HOUR * 2);
        let of_bob = access(&world, &bob, &acme).await;
        let told = member::assignments(&world.cx, &of_bob, &of_bob.member).await.unwrap();
        assert_eq!(told.len(), 1, "also what is over, and nobody else's");
        assert_eq!((told[0].team.as_deref(), told[0].giver.as_deref(), told[0].everywhere), (Some("Blue"), Some("Ada Lovelace"), false));
        let of_eve = access(&world, &eve, &acme).await;
        assert_eq!(forbidden(member::assignments(&world.cx, &of_eve, &of_bob.member).await), "ac:read");
    }

    async fn a_session_works_only_in_a_team_that_its_user_is_in(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "member").await;
        let (of_ada, of_bob) = (access(&world, &ada, &acme).await, access(&world, &bob, &acme).await);
        let team = team::list(&world.cx, &of_ada).await.unwrap().remove(0).id;
        let work = async || set_active_team(&world.cx, &of_bob, &bob.session.id, Some(&team)).await;
        assert_eq!(why(work().await), OrganizationRefusal::NotInTeam);
        team::add_member(&world.cx, &of_ada, &team, &bob.user.id).await.unwrap();
        work().await.unwrap();
        assert_eq!(world.find(&bob).await.unwrap().session.active_team_id, Some(team.clone()));
        team::remove_member(&world.cx, &of_ada, &team, &bob.user.id).await.unwrap();
        assert_eq!(world.find(&bob).await.unwrap().session.active_team_id, None);
    }
}
