//! The keys that there are, as of a moment ago: a node that signs all day asks the database once a second, and finds by that what another
//! node, or the command line, has changed.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use db::Tx;
use model::Timestamp;

use super::{CACHED_FOR, SigningKey, State, store};
use crate::audit::{self, Act, Entry};
use crate::{Cx, Error, Result};

/// How long a new key is published before it signs: everybody who keeps the keys for as long as they may has read it by then.
pub(super) const LEAD: Duration = Duration::from_secs(2 * CACHED_FOR.as_secs());
/// How long what was read counts.
const RECHECK: Duration = Duration::from_secs(1);
/// Who would make a key waits for who is at it.
const LOCK: &str = "jwks";

/// What this node remembers of the keys.
#[derive(Default)]
pub struct Ring(Mutex<Option<Arc<Known>>>);

/// The published keys, the newest first.
pub(super) struct Known {
    read_at: Timestamp,
    keys: Vec<SigningKey>,
}

impl Known {
    /// The newest key that everybody can have read. Where there is none, the oldest that may sign: it was there before the others.
    pub(super) fn signer(&self, now: Timestamp) -> Result<&SigningKey> {
        let good = || self.keys.iter().filter(|key| key.is_good(now));
        good()
            .find(|key| key.is_known(now))
            .or_else(|| good().next_back())
            .ok_or_else(|| Error::broken("no key may sign"))
    }

    pub(super) fn published(&self) -> String {
        let keys: Vec<_> = self.keys.iter().map(|key| key.public_key.as_str()).collect();
        format!("{{\"keys\":[{}]}}", keys.join(","))
    }

    fn holds(&self, now: Timestamp) -> bool {
        // A clock that was set back must not make it last.
        self.read_at <= now && now.since(self.read_at) < RECHECK
    }

    /// Whether another key must be made.
    fn wants_another(&self, cx: &Cx, now: Timestamp) -> bool {
        let rotate_after = cx.settings.jwt.rotate_after;
        let newest = self.keys.iter().find(|key| key.expires_at.is_none());
        newest.is_none_or(|key| !rotate_after.is_zero() && now.since(key.created_at) >= rotate_after)
    }
}

/// The keys, with one among them that isn't due to be followed by another.
pub(super) async fn present(cx: &Cx) -> Result<Arc<Known>> {
    let now = cx.now();
    if let Ok(ring) = cx.signing_keys.0.lock()
        && let Some(known) = ring.as_ref().filter(|known| known.holds(now) && !known.wants_another(cx, now))
    {
        return Ok(Arc::clone(known));
    }
    let mut known = read(cx, now).await?;
    if known.wants_another(cx, now) {
        let mut tx = cx.db.begin().await?;
        tx.lock(LOCK).await?;
        // Fifty may have found it due; the first one makes it.
        known.keys = store::published(&mut tx, since(cx, now)).await?;
        if known.wants_another(cx, now) {
            make(&mut tx, cx, Entry::by_server(Act::SigningKeyMade)).await?;
            known.keys = store::published(&mut tx, since(cx, now)).await?;
        }
        tx.commit().await?;
    }
    let known = Arc::new(known);
    if let Ok(mut ring) = cx.signing_keys.0.lock() {
        *ring = Some(Arc::clone(&known));
    }
    Ok(known)
}

async fn read(cx: &Cx, now: Timestamp) -> Result<Known> {
    let keys = store::published(&mut cx.db.read().await?, since(cx, now)).await?;
    Ok(Known { read_at: now, keys })
}

/// What expired before isn't published any more.
fn since(cx: &Cx, now: Timestamp) -> Timestamp {
    now - cx.settings.jwt.grace
}

/// Puts a new key in the place of the present one, which signs until everybody can have read the new one.
async fn make(tx: &mut Tx, cx: &Cx, entry: Entry) -> Result<SigningKey> {
    let now = cx.now();
    let key = SigningKey::make(cx, now)?;
    store::expire(tx, now + LEAD).await?;
    store::insert(tx, &key).await?;
    audit::record(tx, cx, entry.with("key", &key.id));
    Ok(key)
}

fn forget(cx: &Cx) {
    if let Ok(mut ring) = cx.signing_keys.0.lock() {
        *ring = None;
    }
}

/// Makes a new key though the present one isn't due; gives its name and when it begins to sign.
///
/// # Errors
/// When the database can't be written.
pub async fn renew(cx: &Cx) -> Result<(String, Timestamp)> {
    let mut tx = cx.db.begin().await?;
    tx.lock(LOCK).await?;
    let first = store::published(&mut tx, cx.now()).await?.is_empty();
    let key = make(&mut tx, cx, Entry::by_operator(Act::SigningKeyMade)).await?;
    tx.commit().await?;
    forget(cx);
    let begins = if first { key.created_at } else { key.created_at + LEAD };
    Ok((key.id, begins))
}

/// Takes a key out of what is published, at once; whether there was one of that name. Where it was the present one, the next token makes
/// another.
///
/// # Errors
/// When the database can't be written.
pub async fn retire(cx: &Cx, name: &str) -> Result<bool> {
    let mut tx = cx.db.begin().await?;
    tx.lock(LOCK).await?;
    let there = store::delete(&mut tx, name).await?;
    if there {
        audit::record(&mut tx, cx, Entry::by_operator(Act::SigningKeyRetired).with("key", name));
    }
    tx.commit().await?;
    forget(cx);
    Ok(there)
}

/// The published keys, the newest first, with what each is good for.
///
/// # Errors
/// When the database can't be asked.
pub async fn list(cx: &Cx) -> Result<Vec<(SigningKey, State)>> {
    let now = cx.now();
    let known = read(cx, now).await?;
    let signs = known.signer(now).ok().map(|key| key.id.clone());
    let state = |key: &SigningKey| match key.expires_at {
        _ if signs.as_ref() == Some(&key.id) => State::Signs,
        Some(end) => State::Published(end + cx.settings.jwt.grace),
        None => State::Waits(key.created_at + LEAD),
    };
    Ok(known.keys.iter().map(|key| (key.clone(), state(key))).collect())
}
