//! Telephone numbers. A number is kept once a code that was sent to it has been typed, and one number is one account.
//!
//! Then it is a name to sign in with, beside a password or by a code of its own, and a way to a new password. Whoever holds the phone
//! holds the number, so where codes by text message are the second factor, the number gives no new password: the same phone must not
//! be both (SECURITY 19). Answers tell nobody whether a number has an account (A12).

mod reset;
pub(crate) mod store;
#[cfg(test)]
mod tests;

use db::Tx;
use model::{PhoneNumber, Refusal};

pub use reset::{request_reset, reset_password};

use crate::account::User;
use crate::audit::{self, Act, Entry};
use crate::code::slot::Slot;
use crate::limit::{self, Account, Rule};
use crate::mail::{self, Letter, SecurityChange};
use crate::session::{self, Current, Entered, Factor};
use crate::sign_up::Pending;
use crate::sms::{self, Text};
use crate::{Client, Cx, Error, Result, proof_of_work, two_factor, verification};

fn slot(purpose: &'static str, recipient: String) -> Slot {
    Slot::new(purpose, recipient, Refusal::PhoneCodeMissing)
}

fn sign_in_slot(number: &PhoneNumber) -> Slot {
    slot("phone_sign_in", number.to_string())
}

/// Bound to whoever asks: a code that one account asked for adds the number to no other (ASVS 6.6.2).
fn change_slot(current: &Current, number: &PhoneNumber) -> Slot {
    slot("phone_change", format!("{number} {}", current.user.id))
}

/// # Errors
/// [`Refusal::SmsNotConfigured`].
fn require_sender(cx: &Cx) -> Result<()> {
    if cx.settings.two_factor.sms { Ok(()) } else { Err(Refusal::SmsNotConfigured.into()) }
}

/// Sends `text` where it is `wanted`, and takes as long where it isn't.
async fn write(tx: &mut Tx, cx: &Cx, number: &PhoneNumber, text: &Text, wanted: bool) -> Result<()> {
    if wanted { sms::send(tx, cx, number, text).await } else { sms::rehearse(tx, cx, number, text).await }
}

/// The account of `number`, held until the transaction ends. Locks are taken in one order everywhere: the number's, then the user's.
async fn hold(tx: &mut Tx, number: &PhoneNumber) -> Result<Option<User>> {
    tx.lock(number.as_str()).await?;
    let Some(user) = store::owner(tx, number).await? else { return Ok(None) };
    tx.lock(user.id.as_str()).await?;
    // It may have been removed while we waited.
    store::owner(tx, number).await
}

/// Sends a code that signs in, if the number has an account; the answer and its time are the same if not.
///
/// # Errors
/// [`Refusal::SmsNotConfigured`].
pub async fn request_sign_in(cx: &Cx, number: &PhoneNumber) -> Result<()> {
    require_sender(cx)?;
    limit::number(cx, Rule::PhoneNumber, number).await?;
    proof_of_work::suspect(cx).await;
    let mut tx = cx.db.begin().await?;
    let wanted = store::owner(&mut tx, number).await?.is_some();
    let code = sign_in_slot(number).fill(&mut tx, cx, wanted).await?;
    write(&mut tx, cx, number, &Text::SignIn { code }, wanted).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(())
}

/// Signs in with a code. There is no sign-up by number.
///
/// # Errors
/// [`Refusal::PhoneCodeMissing`], [`Refusal::InvalidCode`], [`Refusal::CodeExpired`], [`Refusal::TooManyAttempts`];
/// [`Refusal::EmailNotVerified`], with a new link on its way.
pub async fn sign_in(cx: &Cx, number: &PhoneNumber, code: &str, remember: bool, client: &Client) -> Result<Entered> {
    limit::number(cx, Rule::SignIn, number).await?;
    let spent = sign_in_slot(number).spend(cx, code).await;
    if let Err(Error::Refused(_)) = &spent {
        let user = store::owner(&mut cx.db.read().await?, number).await?;
        let user = user.as_ref().map(|user| &user.id);
        audit::sign_in_failed(cx, Factor::PhoneCode, user, number.as_str()).await?;
    }
    spent?;
    let mut tx = cx.db.begin().await?;
    let user = hold(&mut tx, number).await?.ok_or(Refusal::PhoneCodeMissing)?;
    if cx.settings.sign_up.require_verification && !user.email_verified {
        verification::write(&mut tx, cx, &user, &Pending::default(), None).await?;
        tx.commit().await?;
        mail::ring(cx);
        return Err(Refusal::EmailNotVerified.into());
    }
    let entered = session::enter(&mut tx, cx, user, Factor::PhoneCode, remember, client).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(entered)
}

