//! What this node knows of sessions that were ended or changed anywhere.
//!
//! A browser keeps a signed copy of what was read of its session, and get-session may answer from it for a few minutes
//! ([`crate::settings::Sessions::cookie_cache`]). A copy can't be called back, so a node believes one only as long as it knows of
//! nothing that speaks against it: whatever writes to a session or its user says so in its transaction ([`note`]), which every node
//! hears: this one before the verb answers, the others a moment later, and who can't hear knows that. Nobody's copy is believed for
//! two lifetimes after a word about them: by then every copy is over that was made of what was read before, also one that was made a
//! moment later by a request on its way, and also where the nodes' clocks are a lifetime apart.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use db::{Db, News, Tx};
use model::{Timestamp, UserId};

use crate::{Clock, Cx};

/// The longest life that a copy may be given.
pub const LONGEST: Duration = Duration::from_secs(600);

/// What was committed elsewhere longer ago than this has been heard, or no copy is believed.
const HEARING: Duration = Duration::from_secs(1);

/// More words than a node hears within two lifetimes; beyond it nobody's copy is believed for a while.
const MOST: usize = 50_000;

/// What was heard.
#[derive(Default)]
pub struct Revocations(RwLock<Known>);

#[derive(Default)]
struct Known {
    /// When a word about a user came last.
    users: HashMap<String, Timestamp>,
    /// When words about anybody may have been missed.
    everybody: Option<Timestamp>,
    /// All words from before this moment have been heard.
    heard: Option<Instant>,
}

impl Revocations {
    /// Notes what is heard on `db` from now on.
    pub(crate) fn of(db: &Db, clock: Clock) -> Arc<Self> {
        let revocations = Arc::new(Self::default());
        let noted = Arc::clone(&revocations);
        db.on_news(move |news| noted.0.write().unwrap_or_else(PoisonError::into_inner).hear(news, clock.now()));
        revocations
    }
}

impl Known {
    fn hear(&mut self, news: News<'_>, now: Timestamp) {
        match news {
            News::Heard(moment) => self.heard = self.heard.max(Some(moment)),
            News::Missed => self.everybody = Some(now),
            News::Word(user) => {
                if self.users.len() >= MOST {
                    self.users.retain(|_, at| now.since(*at) < 2 * LONGEST);
                }
                if self.users.len() >= MOST {
                    self.users.clear();
                    self.everybody = Some(now);
                }
                self.users.insert(user.to_owned(), now);
            }
        }
    }
}

/// Says that what was read of this user and their sessions is no longer to be believed, once the transaction has ended.
pub(crate) fn note(tx: &mut Tx, user: &UserId) {
    tx.tell(user.as_str());
}

/// Up to when this node knows of everything that was committed elsewhere.
pub fn heard(cx: &Cx) -> Option<Instant> {
    cx.revocations.0.read().unwrap_or_else(PoisonError::into_inner).heard
}

/// Whether a copy of what was read at `read_at` of one of this user's sessions can still be believed.
pub fn trusts(cx: &Cx, user: &UserId, read_at: Timestamp) -> bool {
    let (now, lifetime) = (cx.now(), cx.settings.session.cookie_cache);
    // A clock that was set back makes no copy last.
    if now.since(read_at).max(read_at.since(now)) >= lifetime {
        return false;
    }
    let known = cx.revocations.0.read().unwrap_or_else(PoisonError::into_inner);
    let over = |at: &Timestamp| now.since(*at) >= 2 * lifetime;
    known.heard.is_some_and(|moment| moment.elapsed() < HEARING)
        && known.everybody.as_ref().is_none_or(over)
        && known.users.get(user.as_str()).is_none_or(over)
}

/// Listens to the other nodes until `stop`, where copies are given out.
pub async fn run(cx: Cx, stop: impl Future<Output = ()>) {
    let stop = pin!(stop);
    if cx.settings.session.cookie_cache.is_zero() {
        return stop.await;
    }
    tokio::select! {
        () = stop => {}
        () = cx.db.listen() => {}
    }
}
