//! Why somebody may do something, or what is missing; and who may ask.

use model::{ExplanationView, HeldState, MemberId, Reason, TeamId, Through};

use super::*;
use crate::organization::explain::{self, Asked};
use crate::testing::{HOUR, MINUTE};

fn asked(permission: &str) -> Asked {
    Asked { permission: permission.to_owned(), ..Asked::default() }
}

async fn explained(world: &World, by: &Opened, to: &OrganizationId, whom: &Opened, asked: Asked) -> ExplanationView {
    let standing = access(world, by, to).await;
    let member = member::of_user(&world.cx, &standing, &whom.user.id).await.unwrap().id;
    explain::of_member(&world.cx, &standing, &member, &asked).await.unwrap()
}

/// `kind role path pattern`
fn told(reason: &Reason) -> String {
    let (kind, chain) = match reason {
        Reason::Granted(chain) => ("granted", chain),
        Reason::Over(chain) => ("over", chain),
        Reason::Future(chain) => ("future", chain),
        Reason::Elsewhere(chain) => ("elsewhere", chain),
        Reason::Pattern => return "pattern".to_owned(),
        Reason::Nothing => return "nothing".to_owned(),
    };
    format!("{kind} {:?} {} {}", chain.held.through, chain.path.join(">"), chain.pattern)
}

