//! What is asked for after the first factor: an authenticator app's code, a code that is sent, or a backup code.
//!
//! Every way in that isn't a verified passkey goes through [`crate::session::enter`], which gives a [`challenge::Challenge`] in place of a session when
//! the account has a second factor (SECURITY A21, A22). [`verify`] passes it, once; somebody who is signed in makes the session fresh
//! with the same verb, and confirms an authenticator app that is being set up. Wrong codes are counted for the challenge and for the
//! account, whatever number of challenges is opened (A18).

pub mod backup_codes;
pub mod challenge;
pub mod sent_code;
mod store;
#[cfg(test)]
mod tests;
pub mod totp;
pub mod trusted_device;

use std::time::Duration;

use db::{Conn, Tx};
use model::{Email, Method, Refusal, Timestamp, TwoFactorStatus, UserId};
use serde_json::json;

use crate::account::User;
use crate::mail::{self, Letter, SecurityChange};
use crate::session::{self, Admitted, Current, Factor, How, SecondFactor, Shown};
use crate::settings::{MailCodes, RequiredFor};
use crate::token::Token;
use crate::{Client, Cx, Result, account, audit};

/// Wrong codes in a row that lock the account's second factors.
const MOST_FAILURES: i64 = 10;
/// Wrong codes in a row of those that were sent: six digits, good for minutes, are the weaker ones.
const MOST_SENT_FAILURES: i64 = 5;
/// How long the first lock lasts; each further one doubles it, up to [`LONGEST_LOCK`].
const LOCK: Duration = Duration::from_secs(15 * 60);
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

/// What was shown, or why it isn't good. A refusal is counted, so that it is committed and no error.
type Judged = std::result::Result<SecondFactor, Refusal>;

/// What is set up for a user.
///
/// # Errors
/// When the database can't be asked.
pub async fn status(cx: &Cx, user: &User) -> Result<TwoFactorStatus> {
    let mut conn = cx.db.read().await?;
    read_status(&mut conn, cx, user).await
}

async fn read_status(conn: &mut Conn, cx: &Cx, user: &User) -> Result<TwoFactorStatus> {
    let state = store::state(conn, &user.id).await?.unwrap_or_default();
    Ok(TwoFactorStatus {
        authenticator_since: totp::confirmed_since(conn, &user.id).await?,
        backup_codes: backup_codes::left(conn, &user.id).await?,
        mail: state.mail,
        sms: state.sms && user.phone_number.is_some(),
        phone_number: user.phone_number.clone(),
        required: is_required(cx, user),
    })
}

/// Whether the operator asks this user for a second factor. The one place for it: an organization's rule belongs here too.
pub fn is_required(cx: &Cx, user: &User) -> bool {
    let settings = &cx.settings.two_factor;
    match settings.required {
        RequiredFor::Nobody => false,
        RequiredFor::Everyone => true,
        RequiredFor::Roles => {
            user.role.split(',').any(|role| settings.required_roles.iter().any(|one| one == role.trim()))
        }
    }
}

/// Whether somebody signed in must set up a second factor before anything else. A passkey shown in this session is one.
pub fn owes_setup(cx: &Cx, current: &Current) -> bool {
    !current.user.two_factor_enabled && current.session.strong_at.is_none() && is_required(cx, &current.user)
}

/// The methods that serve after `factor`, the strongest first. A code by mail proves nothing new to somebody who came by mail, nor one
/// by text message to somebody who came by one.
fn methods(cx: &Cx, status: &TwoFactorStatus, factor: Factor) -> Vec<Method> {
    let by_mail = matches!(factor, Factor::Link | Factor::Code);
    let mail = match cx.settings.two_factor.mail {
        MailCodes::Off => false,
        MailCodes::Chosen => status.mail,
        MailCodes::Everyone => true,
    };
    let sms = status.sms && cx.settings.two_factor.sms;
    let offered = [
        (Method::Totp, status.authenticator_since.is_some()),
        (Method::Sms, sms && factor != Factor::PhoneCode),
        (Method::Mail, mail && !by_mail),
        (Method::BackupCode, status.backup_codes > 0),
    ];
    offered.into_iter().filter(|(_, on)| *on).map(|(method, _)| method).collect()
}