/// Spends a code that would sign in, and doesn't; gives whose number it is.
///
/// # Errors
/// As [`sign_in`], but for the address.
pub async fn confirm(cx: &Cx, number: &PhoneNumber, code: &str) -> Result<User> {
    sign_in_slot(number).spend(cx, code).await?;
    Ok(store::owner(&mut cx.db.read().await?, number).await?.ok_or(Refusal::PhoneCodeMissing)?)
}

/// Sends somebody signed in a code to the number that they want to have. One that belongs to another account gets a code too: only
/// who types it is told.
///
/// # Errors
/// [`Refusal::SmsNotConfigured`], [`Refusal::SessionNotFresh`].
pub async fn request_change(cx: &Cx, current: &Current, number: &PhoneNumber) -> Result<()> {
    require_sender(cx)?;
    current.require_fresh(cx)?;
    limit::account(cx, Rule::PhoneNumber, Account::User(&current.user.id)).await?;
    let mut tx = cx.db.begin().await?;
    let code = change_slot(current, number).fill(&mut tx, cx, true).await?;
    sms::send(&mut tx, cx, number, &Text::NewNumber { code }).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(())
}

/// Sets or changes the number with the code that was sent to it; gives the user as they are now. What was sent to, or trusted by,
/// the old number ends, and the owner hears of it by mail.
///
/// # Errors
/// [`Refusal::SessionNotFresh`]; [`Refusal::PhoneCodeMissing`], [`Refusal::InvalidCode`], [`Refusal::CodeExpired`],
/// [`Refusal::TooManyAttempts`]; [`Refusal::PhoneNumberTaken`].
pub async fn change(cx: &Cx, current: &Current, number: &PhoneNumber, code: &str) -> Result<User> {
    current.require_fresh(cx)?;
    change_slot(current, number).spend(cx, code).await?;
    let mut tx = cx.db.begin().await?;
    tx.lock(number.as_str()).await?;
    let mut user = two_factor::hold_fresh(&mut tx, cx, current).await?.user;
    (user.phone_number, user.updated_at) = (Some(number.clone()), cx.now());
    if !store::set(&mut tx, &user.id, number, user.updated_at).await? {
        return Err(Refusal::PhoneNumberTaken.into());
    }
    two_factor::end_trust(&mut tx, &user.id).await?;
    audit::record(&mut tx, cx, Entry::by(&user.id, Act::PhoneNumberChanged));
    let letter = Letter::SecurityChanged { change: SecurityChange::PhoneChanged };
    mail::send(&mut tx, cx, &user.email, &user.name, &letter).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(user)
}

/// Removes the number; codes by text message as a second factor end with it. Without a number nothing happens.
///
/// # Errors
/// [`Refusal::SessionNotFresh`]; [`Refusal::TwoFactorRequired`] when those codes are the only second factor and one is demanded;
/// [`Refusal::LastAccount`] when nobody could come in any more: see [`two_factor::number_removed`].
pub async fn remove(cx: &Cx, current: &Current) -> Result<()> {
    let mut tx = cx.db.begin().await?;
    let current = two_factor::hold_fresh(&mut tx, cx, current).await?;
    let user = &current.user;
    if !store::clear(&mut tx, &user.id, cx.now()).await? {
        return Ok(());
    }
    two_factor::number_removed(&mut tx, cx, &current).await?;
    two_factor::end_trust(&mut tx, &user.id).await?;
    audit::record(&mut tx, cx, Entry::by(&user.id, Act::PhoneNumberRemoved));
    let letter = Letter::SecurityChanged { change: SecurityChange::PhoneRemoved };
    mail::send(&mut tx, cx, &user.email, &user.name, &letter).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(())
}
