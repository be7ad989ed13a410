//! Making, changing and leaving organizations; who owns them.

use super::*;
use crate::testing::{HOUR, PASSWORD, at_once, one_winner};

db::both! {
    async fn whoever_makes_one_owns_it_and_is_in_it(world: World) {
        let ada = world.user(ADA).await;
        let (organization, member) = create(&world.cx, &ada, new("acme")).await.unwrap();
        assert_eq!((member.role.as_str(), &member.user_id), ("owner", &ada.user.id));
        let session = world.find(&ada).await.unwrap().session;
        assert_eq!(session.active_organization_id, Some(organization.id.clone()));
        assert!(session.active_team_id.is_some(), "the first team");
        let access = access(&world, &ada, &organization.id).await;
        assert_eq!(team::list(&world.cx, &access).await.unwrap()[0].name, "Acme");
        assert!(access.may("org:delete") && access.may("anything:at:all"));
        let next = world.sign_in(ADA, PASSWORD).await.unwrap();
        assert_eq!(next.session.active_organization_id, Some(organization.id), "the next sign-in begins where the last one was");
    }

    async fn a36_nobody_owns_more_than_they_may_however_often_they_ask_at_once(world: World) {
        let ada = world.user(ADA).await;
        let made = at_once(50, |number| {
            let (cx, ada) = (world.cx.clone(), ada.clone());
            async move { create(&cx, &ada, new(&format!("acme-{number}"))).await }
        })
        .await;
        assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 5);
        for refused in made.into_iter().filter(Result::is_err) {
            assert_eq!(why(refused), OrganizationRefusal::TooMany);
        }
        assert_eq!(list(&world.cx, &ada.user.id).await.unwrap().len(), 5);
    }

    async fn an_address_is_taken_once_and_ones_own_stays(world: World) {
        let (ada, bob) = (world.user(ADA).await, world.user(BOB).await);
        let made = at_once(10, |number| {
            let (cx, user) = (world.cx.clone(), if number % 2 == 0 { ada.clone() } else { bob.clone() });
            async move { create(&cx, &user, new("acme")).await }
        })
        .await;
        one_winner(made, &OrganizationRefusal::SlugTaken.into());
        let (other, _) = create(&world.cx, &bob, new("other")).await.unwrap();
        let access = access(&world, &bob, &other.id).await;
        let taken = Change { slug: Slug::parse("acme").ok(), ..Change::default() };
        assert_eq!(why(update(&world.cx, &access, taken).await), OrganizationRefusal::SlugTaken);
        let same = Change { slug: Slug::parse("other").ok(), name: Some("Other".into()), ..Change::default() };
        assert_eq!(update(&world.cx, &access, same).await.unwrap().name, "Other");
    }

    async fn a37_the_last_owner_neither_leaves_nor_stops_being_one_also_when_two_go_at_once(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let standing = access(&world, &ada, &acme).await;
        assert_eq!(why(member::leave(&world.cx, &ada, &standing).await), OrganizationRefusal::OnlyOwner);
        let demoted = member::set_roles(&world.cx, &ada, &standing, &standing.member.id, &["member".to_owned()]).await;
        assert_eq!(why(demoted), OrganizationRefusal::WithoutOwner);

        let bob = joined(&world, &ada, &acme, BOB, "owner").await;
        let (of_ada, of_bob) = (access(&world, &ada, &acme).await, access(&world, &bob, &acme).await);
        let gone = at_once(2, |number| {
            let cx = world.cx.clone();
            let (user, access) = if number == 0 { (ada.clone(), of_ada.clone()) } else { (bob.clone(), of_bob.clone()) };
            async move { member::leave(&cx, &user, &access).await }
        })
        .await;
        one_winner(gone, &OrganizationRefusal::OnlyOwner.into());
        assert_eq!(world.count("SELECT COUNT(*) FROM members WHERE roles = 'owner'").await, 1);
    }

    async fn ownership_goes_over_in_one_step(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "member").await;
        let (of_ada, of_bob) = (access(&world, &ada, &acme).await, access(&world, &bob, &acme).await);
        assert_eq!(forbidden(transfer(&world.cx, &bob, &of_bob, &of_bob.member.id).await), "org:transfer");
        transfer(&world.cx, &ada, &of_ada, &of_bob.member.id).await.unwrap();
        assert!(access(&world, &bob, &acme).await.is_owner());
        assert_eq!(access(&world, &ada, &acme).await.member.role, "admin");

        world.wait(HOUR);
        let (bob, of_bob) = (world.find(&bob).await.unwrap(), access(&world, &bob, &acme).await);
        let late = transfer(&world.cx, &bob, &of_bob, &of_ada.member.id).await;
        assert_eq!(crate::testing::refusal(late), Refusal::SessionNotFresh);
    }

    async fn what_is_deleted_is_gone_for_everybody(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "member").await;
        let of_bob = access(&world, &bob, &acme).await;
        assert_eq!(forbidden(delete(&world.cx, &bob, &of_bob).await), "org:delete");
        let carol = joined(&world, &ada, &acme, "carol@example.com", "owner").await;
        delete(&world.cx, &ada, &access(&world, &ada, &acme).await).await.unwrap();
        assert!(world.kinds(carol.user.email.as_str()).await.contains(&"organization-deleted".to_owned()), "the owners are told");
        assert!(!world.kinds(BOB).await.contains(&"organization-deleted".to_owned()));
        for user in [&ada, &bob] {
            assert_eq!(why(Access::open(&world.cx, user, &acme).await), OrganizationRefusal::NotAMember);
            assert_eq!(world.find(user).await.unwrap().session.active_organization_id, None);
        }
        assert_eq!(world.count("SELECT COUNT(*) FROM members").await + world.count("SELECT COUNT(*) FROM teams").await, 0);
        check_slug(&world.cx, &Slug::parse("acme").unwrap()).await.unwrap();
    }

    async fn who_leaves_is_out_at_once_and_comes_back_with_nothing(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "member").await;
        let (of_ada, of_bob) = (access(&world, &ada, &acme).await, access(&world, &bob, &acme).await);
        let wanted = role::Assign {
            member: of_bob.member.id.clone(),
            role: "analyst".into(),
            team: None,
            resource: None,
            starts_at: None,
            ends_at: None,
        };
        role::assign(&world.cx, &ada, &of_ada, &wanted).await.unwrap();
        member::remove(&world.cx, &ada, &of_ada, &of_bob.member.id).await.unwrap();
        assert_eq!(world.find(&bob).await.unwrap().session.active_organization_id, None);
        assert_eq!(why(Access::open(&world.cx, &bob, &acme).await), OrganizationRefusal::NotAMember);
        // What Bob began while he was in doesn't end well either: the right is looked at again.
        let new = invitation::New { roles: vec!["member".into()], teams: Vec::new() };
        let late = invitation::invite(&world.cx, &bob, &of_bob, &email(EVE), &new, false).await;
        assert_eq!(why(late), OrganizationRefusal::NotAMember);

        let again = invited(&world, &ada, &acme, BOB, "member").await.unwrap();
        invitation::accept(&world.cx, &bob, &again.id).await.unwrap();
        assert!(!access(&world, &bob, &acme).await.may("analytics:read"));
    }

    async fn members_are_searched_and_paged_in_one_query(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        joined(&world, &ada, &acme, BOB, "admin").await;
        joined(&world, &ada, &acme, "a_b%c@example.com", "member").await;
        let standing = access(&world, &ada, &acme).await;
        let found = async |page: member::Page| {
            let (members, total) = member::list(&world.cx, &standing, &page).await.unwrap();
            (members.into_iter().map(|one| one.user.unwrap().email.to_string()).collect::<Vec<_>>(), total)
        };
        let page = member::Page::default;
        assert_eq!(found(page()).await.1, 3);
        assert_eq!(found(member::Page { search: "BOB@".into(), ..page() }).await, (vec![BOB.to_owned()], 1));
        assert_eq!(found(member::Page { search: "_b%".into(), ..page() }).await.1, 1, "signs of the pattern mean themselves");
        assert_eq!(found(member::Page { role: Some("admin".into()), ..page() }).await, (vec![BOB.to_owned()], 1));
        assert_eq!(found(member::Page { role: Some("adm_n".into()), ..page() }).await.1, 0);
        let newest = member::Page { order: member::Order::Newest, limit: 1, ..page() };
        assert_eq!(found(newest).await, (vec!["a_b%c@example.com".to_owned()], 3));
        assert_eq!(found(member::Page { offset: 7, ..page() }).await, (vec![], 3), "beyond the end the total is still told");
    }

    async fn what_is_typed_into_a_search_may_be_of_any_length(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let standing = access(&world, &ada, &acme).await;
        let team = team::list(&world.cx, &standing).await.unwrap().remove(0).id;
        for endless in ["_".repeat(26_000), "%!_".repeat(9_000), "\0".repeat(3), "a\0b".to_owned()] {
            let page = member::Page { search: endless.clone(), ..member::Page::default() };
            let found = member::list(&world.cx, &standing, &page).await.unwrap();
            assert_eq!(found.1, u64::from(endless.starts_with('\0')), "{} letters", endless.len());
            let page = member::Page { role: Some(endless.clone()), ..member::Page::default() };
            assert_eq!(member::list(&world.cx, &standing, &page).await.unwrap(), (vec![], 0));
            assert_eq!(role::holders(&world.cx, &standing, &endless).await.unwrap(), (vec![], 0));
            let page = team::Page { search: endless, everybody: true, limit: 10, offset: 0 };
            team::people(&world.cx, &standing, &team, &page).await.unwrap();
        }
    }

    async fn people_are_found_by_their_names_in_whatever_letters(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let bob = joined(&world, &ada, &acme, BOB, "member").await;
        let standing = access(&world, &ada, &acme).await;
        let team = team::list(&world.cx, &standing).await.unwrap().remove(0).id;
        let found = async |search: &str| {
            let page = team::Page { search: search.into(), everybody: true, limit: 10, offset: 0 };
            let (_, in_team) = team::people(&world.cx, &standing, &team, &page).await.unwrap();
            let page = member::Page { search: search.into(), ..member::Page::default() };
            let (_, total) = member::list(&world.cx, &standing, &page).await.unwrap();
            assert_eq!(in_team, total, "{search}");
            total
        };
        for (name, searches) in [
            ("Émile Zola", ["Émile", "émile z", "ÉMILE ZOLA"]),
            ("Łukasz Öz", ["łukasz ö", "ŁUKASZ", "öz"]),
            ("Нина Ѣ", ["НИНА", "нина", "ѣ"]),
        ] {
            let mut conn = world.cx.db.begin().await.unwrap();
            crate::account::store::set_name(&mut conn, &bob.user.id, name).await.unwrap();
            conn.commit().await.unwrap();
            for search in searches {
                assert_eq!(found(search).await, 1, "{name} by {search}");
            }
        }
        assert_eq!(found("émile").await, 0);
        assert_eq!(world.write("UPDATE users SET name_lower = NULL WHERE name <> $1", &[""]).await, 2);
        assert_eq!(found("BOB@").await, 1, "a row of which only the database knows the small letters");

        // As for the names that were there before.
        let migration = include_str!("../../../../migrations/0012_names_in_small_letters.sql");
        let fill = migration.find("WITH RECURSIVE").map(|at| migration[at..].trim_end().trim_end_matches(';'));
        assert_eq!(world.write(fill.unwrap(), &[]).await, 1, "Ada's name has no letter beyond ASCII");
        assert_eq!(found("нина ѣ").await, 1);
    }
}
