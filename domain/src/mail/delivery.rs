//! The job that empties the outbox: at least once, on any number of nodes.
//!
//! A mail is claimed by moving its due time past the longest that a send may take; a node that dies in between loses the claim, not
//! the mail. Sends happen outside of any transaction, a few at once, so that one slow answer doesn't hold up the rest.

use std::future::Future;
use std::time::Duration;

use model::{Email, PhoneNumber, Refusal};
use tokio::task::JoinSet;

use super::letter::Content;
use super::transport::{Transport, Undelivered, Ways};
use super::{Channel, place, store};
use crate::{Cx, Error, Result, seal, sms};

/// How many mails are on their way at once.
const HANDS: usize = 4;
/// How often the outbox is looked at without a ring: for mails of other nodes, and for those that are tried again.
const LOOK: Duration = Duration::from_secs(2);
/// What a claim lasts beyond the send's own time limit.
const GRACE: Duration = Duration::from_secs(15);
/// How long a mail is tried.
const GIVE_UP: Duration = Duration::from_secs(3 * 24 * 3600);
/// How long the record of a settled mail is kept.
const KEEP: Duration = Duration::from_secs(30 * 24 * 3600);
/// How often old records are cleared away.
const CLEAR: Duration = Duration::from_secs(3600);
/// The pauses after the first tries, in seconds; the last one repeats.
const PAUSES: [u64; 8] = [5, 30, 120, 600, 1800, 3600, 7200, 14400];

/// What became of the mails that were due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// The server has them.
    pub sent: usize,
    /// They are tried again later.
    pub deferred: usize,
    /// They were given up.
    pub failed: usize,
}

enum Outcome {
    Sent,
    Deferred,
    Failed,
}

/// Sends what is due now, once each.
///
/// # Errors
/// When the outbox can't be read. A mail that can't be sent is no error: it is tried again or given up, and counted.
pub async fn deliver_due(cx: &Cx, ways: &Ways) -> Result<Delivered> {
    let (mut hands, mut done) = (JoinSet::new(), Delivered::default());
    loop {
        fill(cx, ways, &mut hands).await?;
        match hands.join_next().await {
            None => return Ok(done),
            Some(Ok(Ok(Outcome::Sent))) => done.sent += 1,
            Some(Ok(Ok(Outcome::Deferred))) => done.deferred += 1,
            Some(Ok(Ok(Outcome::Failed))) => done.failed += 1,
            Some(Ok(Err(error))) => return Err(error),
            Some(Err(panic)) => return Err(Error::broken(panic)),
        }
    }
}

