use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::future::BoxFuture;
use sqlx::pool::PoolConnection;
use sqlx::{Postgres, Sqlite, Transaction};

use crate::{Query, Result};

/// A connection, inside a transaction or outside of one.
pub struct Conn {
    pub(crate) inner: Inner,
    pub(crate) statements: Arc<AtomicU64>,
}

pub(crate) enum Inner {
    Sqlite(PoolConnection<Sqlite>),
    SqliteTx(Transaction<'static, Sqlite>),
    Postgres(PoolConnection<Postgres>),
    PostgresTx(Transaction<'static, Postgres>),
}

impl Conn {
    /// Prepares `sql`, whose placeholders are `$1`, `$2`, … on both databases.
    pub fn query(&mut self, sql: &'static str) -> Query<'_> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        match &mut self.inner {
            Inner::Sqlite(conn) => Query::sqlite(conn, sql),
            Inner::SqliteTx(tx) => Query::sqlite(tx, sql),
            Inner::Postgres(conn) => Query::postgres(conn, sql),
            Inner::PostgresTx(tx) => Query::postgres(tx, sql),
        }
    }
}

/// A transaction: it is undone unless [`Tx::commit`] is reached.
#[must_use = "a transaction that isn't committed is undone"]
pub struct Tx {
    pub(crate) conn: Conn,
    pub(crate) ending: Ending,
    pub(crate) last: Vec<Last>,
}

/// What a transaction does before it commits.
pub(crate) type Last = Box<dyn for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<()>> + Send>;

/// Counts a transaction when it ends, whichever way: one that was given up while it committed may have been made.
pub(crate) struct Ending(pub(crate) Arc<AtomicU64>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Release);
    }
}

impl Tx {
    /// Makes the changes last. What was acknowledged after this survives a crash.
    pub async fn commit(mut self) -> Result<()> {
        for work in std::mem::take(&mut self.last) {
            work(&mut self).await?;
        }
        let Self { conn, ending, last: _ } = self;
        match conn.inner {
            Inner::SqliteTx(tx) => tx.commit().await?,
            Inner::PostgresTx(tx) => tx.commit().await?,
            Inner::Sqlite(_) | Inner::Postgres(_) => {}
        }
        drop(ending);
        Ok(())
    }

    /// Puts `work` off until all else is done, right before the commit: for what takes a lock that everybody wants. It is held for as short
    /// as can be then, and nobody who holds it waits for another one. Where it fails, nothing of the transaction lasts.
    pub fn at_last(&mut self, work: impl for<'t> FnOnce(&'t mut Self) -> BoxFuture<'t, Result<()>> + Send + 'static) {
        self.last.push(Box::new(work));
    }

    /// Waits until no other transaction holds the lock called `name`, and holds it to the end of this one.
    ///
    /// On SQLite the transaction itself is exclusive.
    pub async fn lock(&mut self, name: &str) -> Result<()> {
        if matches!(self.conn.inner, Inner::PostgresTx(_)) {
            self.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))").bind(name.to_owned()).execute().await?;
        }
        Ok(())
    }
}

impl Deref for Tx {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}
