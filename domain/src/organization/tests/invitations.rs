//! Who gets in, and who doesn't.

use super::*;
use crate::testing::{DAY, HOUR, MINUTE, at_once, one_winner};

db::both! {
    async fn a35_an_invitation_is_only_for_the_proved_address_that_it_was_sent_to(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let invitation = invited(&world, &ada, &acme, "BOB@example.com", "member").await.unwrap();
        let mail = &world.mails(BOB).await[0].content;
        assert!(mail.text.contains(&format!("/invitations/{}", invitation.id)) && mail.subject.contains("Acme"));
        let eve = world.user(EVE).await;
        for refused in [
            invitation::accept(&world.cx, &eve, &invitation.id).await.map(drop),
            invitation::reject(&world.cx, &eve, &invitation.id).await.map(drop),
            invitation::look(&world.cx, &eve, &invitation.id).await.map(drop),
        ] {
            assert_eq!(why(refused), OrganizationRefusal::NotTheRecipient);
        }
        let bob = world.user(BOB).await;
        let mut unproved = bob.clone();
        unproved.user.email_verified = false;
        assert_eq!(why(invitation::accept(&world.cx, &unproved, &invitation.id).await), OrganizationRefusal::EmailNotVerified);
        assert_eq!(invitation::look(&world.cx, &bob, &invitation.id).await.unwrap().inviter.1, email(ADA));
        let (accepted, member) = invitation::accept(&world.cx, &bob, &invitation.id).await.unwrap();
        assert_eq!((accepted.status, member.role.as_str()), (model::InvitationStatus::Accepted, "member"));
        assert_eq!(world.find(&bob).await.unwrap().session.active_organization_id, Some(acme));
    }

    async fn a35_an_invitation_that_is_over_or_was_forged_lets_nobody_in(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = world.user(BOB).await;
        let invitation = invited(&world, &ada, &acme, BOB, "member").await.unwrap();
        let forged = model::InvitationId::new(format!("{}x", invitation.id));
        assert_eq!(why(invitation::accept(&world.cx, &bob, &forged).await), OrganizationRefusal::InvitationNotFound);
        world.wait(DAY * 2 - MINUTE);
        assert!(invitation::look(&world.cx, &bob, &invitation.id).await.is_ok());
        world.wait(MINUTE);
        assert_eq!(why(invitation::accept(&world.cx, &bob, &invitation.id).await), OrganizationRefusal::InvitationNotFound);
        assert_eq!(invitation::for_user(&world.cx, &bob).await.unwrap().len(), 0);
    }

    async fn a27_an_invitation_and_a_link_work_once_however_many_try(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = world.user(BOB).await;
        let invitation = invited(&world, &ada, &acme, BOB, "member").await.unwrap();
        let results = at_once(50, |_| {
            let (cx, bob, id) = (world.cx.clone(), bob.clone(), invitation.id.clone());
            async move { invitation::accept(&cx, &bob, &id).await }
        })
        .await;
        one_winner(results, &OrganizationRefusal::InvitationNotFound.into());

        let new = invitation::New { roles: vec!["member".into()], teams: Vec::new() };
        let (link, token) = invitation::link(&world.cx, &ada, &access(&world, &ada, &acme).await, &new).await.unwrap();
        assert!(!serde_json::to_string(&link).unwrap().contains(token.expose()));
        let mut users = Vec::new();
        for number in 0..10 {
            users.push(world.user(&format!("user{number}@example.com")).await);
        }
        let results = at_once(50, |number| {
            let (cx, user, token) = (world.cx.clone(), users[number % 10].clone(), token.clone());
            async move { invitation::accept_by_token(&cx, &user, &token).await }
        })
        .await;
        one_winner(results, &OrganizationRefusal::InvitationNotFound.into());
        assert_eq!(world.count("SELECT COUNT(*) FROM members").await, 3);
    }

    async fn a36_there_are_never_more_members_or_invitations_than_there_may_be(world: World) {
        let mut world = world;
        world.settings(|settings| (settings.organization.members, settings.organization.invitations) = (3, 5));
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let mut waiting = Vec::new();
        for number in 0..5 {
            let address = format!("user{number}@example.com");
            let user = world.user(&address).await;
            waiting.push((user, invited(&world, &ada, &acme, &address, "member").await.unwrap()));
        }
        assert_eq!(why(invited(&world, &ada, &acme, EVE, "member").await), OrganizationRefusal::InvitationLimit);
        let results = at_once(5, |number| {
            let (cx, (user, invitation)) = (world.cx.clone(), waiting[number].clone());
            async move { invitation::accept(&cx, &user, &invitation.id).await }
        })
        .await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 2);
        for refused in results.into_iter().filter(Result::is_err) {
            assert_eq!(why(refused), OrganizationRefusal::MemberLimit);
        }
    }

    async fn an_address_is_invited_once_and_can_be_written_to_again(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let first = invited(&world, &ada, &acme, BOB, "member").await.unwrap();
        assert_eq!(why(invited(&world, &ada, &acme, BOB, "member").await), OrganizationRefusal::AlreadyInvited);
        world.wait(HOUR);
        let standing = access(&world, &ada, &acme).await;
        let new = invitation::New { roles: vec!["member".into()], teams: Vec::new() };
        let again = invitation::invite(&world.cx, &ada, &standing, &email(BOB), &new, true).await.unwrap();
        assert!(again.id == first.id && again.expires_at > first.expires_at);
        assert_eq!(world.mails(BOB).await.len(), 2);
        assert_eq!(why(invited(&world, &ada, &acme, ADA, "member").await), OrganizationRefusal::AlreadyMember);
        invitation::cancel(&world.cx, &ada, &standing, &first.id).await.unwrap();
        let bob = world.user(BOB).await;
        assert_eq!(why(invitation::accept(&world.cx, &bob, &first.id).await), OrganizationRefusal::InvitationNotFound);
    }

    async fn one_that_is_over_is_sent_again_as_it_was_by_whoever_answers_for_it_now(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let standing = access(&world, &ada, &acme).await;
        let blue = team::create(&world.cx, &standing, "Blue").await.unwrap();
        let carol = joined(&world, &ada, &acme, "carol@example.com", "admin").await;
        let of_carol = access(&world, &carol, &acme).await;
        let new = invitation::New { roles: vec!["admin".into(), "member".into()], teams: vec![blue.id.clone()] };
        let first = invitation::invite(&world.cx, &carol, &of_carol, &email(BOB), &new, false).await.unwrap();
        member::remove(&world.cx, &ada, &standing, &of_carol.member.id).await.unwrap();
        world.wait(DAY * 3);
        let bob = world.user(BOB).await;
        assert_eq!(why(invitation::look(&world.cx, &bob, &first.id).await), OrganizationRefusal::InvitationNotFound);
        let again = invitation::resend(&world.cx, &ada, &standing, &first.id).await.unwrap();
        assert_eq!((&again.role, &again.team_id), (&first.role, &first.team_id));
        let offer = invitation::look(&world.cx, &bob, &first.id).await.unwrap();
        assert_eq!((offer.inviter.1, offer.teams), (email(ADA), vec!["Blue".to_owned()]));
        let mail = &world.mails(BOB).await[0].content.text;
        assert!(mail.contains(&again.expires_at.words()) && mail.contains(ADA), "{mail}");
        invitation::accept(&world.cx, &bob, &first.id).await.unwrap();
        assert_eq!(why(invitation::resend(&world.cx, &ada, &standing, &first.id).await), OrganizationRefusal::InvitationNotFound);
    }

    async fn a37_sending_again_gives_nothing_that_one_may_not_give(world: World) {
        let mut world = world;
        world.settings(|settings| settings.organization.invitations = 1);
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let carol = joined(&world, &ada, &acme, "carol@example.com", "admin").await;
        let standing = access(&world, &carol, &acme).await;
        let owners = invited(&world, &ada, &acme, BOB, "owner").await.unwrap();
        assert_eq!(forbidden(invitation::resend(&world.cx, &carol, &standing, &owners.id).await), "invitation:create");
        world.wait(DAY * 3);
        let other = invited(&world, &ada, &acme, EVE, "member").await.unwrap();
        let of_ada = access(&world, &ada, &acme).await;
        assert_eq!(why(invitation::resend(&world.cx, &ada, &of_ada, &owners.id).await), OrganizationRefusal::InvitationLimit);
        invitation::cancel(&world.cx, &ada, &of_ada, &other.id).await.unwrap();
        let (_, token) = invitation::link(&world.cx, &ada, &of_ada, &invitation::New { roles: vec!["member".into()], teams: Vec::new() }).await.unwrap();
        let link = invitation::look_by_token(&world.cx, &token).await.unwrap().invitation;
        assert_eq!(why(invitation::resend(&world.cx, &ada, &of_ada, &link.id).await), OrganizationRefusal::InvitationNotFound);
    }

    async fn the_open_ones_come_first_and_pages_hold_together(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let standing = access(&world, &ada, &acme).await;
        let mut ids = Vec::new();
        for number in 0..5 {
            world.moment();
            ids.push(invited(&world, &ada, &acme, &format!("user{number}@example.com"), "member").await.unwrap().id);
        }
        invitation::cancel(&world.cx, &ada, &standing, &ids[4]).await.unwrap();
        let mut read = Vec::new();
        for offset in [0, 2, 4] {
            let listing = invitation::page(&world.cx, &standing, 2, offset).await.unwrap();
            assert_eq!((listing.total, listing.open), (5, 4));
            assert!(listing.rows.iter().all(|(_, inviter)| inviter == "Ada Lovelace"));
            read.extend(listing.rows.into_iter().map(|(one, _)| one.id));
        }
        assert_eq!(read, [&ids[3], &ids[2], &ids[1], &ids[0], &ids[4]].map(Clone::clone));
        let bob = joined(&world, &ada, &acme, BOB, "member").await;
        let of_bob = access(&world, &bob, &acme).await;
        assert_eq!(forbidden(invitation::page(&world.cx, &of_bob, 2, 0).await), "invitation:create");
    }

    async fn a37_nobody_invites_to_more_than_they_hold_nor_after_they_lost_it(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "admin").await;
        assert_eq!(forbidden(invited(&world, &bob, &acme, EVE, "owner").await), "invitation:create");
        assert!(matches!(why(invited(&world, &bob, &acme, EVE, "moderator").await), OrganizationRefusal::NotHeld(_)));
        assert_eq!(why(invited(&world, &bob, &acme, EVE, "wizard").await), OrganizationRefusal::RoleNotFound("wizard".into()));
        let invitation = invited(&world, &bob, &acme, EVE, "admin").await.unwrap();
        let of_bob = access(&world, &bob, &acme).await.member;
        let standing = access(&world, &ada, &acme).await;
        member::set_roles(&world.cx, &ada, &standing, &of_bob.id, &["member".to_owned()]).await.unwrap();
        assert_eq!(forbidden(invited(&world, &bob, &acme, "x@example.com", "member").await), "invitation:create");
        let eve = world.user(EVE).await;
        assert_eq!(why(invitation::accept(&world.cx, &eve, &invitation.id).await), OrganizationRefusal::InviterGone);
    }

    async fn who_is_invited_to_a_team_is_in_it(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let standing = access(&world, &ada, &acme).await;
        let blue = team::create(&world.cx, &standing, "Blue").await.unwrap();
        let new = invitation::New { roles: vec!["member".into()], teams: vec![blue.id.clone()] };
        let invitation = invitation::invite(&world.cx, &ada, &standing, &email(BOB), &new, false).await.unwrap();
        let bob = world.user(BOB).await;
        invitation::accept(&world.cx, &bob, &invitation.id).await.unwrap();
        assert_eq!(world.find(&bob).await.unwrap().session.active_team_id, Some(blue.id.clone()));
        let of_bob = access(&world, &bob, &acme).await;
        assert_eq!(team::members(&world.cx, &of_bob, &blue.id).await.unwrap().len(), 1);
        assert_eq!(team::of_user(&world.cx, &of_bob, &bob.user.id).await.unwrap(), [blue]);
    }

    async fn a_role_is_not_deleted_while_somebody_is_invited_to_it(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let (cx, of_ada) = (&world.cx, access(&world, &ada, &acme).await);
        let draft = role::Draft { name: "own".into(), patterns: vec![], inherits: vec![] };
        role::create(cx, &ada, &of_ada, &draft).await.unwrap();
        let invitation = invited(&world, &ada, &acme, BOB, "own").await.unwrap();
        assert_eq!(why(role::delete(cx, &ada, &of_ada, "own").await), OrganizationRefusal::RoleAssigned);
        invitation::cancel(cx, &ada, &of_ada, &invitation.id).await.unwrap();
        role::delete(cx, &ada, &of_ada, "own").await.unwrap();
        role::create(cx, &ada, &of_ada, &draft).await.unwrap();
        invited(&world, &ada, &acme, BOB, "own").await.unwrap();
        world.wait(cx.settings.organization.invitation_lifetime);
        let ada = world.sign_in(ADA, crate::testing::PASSWORD).await.unwrap();
        let of_ada = access(&world, &ada, &acme).await;
        role::delete(cx, &ada, &of_ada, "own").await.unwrap();
    }
}
