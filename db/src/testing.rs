//! A fresh, migrated database for each test, on both engines.
//!
//! PostgreSQL is a real server: `TEST_DATABASE_URL` names it; the test runner's set-up starts one where it isn't set. A database is
//! made from a migrated template, which takes a tenth of a second.

use std::future::Future;

use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::open::Pools;
use crate::{Db, Options};

/// What a test on both databases takes: made from a fresh database.
pub trait Fixture: Sized {
    /// How the database is opened for it.
    fn options() -> Options {
        Options::default()
    }

    /// Makes it.
    fn new(db: Db) -> impl Future<Output = Self>;
}

impl Fixture for Db {
    async fn new(db: Db) -> Self {
        db
    }
}

/// Runs `test` on a fresh SQLite file.
pub fn on_sqlite<F: Fixture, R: Future<Output = ()>>(test: impl FnOnce(F) -> R) {
    block_on(async {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let db = Db::open(&format!("sqlite:{}", folder.path().join("test.db").display()), F::options())
            .expect("a file name");
        db.migrate().await.expect("migrations run");
        test(F::new(db).await).await;
    });
}

/// Runs `test` on a fresh PostgreSQL database.
pub fn on_postgres<F: Fixture, R: Future<Output = ()>>(test: impl FnOnce(F) -> R) {
    block_on(async {
        let (url, name) = postgres_database().await;
        let db = Db::open(&url, F::options()).expect("an address");
        test(F::new(db.clone()).await).await;
        db.close().await;
        drop_database(&name).await;
    });
}

/// Makes a fresh, migrated PostgreSQL database; gives its address and its name.
pub async fn postgres_database() -> (String, String) {
    let mut server = server().await;
    let template = template(&mut server).await;
    create(&mut server, &template).await
}

/// Makes an empty PostgreSQL database, which nobody has migrated; gives its address and its name.
pub async fn empty_postgres_database() -> (String, String) {
    create(&mut server().await, "template0").await
}

async fn create(server: &mut PgConnection, template: &str) -> (String, String) {
    let name =
        format!("latchkey_test_{}_{}", std::process::id(), COUNTER.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
    let sql = format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)");
    sqlx::query(AssertSqlSafe(sql)).execute(&mut *server).await.expect("an old database goes");
    let sql = format!("CREATE DATABASE \"{name}\" TEMPLATE \"{template}\"");
    sqlx::query(AssertSqlSafe(sql)).execute(&mut *server).await.expect("a database from the template");
    (address(&name), name)
}

/// The same database as another process has it.
pub fn another(db: &Db) -> Db {
    match &db.pools {
        Pools::Sqlite { file, .. } => {
            Db::open(&format!("sqlite:{}", file.display()), Options::default()).expect("a file name")
        }
        Pools::Postgres(pool) => {
            let options = PgPoolOptions::new().max_connections(Options::default().max_connections);
            Db::over(Pools::Postgres(options.connect_lazy_with(pool.connect_options().as_ref().clone())))
        }
    }
}

/// Drops a database that [`postgres_database`] made, whoever is still connected to it.
pub async fn drop_database(name: &str) {
    let sql = format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)");
    sqlx::query(AssertSqlSafe(sql)).execute(&mut server().await).await.expect("the database goes");
}

/// Runs a future to its end on a runtime of its own.
pub fn block_on<R>(test: impl Future<Output = R>) -> R {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(test)
}

static COUNTER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);

/// The template's name carries the migrations' checksum, so that a changed schema gets a template of its own.
async fn template(server: &mut PgConnection) -> String {
    let checksum = crate::migrate::checksum();
    let name = format!("latchkey_template_{checksum}");
    // Tests are processes of their own: one of them builds the template while the others wait.
    sqlx::query("SELECT pg_advisory_lock(4201)").execute(&mut *server).await.expect("the lock");
    let there: Option<(i32,)> = sqlx::query_as("SELECT 1 FROM pg_database WHERE datname = $1")
        .bind(&name)
        .fetch_optional(&mut *server)
        .await
        .expect("an answer");
    if there.is_none() {
        let draft = format!("{name}_draft");
        for sql in [format!("DROP DATABASE IF EXISTS \"{draft}\" WITH (FORCE)"), format!("CREATE DATABASE \"{draft}\"")]
        {
            sqlx::query(AssertSqlSafe(sql)).execute(&mut *server).await.expect("a draft of the template");
        }
        let db = Db::open(&address(&draft), Options::default()).expect("an address");
        db.migrate().await.expect("migrations run");
        db.close().await;
        let sql = format!("ALTER DATABASE \"{draft}\" RENAME TO \"{name}\"");
        sqlx::query(AssertSqlSafe(sql)).execute(&mut *server).await.expect("the template gets its name");
    }
    sqlx::query("SELECT pg_advisory_unlock(4201)").execute(&mut *server).await.expect("the lock goes");
    name
}

async fn server() -> PgConnection {
    PgConnection::connect(&address("postgres")).await.expect("PostgreSQL at TEST_DATABASE_URL")
}

fn address(database: &str) -> String {
    let url =
        std::env::var("TEST_DATABASE_URL").expect("TEST_DATABASE_URL, which `cargo nextest run` and `make test` set");
    let mut url = url::Url::parse(&url).expect("TEST_DATABASE_URL is a postgres:// address");
    url.set_path(database);
    url.into()
}

/// Defines each `async fn name(world: Fixture)` as two tests: `name::sqlite` and `name::postgres`.
#[macro_export]
macro_rules! both {
    ($($(#[$meta:meta])* async fn $name:ident($arg:ident: $fixture:ty) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn test($arg: $fixture) $body

            $(#[$meta])*
            #[test]
            fn sqlite() {
                $crate::testing::on_sqlite(test)
            }

            $(#[$meta])*
            #[test]
            fn postgres() {
                $crate::testing::on_postgres(test)
            }
        }
    )*};
}
