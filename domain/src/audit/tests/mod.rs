mod acts;
mod reading;

use serde_json::json;

use super::*;
use crate::testing::{World, at_once};
use crate::{Client, Cx, Result};

async fn written(cx: Cx, number: usize) -> Result<()> {
    record_alone(&cx, Entry::by_operator(Act::FactorsReset).with("number", number)).await
}

async fn five(world: &World) {
    for number in 0..5 {
        written(world.cx.clone(), number).await.unwrap();
    }
}

async fn verified(world: &World) -> Verified {
    verify(&world.cx, None).await.unwrap()
}

#[track_caller]
fn last(verified: Verified) -> String {
    match verified {
        Verified::Whole { last, .. } => last,
        other => panic!("{other:?}"),
    }
}

db::both! {
    async fn entries_form_one_chain_whoever_writes_at_once(world: World) {
        for result in at_once(50, |number| written(world.cx.clone(), number)).await {
            result.unwrap();
        }
        assert!(matches!(verified(&world).await, Verified::Whole { count: 50, .. }));
    }

    async fn an_entry_that_was_changed_shows_whatever_was_changed_in_it(world: World) {
        five(&world).await;
        for (column, value, before) in [
            ("UPDATE audit_entries SET actor = $1 WHERE number = 3", "somebody", "operator"),
            ("UPDATE audit_entries SET act = $1 WHERE number = 3", "signed_in", "factors_reset"),
            ("UPDATE audit_entries SET act = $1 WHERE number = 3", "no act at all", "factors_reset"),
            ("UPDATE audit_entries SET ip_address = $1 WHERE number = 3", "192.0.2.9", ""),
            ("UPDATE audit_entries SET user_agent = $1 WHERE number = 3", "curl", ""),
        ] {
            assert_eq!(world.write(column, &[value]).await, 1);
            assert_eq!(verified(&world).await, Verified::Broken { number: 3 }, "{column}");
            world.write(column, &[before]).await;
            assert!(matches!(verified(&world).await, Verified::Whole { count: 5, .. }));
        }
        for column in [
            "UPDATE audit_entries SET user_id = 'somebody' WHERE number = 3",
            "UPDATE audit_entries SET user_id = NULL, organization_id = 'acme' WHERE number = 3",
            "UPDATE audit_entries SET organization_id = NULL, at = (SELECT at FROM audit_entries WHERE number = 2) WHERE number = 3",
        ] {
            world.write(column, &[]).await;
            assert_eq!(verified(&world).await, Verified::Broken { number: 3 }, "{column}");
        }
    }

    async fn an_entry_that_can_not_even_be_read_any_more_shows(world: World) {
        five(&world).await;
        let mut tx = world.cx.db.begin().await.unwrap();
        tx.query("UPDATE audit_entries SET detail = $1 WHERE number = 4").bind(sqlx::types::Json(json!({ "number": 7 }))).execute().await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(verified(&world).await, Verified::Broken { number: 4 });
        if world.cx.db.has_one_writer() {
            world.write("UPDATE audit_entries SET detail = 'no json' WHERE number = 2", &[]).await;
            assert_eq!(verified(&world).await, Verified::Broken { number: 2 });
        }
    }

    async fn an_entry_that_was_removed_shows(world: World) {
        five(&world).await;
        world.write("DELETE FROM audit_entries WHERE number = 3", &[]).await;
        assert_eq!(verified(&world).await, Verified::Broken { number: 3 });
        world.write("UPDATE audit_entries SET number = number - 1 WHERE number = 4", &[]).await;
        world.write("UPDATE audit_entries SET number = number - 1 WHERE number = 5", &[]).await;
        assert_eq!(verified(&world).await, Verified::Broken { number: 3 }, "also with new numbers");
        world.write("DELETE FROM audit_entries WHERE number = 1", &[]).await;
        assert_eq!(verified(&world).await, Verified::Broken { number: 1 });
    }

    async fn entries_that_changed_places_show(world: World) {
        five(&world).await;
        for sql in [
            "UPDATE audit_entries SET number = 100 WHERE number = 2",
            "UPDATE audit_entries SET number = 2 WHERE number = 4",
            "UPDATE audit_entries SET number = 4 WHERE number = 100",
        ] {
            assert_eq!(world.write(sql, &[]).await, 1);
        }
        assert_eq!(verified(&world).await, Verified::Broken { number: 2 });
    }

    async fn an_entry_that_was_put_in_shows_wherever_it_stands(world: World) {
        five(&world).await;
        for number in [-1, 0, 6] {
            let sql = "INSERT INTO audit_entries (number, at, act, actor, ip_address, user_agent, detail, hash)
                       SELECT CAST($1 AS bigint), at, act, actor, ip_address, user_agent, detail, hash FROM audit_entries WHERE number = 5";
            let mut tx = world.cx.db.begin().await.unwrap();
            tx.query(sql).bind(number).execute().await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(verified(&world).await, Verified::Broken { number: number.max(1) });
            let mut tx = world.cx.db.begin().await.unwrap();
            tx.query("DELETE FROM audit_entries WHERE number = $1").bind(number).execute().await.unwrap();
            tx.commit().await.unwrap();
        }
    }

    async fn an_end_that_was_cut_off_shows_to_who_has_kept_the_last_hash(world: World) {
        five(&world).await;
        let kept = last(verified(&world).await);
        written(world.cx.clone(), 6).await.unwrap();
        let expected = |kept: String| {
            let cx = world.cx.clone();
            async move { verify(&cx, Some(&kept)).await.unwrap() }
        };
        assert!(matches!(expected(kept.clone()).await, Verified::Whole { count: 6, .. }), "what came since does no harm");
        world.write("DELETE FROM audit_entries WHERE number > 4", &[]).await;
        assert!(matches!(verified(&world).await, Verified::Whole { count: 4, .. }), "nothing else tells");
        assert_eq!(expected(kept.clone()).await, Verified::Cut { count: 4 });
        written(world.cx.clone(), 7).await.unwrap();
        assert_eq!(expected(kept).await, Verified::Cut { count: 5 }, "also where others were written in its place");
    }

    async fn entries_of_before_organizations_had_a_trail_still_verify(world: World) {
        // As they were written then: the organization in the detail alone. The migration has copied it.
        let detail = json!({ "organization": "acme" });
        let message = json!(["", 1, 1_700_000_000_000_000_i64, "member_left", "ada", "ada", "", "", detail]).to_string();
        let hash = world.cx.secret.tag("audit", message.as_bytes()).to_vec();
        let sql = "INSERT INTO audit_entries (number, at, act, actor, user_id, organization_id, ip_address, user_agent, detail, hash)
                   VALUES (1, $1, 'member_left', 'ada', 'ada', 'acme', '', '', $2, $3)";
        let mut tx = world.cx.db.begin().await.unwrap();
        let query = tx.query(sql).bind(model::Timestamp::from_micros(1_700_000_000_000_000));
        query.bind(sqlx::types::Json(detail)).bind(hash).execute().await.unwrap();
        tx.commit().await.unwrap();
        written(world.cx.clone(), 2).await.unwrap();
        assert!(matches!(verified(&world).await, Verified::Whole { count: 2, .. }));
        world.write("UPDATE audit_entries SET organization_id = 'umbrella' WHERE number = 1", &[]).await;
        assert_eq!(verified(&world).await, Verified::Broken { number: 1 }, "no entry moves to another organization");
    }

    async fn what_was_undone_leaves_no_entry(world: World) {
        let mut tx = world.cx.db.begin().await.unwrap();
        record(&mut tx, &world.cx, Entry::by_operator(Act::FactorsReset));
        drop(tx);
        assert!(matches!(verified(&world).await, Verified::Whole { count: 0, .. }));
    }

    async fn entries_say_from_where_their_request_came(world: World) {
        let client: Client = crate::testing::client(crate::testing::FIREFOX);
        client.asks(written(world.cx.clone(), 1)).await.unwrap();
        let (told, _) = Trail::everything().page(&world.cx, &Filter::default(), 10, 0).await.unwrap();
        assert_eq!(told[0].ip_address, "192.0.2.1");
        assert_eq!(told[0].device().unwrap().0, "Firefox on Linux");
    }
}

#[test]
fn every_act_has_a_name_and_a_place_of_its_own() {
    for act in Act::ALL {
        assert_eq!(Act::parse(act.name()), Some(*act));
        assert!(act.kind().acts().any(|other| other == *act));
    }
    assert_eq!(Kind::ALL.iter().map(|kind| kind.acts().count()).sum::<usize>(), Act::ALL.len());
}
