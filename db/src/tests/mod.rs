mod failures;
mod migration;
mod news;
mod rules;

use std::time::Duration;

use sqlx::types::Json;

use crate::testing::Fixture;
use crate::{Db, Error, Options, Result};

/// A pool of one connection that doesn't wait long for it.
struct Narrow(Db);

impl Fixture for Narrow {
    fn options() -> Options {
        Options { max_connections: 1, acquire_timeout: Duration::from_millis(500) }
    }

    async fn new(db: Db) -> Self {
        Self(db)
    }
}

async fn touched(db: &Db) -> i64 {
    let mut conn = db.read().await.unwrap();
    conn.query("SELECT touched FROM readiness WHERE id = 1").one::<(i64,)>().await.unwrap().0
}

/// Reads a number and writes the next one: what two at once would do wrong without a lock.
async fn count_up(db: &Db) -> Result<()> {
    let mut tx = db.begin().await?;
    tx.lock("counter").await?;
    let (old,): (i64,) = tx.query("SELECT touched FROM readiness WHERE id = 1").one().await?;
    tx.query("UPDATE readiness SET touched = $1 WHERE id = $2").bind(old + 1).bind(1_i64).execute().await?;
    tx.commit().await
}

async fn fifty_at_once(db: &Db) -> Vec<Result<()>> {
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move { count_up(&db).await })
        })
        .collect();
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}

