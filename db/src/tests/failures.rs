//! A database that is away, full, read-only or busy is told as such, and serves again when it can.

use std::time::Duration;

use super::{Narrow, count_up, touched};
use crate::testing::{block_on, drop_database, postgres_database};
use crate::{Db, Error, Options, Result};

const SOON: Options = Options { max_connections: 2, acquire_timeout: Duration::from_millis(500) };

fn unavailable<T>(result: Result<T>) -> bool {
    matches!(result, Err(Error::Unavailable(_)))
}

/// Runs `test` with the address of a migrated SQLite file.
fn on_file<R: Future<Output = ()>>(test: impl FnOnce(String) -> R) {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("test.db").display());
        let db = Db::open(&url, SOON).unwrap();
        db.migrate().await.unwrap();
        db.close().await;
        test(url).await;
    });
}

/// Runs `test` with the address and the name of a migrated PostgreSQL database.
fn on_server<R: Future<Output = ()>>(test: impl FnOnce(String, String) -> R) {
    block_on(async {
        let (url, name) = postgres_database().await;
        test(url, name.clone()).await;
        drop_database(&name).await;
    });
}

#[test]
fn a_caller_who_goes_away_leaves_no_transaction_open() {
    on_server(async |url, _| {
        let db = Db::open(&url, Options { max_connections: 1, ..SOON }).unwrap();
        for polls in (0..4000).step_by(13) {
            tokio::select! {
                biased;
                begun = db.begin() => drop(begun),
                () = async { for _ in 0..polls { tokio::task::yield_now().await } } => (),
            }
            // Within a transaction, `now()` stands still.
            let mut conn = db.read().await.unwrap();
            let mut now = async || conn.query("SELECT CAST(now() AS TEXT)").one::<(String,)>().await.unwrap().0;
            assert_ne!(now().await, now().await, "after {polls} polls");
        }
        db.close().await;
    });
}

#[test]
fn an_address_of_something_else_is_told() {
    for url in [
        "",
        "latchkey.db",
        "mysql://localhost/x",
        "redis://localhost",
        "sqlite::memory:",
        "sqlite:x?mode=memory",
        "sqlite:",
        "postgres://[",
        "file:x",
    ] {
        assert!(matches!(Db::open(url, SOON), Err(Error::Address(_))), "{url}");
    }
    block_on(async { assert_eq!(Db::open("postgresql://localhost/x", SOON).unwrap().engine(), "PostgreSQL") });
}

#[test]
fn a_server_that_is_not_there_is_unavailable() {
    block_on(async {
        // Nobody listens on the port of the discard protocol.
        let db = Db::open("postgres://latchkey:x@127.0.0.1:9/latchkey", SOON).unwrap();
        assert!(unavailable(db.read().await.map(drop)));
        assert!(unavailable(db.begin().await.map(drop)));
        assert!(unavailable(db.ready().await));
        assert!(unavailable(db.migrate().await));
    });
}

#[test]
fn a_file_that_is_no_database_or_can_t_be_made_is_unavailable() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("notes.txt");
        std::fs::write(&file, "not a database, but long enough to be read as the head of one".repeat(100)).unwrap();
        let db = Db::open(&format!("sqlite:{}", file.display()), SOON).unwrap();
        assert!(unavailable(db.ready().await));
        assert!(unavailable(db.migrate().await));
        assert!(unavailable(Db::open(&format!("sqlite:{}", file.join("test.db").display()), SOON)));
        let folder = Db::open(&format!("sqlite:{}", folder.path().display()), SOON).unwrap();
        assert!(unavailable(folder.ready().await));
    });
}

#[test]
fn a_read_only_file_is_read_and_not_ready() {
    on_file(async |url| {
        let db = Db::open(&format!("{url}?mode=ro"), SOON).unwrap();
        assert_eq!(touched(&db).await, 0);
        assert!(unavailable(db.ready().await));
    });
}

#[test]
fn a_file_that_another_program_writes_to_is_busy_and_then_free() {
    on_file(async |url| {
        let (db, other) = (Db::open(&url, SOON).unwrap(), Db::open(&url, SOON).unwrap());
        let held = other.begin().await.unwrap();
        assert!(unavailable(count_up(&db).await));
        assert_eq!(touched(&db).await, 0, "it can be read meanwhile");
        drop(held);
        count_up(&db).await.unwrap();
    });
}

#[test]
fn a_full_disk_is_told_and_got_over() {
    on_file(async |url| {
        let db = Db::open(&url, SOON).unwrap();
        let mut tx = db.begin().await.unwrap();
        let (pages,): (i64,) = tx.query("PRAGMA page_count").one().await.unwrap();
        assert!(pages < 200);
        tx.query("PRAGMA max_page_count = 200").one::<(i64,)>().await.unwrap();
        tx.query("CREATE TABLE filler (bytes bytea)").execute().await.unwrap();
        let full = tx.query("INSERT INTO filler (bytes) VALUES ($1)").bind(vec![0_u8; 4_000_000]).execute().await;
        assert!(unavailable(full));
        drop(tx);
        count_up(&db).await.unwrap();
        assert_eq!(touched(&db).await, 1);
    });
}

#[test]
fn connections_that_the_server_cuts_are_replaced() {
    on_server(async |url, _| {
        let db = Db::open(&url, SOON).unwrap();
        count_up(&db).await.unwrap();
        let other = Db::open(&url, SOON).unwrap();
        let cut = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        let mut conn = other.read().await.unwrap();
        assert!(conn.query(cut).one::<(i64,)>().await.unwrap().0 >= 1);
        let mut failures = 0;
        while let Err(error) = count_up(&db).await {
            assert!(matches!(error, Error::Unavailable(_)), "{error}");
            failures += 1;
            assert!(failures < 5, "it serves again by itself");
        }
        assert_eq!(touched(&db).await, 2, "nothing is counted twice");
    });
}

#[test]
fn a_read_only_server_is_read_and_not_ready() {
    on_server(async |url, _| {
        let operator = Db::open(&url, SOON).unwrap();
        let switch = async |sql: &'static str| {
            let mut conn = operator.read().await.unwrap();
            conn.query(sql).execute().await.unwrap();
        };
        switch("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$").await;
        let db = Db::open(&url, SOON).unwrap();
        assert_eq!(touched(&db).await, 0);
        assert!(unavailable(db.ready().await));
        db.close().await;
    });
}

crate::both! {
    async fn a_statement_that_is_wrong_is_the_program_s_fault(db: Db) {
        for sql in ["SELEC 1", "SELECT missing FROM readiness", "INSERT INTO readiness (id, touched) VALUES (1, 0)"] {
            let mut tx = db.begin().await.unwrap();
            assert!(matches!(tx.query(sql).execute().await, Err(Error::Broken(_))), "{sql}");
        }
        count_up(&db).await.unwrap();
    }

    async fn a_closed_pool_is_unavailable(db: Narrow) {
        db.0.close().await;
        assert!(unavailable(db.0.read().await.map(drop)));
        assert!(unavailable(db.0.begin().await.map(drop)));
        assert!(unavailable(db.0.ready().await));
    }
}
