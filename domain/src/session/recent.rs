//! Sessions that were looked up a moment ago.
//!
//! An app asks for the session again and again while a page loads. An answer is given from memory for at most a second
//! ([`crate::settings::Sessions::recheck_after`]), and only as long as no transaction of this process has ended since it was read: whatever ends a
//! session here ends it at once, and what another node ends is noticed within the second. Only reading who is signed in uses it; every
//! act asks the database.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use model::Timestamp;

use super::{Current, SEEN_EVERY, Session, find};
use crate::account::User;
use crate::token::Token;
use crate::{Cx, Result};

/// More than a node is asked for within a second; beyond it the memory begins anew.
const MOST: usize = 10_000;

/// The memory. It holds hashes of tokens, never tokens.
#[derive(Default)]
pub struct Recent(Mutex<HashMap<Vec<u8>, Arc<Entry>>>);

struct Entry {
    session: Session,
    user: User,
    read_at: Timestamp,
    changes: u64,
}

/// As [`find`], from memory where that is as good.
///
/// # Errors
/// As [`find`].
pub async fn find_recent(cx: &Cx, token: Token) -> Result<Option<Current>> {
    let (hash, now, changes) = (token.hash(), cx.now(), cx.db.changes());
    let known = cx.recent.0.lock().ok().and_then(|recent| recent.get(&hash).cloned());
    if let Some(entry) = known.filter(|entry| entry.holds(cx, now, changes)) {
        let Entry { session, user, .. } = &*entry;
        return Ok(Some(Current { session: session.clone(), user: user.clone(), token, renewed: false }));
    }
    let found = find(cx, token).await?;
    if let (Some(Current { session, user, .. }), Ok(mut recent)) = (&found, cx.recent.0.lock()) {
        if recent.len() >= MOST {
            recent.clear();
        }
        // Counted before it was read: a change in between makes the entry stale from the start.
        recent.insert(hash, Arc::new(Entry { session: session.clone(), user: user.clone(), read_at: now, changes }));
    }
    Ok(found)
}

impl Entry {
    fn holds(&self, cx: &Cx, now: Timestamp, changes: u64) -> bool {
        self.changes == changes
            && now.since(self.read_at) < cx.settings.session.recheck_after
            && now < self.session.expires_at
            && now.since(self.session.seen_at) < SEEN_EVERY
    }
}
