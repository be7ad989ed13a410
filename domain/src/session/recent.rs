//! Sessions that were looked up a moment ago.
//!
//! An app asks for the session again and again while a page loads. An answer is given from memory for at most a second
//! ([`crate::settings::Sessions::recheck_after`]), and only as long as no transaction of this process has ended since it was read: whatever ends a
//! session here ends it at once, and what another node ends is noticed within the second. Only reading who is signed in uses it; every
//! act asks the database.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, OnceLock};

use model::Timestamp;

use super::{Current, SEEN_EVERY, find, find_as_it_is};
use crate::token::Token;
use crate::{Client, Cx, Result};

/// More than a node is asked for within a second; beyond it the memory begins anew.
const MOST: usize = 10_000;

/// The memory, by the tokens' hashes.
#[derive(Default)]
pub struct Recent(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// The count of changes that all entries were read at.
    changes: u64,
    entries: HashMap<Vec<u8>, Entry>,
}

/// A session as it was read from the database, now or a moment ago.
#[derive(Debug)]
pub struct Remembered {
    current: Current,
    shown: OnceLock<String>,
}

impl Remembered {
    /// What is shown of it, which `make` makes once for all who ask while it is remembered.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn shown<E>(
        &self,
        make: impl FnOnce(&Current) -> std::result::Result<String, E>,
    ) -> std::result::Result<&str, E> {
        if let Some(shown) = self.shown.get() {
            return Ok(shown);
        }
        let made = make(&self.current)?;
        Ok(self.shown.get_or_init(|| made))
    }
}

impl Deref for Remembered {
    type Target = Current;

    fn deref(&self) -> &Current {
        &self.current
    }
}

struct Entry {
    current: Arc<Remembered>,
    read_at: Timestamp,
    /// Who asked; for somebody else it is looked at anew.
    by: Option<Client>,
}

/// Who has this token, where memory is as good as the database.
pub fn remembered(cx: &Cx, token: &Token) -> Option<Arc<Remembered>> {
    let (now, changes) = (cx.now(), cx.db.changes());
    let recent = cx.recent.0.lock().ok()?;
    let entry = recent
        .entries
        .get(&token.hash())
        .filter(|entry| recent.changes == changes && entry.holds(cx, now) && entry.is_for_asker())?;
    Some(Arc::clone(&entry.current))
}

/// As [`find`], or [`find_as_it_is`] unless `renew`, and remembers it for [`remembered`].
///
/// # Errors
/// As [`find`].
pub async fn find_and_remember(cx: &Cx, token: Token, renew: bool) -> Result<Option<Arc<Remembered>>> {
    let (hash, now, changes) = (token.hash(), cx.now(), cx.db.changes());
    let found = if renew { find(cx, token).await? } else { find_as_it_is(cx, token).await? };
    let Some(current) = found else { return Ok(None) };
    let current = Arc::new(Remembered { current, shown: OnceLock::new() });
    // A renewal is told once, to who caused it.
    if !current.renewed
        && let Ok(mut recent) = cx.recent.0.lock()
    {
        // Counted before it was read: a change in between makes the entry stale from the start. What is stale goes.
        if recent.changes != changes || recent.entries.len() >= MOST {
            recent.entries.clear();
            recent.changes = changes;
        }
        let by = Client::with_asking(Clone::clone);
        recent.entries.insert(hash, Entry { current: Arc::clone(&current), read_at: now, by });
    }
    Ok(Some(current))
}

impl Entry {
    /// A cookie that was stolen is noticed here, too.
    fn is_for_asker(&self) -> bool {
        let is_same = |by: &Client| Client::with_asking(|now| now.ip == by.ip && now.user_agent == by.user_agent);
        self.by.as_ref().is_none_or(|by| is_same(by).unwrap_or(true))
    }

    fn holds(&self, cx: &Cx, now: Timestamp) -> bool {
        // A clock that was set back must not make an entry last.
        self.read_at <= now
            && now.since(self.read_at) < cx.settings.session.recheck_after
            && now < self.current.session.expires_at
            && now.since(self.current.session.seen_at) < SEEN_EVERY
    }
}
