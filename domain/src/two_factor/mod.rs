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
mod verify;

use db::{Conn, Tx};
use model::{Email, Method, Refusal, SessionId, Timestamp, TwoFactorStatus, UserId};

pub use verify::{Asker, Proof, spend_backup_code, verify};

use crate::account::{self, User};
use crate::audit::{self, Act, Entry};
use crate::mail::{self, Letter, SecurityChange};
use crate::session::{self, Current, Factor, SecondFactor, Shown};
use crate::settings::{MailCodes, RequiredFor};
use crate::{Cx, Result, organization, passkey};

/// What is set up for a user.
///
/// # Errors
/// When the database can't be asked.
pub async fn status(cx: &Cx, user: &User) -> Result<TwoFactorStatus> {
    let mut conn = cx.db.read().await?;
    let required = is_demanded(&mut conn, cx, user).await?;
    Ok(TwoFactorStatus { required, ..read_status(&mut conn, cx, user).await? })
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
        mail_reset: state.mail_reset,
        passkeys: passkey::store::count(conn, &user.id).await? > 0,
    })
}

/// Whether codes by text message are a second factor of the account, and can be sent.
fn has_sms(cx: &Cx, user: &User, state: Option<&store::State>) -> bool {
    cx.settings.two_factor.sms && user.phone_number.is_some() && state.is_some_and(|state| state.sms)
}

/// Whether a passkey is owed after another first factor: where a second factor is demanded and a passkey is all that there is.
pub(crate) async fn owes_passkey(tx: &mut Tx, cx: &Cx, user: &User) -> Result<bool> {
    let alone = !user.two_factor_enabled && passkey::store::count(tx, &user.id).await? > 0;
    Ok(alone && is_demanded(tx, cx, user).await?)
}

/// Whether the site or an organization asks this user for a second factor.
async fn is_demanded(conn: &mut Conn, cx: &Cx, user: &User) -> Result<bool> {
    Ok(is_required(cx, user) || organization::demands_second_factor(conn, cx, &user.id).await?)
}

/// Whether the operator asks this user for a second factor, before anything opens. An organization that asks its members does at its
/// own door, [`crate::organization::Access::open`].
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
    lacks(current) && is_required(cx, &current.user)
}

/// Whether somebody signed in has no second factor. A passkey shown in this session is one.
pub fn lacks(current: &Current) -> bool {
    !current.user.two_factor_enabled && current.session.second_factor != Some(SecondFactor::Passkey)
}

/// The methods that serve after `factor`, the strongest first; none before the user has a second factor. A code by mail proves nothing
/// new to somebody who came by mail, nor one by text message to somebody who came by one.
fn methods(cx: &Cx, user: &User, status: &TwoFactorStatus, factor: Factor) -> Vec<Method> {
    if !user.two_factor_enabled {
        return Vec::new();
    }
    let by_mail = matches!(factor, Factor::Link | Factor::Code);
    let mail = match cx.settings.two_factor.mail {
        MailCodes::Off => false,
        MailCodes::Chosen => status.mail,
        MailCodes::Everyone => true,
    };
    let totp = status.authenticator_since.is_some();
    let sms = status.sms && cx.settings.two_factor.sms && factor != Factor::PhoneCode;
    // Who reset the password by mail has shown the mailbox already, unless it is all that there is.
    let laundered = status.mail_reset && (totp || sms || status.backup_codes > 0 || status.passkeys);
    let offered = [
        (Method::Totp, totp),
        (Method::Sms, sms),
        (Method::Mail, mail && !by_mail && !laundered),
        (Method::BackupCode, status.backup_codes > 0),
    ];
    offered.into_iter().filter(|(_, on)| *on).map(|(method, _)| method).collect()
}

/// The methods with which somebody signed in makes the session fresh. Where there is an authenticator app or a passkey, codes that are
/// sent don't, and beside text messages mails don't: the weaker factor must not undo the stronger (SECURITY A25).
///
/// # Errors
/// When the database can't be asked.
pub async fn step_up_methods(cx: &Cx, current: &Current) -> Result<Vec<Method>> {
    let status = status(cx, &current.user).await?;
    Ok(for_step_up(methods(cx, &current.user, &status, current.session.factor), &status))
}

fn for_step_up(mut methods: Vec<Method>, status: &TwoFactorStatus) -> Vec<Method> {
    if methods.contains(&Method::Totp) || status.passkeys {
        methods.retain(|method| !is_sent(*method));
    } else if status.sms {
        methods.retain(|method| *method != Method::Mail);
    }
    methods
}

