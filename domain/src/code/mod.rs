//! Six digits sent by mail: typed where they were asked for, good for minutes, tried a few times at most.
//!
//! How codes are kept and counted, these and those by text message, is in `slot`.

pub(crate) mod slot;
mod store;
#[cfg(test)]
mod tests;

use db::Tx;
use model::{Email, PersonName, Refusal, UserView};

use self::slot::{MISS_WINDOW, Slot};
use crate::limit::{self, Rule};
pub use crate::mail::CodePurpose as Purpose;
use crate::mail::{self, Letter};
use crate::password::Password;
use crate::session::{self, Current, Entered, Factor, Opened};
use crate::{Client, Cx, Error, Result, account, audit, email_change, proof_of_work, reset};

/// Sends a code to `email`. The answer doesn't tell whether the address has an account; without one, only [`Purpose::SignIn`] sends.
///
/// # Errors
/// [`Refusal::TooManyRequests`], [`Refusal::LimiterAway`].
pub async fn request(cx: &Cx, purpose: Purpose, email: &Email) -> Result<()> {
    let rule = match purpose {
        Purpose::ResetPassword => Rule::PasswordReset,
        Purpose::VerifyEmail => Rule::Verification,
        Purpose::SignIn | Purpose::ChangeEmail => Rule::EmailCode,
    };
    limit::email(cx, rule, email).await?;
    proof_of_work::suspect(cx).await;
    let mut tx = cx.db.begin().await?;
    let user = account::store::by_email(&mut tx, email).await?;
    if purpose == Purpose::ResetPassword {
        reset::requested(&mut tx, cx, user.as_ref().map(|user| &user.id), email.as_str());
    }
    let wanted = match purpose {
        Purpose::SignIn => user.is_some() || cx.settings.sign_up.enabled,
        Purpose::VerifyEmail => user.as_ref().is_some_and(|user| !user.email_verified),
        Purpose::ResetPassword => user.is_some(),
        // Asked for by somebody signed in, for an address that isn't theirs yet: see `request_email_change`.
        Purpose::ChangeEmail => false,
    };
    write(&mut tx, cx, purpose, email, user.as_ref().map_or("", |user| &user.name), wanted).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(())
}

fn slot(purpose: Purpose, email: &Email) -> Slot {
    let name = match purpose {
        Purpose::SignIn => "sign_in",
        Purpose::VerifyEmail => "verify_email",
        Purpose::ResetPassword => "reset_password",
        Purpose::ChangeEmail => "change_email",
    };
    Slot::new(name, email.as_str(), Refusal::InvalidCode)
}

async fn write(tx: &mut Tx, cx: &Cx, purpose: Purpose, email: &Email, name: &str, wanted: bool) -> Result<()> {
    let code = slot(purpose, email).fill(tx, cx, wanted).await?;
    let letter = Letter::Code { code, purpose };
    if wanted { mail::send(tx, cx, email, name, &letter).await } else { mail::rehearse(tx, cx, email, &letter).await }
}

/// Says whether a code is right without spending it; counts as a try when it is wrong.
///
/// # Errors
/// [`Refusal::InvalidCode`], [`Refusal::CodeExpired`], [`Refusal::TooManyAttempts`].
pub async fn check(cx: &Cx, purpose: Purpose, email: &Email, code: &str) -> Result<()> {
    slot(purpose, email).check(cx, code).await
}

/// Signs in, or up, with a code.
///
/// # Errors
/// As [`check`]; [`Refusal::SignUpDisabled`].
pub async fn sign_in(
    cx: &Cx,
    email: &Email,
    code: &str,
    name: Option<&PersonName>,
    remember: bool,
    client: &Client,
) -> Result<Entered> {
    limit::email(cx, Rule::SignIn, email).await?;
    let spent = slot(Purpose::SignIn, email).spend(cx, code).await;
    if let Err(Error::Refused(_)) = &spent {
        let user = account::store::by_email(&mut cx.db.read().await?, email).await?;
        audit::sign_in_failed(cx, Factor::Code, user.as_ref().map(|user| &user.id), email.as_str()).await?;
    }
    spent?;
    let mut tx = cx.db.begin().await?;
    let (user, _) = account::prove_email(&mut tx, cx, email, name).await?;
    let entered = session::enter(&mut tx, cx, user, Factor::Code, remember, client).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(entered)
}

