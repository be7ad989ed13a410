//! Changing the password, or setting the first one, of somebody who is signed in.

#[cfg(test)]
mod tests;

use model::Refusal;

use crate::audit::{self, Act, Entry};
use crate::mail::{self, Letter};
use crate::password::{self, Password};
use crate::session::{self, Current, Opened};
use crate::token::{self, Purpose};
use crate::{Client, Cx, Result, account, two_factor};

/// Changes the password. The session gets a new token when the others are ended (then `Some`); links to reset the old password
/// and links of a change of address die.
///
/// # Errors
/// [`Refusal::SessionNotFresh`] where the account has a second factor; [`Refusal::InvalidPassword`], also when it was changed meanwhile; [`Refusal::NoPassword`], [`Refusal::Password`], [`Refusal::Busy`].
pub async fn change(
    cx: &Cx,
    current: &Current,
    old: &Password,
    new: &Password,
    end_others: bool,
    client: &Client,
) -> Result<Option<Opened>> {
    password::judge(cx, new, &current.user.name, current.user.email.as_str()).await?;
    let checked = session::checked_hash(cx, &current.user.id, old, client).await?;
    write(cx, current, (Some(&checked), Refusal::InvalidPassword), new, end_others).await
}

/// Sets the first password of somebody who came by a link or a code.
///
/// # Errors
/// [`Refusal::PasswordAlreadySet`], [`Refusal::SessionNotFresh`], [`Refusal::Password`], [`Refusal::Busy`].
pub async fn set_first(cx: &Cx, current: &Current, new: &Password) -> Result<()> {
    current.require_fresh(cx)?;
    if account::has_password(cx, &current.user.id).await? {
        return Err(Refusal::PasswordAlreadySet.into());
    }
    password::judge(cx, new, &current.user.name, current.user.email.as_str()).await?;
    write(cx, current, (None, Refusal::PasswordAlreadySet), new, false).await.map(drop)
}

/// Refuses with `changed` when the password is no longer the one with the hash `old`: a reset came first, and whoever knew the old
/// password must not undo it.
async fn write(
    cx: &Cx,
    current: &Current,
    (old, changed): (Option<&str>, Refusal),
    new: &Password,
    end_others: bool,
) -> Result<Option<Opened>> {
    let hash = cx.hasher.hash(new).await?;
    let mut tx = cx.db.begin().await?;
    let current = &two_factor::hold(&mut tx, cx, current).await?;
    let user = &current.user;
    // Knowing the old password is as good as a fresh session, unless more than a password guards the account (SECURITY A25).
    if user.two_factor_enabled {
        current.require_fresh(cx)?;
    }
    if account::store::password_by_id(&mut tx, &user.id).await?.as_deref() != old {
        return Err(changed.into());
    }
    account::store::set_password(&mut tx, cx.random.id(cx.now()), &user.id, &hash, cx.now()).await?;
    let act = if old.is_some() { Act::PasswordChanged } else { Act::PasswordSet };
    audit::record(&mut tx, cx, Entry::by(&user.id, act).with("others_ended", end_others));
    token::revoke(&mut tx, Purpose::ResetPassword, &user.id).await?;
    // Who changes the password may do so because somebody else was in: what that one had begun ends too.
    account::stop_email_change(&mut tx, &user.id).await?;
    two_factor::end_trust(&mut tx, &user.id).await?;
    let mut opened = None;
    if end_others {
        session::store::delete_others(&mut tx, &user.id, &current.session.id).await?;
        opened = Some(session::refresh(&mut tx, cx, current, session::Shown::First(session::Factor::Password)).await?);
    }
    let letter = Letter::PasswordChanged { reset: cx.settings.link("/forgot-password") };
    mail::send(&mut tx, cx, &user.email, &user.name, &letter).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(opened)
}