fn is_sent(method: Method) -> bool {
    matches!(method, Method::Mail | Method::Sms)
}

/// `current` as it is now, its user held until the transaction ends.
///
/// # Errors
/// [`Refusal::Unauthorized`] when the session has ended meanwhile.
pub(crate) async fn hold(tx: &mut Tx, cx: &Cx, current: &Current) -> Result<Current> {
    tx.lock(current.user.id.as_str()).await?;
    let session = session::store::by_id(tx, &current.session.id, cx.now()).await?.ok_or(Refusal::Unauthorized)?;
    let user = account::store::by_id(tx, &current.user.id).await?.ok_or(Refusal::Unauthorized)?;
    Ok(Current { session, user, ..current.clone() })
}

/// The same, fresh. Whether it is, is judged by what the account has now: a second factor that was turned on meanwhile is asked for
/// (SECURITY A24).
///
/// # Errors
/// [`Refusal::SessionNotFresh`]; as [`hold`].
pub(crate) async fn hold_fresh(tx: &mut Tx, cx: &Cx, current: &Current) -> Result<Current> {
    let current = hold(tx, cx, current).await?;
    current.require_fresh(cx)?;
    Ok(current)
}

/// Notes that the password was reset by mail.
pub(crate) async fn mail_reset(tx: &mut Tx, user: &User) -> Result<()> {
    if user.two_factor_enabled { store::set_mail_reset(tx, &user.id, true).await } else { Ok(()) }
}

/// Turns codes by mail or text message on.
///
/// # Errors
/// [`Refusal::SessionNotFresh`]; [`Refusal::OtpNotConfigured`] where this site doesn't send them; [`Refusal::OtpNotEnabled`] without a
/// verified number, or where mails are all that the account is entered by; [`Refusal::EmailNotVerified`].
pub async fn turn_on(cx: &Cx, current: &Current, method: Method) -> Result<()> {
    let mut tx = cx.db.begin().await?;
    let user = hold_fresh(&mut tx, cx, current).await?.user;
    let settings = &cx.settings.two_factor;
    match method {
        Method::Mail if settings.mail == MailCodes::Off => return Err(Refusal::OtpNotConfigured.into()),
        Method::Sms if !settings.sms => return Err(Refusal::OtpNotConfigured.into()),
        Method::Mail if !user.email_verified => return Err(Refusal::EmailNotVerified.into()),
        // Who comes by mail alone would be asked for what can't be shown then.
        Method::Mail if !comes_otherwise(&mut tx, &user).await? => return Err(Refusal::OtpNotEnabled.into()),
        Method::Sms if user.phone_number.is_none() => return Err(Refusal::OtpNotEnabled.into()),
        Method::Mail | Method::Sms => {}
        Method::Totp | Method::BackupCode => return Err(Refusal::OtpNotConfigured.into()),
    }
    if store::set_sent(&mut tx, &user.id, method == Method::Mail, true).await? {
        settle(&mut tx, cx, &user, &current.session.id, SecurityChange::TwoFactorOn(method)).await?;
    }
    tx.commit().await?;
    mail::ring(cx);
    Ok(())
}

async fn comes_otherwise(tx: &mut Tx, user: &User) -> Result<bool> {
    Ok(user.phone_number.is_some() || account::store::password_by_id(tx, &user.id).await?.is_some())
}

/// Turns a method off; with the last one the account has no second factor, and its backup codes go.
///
/// # Errors
/// [`Refusal::SessionNotFresh`]; [`Refusal::TwoFactorNotEnabled`] when it isn't on; [`Refusal::TwoFactorRequired`] when it is the last one
/// and one is demanded.
pub async fn turn_off(cx: &Cx, current: &Current, method: Method) -> Result<()> {
    let mut tx = cx.db.begin().await?;
    let user = hold_fresh(&mut tx, cx, current).await?.user;
    let was_on = match method {
        Method::Totp => totp::remove(&mut tx, &user.id).await?,
        Method::Mail | Method::Sms => store::set_sent(&mut tx, &user.id, method == Method::Mail, false).await?,
        Method::BackupCode => false,
    };
    if !was_on {
        return Err(Refusal::TwoFactorNotEnabled.into());
    }
    settle(&mut tx, cx, &user, &current.session.id, SecurityChange::TwoFactorOff(method)).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(())
}