/// Proves the address of an account with a code; the session, if the settings give one.
///
/// # Errors
/// As [`check`].
pub async fn verify_email(cx: &Cx, email: &Email, code: &str, client: &Client) -> Result<(UserView, Option<Entered>)> {
    slot(Purpose::VerifyEmail, email).spend(cx, code).await?;
    let mut tx = cx.db.begin().await?;
    let mut user = account::hold(&mut tx, email).await?.ok_or(Refusal::InvalidCode)?;
    account::verify(&mut tx, cx, &mut user).await?;
    let view = user.view();
    let entered = match cx.settings.sign_up.sign_in_after_verification {
        true => Some(session::enter(&mut tx, cx, user, Factor::Code, true, client).await?),
        false => None,
    };
    tx.commit().await?;
    mail::ring(cx);
    Ok((view, entered))
}

/// Sets a new password with a code.
///
/// # Errors
/// As [`check`]; [`Refusal::Password`]; [`Refusal::Busy`].
pub async fn reset_password(cx: &Cx, email: &Email, code: &str, password: &Password) -> Result<()> {
    // The rules are told before the code is spent: it would be lost on a typing mistake.
    check(cx, Purpose::ResetPassword, email, code).await?;
    reset::check(cx, email, password).await?;
    slot(Purpose::ResetPassword, email).spend(cx, code).await?;
    reset::set(cx, email, password).await
}

/// Makes the present session fresh with a code sent to the user's own address, for those who have no password.
///
/// # Errors
/// As [`check`].
pub async fn authenticate(cx: &Cx, current: &Current, code: &str) -> Result<Opened> {
    let spent = slot(Purpose::SignIn, &current.user.email).spend(cx, code).await;
    if let Err(Error::Refused(_)) = &spent {
        session::confirmation_failed(cx, &current.user.id, Factor::Code).await?;
    }
    spent?;
    let mut tx = cx.db.begin().await?;
    let opened = session::confirmed(&mut tx, cx, current, session::Shown::First(Factor::Code)).await?;
    tx.commit().await?;
    Ok(opened)
}

/// Sends a code to the address that somebody signed in wants to change to; a taken one gets none, and nobody is told.
///
/// # Errors
/// [`Refusal::ChangeEmailDisabled`], also where the present address has to agree: a code asks only the new one;
/// [`Refusal::SessionNotFresh`], [`Refusal::EmailIsTheSame`].
pub async fn request_email_change(cx: &Cx, current: &Current, new_email: &Email) -> Result<()> {
    email_change_allowed(cx, current, new_email)?;
    limit::email(cx, Rule::EmailCode, new_email).await?;
    let mut tx = cx.db.begin().await?;
    let free = account::store::by_email(&mut tx, new_email).await?.is_none();
    write(&mut tx, cx, Purpose::ChangeEmail, new_email, &current.user.name, free).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(())
}

/// Changes the address with the code that was sent to the new one.
///
/// # Errors
/// As [`check`] and [`request_email_change`].
pub async fn change_email(cx: &Cx, current: &Current, new_email: &Email, code: &str) -> Result<()> {
    email_change_allowed(cx, current, new_email)?;
    slot(Purpose::ChangeEmail, new_email).spend(cx, code).await?;
    let mut tx = cx.db.begin().await?;
    email_change::proved(&mut tx, cx, current.user.clone(), new_email).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(())
}

fn email_change_allowed(cx: &Cx, current: &Current, new_email: &Email) -> Result<()> {
    email_change::allowed(cx, current, new_email)?;
    if email_change::wants_agreement(cx, &current.user) { Err(Refusal::ChangeEmailDisabled.into()) } else { Ok(()) }
}

/// Deletes what has expired and is no longer counted; gives how many.
pub async fn sweep(conn: &mut db::Conn, now: model::Timestamp) -> Result<u64> {
    store::delete_expired(conn, now, now - MISS_WINDOW).await
}
