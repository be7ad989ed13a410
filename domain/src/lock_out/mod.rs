//! Wrong passwords in a row: after so many of them none is taken for a while, and each further one makes it longer (SECURITY 12, A16,
//! A17).
//!
//! What is counted is the account, by whichever name and through whichever door (A13); a name that nobody has is counted alike, so that
//! a lock tells nothing (A12). A browser in which the account has signed in before ([`KnownDevice`]) is counted by itself: whoever
//! guesses elsewhere can't keep the owner out. The lock ends by itself, and another password that was set by mail lifts it.
//!
//! A hundred in a row (NIST SP 800-63B-4 3.2.2) take most of a day at the defaults: the owner has read the mail by then.

pub(crate) mod store;
#[cfg(test)]
mod tests;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use db::{Conn, Tx};
use model::{Email, Refusal, Timestamp, UserId};

pub(crate) use self::store::Missed;
use crate::audit::{self, Act, Entry};
use crate::known_device::KnownDevice;
use crate::limit::{self, Account, Rule};
use crate::mail::{self, Letter};
use crate::password::{Password, Verdict};
use crate::{Client, Cx, Error, Result, account, proof_of_work};

/// How long after the last wrong one the run is forgotten. Who waits that long guesses more slowly than who is locked again and again.
const FORGOTTEN: Duration = Duration::from_secs(24 * 3600);
/// How often the owner is told, while it goes on.
const TOLD_EVERY: Duration = FORGOTTEN;

/// Whose wrong passwords are counted together.
#[derive(Clone)]
pub(crate) struct Counter {
    who: String,
    device: String,
}

impl Counter {
    /// Of the account, or else of the name as it was typed, in all browsers that aren't known.
    pub(crate) fn of(cx: &Cx, user: Option<&UserId>, name: &str) -> Self {
        Self { who: user.map_or_else(|| stranger(cx, name), |user| user.as_str().to_owned()), device: String::new() }
    }

    /// Of the account in one browser.
    pub(crate) fn on(user: &UserId, device: &KnownDevice) -> Self {
        Self { who: user.as_str().to_owned(), device: device.name().to_owned() }
    }
}

/// Under what a name is counted that no account has. No id begins like it.
pub(crate) fn stranger(cx: &Cx, name: &str) -> String {
    format!("~{}", URL_SAFE_NO_PAD.encode(&cx.secret.tag("wrong passwords", name.as_bytes())[..16]))
}

/// Under what a browser's own are counted, if it is one that somebody has signed in with.
pub(crate) fn device(client: &Client) -> &str {
    client.known.as_ref().map_or("", KnownDevice::name)
}

/// What counts for whoever has just been looked up in this browser, and what it says: `missed` was read for the browser. In one that is
/// somebody else's it is read again, for all.
pub(crate) async fn counted(
    conn: &mut Conn,
    cx: &Cx,
    user: Option<(&UserId, Option<Timestamp>)>,
    name: &str,
    client: &Client,
    missed: Missed,
) -> Result<(Counter, Missed)> {
    let Some(device) = &client.known else { return Ok((Counter::of(cx, user.map(|(id, _)| id), name), missed)) };
    if let Some((id, since)) = user
        && device.is_of(cx, id, since)
    {
        return Ok((Counter::on(id, device), missed));
    }
    let counter = Counter::of(cx, user.map(|(id, _)| id), name);
    let missed = store::missed(conn, &counter).await?;
    Ok((counter, missed))
}

/// Somebody tries a password.
pub(crate) struct Attempt<'a> {
    /// What counts it.
    pub counter: Counter,
    /// What that says so far.
    pub missed: Missed,
    /// Whose it would be.
    pub user: Option<&'a UserId>,
    /// How they were called; empty for who is signed in.
    pub name: &'a str,
    /// What the log says if it is wrong.
    pub entry: Entry,
    /// What the answer says then.
    pub wrong: Refusal,
    /// From where it comes.
    pub client: &'a Client,
}

