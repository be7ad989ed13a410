//! What the processes on one database tell each other. A transaction carries words, which are heard when it has ended: here before its
//! commit returns, in every other process that listens a moment later. Words never heard would be worse than none, so whoever listens
//! is also told up to which moment nothing can have been missed.
//!
//! PostgreSQL hands the words on (`NOTIFY`), in the order of the commits. Each process says something to itself over it three times a
//! second, all the way through: what it hears of itself, it has heard everything before. SQLite hands on nothing, and beside the server
//! only an operator's commands write to its file: that another process has written at all is heard as "something was missed".

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::{Duration, Instant};

use futures_util::future::join;
use sqlx::postgres::{PgListener, PgPoolOptions};
use sqlx::{PgConnection, PgPool, SqlitePool};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use crate::open::Pools;
use crate::{Db, Result};

/// What is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News<'w> {
    /// A transaction that carried this word has ended. One of this process may also have been undone.
    Word(&'w str),
    /// Words that were told before now may never be heard.
    Missed,
    /// Every word of a transaction that had ended before this moment has been heard.
    Heard(Instant),
}

const CHANNEL: &str = "latchkey";
/// What a word begins with; a process's name is digits.
const WORD: char = '=';
/// How often a process says something to itself, or looks at the file.
const BEAT: Duration = Duration::from_millis(300);
/// How long a connection that nothing comes from is believed to be one.
const PATIENCE: Duration = Duration::from_secs(10);

type Listener = Box<dyn Fn(News<'_>) + Send + Sync>;

/// Who wants to hear.
#[derive(Default)]
pub(crate) struct Listeners(RwLock<Vec<Listener>>);

impl fmt::Debug for Listeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listeners")
    }
}

impl Listeners {
    pub(crate) fn hear(&self, news: News<'_>) {
        for listener in self.0.read().unwrap_or_else(PoisonError::into_inner).iter() {
            listener(news);
        }
    }
}

impl Db {
    /// Has `listener` hear all news from now on: those of this process at once, those of others while [`Db::listen`] runs.
    pub fn on_news(&self, listener: impl Fn(News<'_>) + Send + Sync + 'static) {
        self.listeners.0.write().unwrap_or_else(PoisonError::into_inner).push(Box::new(listener));
    }

    /// Listens to other processes for as long as it is polled, whatever happens to the database meanwhile. PostgreSQL gives it a
    /// connection beside the pool's.
    pub async fn listen(&self) {
        match &self.pools {
            Pools::Sqlite { writer, writers, .. } => self.watch(writer, writers).await,
            Pools::Postgres(pool) => {
                #[expect(clippy::disallowed_methods, reason = "a process's name is no secret, and nobody's to guess")]
                let me = Me { name: rand::random(), born: Instant::now() };
                join(speak(pool, me), self.keep_listening(pool, me)).await;
            }
        }
    }

    async fn keep_listening(&self, pool: &PgPool, me: Me) {
        let mut away = false;
        loop {
            let lost = self.listen_once(pool, me, &mut away).await;
            if !std::mem::replace(&mut away, true) {
                let why = lost.err().map_or_else(|| "the connection was lost".to_owned(), |error| error.to_string());
                tracing::warn!(why, "other processes on the database can't be heard for now");
            }
            sleep(BEAT).await;
        }
    }

    /// Listens until the connection is lost.
    async fn listen_once(&self, pool: &PgPool, me: Me, away: &mut bool) -> Result<()> {
        let options = pool.connect_options().as_ref().clone().application_name("latchkey listener");
        let own = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
        let own = own.acquire_timeout(PATIENCE).connect_lazy_with(options);
        let connected = timeout(PATIENCE, async {
            let mut listener = PgListener::connect_with(&own).await?;
            listener.eager_reconnect(false);
            listener.listen(CHANNEL).await?;
            Result::Ok(listener)
        });
        let Ok(listener) = connected.await else { return Ok(()) };
        let mut listener = listener?;
        self.listeners.hear(News::Missed);
        if std::mem::take(away) {
            tracing::info!("other processes on the database are heard again");
        }
        // A connection that was cut somewhere on the way tells nothing of it: silence does.
        while let Ok(heard) = timeout(PATIENCE, listener.try_recv()).await {
            let Some(notice) = heard? else { break };
            let said = notice.payload();
            if let Some(word) = said.strip_prefix(WORD) {
                self.listeners.hear(News::Word(word));
            } else if let Some(sent) = me.understand(said) {
                self.listeners.hear(News::Heard(sent));
            }
        }
        Ok(())
    }

    /// Looks whether another process has written to the file. The writer's own connection sees the others' commits and not its own.
    async fn watch(&self, writer: &SqlitePool, writers: &AtomicU64) {
        let mut known = None;
        let mut ticks = interval(BEAT);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let begun = Instant::now();
            // A connection that can't be had now leaves nothing heard; it may come back.
            let Ok(mut conn) = writer.acquire().await else { continue };
            let Ok(version) = sqlx::query_scalar::<_, i64>("PRAGMA data_version").fetch_one(&mut *conn).await else {
                continue;
            };
            // Each connection counts by itself.
            let found = Some((writers.load(Ordering::Acquire), version));
            drop(conn);
            if known != found {
                known = found;
                self.listeners.hear(News::Missed);
            }
            self.listeners.hear(News::Heard(begun));
        }
    }
}

/// Says what only this process understands.
async fn speak(pool: &PgPool, me: Me) {
    let mut ticks = interval(BEAT);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        // What isn't sent isn't heard; that is all there is to say.
        _ = timeout(PATIENCE, sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(me.now()).execute(pool)).await;
    }
}

/// Hands words on when the transaction is committed, and not if it isn't.
pub(crate) async fn tell(conn: &mut PgConnection, words: &[String]) -> Result<()> {
    let words: Vec<_> = words.iter().map(|word| format!("{WORD}{word}")).collect();
    sqlx::query("SELECT pg_notify($1, word) FROM unnest($2::text[]) AS word")
        .bind(CHANNEL)
        .bind(words)
        .execute(conn)
        .await?;
    Ok(())
}

/// A process, and since when it counts.
#[derive(Clone, Copy)]
struct Me {
    name: u64,
    born: Instant,
}

impl Me {
    fn now(self) -> String {
        format!("{:016x}{}", self.name, self.born.elapsed().as_micros())
    }

    /// When this was said, if this process said it.
    fn understand(self, said: &str) -> Option<Instant> {
        let micros = said.strip_prefix(&format!("{:016x}", self.name))?;
        self.born.checked_add(Duration::from_micros(micros.parse().ok()?))
    }
}
