//! Tokens that other services check by themselves (JWT, RFC 7519), and the public keys that they check them with (JWKS, RFC 7517).
//!
//! A session asks for a token, which says whose it is and is good for minutes; a service in any language reads the public keys once and
//! needs no call for each request. So nobody can take a token back: what was ended gets no new one, since the session is read from the
//! database each time (SECURITY A30, A34), and the lifetime is the time that the last one goes on.
//!
//! Signed with Ed25519 alone; the private keys are sealed at rest, and in memory too until one signs. A key takes the place of the one
//! before when that has signed long enough. It is published a while before it signs, so that no service meets a token whose key it
//! couldn't have read yet, and the old one stays published after it has signed for the last time ([`Jwts::grace`]).

mod key;
mod ring;
mod store;
#[cfg(test)]
mod tests;

use std::time::Duration;

use model::{Timestamp, UserId, UserView};
use serde::{Deserialize, Serialize};

pub use key::{SigningKey, State};
pub use ring::{Ring, list, renew, retire};
pub(crate) use store::sweep;

use crate::session::Current;
use crate::{Cx, Result};

/// What an operator decides about tokens for other services.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Jwts {
    /// Whether there are any.
    pub enabled: bool,
    /// How long one is good; never longer than its session.
    #[serde(with = "humantime_serde")]
    pub lifetime: Duration,
    /// How long a key signs before another one takes its place; 0 is for ever.
    #[serde(with = "humantime_serde")]
    pub rotate_after: Duration,
    /// How long a key stays published after it signed for the last time.
    #[serde(with = "humantime_serde")]
    pub grace: Duration,
    /// Whether asking for the session gives a token too, in a header.
    pub with_session: bool,
}

impl Default for Jwts {
    fn default() -> Self {
        const DAY: u64 = 24 * 60 * 60;
        Self {
            enabled: true,
            lifetime: Duration::from_secs(15 * 60),
            rotate_after: Duration::from_secs(30 * DAY),
            grace: Duration::from_secs(30 * DAY),
            with_session: false,
        }
    }
}

impl Jwts {
    /// Whether who asks for their session gets a token beside it.
    pub fn beside_sessions(&self) -> bool {
        self.enabled && self.with_session
    }
}

/// How long others may keep the published keys before they ask again.
pub const CACHED_FOR: Duration = Duration::from_secs(5 * 60);

/// What a token says: who somebody is, as the wire shows them, and for how long that is said.
#[derive(Serialize)]
struct Claims<'a> {
    #[serde(flatten)]
    user: UserView,
    iat: i64,
    exp: i64,
    sub: &'a UserId,
    iss: &'a str,
    aud: &'a str,
}

/// Signs a token for who is signed in; the caller has just read the session from the database.
///
/// # Errors
/// [`crate::Error::Broken`] when the key can't be opened: it was sealed under a secret that isn't configured.
pub async fn issue(cx: &Cx, current: &Current) -> Result<String> {
    let now = cx.now();
    let origin = cx.settings.base_url.origin().ascii_serialization();
    let claims = Claims {
        user: current.user.view(),
        iat: now.seconds(),
        exp: end(cx, current, now).seconds(),
        sub: &current.user.id,
        iss: &origin,
        aud: &origin,
    };
    ring::present(cx).await?.signer(now)?.sign(cx, &claims)
}

fn end(cx: &Cx, current: &Current, now: Timestamp) -> Timestamp {
    (now + cx.settings.jwt.lifetime).min(current.session.expires_at)
}

/// The public keys, as they are published: `{"keys": […]}`. The first time that anybody asks makes the first key.
///
/// # Errors
/// When the database can't be asked.
pub async fn published(cx: &Cx) -> Result<String> {
    ring::present(cx).await.map(|known| known.published())
}