/// Turns every second factor off; the session gets a new token.
///
/// # Errors
/// As [`turn_off`].
pub async fn disable(cx: &Cx, current: &Current) -> Result<session::Opened> {
    let mut tx = cx.db.begin().await?;
    let current = hold_fresh(&mut tx, cx, current).await?;
    if !current.user.two_factor_enabled {
        return Err(Refusal::TwoFactorNotEnabled.into());
    }
    forget(&mut tx, &current.user.id).await?;
    settle(&mut tx, cx, &current.user, &current.session.id, SecurityChange::TwoFactorDisabled).await?;
    let current = Current { user: User { two_factor_enabled: false, ..current.user.clone() }, ..current };
    let opened = session::refresh(&mut tx, cx, &current, Shown::First(current.session.factor)).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(opened)
}

/// Ends what rests on a password or a factor that was just changed: trusted browsers (SECURITY 27), challenges whose first factor was
/// shown before, and codes that are on their way.
pub(crate) async fn end_trust(tx: &mut Tx, user: &UserId) -> Result<()> {
    trusted_device::forget_all(tx, user).await?;
    store::forget_pending(tx, user).await
}

/// Forgets everything beside the first factors: of an account whose owner has just proved the address, since whoever set it up may be
/// somebody else (SECURITY A4), or at an operator's word.
pub(crate) async fn forget(tx: &mut Tx, user: &UserId) -> Result<()> {
    store::forget(tx, user).await
}

/// The account's number is gone, and codes by text message with it.
///
/// # Errors
/// [`Refusal::TwoFactorRequired`] when they were the only second factor and one is demanded; [`Refusal::LastAccount`] where the number was
/// the only way in after which a code by mail, which is on, proves anything.
pub(crate) async fn number_removed(tx: &mut Tx, cx: &Cx, current: &Current) -> Result<()> {
    let user = &current.user;
    let by_mail = store::state(tx, &user.id).await?.is_some_and(|state| state.mail);
    if by_mail && account::store::password_by_id(tx, &user.id).await?.is_none() {
        return Err(Refusal::LastAccount.into());
    }
    if !store::set_sent(tx, &user.id, false, false).await? {
        return Ok(());
    }
    settle(tx, cx, user, &current.session.id, SecurityChange::TwoFactorOff(Method::Sms)).await
}

/// After a change of factors in `session`: writes down whether there is one, ends what rests on the old ones, and tells the owner. With the
/// first one, everything ends that was begun without it: other sessions, a change of the address, backup codes of others.
async fn settle(tx: &mut Tx, cx: &Cx, user: &User, session: &SessionId, change: SecurityChange) -> Result<()> {
    let state = store::state(tx, &user.id).await?.unwrap_or_default();
    let enabled = state.mail || state.sms || totp::confirmed_since(tx, &user.id).await?.is_some();
    if !enabled {
        if is_demanded(tx, cx, user).await? {
            return Err(Refusal::TwoFactorRequired.into());
        }
        backup_codes::remove(tx, &user.id).await?;
    } else if !user.two_factor_enabled {
        session::store::delete_others(tx, &user.id, session).await?;
        account::stop_email_change(tx, &user.id).await?;
        backup_codes::keep_own(tx, &user.id, session).await?;
    }
    store::set_enabled(tx, &user.id, enabled, cx.now()).await?;
    if let Some(entry) = entry(&user.id, &change) {
        audit::record(tx, cx, entry);
    }
    end_trust(tx, &user.id).await?;
    mail::send(tx, cx, &user.email, &user.name, &Letter::SecurityChanged { change }).await
}

/// What the audit log tells of a change of factors.
fn entry(user: &UserId, change: &SecurityChange) -> Option<Entry> {
    Some(match change {
        SecurityChange::TwoFactorOn(method) => Entry::by(user, Act::SecondFactorOn).with("method", method),
        SecurityChange::TwoFactorOff(method) => Entry::by(user, Act::SecondFactorOff).with("method", method),
        SecurityChange::TwoFactorDisabled => Entry::by(user, Act::SecondFactorsOff),
        SecurityChange::AuthenticatorReplaced => Entry::by(user, Act::AuthenticatorReplaced),
        _ => return None,
    })
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
    let entry = Entry::by_operator(Act::FactorsReset).about(&user.id).with("passkeys", passkeys);
    audit::record(&mut tx, cx, entry);
    let letter = Letter::SecurityChanged { change: SecurityChange::FactorsReset };
    mail::send(&mut tx, cx, &user.email, &user.name, &letter).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(user)
}