crate::both! {
    async fn what_was_committed_is_there(db: Db) {
        count_up(&db).await.unwrap();
        assert_eq!(touched(&db).await, 1);
    }

    async fn what_was_not_committed_is_undone(db: Db) {
        let mut tx = db.begin().await.unwrap();
        assert_eq!(tx.query("UPDATE readiness SET touched = 7").execute().await.unwrap(), 1);
        drop(tx);
        assert_eq!(touched(&db).await, 0);
        let panicking = db.clone();
        let task = tokio::spawn(async move {
            let mut tx = panicking.begin().await.unwrap();
            tx.query("UPDATE readiness SET touched = 8").execute().await.unwrap();
            panic!("on purpose");
        });
        assert!(task.await.is_err());
        assert_eq!(touched(&db).await, 0);
        count_up(&db).await.unwrap();
        assert_eq!(touched(&db).await, 1, "the writer is free again");
    }

    async fn what_is_under_way_is_not_seen(db: Db) {
        let mut tx = db.begin().await.unwrap();
        tx.query("UPDATE readiness SET touched = 7").execute().await.unwrap();
        assert_eq!(touched(&db).await, 0, "reading waits for no writer");
        tx.commit().await.unwrap();
        assert_eq!(touched(&db).await, 7);
    }

    async fn fifty_who_read_and_write_under_a_lock_lose_nothing(db: Db) {
        assert!(fifty_at_once(&db).await.iter().all(Result::is_ok));
        assert_eq!(touched(&db).await, 50);
    }

    async fn one_connection_serves_fifty_one_after_the_other(db: Narrow) {
        assert!(fifty_at_once(&db.0).await.iter().all(Result::is_ok));
        assert_eq!(touched(&db.0).await, 50);
        db.0.ready().await.unwrap();
    }

    async fn a_second_connection_of_one_is_refused_in_time(db: Narrow) {
        let held = db.0.read().await.unwrap();
        assert!(matches!(db.0.read().await.err(), Some(Error::Unavailable(_))), "it doesn't wait for ever");
        drop(held);
        assert_eq!(touched(&db.0).await, 0);
        let held = db.0.begin().await.unwrap();
        assert!(matches!(db.0.begin().await.err(), Some(Error::Unavailable(_))));
        drop(held);
        count_up(&db.0).await.unwrap();
    }

    async fn a_caller_who_gives_up_gives_the_connection_back(db: Narrow) {
        for _ in 0..20 {
            let task = tokio::spawn({
                let db = db.0.clone();
                async move { count_up(&db).await }
            });
            tokio::task::yield_now().await;
            task.abort();
            let _ = task.await;
        }
        let done = touched(&db.0).await;
        count_up(&db.0).await.unwrap();
        assert_eq!(touched(&db.0).await, done + 1);
    }

    async fn values_come_back_as_they_went(db: Db) {
        #[derive(Debug, PartialEq, sqlx::FromRow)]
        struct Thing {
            flag: bool,
            number: i64,
            bytes: Vec<u8>,
            words: String,
            absent: Option<String>,
            tree: Json<serde_json::Value>,
        }
        let mut tx = db.begin().await.unwrap();
        let sql = "CREATE TABLE things (id bigint PRIMARY KEY, flag boolean NOT NULL, number bigint NOT NULL, bytes bytea NOT NULL, words text NOT NULL, absent text, tree jsonb NOT NULL)";
        tx.query(sql).execute().await.unwrap();
        let tree = serde_json::json!({ "a": [1, 2.5, null, "ü"], "b": { "c": false } });
        for (id, flag) in [(1_i64, true), (2, false)] {
            let sql = "INSERT INTO things (id, flag, number, bytes, words, absent, tree) VALUES ($1, $2, $3, $4, $5, $6, $7)";
            let query = tx.query(sql).bind(id).bind(flag).bind(i64::MIN).bind(vec![0_u8, 255, 39]);
            let query = query.bind("'; DROP TABLE things; -- \u{1F469}\u{200D}\u{1F4BB} $1 ?".to_owned());
            assert_eq!(query.bind(None::<String>).bind(Json(tree.clone())).execute().await.unwrap(), 1);
        }
        let things: Vec<Thing> =
            tx.query("SELECT flag, number, bytes, words, absent, tree FROM things ORDER BY id").all().await.unwrap();
        assert_eq!((things.len(), things[0].flag, things[1].flag), (2, true, false));
        assert_eq!((things[0].number, things[0].bytes.as_slice()), (i64::MIN, [0, 255, 39].as_slice()));
        assert_eq!(things[0].words, "'; DROP TABLE things; -- \u{1F469}\u{200D}\u{1F4BB} $1 ?");
        assert_eq!((&things[0].absent, &things[0].tree.0), (&None, &tree));
        let sum = "SELECT CAST(COALESCE(SUM(id), 0) AS BIGINT) FROM things WHERE flag = $1 AND number < $2";
        assert_eq!(tx.query(sum).bind(true).bind(0_i64).one::<(i64,)>().await.unwrap().0, 1);
        assert_eq!(tx.query(sum).bind(true).bind(i64::MIN).one::<(i64,)>().await.unwrap().0, 0, "no row is no error");
        assert!(tx.query("SELECT id FROM things WHERE id = 3").optional::<(i64,)>().await.unwrap().is_none());
        assert!(tx.query("SELECT id FROM things WHERE id = 3").one::<(i64,)>().await.is_err());
    }

    async fn a_conflict_is_a_count_of_rows_and_no_error(db: Db) {
        let mut tx = db.begin().await.unwrap();
        let sql = "INSERT INTO readiness (id, touched) VALUES ($1, 5) ON CONFLICT DO NOTHING";
        assert_eq!(tx.query(sql).bind(1_i64).execute().await.unwrap(), 0);
        assert_eq!(tx.query(sql).bind(2_i64).execute().await.unwrap(), 1, "the transaction goes on");
        let taken = "DELETE FROM readiness WHERE id = $1 RETURNING touched";
        assert_eq!(tx.query(taken).bind(2_i64).optional::<(i64,)>().await.unwrap(), Some((5,)));
        assert_eq!(tx.query(taken).bind(2_i64).optional::<(i64,)>().await.unwrap(), None);
        tx.commit().await.unwrap();
    }

    async fn what_belongs_to_a_user_needs_one_and_goes_with_them(db: Db) {
        let orphan = "INSERT INTO devices (user_id, fingerprint, seen_at) SELECT 'nobody', CAST('x' AS bytea), created_at FROM users";
        let user = "INSERT INTO users (id, name, email, email_verified, role, created_at, updated_at)
                    VALUES ('ada', 'Ada', 'ada@example.com', true, 'user', $1, $1)";
        let mut tx = db.begin().await.unwrap();
        let now = match db.engine() {
            "SQLite" => tx.query(user).bind(0_i64),
            _ => tx.query(user).bind(sqlx::types::time::OffsetDateTime::UNIX_EPOCH),
        };
        now.execute().await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = db.begin().await.unwrap();
        assert!(matches!(tx.query(orphan).execute().await, Err(Error::Broken(_))));
        drop(tx);
        let own = "INSERT INTO devices (user_id, fingerprint, seen_at) SELECT id, CAST('x' AS bytea), created_at FROM users";
        let mut tx = db.begin().await.unwrap();
        assert_eq!(tx.query(own).execute().await.unwrap(), 1);
        assert_eq!(tx.query("DELETE FROM users").execute().await.unwrap(), 1);
        assert_eq!(tx.query("SELECT COUNT(*) FROM devices").one::<(i64,)>().await.unwrap().0, 0);
    }
}
