//! A forgotten password: a link by mail, good for an hour and one use; every session ends with it, unless the operator says otherwise.
//!
//! A reset proves the address too, and leaves second factors alone (ASVS 6.4.3).

#[cfg(test)]
mod tests;

use db::Tx;
use model::{Email, Refusal, UserId};

use crate::account::{self, User};
use crate::audit::{self, Act, Entry};
use crate::limit::{self, Rule};
use crate::mail::{self, Letter};
use crate::password::{self, Password};
use crate::token::{self, Purpose, Token};
use crate::{Cx, Result, link, lock_out, proof_of_work, session, two_factor};

/// Sends a link to `email` if it has an account; the answer and its time are the same if not.
///
/// # Errors
/// [`Refusal::TooManyRequests`], [`Refusal::LimiterAway`].
pub async fn request(cx: &Cx, email: &Email, callback: Option<&str>) -> Result<()> {
    limit::email(cx, Rule::PasswordReset, email).await?;
    proof_of_work::suspect(cx).await;
    let mut tx = cx.db.begin().await?;
    let user = account::store::by_email(&mut tx, email).await?;
    let user_id = user.as_ref().map(|user| &user.id);
    requested(&mut tx, cx, user_id, email.as_str());
    let token = token::issue(&mut tx, cx, Purpose::ResetPassword, email, user_id, &(), cx.settings.links.reset).await?;
    let letter = Letter::Reset { link: link::reset_password(cx, &token, callback) };
    match &user {
        Some(user) => mail::send(&mut tx, cx, email, &user.name, &letter).await?,
        None => mail::rehearse(&mut tx, cx, email, &letter).await?,
    }
    tx.commit().await?;
    mail::ring(cx);
    Ok(())
}

/// Writes down that somebody asked for a new password.
pub(crate) fn requested(tx: &mut Tx, cx: &Cx, user: Option<&UserId>, typed: &str) {
    audit::record(tx, cx, Entry::by_guest(Act::PasswordResetRequested).about_named(cx, user, typed));
}

/// Sets a new password with the link's token.
///
/// # Errors
/// [`Refusal::InvalidToken`], [`Refusal::TokenExpired`], [`Refusal::Password`] (which leaves the link good), [`Refusal::Busy`].
pub async fn redeem(cx: &Cx, token: &Token, password: &Password) -> Result<()> {
    let ticket = token::peek(cx, token).await?;
    if ticket.purpose != Purpose::ResetPassword {
        return Err(Refusal::InvalidToken.into());
    }
    check(cx, &ticket.email, password).await?;
    let hash = cx.hasher.hash(password).await?;
    let mut tx = cx.db.begin().await?;
    let ticket = token::consume(&mut tx, cx, Purpose::ResetPassword, token).await?;
    let user_id: UserId = ticket.user_id.ok_or(Refusal::InvalidToken)?;
    let user = account::store::by_id(&mut tx, &user_id).await?.ok_or(Refusal::InvalidToken)?;
    if user.email != ticket.email {
        return Err(Refusal::InvalidToken.into());
    }
    apply(&mut tx, cx, user, &hash).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(())
}

/// Judges a new password for the account of `email`; only for somebody who has shown that the address is theirs, since what it
/// says depends on the name.
pub(crate) async fn check(cx: &Cx, email: &Email, password: &Password) -> Result<()> {
    let user = account::store::by_email(&mut cx.db.read().await?, email).await?;
    password::judge(cx, password, user.as_ref().map_or("", |user| &user.name), email.as_str()).await
}

/// Sets the password of the account that `email` has, for somebody who has just shown that the address is theirs.
pub(crate) async fn set(cx: &Cx, email: &Email, password: &Password) -> Result<()> {
    let hash = cx.hasher.hash(password).await?;
    let mut tx = cx.db.begin().await?;
    let user = account::hold(&mut tx, email).await?.ok_or(Refusal::InvalidCode)?;
    apply(&mut tx, cx, user, &hash).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(())
}

/// The caller holds the lock of the user.
async fn apply(tx: &mut Tx, cx: &Cx, mut user: User, hash: &str) -> Result<()> {
    // Whoever was signed in before the address was proved may be somebody else (SECURITY A4).
    if !user.email_verified {
        session::store::delete_of_user(tx, &user.id).await?;
        account::forget_ways_in(tx, &user.id).await?;
    }
    two_factor::mail_reset(tx, &user).await?;
    account::verify(tx, cx, &mut user).await?;
    replace(tx, cx, &user, hash).await
}

/// Sets the password of somebody who has shown that the account is theirs, and ends what the old one let in. The caller holds the lock
/// of the user.
pub(crate) async fn replace(tx: &mut Tx, cx: &Cx, user: &User, hash: &str) -> Result<()> {
    if cx.settings.reset.end_sessions {
        session::store::delete_of_user(tx, &user.id).await?;
    }
    account::store::set_password(tx, cx.random.id(cx.now()), &user.id, hash, cx.now()).await?;
    audit::record(tx, cx, Entry::by(&user.id, Act::PasswordReset));
    two_factor::end_trust(tx, &user.id).await?;
    // Other links that were asked for are of no use any more, and might be in wrong hands.
    token::revoke(tx, Purpose::ResetPassword, &user.id).await?;
    token::revoke(tx, Purpose::MagicLink, &user.id).await?;
    lock_out::store::lift(tx, &user.id).await?;
    let letter = Letter::PasswordChanged { reset: cx.settings.link("/forgot-password") };
    mail::send(tx, cx, &user.email, &user.name, &letter).await
}