db::both! {
    async fn a_yes_names_the_role_its_line_and_the_pattern(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "admin").await;
        let answer = explained(&world, &ada, &acme, &bob, asked("content:delete:any")).await;
        assert!(answer.allowed && told(&answer.reason) == "granted Membership admin>member content:*", "{answer:?}");
        assert_eq!((answer.name.as_str(), answer.permission.as_str()), (bob.user.name.as_str(), "content:delete:any"));
        assert_eq!(answer.given_by, ["admin", "member", "moderator", "owner"]);
        assert_eq!((answer.held.len(), answer.held[0].state), (1, HeldState::Now));
        let own = explained(&world, &ada, &acme, &ada, asked("anything:at:all")).await;
        assert_eq!(told(&own.reason), "granted Membership owner *");
        role::assign_everywhere(&world.cx, &email(BOB), "analyst", role::Window::default()).await.unwrap();
        let answer = explained(&world, &ada, &acme, &bob, asked("reports:read")).await;
        assert_eq!(told(&answer.reason), "granted Everywhere analyst reports:*");
    }

    async fn a_no_names_what_is_nearest(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "member").await;
        let standing = access(&world, &ada, &acme).await;
        let of_bob = access(&world, &bob, &acme).await.member.id;
        let blue = team::create(&world.cx, &standing, "Blue").await.unwrap();
        let why = async |asked: Asked| explained(&world, &ada, &acme, &bob, asked).await;
        let plain = |role: &str| role::Assign { member: of_bob.clone(), role: role.to_owned(), team: None, resource: None, starts_at: None, ends_at: None };
        assert_eq!(told(&why(asked("reports:read")).await.reason), "pattern");
        role::assign(&world.cx, &ada, &standing, &role::Assign { team: Some(blue.id.clone()), ..plain("admin") }).await.unwrap();
        let answer = why(asked("team:update")).await;
        assert!(!answer.allowed && told(&answer.reason) == "elsewhere Assignment admin team:*");
        let Reason::Elsewhere(chain) = &answer.reason else { unreachable!() };
        assert_eq!(chain.held.team_name.as_deref(), Some("Blue"));
        let there = why(Asked { team: Some(blue.id.clone()), ..asked("team:update") }).await;
        assert!(there.allowed && there.team_name.as_deref() == Some("Blue"));
        role::assign(&world.cx, &ada, &standing, &role::Assign { resource: Some(("report".into(), "7".into())), ..plain("analyst") }).await.unwrap();
        assert!(why(Asked { resource: Some(("report".into(), "7".into())), ..asked("reports:read") }).await.allowed);
        let other = why(Asked { resource: Some(("report".into(), "8".into())), ..asked("reports:read") }).await;
        assert_eq!(told(&other.reason), "elsewhere Assignment analyst reports:*");

        let now = world.cx.now();
        let window = role::Assign { starts_at: Some(now + HOUR), ends_at: Some(now + HOUR * 2), ..plain("moderator") };
        role::assign(&world.cx, &ada, &standing, &window).await.unwrap();
        assert_eq!(told(&why(asked("user:warn")).await.reason), "future Assignment moderator user:warn");
        world.wait(HOUR + MINUTE);
        assert_eq!(told(&why(asked("user:warn")).await.reason), "granted Assignment moderator user:warn");
        world.wait(HOUR);
        let answer = why(asked("user:warn")).await;
        assert_eq!(told(&answer.reason), "over Assignment moderator user:warn");
        let states: Vec<_> = answer.held.iter().map(|one| (one.role.as_str(), one.through, one.state)).collect();
        assert_eq!(
            states,
            [
                ("member", Through::Membership, HeldState::Now),
                ("admin", Through::Assignment, HeldState::Now),
                ("analyst", Through::Assignment, HeldState::Now),
                ("moderator", Through::Assignment, HeldState::Over),
            ]
        );
    }

    async fn a_role_that_is_gone_is_told_as_such(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "member").await;
        world.write("UPDATE members SET roles = 'retired' WHERE user_id = $1", &[bob.user.id.as_str()]).await;
        let answer = explained(&world, &ada, &acme, &bob, asked("org:read")).await;
        assert_eq!((told(&answer.reason).as_str(), answer.held[0].known), ("pattern", false));
        world.write("UPDATE members SET roles = '' WHERE user_id = $1", &[bob.user.id.as_str()]).await;
        let answer = explained(&world, &ada, &acme, &bob, asked("org:read")).await;
        assert_eq!((told(&answer.reason).as_str(), answer.held.len()), ("nothing", 0));
    }

    async fn whom_the_door_asks_for_a_second_factor_is_told_with_it(world: World) {
        let mut world = world;
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "admin").await;
        assert!(!explained(&world, &ada, &acme, &bob, asked("org:read")).await.needs_second_factor);
        world.settings(|settings| settings.two_factor.required = crate::settings::RequiredFor::Roles);
        world.write("UPDATE users SET two_factor_enabled = TRUE WHERE id = $1", &[ada.user.id.as_str()]).await;
        let mut ada = ada;
        ada.user.two_factor_enabled = true;
        let answer = explained(&world, &ada, &acme, &bob, asked("org:read")).await;
        assert!(answer.allowed && answer.needs_second_factor);
        assert!(!explained(&world, &ada, &acme, &ada, asked("org:read")).await.needs_second_factor);
    }

    async fn a38_one_may_ask_about_oneself_and_who_changes_members_about_others_of_the_same_organization(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "member").await;
        let (eve, umbrella) = owner(&world, EVE, "umbrella").await;
        let (of_ada, of_bob, of_eve) =
            (access(&world, &ada, &acme).await, access(&world, &bob, &acme).await, access(&world, &eve, &umbrella).await);
        let read = asked("org:read");
        assert!(explain::of_member(&world.cx, &of_bob, &of_bob.member.id, &read).await.unwrap().allowed);
        for other in [&of_ada.member.id, &of_eve.member.id, &MemberId::new("nobody")] {
            assert_eq!(forbidden(explain::of_member(&world.cx, &of_bob, other, &read).await), "member:update");
        }
        for unknown in [&of_ada.member.id, &of_bob.member.id, &MemberId::new("nobody")] {
            let refused = why(explain::of_member(&world.cx, &of_eve, unknown, &read).await);
            assert_eq!(refused, OrganizationRefusal::MemberNotFound);
        }
        let blue = team::create(&world.cx, &of_ada, "Blue").await.unwrap();
        for team in [blue.id, TeamId::new("nowhere")] {
            let asked = Asked { team: Some(team), ..read.clone() };
            let refused = why(explain::of_member(&world.cx, &of_eve, &of_eve.member.id, &asked).await);
            assert_eq!(refused, OrganizationRefusal::TeamNotFound);
        }
        for bad in ["", "org:*", "Org:read", "org read"] {
            let refused = why(explain::of_member(&world.cx, &of_bob, &of_bob.member.id, &asked(bad)).await);
            assert_eq!(refused, OrganizationRefusal::InvalidPermission(bad.into()));
        }
    }

    async fn what_somebody_may_do_is_told_place_by_place(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "member").await;
        let standing = access(&world, &ada, &acme).await;
        let of_bob = access(&world, &bob, &acme).await.member.id;
        let blue = team::create(&world.cx, &standing, "Blue").await.unwrap();
        let plain = |role: &str| role::Assign { member: of_bob.clone(), role: role.to_owned(), team: None, resource: None, starts_at: None, ends_at: None };
        let later = role::Assign { starts_at: Some(world.cx.now() + HOUR), ..plain("admin") };
        let thing = role::Assign { resource: Some(("report".into(), "7".into())), ..plain("analyst") };
        let team = role::Assign { team: Some(blue.id.clone()), ..plain("moderator") };
        for one in [&later, &thing, &team] {
            role::assign(&world.cx, &ada, &standing, one).await.unwrap();
        }
        let told = explain::permissions(&world.cx, &access(&world, &bob, &acme).await).await.unwrap();
        assert_eq!((told.role.as_deref(), told.permissions.join(" ").as_str()), (Some("member"), "ac:read content:* org:read"));
        let given: Vec<_> = told.assignments.iter().map(|one| (one.held.role.as_str(), one.permissions.len())).collect();
        assert_eq!(given, [("analyst", 3), ("moderator", 3)], "what hasn't begun gives nothing");
        assert_eq!((told.teams.len(), &told.teams[0].team_id, told.teams[0].permissions.len()), (1, &blue.id, 3));
        let nowhere = explain::permissions_everywhere(&world.cx, &bob.user.id).await.unwrap();
        assert!(nowhere.permissions.is_empty() && nowhere.organization_id.is_none());
        role::assign_everywhere(&world.cx, &email(BOB), "analyst", role::Window::default()).await.unwrap();
        let everywhere = explain::permissions_everywhere(&world.cx, &bob.user.id).await.unwrap();
        assert_eq!(everywhere.permissions, ["analytics:*", "data:read", "reports:*"]);
    }
}
