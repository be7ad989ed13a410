use crate::testing::{block_on, drop_database, empty_postgres_database};
use crate::{Db, Error, Options};

/// Eight nodes that start at one moment on one database that is new to them all.
async fn start_eight(url: &str) {
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let db = Db::open(url, Options::default()).unwrap();
            tokio::spawn(async move {
                let there = db.migrate().await;
                db.ready().await.map(|()| there)
            })
        })
        .collect();
    for task in tasks {
        let there = task.await.unwrap().expect("each node serves").expect("each node finds the schema up to date");
        assert!(there >= 3);
    }
    let db = Db::open(url, Options::default()).unwrap();
    let mut conn = db.read().await.unwrap();
    let (applied,): (i64,) = conn.query("SELECT COUNT(*) FROM _sqlx_migrations WHERE success").one().await.unwrap();
    drop(conn);
    assert_eq!(usize::try_from(applied).unwrap(), db.migrate().await.unwrap(), "each was run once");
    db.close().await;
}

#[test]
fn eight_nodes_start_on_one_new_file() {
    block_on(async {
        let folder = tempfile::tempdir().unwrap();
        start_eight(&format!("sqlite:{}", folder.path().join("new/folder/latchkey.db").display())).await;
    });
}

#[test]
fn eight_nodes_start_on_one_new_postgresql_database() {
    block_on(async {
        let (url, name) = empty_postgres_database().await;
        start_eight(&url).await;
        drop_database(&name).await;
    });
}

crate::both! {
    async fn a_database_of_a_newer_program_is_left_alone(db: Db) {
        let mut tx = db.begin().await.unwrap();
        let sql = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                   SELECT 9999, 'from the future', success, checksum, execution_time FROM _sqlx_migrations WHERE version = 1";
        assert_eq!(tx.query(sql).execute().await.unwrap(), 1);
        tx.commit().await.unwrap();
        assert!(matches!(db.migrate().await, Err(Error::Migration(_))));
    }

    async fn a_migration_that_was_changed_since_is_told(db: Db) {
        let mut tx = db.begin().await.unwrap();
        let sql = "UPDATE _sqlx_migrations SET checksum = CAST('x' AS bytea) WHERE version = 1";
        assert_eq!(tx.query(sql).execute().await.unwrap(), 1);
        tx.commit().await.unwrap();
        assert!(matches!(db.migrate().await, Err(Error::Migration(_))));
    }
}
