use serde_json::json;

use super::*;
use crate::testing::{World, at_once};

async fn written(cx: Cx, number: usize) -> Result<()> {
    let mut tx = cx.db.begin().await?;
    let entry = Entry {
        act: Act::FactorsReset,
        actor: Actor::Operator,
        user: None,
        client: &Client::default(),
        detail: json!({ "number": number }),
    };
    record(&mut tx, &cx, entry).await?;
    Ok(tx.commit().await?)
}

db::both! {
    async fn entries_form_one_chain_whoever_writes_at_once(world: World) {
        for result in at_once(50, |number| written(world.cx.clone(), number)).await {
            result.unwrap();
        }
        assert_eq!(verify(&world.cx).await.unwrap(), Verified::Whole(50));
    }

    async fn a_changed_removed_or_reordered_entry_shows(world: World) {
        for number in 0..5 {
            written(world.cx.clone(), number).await.unwrap();
        }
        world.write("UPDATE audit_entries SET actor = $1 WHERE number = 3", &["somebody"]).await;
        assert_eq!(verify(&world.cx).await.unwrap(), Verified::Broken { number: 3 });
        world.write("UPDATE audit_entries SET actor = $1 WHERE number = 3", &["operator"]).await;
        assert_eq!(verify(&world.cx).await.unwrap(), Verified::Whole(5));
        // Two entries change places.
        for sql in [
            "UPDATE audit_entries SET number = 100 WHERE number = 2",
            "UPDATE audit_entries SET number = 2 WHERE number = 4",
            "UPDATE audit_entries SET number = 4 WHERE number = 100",
        ] {
            assert_eq!(world.write(sql, &[]).await, 1);
        }
        assert_eq!(verify(&world.cx).await.unwrap(), Verified::Broken { number: 2 });
        world.write("DELETE FROM audit_entries WHERE number = 1", &[]).await;
        assert_eq!(verify(&world.cx).await.unwrap(), Verified::Broken { number: 1 });
    }

    async fn what_was_undone_leaves_no_entry(world: World) {
        let mut tx = world.cx.db.begin().await.unwrap();
        let entry = Entry { act: Act::FactorsReset, actor: Actor::Operator, user: None, client: &Client::default(), detail: json!({}) };
        record(&mut tx, &world.cx, entry).await.unwrap();
        drop(tx);
        assert_eq!(verify(&world.cx).await.unwrap(), Verified::Whole(0));
    }
}
