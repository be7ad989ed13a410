//! One organization's data is nobody else's (SECURITY A38).

use model::{AssignmentId, MemberId, TeamId};

use super::*;

db::both! {
    async fn a38_what_somebody_is_not_in_looks_like_what_does_not_exist(world: World) {
        let (_, acme) = owner(&world, ADA, "acme").await;
        let (eve, _) = owner(&world, EVE, "umbrella").await;
        let nowhere = OrganizationId::new("0198f000-0000-7000-8000-000000000000");
        for id in [&acme, &nowhere] {
            assert_eq!(why(Access::open(&world.cx, &eve, id).await), OrganizationRefusal::NotAMember);
        }
    }

    async fn a38_an_owner_elsewhere_reaches_nothing_by_its_id(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "member").await;
        let of_ada = access(&world, &ada, &acme).await;
        let of_bob = access(&world, &bob, &acme).await.member;
        let blue = team::create(&world.cx, &of_ada, "Blue").await.unwrap();
        role::create(&world.cx, &ada, &of_ada, &role::Draft { name: "own".into(), patterns: vec![], inherits: vec![] }).await.unwrap();
        let wanted = role::Assign { member: of_bob.id.clone(), role: "analyst".into(), team: None, resource: None, starts_at: None, ends_at: None };
        let assignment = role::assign(&world.cx, &ada, &of_ada, &wanted).await.unwrap();
        let invitation = invited(&world, &ada, &acme, "x@example.com", "member").await.unwrap();

        let (eve, umbrella) = owner(&world, EVE, "umbrella").await;
        let eves = access(&world, &eve, &umbrella).await;
        let (cx, member): (&Cx, &MemberId) = (&world.cx, &of_bob.id);
        let (team_id, assignment): (&TeamId, &AssignmentId) = (&blue.id, &assignment.id);
        let refused = [
            ("find by id", why(member::find(cx, &eves, member.as_str()).await)),
            ("find by address", why(member::find(cx, &eves, BOB).await)),
            ("of user", why(member::of_user(cx, &eves, &bob.user.id).await)),
            ("set roles", why(member::set_roles(cx, &eve, &eves, member, &["owner".to_owned()]).await)),
            ("remove", why(member::remove(cx, &eve, &eves, member).await)),
            ("transfer", why(transfer(cx, &eve, &eves, member).await)),
            ("team", why(team::find(cx, &eves, team_id).await)),
            ("rename team", why(team::rename(cx, &eves, team_id, "Mine").await)),
            ("delete team", why(team::delete(cx, &eves, team_id).await)),
            ("team members", why(team::members(cx, &eves, team_id).await)),
            ("add to team", why(team::add_member(cx, &eves, team_id, &eve.user.id).await)),
            ("add to own team", why(team::add_member(cx, &eves, &team::list(cx, &eves).await.unwrap()[0].id, &bob.user.id).await)),
            ("team roles", why(team::set_roles(cx, &eve, &eves, team_id, &bob.user.id, &[]).await)),
            ("remove from team", why(team::remove_member(cx, &eves, team_id, &bob.user.id).await)),
            ("update role", why(role::update(cx, &eve, &eves, "own", &role::Draft { name: "own".into(), patterns: vec![], inherits: vec![] }, role::Holders::Keep).await)),
            ("delete role", why(role::delete(cx, &eve, &eves, "own").await)),
            ("assign", why(role::assign(cx, &eve, &eves, &wanted).await)),
            ("assign in a foreign team", why(role::assign(cx, &eve, &eves, &role::Assign { member: eves.member.id.clone(), role: "analyst".into(), team: Some(team_id.clone()), resource: None, starts_at: None, ends_at: None }).await)),
            ("revoke", why(role::revoke(cx, &eve, &eves, assignment).await)),
            ("send again", why(invitation::resend(cx, &eve, &eves, &invitation.id).await)),
            ("cancel", why(invitation::cancel(cx, &eve, &eves, &invitation.id).await)),
            ("invite to a foreign team", why(invitation::invite(cx, &eve, &eves, &email("y@example.com"), &invitation::New { roles: vec!["member".into()], teams: vec![team_id.clone()] }, false).await)),
        ];
        for (act, refusal) in refused {
            let unknown = matches!(
                refusal,
                OrganizationRefusal::MemberNotFound
                    | OrganizationRefusal::TeamNotFound
                    | OrganizationRefusal::RoleNotFound(_)
                    | OrganizationRefusal::AssignmentNotFound
                    | OrganizationRefusal::InvitationNotFound
                    | OrganizationRefusal::NotAMember
            );
            assert!(unknown, "{act}: {refusal:?}");
        }
        let page = member::Page { search: "example".into(), ..member::Page::default() };
        assert_eq!(member::list(cx, &eves, &page).await.unwrap().1, 1, "searching finds only one's own");
        assert_eq!(team::list(cx, &eves).await.unwrap().len(), 1);
        assert!(role::list_own(cx, &eves).await.unwrap().is_empty() && role::assignments(cx, &eves).await.unwrap().is_empty());
        assert!(invitation::list(cx, &eves).await.unwrap().is_empty());
        assert_eq!(invitation::page(cx, &eves, 25, 0).await.unwrap().total, 0);
        assert_eq!(list(cx, &eve.user.id).await.unwrap().len(), 1);
        let now = access(&world, &ada, &acme).await;
        assert_eq!(team::list(cx, &now).await.unwrap().len(), 2, "and nothing was changed");
    }
}
