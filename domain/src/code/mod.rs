//! Six digits sent by mail: typed where they were asked for, good for minutes, tried a few times at most.
//!
//! Each try is counted by the statement that looks the code up, so a hundred at once are still counted (SECURITY A16); wrong tries
//! are also counted across codes, so that asking for new ones doesn't buy guesses for ever (A18).

mod store;
#[cfg(test)]
mod tests;

use std::time::Duration;

use db::Tx;
use model::{Email, PersonName, Refusal, UserView};
use subtle::ConstantTimeEq;

pub use crate::mail::CodePurpose as Purpose;
use crate::mail::{self, Letter};
use crate::password::Password;
use crate::session::{self, Current, Entered, Factor, Opened};
use crate::{Client, Cx, Result, account, email_change, reset};

/// Wrong tries for one address and purpose in [`MISS_WINDOW`], whatever number of codes was asked for.
const MOST_MISSES: i64 = 15;
const MISS_WINDOW: Duration = Duration::from_secs(3600);

/// Sends a code to `email`. The answer doesn't tell whether the address has an account; without one, only [`Purpose::SignIn`] sends.
pub async fn request(cx: &Cx, purpose: Purpose, email: &Email) -> Result<()> {
    let mut tx = cx.db.begin().await?;
    let user = account::store::by_email(&mut tx, email).await?;
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

async fn write(tx: &mut Tx, cx: &Cx, purpose: Purpose, email: &Email, name: &str, wanted: bool) -> Result<()> {
    let code = cx.random.digits();
    let mut tag = tag(cx, purpose, email, &code);
    if !wanted {
        // Nobody gets this code, so that nobody may guess it either.
        cx.random.fill(&mut tag);
    }
    store::replace(tx, purpose, email, tag, cx.now(), cx.now() + cx.settings.links.code, MISS_WINDOW).await?;
    let letter = Letter::Code { code, purpose };
    if wanted { mail::send(tx, cx, email, name, &letter).await } else { mail::rehearse(tx, cx, email, &letter).await }
}

/// Says whether a code is right without spending it; counts as a try when it is wrong.
///
/// # Errors
/// [`Refusal::InvalidCode`], [`Refusal::CodeExpired`], [`Refusal::TooManyAttempts`].
pub async fn check(cx: &Cx, purpose: Purpose, email: &Email, code: &str) -> Result<()> {
    attempt(cx, purpose, email, code, false).await
}

/// Counts a try in a transaction of its own, since a refusal must not undo the count.
async fn attempt(cx: &Cx, purpose: Purpose, email: &Email, code: &str, spend: bool) -> Result<()> {
    let mut tx = cx.db.begin().await?;
    let Some(row) =
        store::count_try(&mut tx, purpose, email, i64::from(cx.settings.links.code_tries), MOST_MISSES).await?
    else {
        let spent_up = store::exists(&mut tx, purpose, email).await?;
        return Err(if spent_up { Refusal::TooManyAttempts } else { Refusal::InvalidCode }.into());
    };
    let expected = tag(cx, purpose, email, code.trim());
    let right: bool = row.tag.ct_eq(&expected).into();
    let verdict = match (right, row.expires_at > cx.now()) {
        (true, true) => Ok(()),
        (true, false) => Err(Refusal::CodeExpired),
        (false, _) => Err(Refusal::InvalidCode),
    };
    match &verdict {
        // Looking is no try; a code that is used is gone, with what was counted against it.
        Ok(()) if spend => store::delete(&mut tx, purpose, email).await?,
        Ok(()) => store::forgive(&mut tx, purpose, email).await?,
        Err(_) => {}
    }
    tx.commit().await?;
    Ok(verdict?)
}

/// Spends the code of `purpose`; whoever comes here twice with one code is refused the second time.
pub(crate) async fn spend(cx: &Cx, purpose: Purpose, email: &Email, code: &str) -> Result<()> {
    attempt(cx, purpose, email, code, true).await
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
    spend(cx, Purpose::SignIn, email, code).await?;
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
    spend(cx, Purpose::VerifyEmail, email, code).await?;
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
    spend(cx, Purpose::ResetPassword, email, code).await?;
    reset::set(cx, email, password).await
}

/// Makes the present session fresh with a code sent to the user's own address, for those who have no password.
///
/// # Errors
/// As [`check`].
pub async fn authenticate(cx: &Cx, current: &Current, code: &str) -> Result<Opened> {
    spend(cx, Purpose::SignIn, &current.user.email, code).await?;
    let mut tx = cx.db.begin().await?;
    let opened = session::refresh(&mut tx, cx, current, session::Shown::First(Factor::Code)).await?;
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
    spend(cx, Purpose::ChangeEmail, new_email, code).await?;
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

fn tag(cx: &Cx, purpose: Purpose, email: &Email, code: &str) -> Vec<u8> {
    let message = format!("{purpose:?}\n{email}\n{code}");
    cx.secret.tag("code", message.as_bytes()).to_vec()
}