/// The methods with which somebody signed in makes the session fresh. Where there is an authenticator app, codes that are sent don't:
/// the weaker factor must not undo the stronger (SECURITY A25).
///
/// # Errors
/// When the database can't be asked.
pub async fn step_up_methods(cx: &Cx, current: &Current) -> Result<Vec<Method>> {
    let status = status(cx, &current.user).await?;
    Ok(for_step_up(methods(cx, &status, current.session.factor)))
}

fn for_step_up(mut methods: Vec<Method>) -> Vec<Method> {
    if methods.contains(&Method::Totp) {
        methods.retain(|method| !is_sent(*method));
    }
    methods
}

fn is_sent(method: Method) -> bool {
    matches!(method, Method::Mail | Method::Sms)
}

/// Takes a second factor: gives the session that was owed, or the present one made fresh with a new token. `trust` spares this browser
/// the second factor for a while.
///
/// # Errors
/// [`Refusal::ChallengeGone`] when the challenge is unknown, passed or too old; [`Refusal::WrongFactorCode`], [`Refusal::WrongBackupCode`],
/// [`Refusal::FactorCodeExpired`]; [`Refusal::TooManyFactorTries`], with which a challenge is gone; [`Refusal::AccountLocked`];
/// [`Refusal::TotpNotEnabled`], [`Refusal::BackupCodesNotEnabled`].
pub async fn verify(cx: &Cx, asker: Asker<'_>, proof: Proof<'_>, trust: bool, client: &Client) -> Result<Admitted> {
    let mut tx = cx.db.begin().await?;
    // One at a time for an account: a count can't be passed by trying at once (A16), nor a code be used twice (A19, A20).
    let user = hold(&mut tx, cx, asker).await?;
    let state = store::state(&mut tx, &user.id).await?.unwrap_or_default();
    if state.is_locked(cx.now()) {
        return Err(Refusal::AccountLocked.into());
    }
    if let Asker::Challenge(token) = asker
        && !challenge::count_try(&mut tx, token).await?
    {
        challenge::discard(&mut tx, token).await?;
        tx.commit().await?;
        return Err(Refusal::TooManyFactorTries.into());
    }
    let status = read_status(&mut tx, cx, &user).await?;
    let judged = judge(&mut tx, cx, asker, &user, &status, &state, proof).await?;
    let second = match judged {
        Ok(second) => second,
        Err(refusal) => {
            if matches!(refusal, Refusal::WrongFactorCode | Refusal::WrongBackupCode) {
                miss(&mut tx, cx, &user, &state, matches!(proof, Proof::Sent(_))).await?;
            }
            tx.commit().await?;
            mail::ring(cx);
            return Err(refusal.into());
        }
    };
    store::forgive(&mut tx, &user.id).await?;
    // Confirming an authenticator app has changed it.
    let user = account::store::by_id(&mut tx, &user.id).await?.ok_or(Refusal::ChallengeGone)?;
    let admitted = admit(&mut tx, cx, asker, user, second, trust, client).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(admitted)
}

/// Whose factor is shown; held until the transaction ends.
async fn hold(tx: &mut Tx, cx: &Cx, asker: Asker<'_>) -> Result<User> {
    let user = match asker {
        Asker::Challenge(token) => challenge::owner(tx, cx, token).await?.ok_or(Refusal::ChallengeGone)?,
        Asker::Session(current) => current.user.id.clone(),
    };
    tx.lock(user.as_str()).await?;
    let gone = match asker {
        // It may have been passed while we waited.
        Asker::Challenge(token) => challenge::owner(tx, cx, token).await?.is_none(),
        Asker::Session(_) => false,
    };
    let user = account::store::by_id(tx, &user).await?;
    user.filter(|_| !gone).ok_or_else(|| Refusal::ChallengeGone.into())
}

