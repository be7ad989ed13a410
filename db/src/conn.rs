use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::future::BoxFuture;
use sqlx::pool::PoolConnection;
use sqlx::{Postgres, Sqlite, Transaction};

use crate::news::{self, Listeners, News};
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

/// Counts a transaction when it ends, and has its words heard, whichever way: one that was given up while it committed may have been
/// made.
pub(crate) struct Ending {
    pub(crate) changes: Arc<AtomicU64>,
    pub(crate) listeners: Arc<Listeners>,
    pub(crate) words: Vec<String>,
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.changes.fetch_add(1, Ordering::Release);
        for word in &self.words {
            self.listeners.hear(News::Word(word));
        }
    }
}

impl Tx {
    /// Makes the changes last. What was acknowledged after this survives a crash.
    pub async fn commit(mut self) -> Result<()> {
        // Before what is put off, so that this is over when that takes its lock; a word of its own is told after it.
        let told = self.tell_others(0).await?;
        for work in std::mem::take(&mut self.last) {
            work(&mut self).await?;
        }
        self.tell_others(told).await?;
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

    /// Has `word` heard wherever [`crate::Db::on_news`] listens once this transaction has ended: here before its commit returns. It is no
    /// secret, and short.
    pub fn tell(&mut self, word: &str) {
        if !self.ending.words.iter().any(|told| told == word) {
            self.ending.words.push(word.to_owned());
        }
    }

    /// Hands on the words after the first `told` ones; gives how many there are.
    async fn tell_others(&mut self, told: usize) -> Result<usize> {
        let words = &self.ending.words;
        if let (Inner::PostgresTx(tx), [_, ..]) = (&mut self.conn.inner, &words[told..]) {
            news::tell(tx, &words[told..]).await?;
        }
        Ok(words.len())
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