/// Sends mails until `shutdown`, then finishes those that are on their way.
pub async fn run(cx: Cx, ways: Ways, shutdown: impl Future<Output = ()> + Send) {
    let mut shutdown = std::pin::pin!(shutdown);
    let mut hands = JoinSet::new();
    let mut cleared = None;
    loop {
        // A database that is away comes back: the next look finds the same mails.
        if let Err(error) = fill(&cx, &ways, &mut hands).await {
            tracing::warn!(%error, "the outbox can't be read");
        }
        if cleared.is_none_or(|at| cx.now().since(at) >= CLEAR) {
            cleared = Some(cx.now());
            if let Err(error) = forget_old(&cx).await {
                tracing::warn!(%error, "old mails can't be cleared away");
            }
        }
        tokio::select! {
            () = &mut shutdown => break,
            Some(done) = hands.join_next() => report(done),
            () = cx.mail_bell.notified() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
    while let Some(done) = hands.join_next().await {
        report(done);
    }
}

/// Deletes the records of mails that were sent or given up, 30 days after they were written; gives how many.
///
/// # Errors
/// When the outbox can't be written.
pub async fn forget_old(cx: &Cx) -> Result<u64> {
    let mut tx = cx.db.begin().await?;
    let forgotten = store::forget(&mut tx, cx.now() - KEEP).await?;
    tx.commit().await?;
    Ok(forgotten)
}

/// Claims as many due mails as there are free hands, and sets the hands to work.
async fn fill(cx: &Cx, ways: &Ways, hands: &mut JoinSet<Result<Outcome>>) -> Result<()> {
    let free = HANDS.saturating_sub(hands.len());
    let now = cx.now();
    // The connection goes back before the next one is taken: a pool may have just one.
    if free == 0 || !store::any_due(&mut cx.db.read().await?, now).await? {
        return Ok(());
    }
    let mut tx = cx.db.begin().await?;
    let claimed = store::claim(&mut tx, now, now + ways.timeout() + GRACE, i64::try_from(free).unwrap_or(1)).await?;
    tx.commit().await?;
    for mail in claimed {
        let (cx, ways) = (cx.clone(), ways.clone());
        hands.spawn(async move { handle(&cx, &ways, mail).await });
    }
    Ok(())
}

async fn handle(cx: &Cx, ways: &Ways, mail: store::Claimed) -> Result<Outcome> {
    // What waited out an outage may be of no use any more: a code that has expired only confuses.
    let result = match cx.now().since(mail.created_at) < patience(cx, mail.channel) {
        true => dispatch(cx, ways, &mail).await,
        false => Err(Undelivered::ForEver("it is too old".to_owned())),
    };
    let now = cx.now();
    let mut tx = cx.db.begin().await?;
    let outcome = match result {
        Ok(()) => {
            store::sent(&mut tx, &mail.id, now, ways.keeps(mail.channel)).await?;
            Outcome::Sent
        }
        Err(Undelivered::ForNow(error)) if now.since(mail.created_at) < patience(cx, mail.channel) => {
            tracing::warn!(mail = %mail.id, channel = ?mail.channel, kind = mail.kind, attempts = mail.attempts, error, "a mail didn't leave; it will be tried again");
            store::deferred(&mut tx, &mail, now + pause(cx, mail.attempts), error).await?;
            Outcome::Deferred
        }
        Err(Undelivered::ForNow(error) | Undelivered::ForEver(error)) => {
            tracing::error!(mail = %mail.id, channel = ?mail.channel, kind = mail.kind, attempts = mail.attempts, error, "a mail was given up");
            store::failed(&mut tx, &mail, now, error).await?;
            Outcome::Failed
        }
    };
    tx.commit().await?;
    Ok(outcome)
}

async fn dispatch(cx: &Cx, ways: &Ways, mail: &store::Claimed) -> std::result::Result<(), Undelivered> {
    let content = content(cx, &mail.id, &mail.body).map_err(|error| Undelivered::ForEver(error.to_string()))?;
    let unreadable = |_: Refusal| Undelivered::ForEver("the recipient can't be read".to_owned());
    match (mail.channel, &ways.mail) {
        (Channel::Mail, Transport::Smtp(smtp)) => {
            let to = Email::parse(&mail.recipient).map_err(unreadable)?;
            smtp.deliver(&mail.id, &to, mail.created_at, content).await
        }
        (Channel::Mail, Transport::Mailbox) => Ok(()),
        (Channel::Sms, _) => {
            let to = PhoneNumber::parse(&mail.recipient).map_err(unreadable)?;
            ways.sms.deliver(&to, &content.text).await
        }
    }
}

/// How long a message is tried.
fn patience(cx: &Cx, channel: Channel) -> Duration {
    match channel {
        Channel::Mail => GIVE_UP,
        Channel::Sms => sms::patience(cx),
    }
}

/// Opens a mail's body.
pub(super) fn content(cx: &Cx, id: &model::MailId, body: &[u8]) -> Result<Content> {
    serde_json::from_slice(&seal::open(cx, place(id), body)?).map_err(Error::broken)
}

/// How long to wait after the `attempts`-th try: longer each time, and up to a fifth more or less by chance, so that the mails of an
/// outage don't all come at once when it ends.
fn pause(cx: &Cx, attempts: i64) -> Duration {
    let nth = usize::try_from(attempts - 1).unwrap_or_default().min(PAUSES.len() - 1);
    let mut chance = [0u8; 2];
    cx.random.fill(&mut chance);
    let fraction = f64::from(u16::from_be_bytes(chance)) / f64::from(u16::MAX);
    Duration::from_secs(PAUSES[nth]).mul_f64(0.8 + 0.4 * fraction)
}

fn report(done: std::result::Result<Result<Outcome>, tokio::task::JoinError>) {
    match done {
        Ok(Ok(_)) => {}
        // The claim runs out, and the mail is sent once more.
        Ok(Err(error)) => tracing::warn!(%error, "what became of a mail can't be written down"),
        Err(error) => tracing::error!(%error, "sending a mail broke"),
    }
}
