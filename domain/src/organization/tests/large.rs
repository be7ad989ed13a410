//! An organization of ten thousand.

use super::*;
use crate::testing::MINUTE;

const USERS: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
    INSERT INTO users (id, name, email, email_verified, role, created_at, updated_at)
    SELECT 'many-' || i, 'Member ' || i, 'member' || i || '@example.com', u.email_verified, u.role, u.created_at, u.updated_at
    FROM n, users u WHERE u.id = $1";
const MEMBERS: &str = "INSERT INTO members (id, organization_id, user_id, roles, created_at)
    SELECT 'm-' || u.id, m.organization_id, u.id, 'member', m.created_at
    FROM users u, members m WHERE m.user_id = $1 AND u.id LIKE 'many-%'";

db::both! {
    async fn ten_thousand_members_are_paged_and_searched_in_one_query_each(world: World) {
        let (ada, acme) = owner(&world, ADA, "acme").await;
        let id = ada.user.id.as_str();
        assert_eq!((world.write(USERS, &[id]).await, world.write(MEMBERS, &[id]).await), (9999, 9999));
        world.wait(MINUTE);
        let standing = access(&world, &ada, &acme).await;
        let all = member::Page { limit: 50, ..member::Page::default() };
        let searched = |what: &str| member::Page { search: what.into(), ..all.clone() };
        for (what, page, shown, total) in [
            ("the first page", all.clone(), 50, 10_000),
            ("the last page", member::Page { offset: 9950, ..all.clone() }, 50, 10_000),
            ("the newest", member::Page { order: member::Order::Newest, ..all.clone() }, 50, 10_000),
            ("by name", member::Page { order: member::Order::Name, offset: 5000, ..all.clone() }, 50, 10_000),
            ("who has a role", member::Page { role: Some("owner".into()), ..all.clone() }, 1, 1),
            ("a rare part", searched("member4711@"), 1, 1),
            ("a common part", searched("EXAMPLE"), 50, 10_000),
            ("a part that nobody has", searched("galaxy"), 0, 0),
        ] {
            let before = world.cx.db.statements();
            let (members, found) = member::list(&world.cx, &standing, &page).await.unwrap();
            assert_eq!((members.len(), found), (shown, total), "{what}");
            assert_eq!(world.cx.db.statements() - before, 1, "{what}");
        }
    }

    async fn who_is_in_many_organizations_is_not_asked_about_one_by_one(world: World) {
        let mut world = world;
        world.settings(|settings| {
            settings.organization.limit = 0;
            settings.two_factor.required = crate::settings::RequiredFor::Nobody;
        });
        let bob = world.user(BOB).await;
        let mut owners = Vec::new();
        for number in 0..8 {
            let (ada, acme) = owner(&world, &format!("ada{number}@example.com"), &format!("acme-{number}")).await;
            let invitation = invited(&world, &ada, &acme, BOB, "member").await.unwrap();
            if number < 5 {
                invitation::accept(&world.cx, &bob, &invitation.id).await.unwrap();
            }
            owners.push((ada, acme));
        }
        let before = world.cx.db.statements();
        assert_eq!(invitation::for_user(&world.cx, &bob).await.unwrap().len(), 3);
        assert_eq!(world.cx.db.statements() - before, 1);

        world.settings(|settings| settings.two_factor.required = crate::settings::RequiredFor::Roles);
        let asked = async || {
            let mut conn = world.cx.db.read().await.unwrap();
            let before = world.cx.db.statements();
            let demanded = demands_second_factor(&mut conn, &world.cx, &bob.user.id).await.unwrap();
            assert!(world.cx.db.statements() - before <= 4);
            demanded
        };
        assert!(!asked().await);
        let demand = "UPDATE organizations SET two_factor_roles = $2 WHERE id = $1";
        world.write(demand, &[owners[6].1.as_str(), "member"]).await;
        assert!(!asked().await, "he isn't in that one");
        world.write(demand, &[owners[4].1.as_str(), "member"]).await;
        assert!(asked().await);
    }
}
