//! What a way in costs while somebody attacks: a puzzle that a browser solves in a moment by itself, for each password that is tried, each
//! account that is made and each mail that is asked for (SECURITY 12).
//!
//! What attacks are made of, wrong passwords, new accounts and mails that are asked for, is counted over all accounts and addresses
//! together. Beyond a rate it is an attack, and for a while each such act must be paid for; or always, or never, as the operator says.
//! The puzzle is ALTCHA's, so that any app can have it solved by that widget: a salt, and the hash of the salt with a number, which is to
//! be found. A browser without script pays with time instead: it is given a ticket with the page, which is good once, after a few seconds;
//! a few for each network, and fewer of all together than an attack is made of.
//!
//! What was brought comes with the request, beside the client ([`Payment`]), to the routes that must be paid for; there it is asked for
//! ([`require`]) before anything is counted. A command or a job isn't asked.

mod store;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use altcha_lib_rs::algorithm::AltchaAlgorithm;
use altcha_lib_rs::{ChallengeOptions, Payload, create_challenge, verify_solution};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::DateTime;
use db::Tx;
use model::proof_of_work::Challenge;
use model::{Refusal, Timestamp};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use crate::limit::{self, Rate, Verdict};
use crate::{Cx, Error, Result};

/// How long a challenge may be solved, and a ticket used.
pub const LIFETIME: Duration = Duration::from_secs(30 * 60);
/// How long a browser without script waits, from when it was given the page.
pub const WAIT: Duration = Duration::from_secs(20);
/// How long after the last sign of an attack each act must still be paid for.
pub const CALM: Duration = Duration::from_secs(10 * 60);

/// The operator's decisions about it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProofOfWork {
    /// When it is asked for.
    pub mode: Mode,
    /// From how many suspicious acts on, of all accounts and addresses together, it is an attack.
    pub attack: Rate,
    /// How many hashes it takes at most; half as many on average.
    pub effort: u32,
}

/// When proof of work is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Never.
    Off,
    /// While there is an attack.
    #[default]
    Adaptive,
    /// Each time.
    Always,
}

impl Default for ProofOfWork {
    fn default() -> Self {
        Self { mode: Mode::default(), attack: Rate::most(300, 60), effort: 500_000 }
    }
}

/// Until when there is an attack.
#[derive(Debug, Default)]
pub struct Alarm(AtomicI64);

/// Whether it is asked for at the moment. Costs nothing: it is asked at each request.
pub fn is_asked(cx: &Cx) -> bool {
    match cx.settings.proof_of_work.mode {
        Mode::Off => false,
        Mode::Adaptive => {
            let until = cx.alarm.0.load(Ordering::Relaxed);
            until != 0 && cx.now().micros() < until
        }
        Mode::Always => true,
    }
}

/// Counts one of the acts that attacks are made of.
pub(crate) async fn suspect(cx: &Cx) {
    let settings = &cx.settings.proof_of_work;
    if settings.mode != Mode::Adaptive {
        return;
    }
    match cx.limiter.take("everybody", settings.attack).await {
        Ok(Verdict::Within) => {}
        Ok(Verdict::Beyond(_)) => {
            let was = is_asked(cx);
            cx.alarm.0.store((cx.now() + CALM).micros(), Ordering::Relaxed);
            if !was {
                tracing::warn!(more_than = %settings.attack, "an attack: proof of work is asked for");
            }
        }
        // Where nothing can be counted, nothing is let through anyway.
        Err(error) => tracing::error!(%error, "suspicious acts can't be counted"),
    }
}

/// A new puzzle.
///
/// # Errors
/// None that a caller could cause.
pub fn challenge(cx: &Cx) -> Result<Challenge> {
    let options = ChallengeOptions {
        algorithm: Some(AltchaAlgorithm::Sha256),
        max_number: Some(cx.settings.proof_of_work.effort.into()),
        hmac_key: &key(cx),
        expires: DateTime::from_timestamp((cx.now() + LIFETIME).seconds(), 0),
        ..ChallengeOptions::default()
    };
    let made = create_challenge(options).map_err(Error::broken)?;
    Ok(Challenge {
        algorithm: made.algorithm.to_string(),
        challenge: made.challenge,
        maxnumber: cx.settings.proof_of_work.effort,
        salt: made.salt,
        signature: made.signature,
    })
}

