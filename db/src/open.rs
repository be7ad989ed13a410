use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, PgPool, SqlitePool};

use crate::conn::{Ending, Inner};
use crate::news::Listeners;
use crate::{Conn, Error, Result, Tx};

/// A database: cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    pub(crate) pools: Pools,
    /// How many transactions have ended.
    changes: Arc<AtomicU64>,
    /// How many statements were asked for.
    statements: Arc<AtomicU64>,
    pub(crate) listeners: Arc<Listeners>,
}

#[derive(Clone, Debug)]
pub(crate) enum Pools {
    Sqlite {
        /// One connection: SQLite has one writer, and waiting in line for it is fairer than its busy time-out.
        writer: SqlitePool,
        /// How many connections have been the writer's so far.
        writers: Arc<AtomicU64>,
        readers: SqlitePool,
        file: PathBuf,
    },
    Postgres(PgPool),
}

/// How a database is opened.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Most connections at once (SQLite: for reading).
    pub max_connections: u32,
    /// How long a request waits for one of them.
    pub acquire_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { max_connections: 8, acquire_timeout: Duration::from_secs(5) }
    }
}

impl Db {
    /// Opens `sqlite:PATH` (made when missing, folders too), `postgres://…` or `postgresql://…`. Connects at the first use.
    ///
    /// # Errors
    /// [`Error::Address`] when the address is none of these; [`Error::Unavailable`] when the file's folder can't be made.
    pub fn open(url: &str, options: Options) -> Result<Self> {
        match url.split(':').next() {
            Some("sqlite") => sqlite(url, options),
            Some("postgres" | "postgresql") => postgres(url, options),
            _ => Err(Error::Address("it must begin with sqlite: or postgres://".to_owned())),
        }
    }

    pub(crate) fn over(pools: Pools) -> Self {
        Self { pools, changes: Arc::default(), statements: Arc::default(), listeners: Arc::default() }
    }

    /// "SQLite" or "PostgreSQL".
    pub fn engine(&self) -> &'static str {
        match self.pools {
            Pools::Sqlite { .. } => "SQLite",
            Pools::Postgres(_) => "PostgreSQL",
        }
    }

    /// Whether transactions take turns, as on SQLite: then several rows may be written in one, in any order, and nobody waits for each other
    /// in a circle.
    pub fn has_one_writer(&self) -> bool {
        matches!(self.pools, Pools::Sqlite { .. })
    }

    /// A connection for reading outside a transaction. Never take one while holding another: a pool may have just one.
    pub async fn read(&self) -> Result<Conn> {
        Ok(self.conn(match &self.pools {
            Pools::Sqlite { readers, .. } => Inner::Sqlite(readers.acquire().await?),
            Pools::Postgres(pool) => Inner::Postgres(pool.acquire().await?),
        }))
    }

    /// Begins a transaction; on SQLite it takes the writer's place at once (`BEGIN IMMEDIATE`).
    pub async fn begin(&self) -> Result<Tx> {
        let conn = self.conn(match &self.pools {
            Pools::Sqlite { writer, .. } => Inner::SqliteTx(writer.begin_with("BEGIN IMMEDIATE").await?),
            Pools::Postgres(pool) => {
                // The driver forgets a BEGIN whose caller went away before the answer came, and its connection would come back to the
                // pool inside of a transaction: this one is waited for by a task of its own.
                let pool = pool.clone();
                let begun = tokio::spawn(async move { pool.begin().await }).await;
                Inner::PostgresTx(begun.map_err(|error| sqlx::Error::Io(std::io::Error::other(error)))??)
            }
        });
        let ending =
            Ending { changes: Arc::clone(&self.changes), listeners: Arc::clone(&self.listeners), words: Vec::new() };
        Ok(Tx { conn, ending, last: Vec::new() })
    }

    /// How many transactions of this process have ended so far: as long as it stays the same, nothing that was read is stale by this
    /// process's own doing.
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// How many statements were asked for so far: what must be one query can be held to it.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    fn conn(&self, inner: Inner) -> Conn {
        Conn { inner, statements: Arc::clone(&self.statements) }
    }

    /// Whether the database answers and takes writes.
    pub async fn ready(&self) -> Result<()> {
        let mut tx = self.begin().await?;
        // A row that stays as it is still needs the right and the room to be written.
        tx.query("UPDATE readiness SET touched = touched + 1 WHERE id = 1").execute().await?;
        tx.commit().await
    }

    /// Waits for running queries and closes every connection.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { writer, readers, .. } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

fn sqlite(url: &str, options: Options) -> Result<Db> {
    let connect = SqliteConnectOptions::from_str(url)
        .map_err(|error| Error::Address(error.to_string()))?
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        // In WAL mode FULL is what makes a commit survive a power cut, not only a crash.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(options.acquire_timeout)
        .pragma("trusted_schema", "OFF")
        .optimize_on_close(true, None);
    let file = connect.get_filename().to_path_buf();
    if url.contains(":memory:") || url.contains("mode=memory") || file.as_os_str().is_empty() {
        return Err(Error::Address("SQLite needs a file, such as sqlite:data/latchkey.db".to_owned()));
    }
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        private_folder(folder).map_err(|error| Error::Unavailable(sqlx::Error::Io(error)))?;
    }
    // A ping before each use costs more than the session query itself, and a local file doesn't hang up.
    let pool = |most| {
        SqlitePoolOptions::new()
            .max_connections(most)
            .min_connections(0)
            .acquire_timeout(options.acquire_timeout)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            // A full disk makes SQLite undo a transaction by itself; sqlx still counts it as open and would refuse the next one for
            // ever. Such a connection is thrown away.
            .before_acquire(|conn, _| {
                let clean = !conn.is_in_transaction();
                Box::pin(async move { Ok(clean) })
            })
    };
    let writers = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&writers);
    let writer = pool(1).after_connect(move |_, _| {
        counted.fetch_add(1, Ordering::Release);
        Box::pin(async { Ok(()) })
    });
    let pools = Pools::Sqlite {
        writer: writer.connect_lazy_with(connect.clone()),
        writers,
        readers: pool(options.max_connections).connect_lazy_with(connect),
        file,
    };
    Ok(Db::over(pools))
}

/// Makes a folder that only its owner can look into: addresses and hashes are nobody else's to read.
fn private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

fn postgres(url: &str, options: Options) -> Result<Db> {
    let connect = PgConnectOptions::from_str(url)
        .map_err(|error| Error::Address(error.to_string()))?
        .application_name("latchkey");
    let pool = PgPoolOptions::new()
        .max_connections(options.max_connections)
        .acquire_timeout(options.acquire_timeout)
        // Pings only what has been idle: a server that went away is noticed, and a busy connection costs no extra round trip.
        .test_before_acquire(false)
        .before_acquire(|conn, meta| {
            Box::pin(async move {
                if meta.idle_for < Duration::from_secs(10) {
                    return Ok(true);
                }
                Ok(sqlx::Connection::ping(conn).await.is_ok())
            })
        })
        .connect_lazy_with(connect);
    Ok(Db::over(Pools::Postgres(pool)))
}