impl Attempt<'_> {
    /// Checks the password, unless none is taken; a wrong one is counted.
    ///
    /// # Errors
    /// The refusal of a wrong one; [`Refusal::PasswordLocked`], [`Refusal::TooManyRequests`], [`Refusal::LimiterAway`], [`Refusal::Busy`].
    pub(crate) async fn judge(&self, cx: &Cx, password: &Password, stored: Option<&str>) -> Result<Verdict> {
        if let Err(locked) = require_open(cx, self.missed) {
            // The log gets no more of them than tries are allowed.
            if self.limit(cx).await.is_ok() {
                self.refused(cx).await?;
            }
            return Err(locked);
        }
        self.limit(cx).await?;
        match cx.hasher.verify(password, stored).await? {
            Verdict::Wrong => {
                proof_of_work::suspect(cx).await;
                Err(self.count(cx).await?.into())
            }
            right => Ok(right),
        }
    }

    async fn limit(&self, cx: &Cx) -> Result<()> {
        let account = match self.user {
            Some(user) if self.counter.device.is_empty() => Account::User(user),
            Some(user) => Account::Device(user, &self.counter.device),
            None => Account::Name(self.name),
        };
        limit::account(cx, Rule::SignIn, account).await
    }

    /// Writes down that a password was tried while none was taken.
    pub(crate) async fn refused(&self, cx: &Cx) -> Result<()> {
        audit::record_alone(cx, self.entry.clone().rather(Act::PasswordRefused)).await
    }

    /// Counts a wrong one; gives the answer, which doesn't tell that it was wrong if the last one that is judged was another.
    async fn count(&self, cx: &Cx) -> Result<Refusal> {
        let mut tx = cx.db.begin().await?;
        let settings = &cx.settings.lock_out;
        let now = cx.now();
        if settings.attempts > 0 {
            let Some(counted) = store::count(&mut tx, &self.counter, now, now - FORGOTTEN).await? else {
                let missed = store::missed(&mut tx, &self.counter).await?;
                audit::record(&mut tx, cx, self.entry.clone().rather(Act::PasswordRefused));
                tx.commit().await?;
                return Ok(wait(missed, now).map_or_else(|| self.wrong.clone(), Refusal::PasswordLocked));
            };
            let beyond = counted.failures - i64::from(settings.attempts);
            if beyond >= 0 {
                let doubled = settings.first.saturating_mul(1 << beyond.min(16));
                self.lock(&mut tx, cx, doubled.min(settings.longest), counted.told_at).await?;
            }
        }
        audit::record(&mut tx, cx, self.entry.clone());
        tx.commit().await?;
        mail::ring(cx);
        Ok(self.wrong.clone())
    }

    /// Takes none for `span`; the owner hears of it, but not each time.
    async fn lock(&self, tx: &mut Tx, cx: &Cx, span: Duration, told_at: Option<Timestamp>) -> Result<()> {
        let now = cx.now();
        let told = told_at.filter(|at| now.since(*at) < TOLD_EVERY);
        store::lock(tx, &self.counter, now + span, told.or(Some(now))).await?;
        audit::record(tx, cx, self.entry.clone().rather(Act::PasswordLocked));
        if told.is_some() {
            return Ok(());
        }
        let letter = Letter::PasswordLocked {
            device: self.client.device(),
            ip_address: self.client.ip_text(),
            at: now,
            reset: cx.settings.link("/forgot-password"),
            link: cx.settings.link("/magic-link"),
        };
        // As much work where nobody has the name.
        match account::store::by_id(tx, &UserId::new(self.counter.who.clone())).await? {
            Some(user) => mail::send(tx, cx, &user.email, &user.name, &letter).await,
            None => mail::rehearse(tx, cx, &Email::parse("nobody@example.com")?, &letter).await,
        }
    }
}

/// Refuses while none is taken.
///
/// # Errors
/// [`Refusal::PasswordLocked`].
pub(crate) fn require_open(cx: &Cx, missed: Missed) -> Result<()> {
    let wait = wait(missed, cx.now()).filter(|_| cx.settings.lock_out.attempts > 0);
    wait.map_or(Ok(()), |seconds| Err(Error::from(Refusal::PasswordLocked(seconds))))
}

/// How many seconds none is taken.
fn wait(missed: Missed, now: Timestamp) -> Option<u32> {
    let until = missed.locked_until.filter(|until| now < *until)?;
    Some(limit::seconds(until.since(now)))
}

/// A password was found right, outside of any transaction: no more than are allowed may have been wrong meanwhile (A16), and the run ends.
///
/// # Errors
/// [`Refusal::PasswordLocked`].
pub(crate) async fn passed(cx: &Cx, counter: &Counter) -> Result<()> {
    let missed = store::missed(&mut cx.db.read().await?, counter).await?;
    require_open(cx, missed)?;
    if missed.failures.is_some() {
        let mut tx = cx.db.begin().await?;
        store::forget(&mut tx, counter).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Deletes what is forgotten; gives how many.
pub(crate) async fn sweep(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    store::sweep(tx, now - FORGOTTEN).await
}