fn key(cx: &Cx) -> String {
    URL_SAFE_NO_PAD.encode(cx.secret.key("proof of work"))
}

/// What a browser without script is given: good once, [`WAIT`] after it was made.
pub struct Ticket {
    text: String,
    made: Timestamp,
}

impl Ticket {
    /// A new one.
    pub fn new(cx: &Cx) -> Self {
        let (made, name) = (cx.now(), cx.random.alphanumeric(16));
        let tag = URL_SAFE_NO_PAD.encode(Self::tag(cx, &made.micros().to_string(), &name));
        Self { text: format!("{}.{name}.{tag}", made.micros()), made }
    }

    /// Reads [`Ticket::text`]; `None` where it isn't ours, or too old.
    pub fn parse(cx: &Cx, text: &str) -> Option<Self> {
        let (made, rest) = text.split_once('.')?;
        let (name, tag) = rest.split_once('.')?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        if !bool::from(Self::tag(cx, made, name).ct_eq(tag.as_slice())) {
            return None;
        }
        let made = Timestamp::from_micros(made.parse().ok()?);
        (cx.now().since(made) < LIFETIME).then(|| Self { text: text.to_owned(), made })
    }

    /// As a cookie holds it.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn tag(cx: &Cx, made: &str, name: &str) -> [u8; 32] {
        cx.secret.tag("ticket", format!("{made}.{name}").as_bytes())
    }

    /// How long until it is good.
    fn wait(&self, cx: &Cx) -> Duration {
        WAIT.saturating_sub(cx.now().since(self.made))
    }
}

/// What a request brings for an act that must be paid for.
#[derive(Default)]
pub struct Payment {
    solution: Option<String>,
    ticket: Option<Ticket>,
    from: Option<IpAddr>,
    waits: bool,
    fate: Cell<Fate>,
}

/// What became of a payment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fate {
    /// Nobody asked for one.
    #[default]
    Untouched,
    /// It was asked for, and isn't good yet.
    Early,
    /// It was asked for, and there was none, or it isn't good.
    Refused,
    /// It was taken: it isn't good any more.
    Taken,
}

tokio::task_local! {
    static PAYMENT: Payment;
}

impl Payment {
    /// A solution, as ALTCHA's widget writes it: the base64 of a JSON text.
    pub fn solved(solution: Option<String>) -> Self {
        Self { solution, ..Self::default() }
    }

    /// The same, or a ticket, for whoever may wait, from a network.
    pub fn solved_or_waited(solution: Option<String>, ticket: Option<Ticket>, from: Option<IpAddr>) -> Self {
        Self { solution, ticket, from, waits: true, ..Self::default() }
    }

    /// Does `work` for this payment; gives beside what came of it what became of the payment.
    pub async fn offers<T>(self, work: impl Future<Output = T>) -> (T, Fate) {
        PAYMENT.scope(self, async { (work.await, fate()) }).await
    }
}

/// What became of the payment of the present request.
pub fn fate() -> Fate {
    PAYMENT.try_with(|payment| payment.fate.get()).unwrap_or_default()
}

