//! How often somebody may do something (SECURITY 23, A13 to A16).
//!
//! Each act that guesses, sends mail or makes accounts has a [`Rule`]; whoever acts is counted twice, by the address they come from
//! and by the account they act on, so that changing one of the two doesn't help. Both doors, pages and API, count in the same place.
//! What counts is replaceable: the memory of one process, or Redis for several. Where it is away, nothing that counts is let through
//! (ASVS 16.5.3); what only reads goes on.
//!
//! The algorithm is GCRA: after a burst of as many as a rule allows, one more each time its share of the rule's time has passed.

mod memory;
mod rate;
mod redis;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::{Email, PhoneNumber, Refusal, UserId};

use self::memory::Memory;
pub use self::rate::{Pattern, Rate, RateLimits, RouteRate, Rule, fits};
use self::redis::Redis;
use crate::account::store;
use crate::{Clock, Cx, Result, phone_number};

/// What counts.
#[derive(Clone)]
pub enum Limiter {
    /// This process.
    Memory(Arc<Memory>),
    /// A Redis that several processes share.
    Redis(Arc<Redis>),
}

/// What came of counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is one of those that are allowed, and counted.
    Within,
    /// It is one too many, and isn't counted; one more is allowed after this time.
    Beyond(Duration),
}

/// What counts can't be reached.
#[derive(Debug, thiserror::Error)]
#[error("what counts requests can't be reached: {0}")]
pub struct Away(String);

impl Limiter {
    /// Counts in memory, by the time of `clock`.
    pub fn memory(clock: Clock) -> Self {
        Self::Memory(Arc::new(Memory::new(clock)))
    }

    /// Counts in the Redis at `url`, which needn't be there yet. Call it on a Tokio runtime.
    ///
    /// # Errors
    /// When that is no address of a Redis.
    pub fn redis(url: &str, clock: Clock) -> std::result::Result<Self, Away> {
        Ok(Self::Redis(Arc::new(Redis::new(url, clock)?)))
    }

    /// Counts one more under `key`, if that is within `rate`; in one step, however many ask at once.
    ///
    /// # Errors
    /// [`Away`].
    pub async fn take(&self, key: &str, rate: Rate) -> std::result::Result<Verdict, Away> {
        let Rate::Most { times, per } = rate else { return Ok(Verdict::Within) };
        match self {
            Self::Memory(memory) => Ok(memory.take(key, times, per)),
            Self::Redis(redis) => redis.take(key, times, per).await,
        }
    }

    /// Whether it can count.
    ///
    /// # Errors
    /// [`Away`].
    pub async fn ready(&self) -> std::result::Result<(), Away> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::Redis(redis) => redis.ready().await,
        }
    }

    /// Forgets whom nothing is counted of any more.
    pub(crate) fn sweep(&self) {
        if let Self::Memory(memory) = self {
            memory.sweep();
        }
    }
}

/// Whether that is the address of a Redis.
pub fn is_redis(url: &str) -> bool {
    redis::is_address(url)
}

/// The account that is acted on.
pub enum Account<'a> {
    /// One that is known, by whichever name it was called.
    User(&'a UserId),
    /// One in a browser that it has signed in with before, which is counted by itself.
    Device(&'a UserId, &'a str),
    /// An address or a number, in its canonical form; or any name that no account has.
    Name(&'a str),
}

/// Counts an act under a rule for the address that it comes from. The rule goes by a name, since the operator can make more of them.
///
/// # Errors
/// [`Refusal::TooManyRequests`], [`Refusal::LimiterAway`].
pub async fn address(cx: &Cx, rule: &str, rate: Rate, from: Option<IpAddr>) -> Result<()> {
    count(cx, &format!("address:{rule}:{}", network(from)), rate).await
}

/// Counts an act under a rule for the account that it is about, wherever it comes from.
///
/// # Errors
/// [`Refusal::TooManyRequests`], [`Refusal::LimiterAway`].
pub async fn account(cx: &Cx, rule: Rule, account: Account<'_>) -> Result<()> {
    let limits = &cx.settings.rate_limit;
    let (kind, name) = match account {
        Account::User(id) => ("user", Cow::from(id.as_str())),
        Account::Device(id, device) => ("device", format!("{id} {device}").into()),
        Account::Name(name) => ("name", name.into()),
    };
    // A Redis is read by others: it learns no addresses.
    let name = URL_SAFE_NO_PAD.encode(&cx.secret.tag("rate-limit", name.as_bytes())[..16]);
    count(cx, &format!("account:{}:{kind}:{name}", rule.name()), limits.of(rule).by(limits.account_factor)).await
}

/// The same for the account of an address, or for the address where there is none.
///
/// # Errors
/// As [`account`].
pub async fn email(cx: &Cx, rule: Rule, email: &Email) -> Result<()> {
    let user = if counts(cx, rule) { store::by_email(&mut cx.db.read().await?, email).await? } else { None };
    account(cx, rule, user.as_ref().map_or(Account::Name(email.as_str()), |user| Account::User(&user.id))).await
}

/// The same for the account of a telephone number.
///
/// # Errors
/// As [`account`].
pub async fn number(cx: &Cx, rule: Rule, number: &PhoneNumber) -> Result<()> {
    let user =
        if counts(cx, rule) { phone_number::store::owner(&mut cx.db.read().await?, number).await? } else { None };
    account(cx, rule, user.as_ref().map_or(Account::Name(number.as_str()), |user| Account::User(&user.id))).await
}

fn counts(cx: &Cx, rule: Rule) -> bool {
    cx.settings.rate_limit.enabled && cx.settings.rate_limit.of(rule) != Rate::Off
}

async fn count(cx: &Cx, key: &str, rate: Rate) -> Result<()> {
    if !cx.settings.rate_limit.enabled {
        return Ok(());
    }
    match cx.limiter.take(key, rate).await {
        Ok(Verdict::Within) => Ok(()),
        Ok(Verdict::Beyond(wait)) => Err(Refusal::TooManyRequests(seconds(wait)).into()),
        Err(error) => {
            tracing::error!(%error, "refused: requests can't be counted");
            Err(Refusal::LimiterAway.into())
        }
    }
}

/// In whole seconds, never too few.
pub(crate) fn seconds(wait: Duration) -> u32 {
    u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX).max(1)
}

/// Whose address that is: of IPv6 the /64 that one connection gets, in which everybody can choose addresses freely (A15).
pub(crate) fn network(address: Option<IpAddr>) -> String {
    match address.map(|address| address.to_canonical()) {
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        None => "unknown".to_owned(),
    }
}
