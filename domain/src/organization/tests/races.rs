//! Fifty at once: what is limited is never exceeded, and what there must be one of stays one.

use std::sync::Arc;

use super::*;
use crate::testing::{at_once, one_winner};

/// Those who share one organization, all of them in that role.
async fn crowd(world: &World, ada: &Opened, acme: &OrganizationId, size: usize, role: &str) -> Vec<(Opened, Access)> {
    let mut crowd = Vec::with_capacity(size);
    for number in 0..size {
        let user = joined(world, ada, acme, &format!("user{number}@example.com"), role).await;
        let access = access(world, &user, acme).await;
        crowd.push((user, access));
    }
    crowd
}

/// So many went well; the others were refused for that reason.
#[track_caller]
fn went_well<T>(results: Vec<Result<T>>, expected: usize, refusal: &OrganizationRefusal) {
    let (good, bad): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert_eq!(good.len(), expected);
    for refused in bad {
        assert_eq!(&why(refused), refusal);
    }
}

db::both! {
    async fn a36_the_last_invitation_is_not_sent_twice(world: World) {
        let mut world = world;
        world.settings(|settings| settings.organization.invitations = 5);
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let standing = access(&world, &ada, &acme).await;
        let sent = at_once(50, |number| {
            let (cx, ada, standing) = (world.cx.clone(), ada.clone(), standing.clone());
            async move {
                let new = invitation::New { roles: vec!["member".into()], teams: Vec::new() };
                // Links count as well.
                if number % 2 == 0 {
                    return invitation::link(&cx, &ada, &standing, &new).await.map(drop);
                }
                let to = email(&format!("user{number}@example.com"));
                invitation::invite(&cx, &ada, &standing, &to, &new, false).await.map(drop)
            }
        })
        .await;
        went_well(sent, 5, &OrganizationRefusal::InvitationLimit);
        assert_eq!(world.count("SELECT COUNT(*) FROM invitations").await, 5);
    }

    async fn a36_the_last_place_is_not_taken_twice(world: World) {
        let mut world = world;
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let mut waiting = Vec::new();
        for number in 0..50 {
            let address = format!("user{number}@example.com");
            let user = world.user(&address).await;
            waiting.push((user, invited(&world, &ada, &acme, &address, "member").await.unwrap()));
        }
        world.settings(|settings| settings.organization.members = 11);
        let joined = at_once(50, |number| {
            let (cx, (user, invitation)) = (world.cx.clone(), waiting[number].clone());
            async move { invitation::accept(&cx, &user, &invitation.id).await }
        })
        .await;
        went_well(joined, 10, &OrganizationRefusal::MemberLimit);
        assert_eq!(world.count("SELECT COUNT(*) FROM members").await, 11);
    }

    async fn who_accepts_while_a_role_gets_another_name_has_it_under_that(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let of_ada = access(&world, &ada, &acme).await;
        let named = |number: usize| role::Draft { name: format!("own-{number}"), patterns: vec![], inherits: vec![] };
        role::create(&world.cx, &ada, &of_ada, &named(0)).await.unwrap();
        let mut waiting = Vec::new();
        for number in 0..40 {
            let address = format!("user{number}@example.com");
            let user = world.user(&address).await;
            waiting.push((user, invited(&world, &ada, &acme, &address, "own-0").await.unwrap()));
        }
        // Ten times another name, one after the other as they come, between forty who accept.
        let renaming = Arc::new(tokio::sync::Mutex::new(0));
        let done = at_once(50, |number| {
            let (cx, ada, of_ada) = (world.cx.clone(), ada.clone(), of_ada.clone());
            let (renaming, waiting) = (Arc::clone(&renaming), waiting.get(number).cloned());
            async move {
                if let Some((user, invitation)) = waiting {
                    return invitation::accept(&cx, &user, &invitation.id).await.map(drop);
                }
                let mut name = renaming.lock().await;
                let old = format!("own-{name}");
                *name += 1;
                role::update(&cx, &ada, &of_ada, &old, &named(*name), role::Holders::Keep).await.map(drop)
            }
        })
        .await;
        for each in done {
            each.unwrap();
        }
        assert_eq!(world.count("SELECT COUNT(*) FROM members WHERE roles = 'own-10'").await, 40);
    }

    async fn a36_roles_stay_within_their_limit_and_their_names_apart(world: World) {
        let mut world = world;
        world.settings(|settings| settings.organization.roles = 5);
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let standing = access(&world, &ada, &acme).await;
        let make = |cx: Cx, name: String| {
            let (ada, standing) = (ada.clone(), standing.clone());
            let draft = role::Draft { name, patterns: vec!["org:read".into()], inherits: vec![] };
            async move { role::create(&cx, &ada, &standing, &draft).await }
        };
        one_winner(at_once(50, |_| make(world.cx.clone(), "one".into())).await, &OrganizationRefusal::RoleTaken.into());
        let made = at_once(50, |number| make(world.cx.clone(), format!("role-{number}"))).await;
        went_well(made, 4, &OrganizationRefusal::TooManyRoles);
    }

    async fn a36_an_address_is_taken_once_by_fifty(world: World) {
        let mut users = Vec::new();
        for number in 0..10 {
            users.push(world.user(&format!("user{number}@example.com")).await);
        }
        let made = at_once(50, |number| {
            let (cx, user) = (world.cx.clone(), users[number % 10].clone());
            async move { create(&cx, &user, new("acme")).await }
        })
        .await;
        one_winner(made, &OrganizationRefusal::SlugTaken.into());
        let (_, other) = owner(&world, ADA, "other").await;
        let made = at_once(50, |number| {
            let (cx, user) = (world.cx.clone(), users[number % 10].clone());
            async move { create(&cx, &user, new("other")).await }
        })
        .await;
        went_well(made, 0, &OrganizationRefusal::SlugTaken);
        assert_eq!(find(&world.cx, &Slug::parse("other").unwrap()).await.unwrap(), other);
    }

    async fn a36_an_address_is_taken_once_also_by_those_who_move_there(world: World) {
        let mut world = world;
        // One may win each round: it is the address that they are told of, not their limit.
        world.settings(|settings| settings.organization.limit = 10);
        let mut users = Vec::new();
        for number in 0..10 {
            let (user, id) = owner(&world, &format!("user{number}@example.com"), &format!("acme-{number}")).await;
            let access = access(&world, &user, &id).await;
            users.push((user, access));
        }
        for round in 0..5 {
            let slug = format!("wanted-{round}");
            let taken = at_once(50, |number| {
                let (cx, (user, access), slug) = (world.cx.clone(), users[number % 10].clone(), slug.clone());
                async move {
                    // One's own is never refused, so that each moves once.
                    if number < 10 {
                        let change = Change { slug: Slug::parse(&slug).ok(), ..Change::default() };
                        return update(&cx, &access, change).await.map(drop);
                    }
                    create(&cx, &user, new(&slug)).await.map(drop)
                }
            })
            .await;
            one_winner(taken, &OrganizationRefusal::SlugTaken.into());
        }
    }

    async fn a37_of_fifty_owners_who_go_at_once_the_last_one_stays(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let mut owners = crowd(&world, &ada, &acme, 49, "owner").await;
        owners.push((ada.clone(), access(&world, &ada, &acme).await));
        let gone = at_once(50, |number| {
            let (cx, (user, access)) = (world.cx.clone(), owners[number].clone());
            async move { member::leave(&cx, &user, &access).await }
        })
        .await;
        went_well(gone, 49, &OrganizationRefusal::OnlyOwner);
        assert_eq!(world.count("SELECT COUNT(*) FROM members WHERE roles = 'owner'").await, 1);
    }

    async fn a37_an_owner_is_left_however_they_leave_demote_and_remove_each_other(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let mut owners = crowd(&world, &ada, &acme, 9, "owner").await;
        owners.push((ada.clone(), access(&world, &ada, &acme).await));
        at_once(50, |number| {
            let (cx, (user, access)) = (world.cx.clone(), owners[number % 10].clone());
            let next = owners[(number + 1) % 10].1.member.id.clone();
            async move {
                let member = ["member".to_owned()];
                match number / 10 {
                    0 => member::leave(&cx, &user, &access).await.map(drop),
                    1 => member::set_roles(&cx, &user, &access, &access.member.id, &member).await.map(drop),
                    2 => member::set_roles(&cx, &user, &access, &next, &member).await.map(drop),
                    3 => member::remove(&cx, &user, &access, &next).await.map(drop),
                    _ => transfer(&cx, &user, &access, &next).await,
                }
            }
        })
        .await;
        assert!(world.count("SELECT COUNT(*) FROM members WHERE ',' || roles || ',' LIKE '%,owner,%'").await >= 1);
    }

    async fn a37_an_ownership_is_handed_over_once(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let standing = access(&world, &ada, &acme).await;
        let heirs = crowd(&world, &ada, &acme, 10, "member").await;
        let given = at_once(50, |number| {
            let (cx, ada, standing) = (world.cx.clone(), ada.clone(), standing.clone());
            let heir = heirs[number % 10].1.member.id.clone();
            async move { transfer(&cx, &ada, &standing, &heir).await }
        })
        .await;
        one_winner(given, &OrganizationRefusal::Forbidden("org:transfer".into()).into());
        assert_eq!(world.count("SELECT COUNT(*) FROM members WHERE roles LIKE '%owner%'").await, 1);
        assert_eq!(world.count("SELECT COUNT(*) FROM mails WHERE kind = 'organization-ownership'").await, 1, "the new owner is told, once");
    }

    async fn a37_what_was_allowed_a_moment_ago_is_not_done_by_who_has_lost_it(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "owner").await;
        let (of_ada, of_bob) = (access(&world, &ada, &acme).await, access(&world, &bob, &acme).await);
        let wanted = role::Assign {
            member: of_ada.member.id.clone(),
            role: "analyst".into(),
            team: None,
            resource: None,
            starts_at: None,
            ends_at: None,
        };
        let given = role::assign(&world.cx, &ada, &of_ada, &wanted).await.unwrap();
        role::create(&world.cx, &ada, &of_ada, &role::Draft { name: "own".into(), patterns: vec![], inherits: vec![] }).await.unwrap();
        let invitation = invited(&world, &ada, &acme, EVE, "member").await.unwrap();
        member::set_roles(&world.cx, &ada, &of_ada, &of_bob.member.id, &["member".to_owned()]).await.unwrap();
        let (cx, draft) = (&world.cx, role::Draft { name: "more".into(), patterns: vec![], inherits: vec![] });
        let acts = [
            ("update", update(cx, &of_bob, Change { name: Some("Mine".into()), ..Change::default() }).await.map(drop)),
            ("second factors", set_two_factor_roles(cx, &bob, &of_bob, Some(&[])).await),
            ("delete", delete(cx, &bob, &of_bob).await.map(drop)),
            ("transfer", transfer(cx, &bob, &of_bob, &of_bob.member.id).await),
            ("set roles", member::set_roles(cx, &bob, &of_bob, &of_bob.member.id, &["owner".to_owned()]).await.map(drop)),
            ("remove", member::remove(cx, &bob, &of_bob, &of_ada.member.id).await.map(drop)),
            ("invite", invitation::invite(cx, &bob, &of_bob, &email("x@example.com"), &invitation::New { roles: vec!["member".into()], teams: vec![] }, false).await.map(drop)),
            ("cancel", invitation::cancel(cx, &bob, &of_bob, &invitation.id).await.map(drop)),
            ("make a team", team::create(cx, &of_bob, "Mine").await.map(drop)),
            ("make a role", role::create(cx, &bob, &of_bob, &draft).await.map(drop)),
            ("change a role", role::update(cx, &bob, &of_bob, "own", &draft, role::Holders::Keep).await.map(drop)),
            ("delete a role", role::delete(cx, &bob, &of_bob, "own").await),
            ("assign", role::assign(cx, &bob, &of_bob, &wanted).await.map(drop)),
            ("revoke", role::revoke(cx, &bob, &of_bob, &given.id).await),
        ];
        let done: Vec<_> = acts.into_iter().filter(|(_, result)| result.is_ok()).map(|(act, _)| act).collect();
        assert!(done.is_empty(), "{done:?}");
        assert_eq!(world.count("SELECT COUNT(*) FROM members").await, 2);
    }
}