/// The outer error is breakage; the inner one is committed with what was counted.
async fn judge(
    tx: &mut Tx,
    cx: &Cx,
    asker: Asker<'_>,
    user: &User,
    status: &TwoFactorStatus,
    state: &store::State,
    proof: Proof<'_>,
) -> Result<Judged> {
    Ok(match proof {
        Proof::Totp(code) => totp::check(tx, cx, user, code, matches!(asker, Asker::Session(_))).await?,
        Proof::BackupCode(_) if status.backup_codes == 0 => Err(Refusal::BackupCodesNotEnabled),
        Proof::BackupCode(code) => {
            let spent = backup_codes::spend(tx, cx, user, code).await?;
            spent.then_some(SecondFactor::BackupCode).ok_or(Refusal::WrongBackupCode)
        }
        Proof::Sent(_) if state.sent_failures >= MOST_SENT_FAILURES && !state.is_cold(cx.now()) => {
            Err(Refusal::TooManyFactorTries)
        }
        Proof::Sent(code) => sent_code::check(tx, cx, asker, code).await?,
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
    let letter = Letter::SecurityChanged { change: SecurityChange::SecondFactorLocked };
    mail::send(tx, cx, &user.email, &user.name, &letter).await
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
    // Beside an authenticator app a code that was sent lets in, and is too weak for sensitive acts.
    let weak = matches!(second, SecondFactor::Mail | SecondFactor::Sms)
        && totp::confirmed_since(tx, &user.id).await?.is_some();
    let id = user.id.clone();
    let opened = match asker {
        Asker::Challenge(token) => {
            let passed = challenge::pass(tx, token).await?.ok_or(Refusal::ChallengeGone)?;
            let how = How { factor: passed.factor, second: Some(second), strong: !weak, remember: passed.remember };
            session::open(tx, cx, user, how, client).await?
        }
        Asker::Session(current) => {
            let current = Current { user, ..current.clone() };
            session::refresh(tx, cx, &current, Shown::Second(second, !weak)).await?
        }
    };
    let trust = if trust { trusted_device::add(tx, cx, &id, client).await? } else { None };
    Ok(Admitted { opened, trust })
}

/// Turns codes by mail or text message on.
///
/// # Errors
/// [`Refusal::SessionNotFresh`]; [`Refusal::OtpNotConfigured`] where this site doesn't send them, [`Refusal::OtpNotEnabled`] without a
/// verified number.
pub async fn turn_on(cx: &Cx, current: &Current, method: Method) -> Result<()> {
    current.require_fresh(cx)?;
    let settings = &cx.settings.two_factor;
    match method {
        Method::Mail if settings.mail == MailCodes::Off => return Err(Refusal::OtpNotConfigured.into()),
        Method::Sms if !settings.sms => return Err(Refusal::OtpNotConfigured.into()),
        Method::Sms if current.user.phone_number.is_none() => return Err(Refusal::OtpNotEnabled.into()),
        Method::Mail | Method::Sms => {}
        Method::Totp | Method::BackupCode => return Err(Refusal::OtpNotConfigured.into()),
    }
    let mut tx = cx.db.begin().await?;
    tx.lock(current.user.id.as_str()).await?;
    store::set_sent(&mut tx, &current.user.id, method == Method::Mail, true).await?;
    settle(&mut tx, cx, &current.user, SecurityChange::TwoFactorOn(method)).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(())
}

/// Turns a method off; with the last one the account has no second factor, and its backup codes go.
///
/// # Errors
/// [`Refusal::SessionNotFresh`]; [`Refusal::TwoFactorNotEnabled`] when it isn't on; [`Refusal::TwoFactorRequired`] when it is the last one and one is
/// demanded.
pub async fn turn_off(cx: &Cx, current: &Current, method: Method) -> Result<()> {
    current.require_fresh(cx)?;
    let mut tx = cx.db.begin().await?;
    tx.lock(current.user.id.as_str()).await?;
    let user = &current.user.id;
    let was_on = match method {
        Method::Totp => totp::remove(&mut tx, user).await?,
        Method::Mail | Method::Sms => store::set_sent(&mut tx, user, method == Method::Mail, false).await?,
        Method::BackupCode => false,
    };
    if !was_on {
        return Err(Refusal::TwoFactorNotEnabled.into());
    }
    settle(&mut tx, cx, &current.user, SecurityChange::TwoFactorOff(method)).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(())
}

/// Turns every second factor off; the session gets a new token.
///
/// # Errors
/// As [`turn_off`].
pub async fn disable(cx: &Cx, current: &Current) -> Result<session::Opened> {
    current.require_fresh(cx)?;
    if is_required(cx, &current.user) {
        return Err(Refusal::TwoFactorRequired.into());
    }
    let mut tx = cx.db.begin().await?;
    tx.lock(current.user.id.as_str()).await?;
    forget(&mut tx, &current.user.id).await?;
    settle(&mut tx, cx, &current.user, SecurityChange::TwoFactorDisabled).await?;
    let current = Current { user: User { two_factor_enabled: false, ..current.user.clone() }, ..current.clone() };
    let opened = session::refresh(&mut tx, cx, &current, Shown::First(current.session.factor)).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(opened)
}

/// Forgets everything beside the first factors: of an account whose owner has just proved the address, since whoever set it up may be
/// somebody else (SECURITY A4), or at an operator's word.
pub(crate) async fn forget(tx: &mut Tx, user: &UserId) -> Result<()> {
    store::forget(tx, user).await
}

/// After a change of factors: writes down whether there is one, ends what was trusted under the old ones (SECURITY 27), and tells the
/// owner.
async fn settle(tx: &mut Tx, cx: &Cx, user: &User, change: SecurityChange) -> Result<()> {
    let state = store::state(tx, &user.id).await?.unwrap_or_default();
    let enabled = state.mail || state.sms || totp::confirmed_since(tx, &user.id).await?.is_some();
    if !enabled {
        if is_required(cx, user) {
            return Err(Refusal::TwoFactorRequired.into());
        }
        backup_codes::remove(tx, &user.id).await?;
    }
    store::set_enabled(tx, &user.id, enabled, cx.now()).await?;
    trusted_device::forget_all(tx, &user.id).await?;
    mail::send(tx, cx, &user.email, &user.name, &Letter::SecurityChanged { change }).await
}

/// Deletes what has expired; gives how many rows went.
pub(crate) async fn sweep(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    store::sweep(tx, now).await
}

/// Removes every second factor of the account with this address, at the word of an operator who has made sure whom they talk to: its
/// sessions end, and the owner hears of it. With `passkeys`, these go too. Gives the user.
///
/// # Errors
/// [`Refusal::UserNotFound`].
pub async fn reset(cx: &Cx, email: &Email, passkeys: bool) -> Result<User> {
    let mut tx = cx.db.begin().await?;
    let user = account::hold(&mut tx, email).await?.ok_or(Refusal::UserNotFound)?;
    forget(&mut tx, &user.id).await?;
    if passkeys {
        account::store::delete_passkeys(&mut tx, &user.id).await?;
    }
    session::store::delete_of_user(&mut tx, &user.id).await?;
    let entry = audit::Entry {
        act: audit::Act::FactorsReset,
        actor: audit::Actor::Operator,
        user: Some(&user.id),
        client: &Client::default(),
        detail: json!({ "passkeys": passkeys }),
    };
    audit::record(&mut tx, cx, entry).await?;
    let letter = Letter::SecurityChanged { change: SecurityChange::FactorsReset };
    mail::send(&mut tx, cx, &user.email, &user.name, &letter).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(user)
}