/// Asks for the payment, if one is due, and takes it: once for each request, before anything is counted or done.
///
/// # Errors
/// [`Refusal::ProofMissing`], [`Refusal::ProofRefused`], [`Refusal::LimiterAway`].
pub async fn require(cx: &Cx) -> Result<()> {
    let Ok((fate, solution, ticket, from, waits)) = PAYMENT.try_with(|payment| {
        let ticket = payment.ticket.as_ref().map(|ticket| (ticket.text.clone(), ticket.wait(cx)));
        (payment.fate.get(), payment.solution.clone(), ticket, payment.from, payment.waits)
    }) else {
        return Ok(());
    };
    if fate == Fate::Taken || !is_asked(cx) {
        return Ok(());
    }
    if let Some((name, expires_at)) = solution.as_deref().and_then(|solution| read(cx, solution))
        && spend(cx, &name, expires_at).await?
    {
        met(Fate::Taken);
        return Ok(());
    }
    let Some((ticket, wait)) = ticket else {
        met(Fate::Refused);
        let missing = Refusal::ProofMissing(if waits { limit::seconds(WAIT) } else { 0 });
        return Err(solution.map_or(missing, |_| Refusal::ProofRefused).into());
    };
    if !wait.is_zero() {
        return Err(early(wait));
    }
    // Whoever shows a used one takes nobody's turn.
    if !store::is_spent(&mut cx.db.read().await?, &ticket).await? {
        in_turn(cx, from).await?;
        if spend(cx, &ticket, cx.now() + LIFETIME).await? {
            met(Fate::Taken);
            return Ok(());
        }
    }
    met(Fate::Refused);
    Err(Refusal::ProofMissing(limit::seconds(WAIT)).into())
}

async fn spend(cx: &Cx, name: &str, expires_at: Timestamp) -> Result<bool> {
    let mut tx = cx.db.begin().await?;
    let is_new = store::spend(&mut tx, name, expires_at).await?;
    tx.commit().await?;
    Ok(is_new)
}

fn met(fate: Fate) {
    // Outside of a request nobody brought one.
    let _ = PAYMENT.try_with(|payment| payment.fate.set(fate));
}

fn early(wait: Duration) -> Error {
    met(Fate::Early);
    Refusal::ProofMissing(limit::seconds(wait)).into()
}

/// Time passes for everybody at once: a network can't wait for many tickets together, and all of them together can't do by waiting what
/// would be an attack.
async fn in_turn(cx: &Cx, from: Option<IpAddr>) -> Result<()> {
    let one = Rate::most(3, 60);
    for (who, rate) in
        [(format!("waited:{}", network(from)), one), ("waited".to_owned(), cx.settings.proof_of_work.attack)]
    {
        match cx.limiter.take(&who, rate).await {
            Ok(Verdict::Within) => {}
            Ok(Verdict::Beyond(wait)) => return Err(early(wait)),
            Err(error) => {
                tracing::error!(%error, "refused: tickets can't be counted");
                return Err(Refusal::LimiterAway.into());
            }
        }
    }
    Ok(())
}

/// Of IPv6 the /48, of which one customer may have all.
fn network(from: Option<IpAddr>) -> String {
    match from.map(|address| address.to_canonical()) {
        Some(IpAddr::V6(address)) => {
            let [a, b, c, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
        other => limit::network(other),
    }
}

/// The challenge that is solved here, and until when; `None` where it isn't solved, isn't ours or is too old.
fn read(cx: &Cx, solution: &str) -> Option<(String, Timestamp)> {
    let payload: Payload = serde_json::from_slice(&STANDARD.decode(solution).ok()?).ok()?;
    // The library reads what it finds in a salt and writes it anew before it hashes: only what is written as we write it is what was hashed.
    let (random, expires) = payload.salt.strip_suffix('&')?.split_once("?expires=")?;
    let is_ours = random.bytes().all(|b| b.is_ascii_alphanumeric()) && expires.bytes().all(|b| b.is_ascii_digit());
    if !is_ours || !matches!(payload.algorithm, AltchaAlgorithm::Sha256) {
        return None;
    }
    // Its own look at the end reads the machine's clock.
    verify_solution(&payload, &key(cx), false).ok()?;
    let expires_at = Timestamp::from_micros(expires.parse::<i64>().ok()?.checked_mul(1_000_000)?);
    let now = cx.now();
    (now < expires_at && expires_at <= now + LIFETIME).then_some((payload.challenge, expires_at))
}

/// Deletes what can't be used again anyway; gives how many.
pub(crate) async fn sweep(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    store::sweep(tx, now).await
}
