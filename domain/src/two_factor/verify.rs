use std::time::Duration;

use db::Tx;
use model::Refusal;

use super::{backup_codes, challenge, has_sms, sent_code, store, totp, trusted_device};
use crate::account::{self, User};
use crate::audit::{self, Act, Entry};
use crate::mail::{self, Letter, SecurityChange};
use crate::session::{self, Admitted, Current, How, SecondFactor, Shown};
use crate::token::Token;
use crate::{Client, Cx, Result, passkey};

/// Wrong codes in a row that lock the account's second factors (NIST SP 800-63B-4 3.2.2 allows a hundred).
const MOST_FAILURES: i64 = 10;
/// Wrong codes in a row of those that were sent: whoever asks for one gets a fresh chance, so there are fewer.
const MOST_SENT_FAILURES: i64 = 5;
/// How long the first lock lasts; each further one doubles it, up to [`LONGEST_LOCK`].
pub(super) const LOCK: Duration = Duration::from_secs(15 * 60);
/// Long enough that guessing is hopeless, short enough that an intruder can't keep the owner out for a day.
const LONGEST_LOCK: Duration = Duration::from_secs(4 * 3600);

/// Who shows a second factor.
#[derive(Clone, Copy)]
pub enum Asker<'a> {
    /// Somebody who owes it: the token of their challenge.
    Challenge(&'a Token),
    /// Somebody signed in, who makes the session fresh by it or confirms a new authenticator app.
    Session(&'a Current),
}

/// What is shown.
#[derive(Clone, Copy)]
pub enum Proof<'a> {
    /// What an authenticator app shows.
    Totp(&'a str),
    /// What was sent by mail or text message.
    Sent(&'a str),
    /// A backup code.
    BackupCode(&'a str),
}

impl Proof<'_> {
    /// What was tried, for the audit log.
    fn kind(self) -> &'static str {
        match self {
            Self::Totp(_) => "totp",
            Self::Sent(_) => "sent",
            Self::BackupCode(_) => "backup_code",
        }
    }
}

/// What was shown, or why it isn't good. A refusal is counted, so that it is committed and no error.
pub(super) type Judged = std::result::Result<SecondFactor, Refusal>;

/// Takes a second factor: gives the session that was owed, or the present one made fresh with a new token. `trust` spares this browser
/// the second factor for a while.
///
/// # Errors
/// [`Refusal::ChallengeGone`] when the challenge is unknown, passed or too old; [`Refusal::WrongFactorCode`], [`Refusal::WrongBackupCode`],
/// [`Refusal::FactorCodeExpired`]; [`Refusal::TooManyFactorTries`] for the challenge, which is gone then, or for codes that are sent;
/// [`Refusal::AccountLocked`]; [`Refusal::TotpNotEnabled`], [`Refusal::OtpNotEnabled`], [`Refusal::BackupCodesNotEnabled`];
/// [`Refusal::SessionNotFresh`] for a new authenticator app.
pub async fn verify(cx: &Cx, asker: Asker<'_>, proof: Proof<'_>, trust: bool, client: &Client) -> Result<Admitted> {
    let (mut tx, user, second) = take(cx, asker, proof).await?;
    let admitted = admit(&mut tx, cx, asker, user, second, trust, client).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(admitted)
}

/// Spends a backup code and gives nothing for it: a challenge stays owed, a session what it was. Gives the user.
///
/// # Errors
/// As [`verify`].
pub async fn spend_backup_code(cx: &Cx, asker: Asker<'_>, code: &str) -> Result<User> {
    let (tx, user, _) = take(cx, asker, Proof::BackupCode(code)).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(user)
}

/// Judges a proof and spends what is good once; gives the transaction that did, with the user held in it.
async fn take(cx: &Cx, asker: Asker<'_>, proof: Proof<'_>) -> Result<(Tx, User, SecondFactor)> {
    let mut tx = cx.db.begin().await?;
    // One at a time for an account: a count can't be passed by trying at once (A16), nor a code be used twice (A19, A20).
    let user = hold(&mut tx, cx, asker).await?;
    let state = store::state(&mut tx, &user.id).await?.unwrap_or_default();
    state.require_open(cx.now())?;
    if let Asker::Challenge(token) = asker
        && !challenge::count_try(&mut tx, token).await?
    {
        challenge::discard(&mut tx, token).await?;
        tx.commit().await?;
        return Err(Refusal::TooManyFactorTries.into());
    }
    match judge(&mut tx, cx, asker, &user, &state, proof).await? {
        Ok(second) => {
            let weak = is_weak(&mut tx, cx, &user, second).await?;
            store::forgive(&mut tx, &user.id, weak).await?;
            if second != SecondFactor::Mail {
                store::set_mail_reset(&mut tx, &user.id, false).await?;
            }
            // Confirming an authenticator app has changed it.
            let user = account::store::by_id(&mut tx, &user.id).await?.ok_or(Refusal::ChallengeGone)?;
            Ok((tx, user, second))
        }
        Err(refusal) => {
            if matches!(refusal, Refusal::WrongFactorCode | Refusal::WrongBackupCode) {
                let entry = match asker {
                    Asker::Challenge(_) => Entry::by_guest(Act::SecondFactorFailed).about(&user.id),
                    Asker::Session(_) => Entry::by(&user.id, Act::ConfirmationFailed),
                };
                audit::record(&mut tx, cx, entry.with("second", proof.kind()));
                miss(&mut tx, cx, &user, &state, matches!(proof, Proof::Sent(_))).await?;
            }
            tx.commit().await?;
            mail::ring(cx);
            Err(refusal.into())
        }
    }
}

/// Whose factor is shown; held until the transaction ends.
pub(super) async fn hold(tx: &mut Tx, cx: &Cx, asker: Asker<'_>) -> Result<User> {
    let (id, gone) = match asker {
        Asker::Challenge(token) => {
            (challenge::owner(tx, cx, token).await?.ok_or(Refusal::ChallengeGone)?, Refusal::ChallengeGone)
        }
        Asker::Session(current) => (current.user.id.clone(), Refusal::Unauthorized),
    };
    tx.lock(id.as_str()).await?;
    if let Asker::Challenge(token) = asker
        && challenge::owner(tx, cx, token).await?.is_none()
    {
        // It was passed while we waited.
        return Err(Refusal::ChallengeGone.into());
    }
    Ok(account::store::by_id(tx, &id).await?.ok_or(gone)?)
}

/// The outer error is breakage; the inner one is committed with what was counted.
async fn judge(
    tx: &mut Tx,
    cx: &Cx,
    asker: Asker<'_>,
    user: &User,
    state: &store::State,
    proof: Proof<'_>,
) -> Result<Judged> {
    // Before there is a second factor only the authenticator app that is being set up proves anything: what else could be shown would
    // make a session strong whose account isn't.
    let enabled = user.two_factor_enabled;
    Ok(match proof {
        Proof::Totp(code) => {
            let session = match asker {
                Asker::Session(current) => Some(Current { user: user.clone(), ..current.clone() }),
                Asker::Challenge(_) => None,
            };
            totp::check(tx, cx, user, code, session.as_ref()).await?
        }
        Proof::BackupCode(_) if !enabled || backup_codes::left(tx, &user.id).await? == 0 => {
            Err(Refusal::BackupCodesNotEnabled)
        }
        Proof::BackupCode(code) => {
            let spent = backup_codes::spend(tx, cx, user, code).await?;
            spent.then_some(SecondFactor::BackupCode).ok_or(Refusal::WrongBackupCode)
        }
        Proof::Sent(_) if !enabled => Err(Refusal::OtpNotEnabled),
        Proof::Sent(_) if state.sent_failures >= MOST_SENT_FAILURES && !state.is_cold(cx.now()) => {
            Err(Refusal::TooManyFactorTries)
        }
        Proof::Sent(code) => sent_code::check(tx, cx, asker, user, code).await?,
    })
}

/// Counts a wrong code; the one too many locks, and the owner hears of it.
async fn miss(tx: &mut Tx, cx: &Cx, user: &User, state: &store::State, sent: bool) -> Result<()> {
    let now = cx.now();
    let missed = store::count_failure(tx, &user.id, sent, now, now - LOCK).await?;
    if missed < MOST_FAILURES {
        return Ok(());
    }
    let span = LOCK.saturating_mul(1 << state.locks.clamp(0, 8)).min(LONGEST_LOCK);
    store::lock(tx, &user.id, now + span).await?;
    audit::record(tx, cx, Entry::by_guest(Act::SecondFactorLocked).about(&user.id));
    let letter = Letter::SecurityChanged { change: SecurityChange::SecondFactorLocked };
    mail::send(tx, cx, &user.email, &user.name, &letter).await
}

/// Whether the account has a stronger factor than `second`: then it lets in, and is too weak for sensitive acts (SECURITY A25).
async fn is_weak(tx: &mut Tx, cx: &Cx, user: &User, second: SecondFactor) -> Result<bool> {
    let stronger_than_sent =
        totp::confirmed_since(tx, &user.id).await?.is_some() || passkey::store::count(tx, &user.id).await? > 0;
    Ok(match second {
        SecondFactor::Totp | SecondFactor::BackupCode | SecondFactor::Passkey => false,
        SecondFactor::Sms => stronger_than_sent,
        SecondFactor::Mail => stronger_than_sent || has_sms(cx, user, store::state(tx, &user.id).await?.as_ref()),
        SecondFactor::TrustedDevice => true,
    })
}

async fn admit(
    tx: &mut Tx,
    cx: &Cx,
    asker: Asker<'_>,
    user: User,
    second: SecondFactor,
    trust: bool,
    client: &Client,
) -> Result<Admitted> {
    let weak = is_weak(tx, cx, &user, second).await?;
    let id = user.id.clone();
    let opened = match asker {
        Asker::Challenge(token) => {
            let passed = challenge::pass(tx, token).await?.ok_or(Refusal::ChallengeGone)?;
            let how = How { factor: passed.factor, second: Some(second), strong: !weak, remember: passed.remember };
            session::open(tx, cx, user, how, client).await?
        }
        Asker::Session(current) => {
            let current = Current { user, ..current.clone() };
            session::confirmed(tx, cx, &current, Shown::Second(second, !weak)).await?
        }
    };
    let trust = if trust { trusted_device::add(tx, cx, &id, client).await? } else { None };
    Ok(Admitted { opened, trust })
}
