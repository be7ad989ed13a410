//! Nobody gives what they don't hold, nor for longer than they hold it.

use super::*;
use crate::testing::{DAY, HOUR, MINUTE};
use model::Timestamp;

fn assign(member: &MemberView, role: &str, starts_at: Option<Timestamp>, ends_at: Option<Timestamp>) -> role::Assign {
    role::Assign { member: member.id.clone(), role: role.to_owned(), team: None, resource: None, starts_at, ends_at }
}

fn draft(name: &str, patterns: &[&str], inherits: &[&str]) -> role::Draft {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    role::Draft { name: name.to_owned(), patterns: owned(patterns), inherits: owned(inherits) }
}

fn to(role: &str) -> invitation::New {
    invitation::New { roles: vec![role.to_owned()], teams: Vec::new() }
}

/// Until when the caller holds what they would have given.
#[track_caller]
fn held_until<T>(result: Result<T>) -> Timestamp {
    match why(result) {
        OrganizationRefusal::HeldUntil { until, permissions } => {
            assert!(!permissions.is_empty());
            until
        }
        other => panic!("{other:?} is not about the time"),
    }
}

/// Bob, who is a plain member, and an admin up to the end of the day.
async fn admin_for_a_day(world: &World) -> (Opened, OrganizationId, Opened, Access, Timestamp) {
    let (ada, acme) = owner(world, ADA, "acme").await;
    let bob = joined(world, &ada, &acme, BOB, "member").await;
    let of_ada = access(world, &ada, &acme).await;
    let end = world.cx.now() + DAY;
    let member = access(world, &bob, &acme).await.member;
    role::assign(&world.cx, &ada, &of_ada, &assign(&member, "admin", None, Some(end))).await.unwrap();
    let of_bob = access(world, &bob, &acme).await;
    (ada, acme, bob, of_bob, end)
}

db::both! {
    async fn a37_a_right_for_a_time_does_not_become_one_for_ever(world: World) {
        let (ada, acme, bob, of_bob, end) = admin_for_a_day(&world).await;
        let (cx, me, of_ada) = (&world.cx, &of_bob.member, access(&world, &ada, &acme).await);
        let both = ["member".to_owned(), "admin".to_owned()];
        assert_eq!(held_until(member::set_roles(cx, &bob, &of_bob, &me.id, &both).await), end);
        for (start, until) in [(None, None), (None, Some(end + MINUTE)), (Some(end), Some(end + HOUR)), (Some(cx.now() + HOUR), None)] {
            assert_eq!(held_until(role::assign(cx, &bob, &of_bob, &assign(me, "admin", start, until)).await), end);
        }
        let all = team::list(cx, &of_bob).await.unwrap().remove(0).id;
        team::add_member(cx, &of_bob, &all, &bob.user.id).await.unwrap();
        assert_eq!(held_until(team::set_roles(cx, &bob, &of_bob, &all, &bob.user.id, &["admin".to_owned()]).await), end);
        assert_eq!(held_until(invitation::invite(cx, &bob, &of_bob, &email(EVE), &to("admin"), false).await), end);
        assert_eq!(held_until(invitation::link(cx, &bob, &of_bob, &to("admin")).await.map(drop)), end);
        for sneaky in [draft("sneaky", &["billing:read"], &[]), draft("sneaky", &[], &["admin"])] {
            assert_eq!(held_until(role::create(cx, &bob, &of_bob, &sneaky).await), end);
            assert_eq!(held_until(role::preview(cx, &of_bob, None, &sneaky).await), end);
        }
        // Everybody who has a role has what is put into it, for good.
        role::create(cx, &ada, &of_ada, &draft("own", &["content:read"], &[])).await.unwrap();
        let more = draft("own", &["content:read", "billing:read"], &[]);
        assert_eq!(held_until(role::update(cx, &bob, &of_bob, "own", &more, role::Holders::Keep).await), end);

        world.wait(DAY);
        assert!(!access(&world, &bob, &acme).await.may("member:update"));
    }

    async fn what_is_held_for_a_time_is_given_for_that_time_and_the_rest_for_ever(world: World) {
        let (_, acme, bob, of_bob, end) = admin_for_a_day(&world).await;
        let (cx, me) = (&world.cx, &of_bob.member);
        for (start, until) in [(None, Some(end)), (Some(cx.now() + HOUR), Some(end)), (None, Some(cx.now() + HOUR))] {
            role::assign(cx, &bob, &of_bob, &assign(me, "admin", start, until)).await.unwrap();
        }
        role::assign(cx, &bob, &of_bob, &assign(me, "member", None, None)).await.unwrap();
        role::create(cx, &bob, &of_bob, &draft("writer", &["content:write"], &["member"])).await.unwrap();
        member::set_roles(cx, &bob, &of_bob, &me.id, &["member".to_owned(), "writer".to_owned()]).await.unwrap();
        invitation::invite(cx, &bob, &of_bob, &email(EVE), &to("member"), false).await.unwrap();
        world.wait(DAY + MINUTE);
        assert!(!access(&world, &bob, &acme).await.may("member:update"), "it was never longer than a day");
    }

    async fn only_what_can_be_given_for_good_is_offered_for_good(world: World) {
        let (_, _, _, of_bob, _) = admin_for_a_day(&world).await;
        let offered = |role: &str| invitation::roles(&of_bob).into_iter().any(|(name, may)| name == role && may);
        assert!(offered("member") && !offered("admin") && !offered("analyst"));
        assert!(of_bob.may_give(["member"]).is_ok() && of_bob.may_give(["admin"]).is_err());
        assert!(of_bob.may_give_for_a_time("admin").is_ok() && of_bob.may_give_for_a_time("analyst").is_err());
        let suggested = role::suggestions(&world.cx, &of_bob);
        assert!(suggested.contains(&"content:*".to_owned()) && !suggested.contains(&"billing:*".to_owned()));
    }

    async fn two_spans_without_a_gap_are_one(world: World) {
        let (ada, acme, bob, of_bob, end) = admin_for_a_day(&world).await;
        let (cx, me, of_ada) = (&world.cx, &of_bob.member, access(&world, &ada, &acme).await);
        role::assign(cx, &ada, &of_ada, &assign(me, "admin", Some(end), Some(end + HOUR))).await.unwrap();
        role::assign(cx, &ada, &of_ada, &assign(me, "admin", Some(end + HOUR * 2), None)).await.unwrap();
        role::assign(cx, &bob, &of_bob, &assign(me, "admin", None, Some(end + HOUR))).await.unwrap();
        for beyond in [Some(end + HOUR + MINUTE), Some(end + HOUR * 3), None] {
            assert_eq!(held_until(role::assign(cx, &bob, &of_bob, &assign(me, "admin", None, beyond)).await), end + HOUR);
        }
    }

    async fn an_invitation_is_worth_nothing_once_its_inviter_has_the_role_only_for_a_time(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "admin").await;
        let eve = world.user(EVE).await;
        let invitation = invited(&world, &bob, &acme, EVE, "admin").await.unwrap();
        let (of_ada, me) = (access(&world, &ada, &acme).await, access(&world, &bob, &acme).await.member);
        member::set_roles(&world.cx, &ada, &of_ada, &me.id, &["member".to_owned()]).await.unwrap();
        let day = Some(world.cx.now() + DAY);
        role::assign(&world.cx, &ada, &of_ada, &assign(&me, "admin", None, day)).await.unwrap();
        let refused = invitation::accept(&world.cx, &eve, &invitation.id).await;
        assert_eq!(why(refused), OrganizationRefusal::InviterGone);
    }

    async fn a_role_that_is_over_before_it_is_given_is_not_given(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let of_ada = access(&world, &ada, &acme).await;
        let now = world.cx.now();
        let past = assign(&of_ada.member, "analyst", Some(now - HOUR * 2), Some(now - HOUR));
        assert_eq!(why(role::assign(&world.cx, &ada, &of_ada, &past).await), OrganizationRefusal::InvalidWindow);
    }

    async fn what_is_over_keeps_nothing_from_counting(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "member").await;
        let (of_ada, me) = (access(&world, &ada, &acme).await, access(&world, &bob, &acme).await.member);
        let over = assign(&me, "moderator", None, Some(world.cx.now() + MINUTE));
        role::assign(&world.cx, &ada, &of_ada, &over).await.unwrap();
        let copies = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
            INSERT INTO assignments (id, user_id, organization_id, role, starts_at, ends_at, granted_by, created_at)
            SELECT 'over-' || i, user_id, organization_id, role, starts_at, ends_at, granted_by, created_at FROM n, assignments a WHERE a.role = $1";
        assert_eq!(world.write(copies, &["moderator"]).await, 1200);
        world.wait(HOUR);
        role::assign(&world.cx, &ada, &of_ada, &assign(&me, "analyst", None, None)).await.unwrap();
        assert!(access(&world, &bob, &acme).await.may("analytics:read"));
        let told = member::assignments(&world.cx, &of_ada, &me).await.unwrap();
        assert_eq!(told.len(), 101, "of what is over the last hundred are told");
    }

    async fn a36_nobody_is_given_more_roles_than_a_request_can_read(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "member").await;
        let (of_ada, me) = (access(&world, &ada, &acme).await, access(&world, &bob, &acme).await.member);
        let now = world.cx.now();
        for number in 0..80 {
            let start = Some(now + MINUTE * number);
            role::assign(&world.cx, &ada, &of_ada, &assign(&me, "analyst", start, Some(now + DAY))).await.unwrap();
        }
        let given = crate::testing::at_once(50, |_| {
            let (cx, ada, of_ada, wanted) = (world.cx.clone(), ada.clone(), of_ada.clone(), assign(&me, "analyst", None, None));
            async move { role::assign(&cx, &ada, &of_ada, &wanted).await }
        })
        .await;
        let (given, refused): (Vec<_>, Vec<_>) = given.into_iter().partition(Result::is_ok);
        assert_eq!(given.len(), 20);
        for refused in refused {
            assert_eq!(why(refused), OrganizationRefusal::TooManyAssignments);
        }
        // One less, one more; and what is over doesn't count.
        role::revoke(&world.cx, &ada, &of_ada, &given.into_iter().flatten().next().unwrap().id).await.unwrap();
        role::assign(&world.cx, &ada, &of_ada, &assign(&me, "analyst", None, None)).await.unwrap();
        world.wait(DAY);
        let of_ada = access(&world, &world.sign_in(ADA, crate::testing::PASSWORD).await.unwrap(), &acme).await;
        role::assign(&world.cx, &ada, &of_ada, &assign(&me, "moderator", None, None)).await.unwrap();
    }

    async fn what_is_named_often_is_stored_once_and_too_much_is_refused(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let (cx, of_ada) = (&world.cx, access(&world, &ada, &acme).await);
        let team = team::list(cx, &of_ada).await.unwrap().remove(0).id;
        let often = |name: &str| vec![name.to_owned(); 60_000];
        let many = || (0..101).map(|number| format!("r{number}")).collect::<Vec<_>>();
        let too_many = OrganizationRefusal::TooManyChosen(100);

        let new = invitation::New { roles: often("member"), teams: vec![team.clone(); 25_000] };
        let (invitation, _) = invitation::link(cx, &ada, &of_ada, &new).await.unwrap();
        assert_eq!((invitation.role.as_str(), invitation.team_id), ("member", Some(team.to_string())));
        let new = || invitation::New { roles: many(), teams: vec![] };
        assert_eq!(why(invitation::link(cx, &ada, &of_ada, &new()).await.map(drop)), too_many);
        assert_eq!(why(invitation::invite(cx, &ada, &of_ada, &email(EVE), &new(), false).await), too_many);
        let teams = (0..101).map(|number| model::TeamId::new(format!("t{number}"))).collect();
        let new = invitation::New { roles: vec!["member".into()], teams };
        assert_eq!(why(invitation::link(cx, &ada, &of_ada, &new).await.map(drop)), too_many);

        let parents = |inherits| role::Draft { name: "heir".into(), patterns: vec![], inherits };
        let made = role::create(cx, &ada, &of_ada, &parents(often("member"))).await.unwrap();
        assert_eq!(made.inherits, ["member"]);
        assert_eq!(why(role::create(cx, &ada, &of_ada, &parents(many())).await), too_many);
        let made = role::update(cx, &ada, &of_ada, "heir", &parents(often("admin")), role::Holders::Keep).await.unwrap();
        assert_eq!(made.inherits, ["admin"]);

        let me = &of_ada.member.id;
        assert_eq!(why(member::set_roles(cx, &ada, &of_ada, me, &many()).await), too_many);
        assert_eq!(member::set_roles(cx, &ada, &of_ada, me, &often("owner")).await.unwrap().role, "owner");
        assert_eq!(why(team::set_roles(cx, &ada, &of_ada, &team, &ada.user.id, &many()).await), too_many);
        set_two_factor_roles(cx, &ada, &of_ada, Some(&often("analyst"))).await.unwrap();
        assert_eq!(access(&world, &ada, &acme).await.second_factor_rule().roles, ["analyst"]);
        assert_eq!(why(set_two_factor_roles(cx, &ada, &of_ada, Some(&many())).await), too_many);
    }

    async fn an_app_s_own_data_stays_small(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let of_ada = access(&world, &ada, &acme).await;
        let data = |length: usize| Some(serde_json::json!({ "text": "x".repeat(length) }));
        let large = New { metadata: data(17_000), ..new("other") };
        assert_eq!(why(create(&world.cx, &ada, large).await), OrganizationRefusal::MetadataTooLarge);
        let change = |metadata| Change { metadata: Some(metadata), ..Change::default() };
        assert_eq!(why(update(&world.cx, &of_ada, change(data(17_000))).await), OrganizationRefusal::MetadataTooLarge);
        assert!(update(&world.cx, &of_ada, change(data(16_000))).await.is_ok());
    }
}
