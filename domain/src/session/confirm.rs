//! Showing once more who one is: a session that is fresh again, for what a stolen one must not do.

use model::{Refusal, UserId};

use super::{Current, Factor, Opened, SecondFactor, binding, lifetime, store};
use crate::audit::{self, Act, Entry};
use crate::lock_out::{self, Attempt};
use crate::password::Password;
use crate::token::Token;
use crate::{Client, Cx, Result, account};

/// Makes the session fresh by the user's password; its token is a new one afterwards.
///
/// # Errors
/// [`Refusal::InvalidPassword`]; [`Refusal::NoPassword`] when there is none; [`Refusal::PasswordLocked`], [`Refusal::TooManyRequests`];
/// [`Refusal::Busy`].
pub async fn authenticate(cx: &Cx, current: &Current, password: &Password, client: &Client) -> Result<Opened> {
    confirm_password(cx, &current.user.id, password, client).await?;
    let mut tx = cx.db.begin().await?;
    let opened = confirmed(&mut tx, cx, current, Shown::First(Factor::Password)).await?;
    tx.commit().await?;
    Ok(opened)
}

/// Checks the password of somebody who is signed in.
///
/// # Errors
/// As [`authenticate`].
pub async fn confirm_password(cx: &Cx, user: &UserId, password: &Password, client: &Client) -> Result<()> {
    checked_hash(cx, user, password, client).await.map(drop)
}

/// The hash that `password` was found to be right for. Wrong ones are counted with those of the sign-in (SECURITY A17).
pub(crate) async fn checked_hash(cx: &Cx, user: &UserId, password: &Password, client: &Client) -> Result<String> {
    let (counter, missed, stored) = {
        let mut conn = cx.db.read().await?;
        let kept = account::store::look_by_id(&mut conn, user, lock_out::device(client)).await?;
        let kept = kept.ok_or(Refusal::NoPassword)?;
        let known = Some((user, Some(kept.password_at)));
        let (counter, missed) = lock_out::counted(&mut conn, cx, known, "", client, kept.missed).await?;
        (counter, missed, kept.password.ok_or(Refusal::NoPassword)?)
    };
    let entry = Entry::by(user, Act::ConfirmationFailed).with("factor", Factor::Password);
    let wrong = Refusal::InvalidPassword;
    let attempt = Attempt { counter, missed, user: Some(user), name: "", entry, wrong, client };
    attempt.judge(cx, password, Some(&stored)).await?;
    lock_out::passed(cx, &attempt.counter).await?;
    Ok(stored)
}

/// What was shown to make a session fresh.
#[derive(Clone, Copy)]
pub(crate) enum Shown {
    /// A first factor, once more.
    First(Factor),
    /// A second one, or a passkey; and whether it is good for sensitive acts.
    Second(SecondFactor, bool),
}

/// As [`refresh`], for somebody who was asked who they are.
pub(crate) async fn confirmed(tx: &mut db::Tx, cx: &Cx, current: &Current, shown: Shown) -> Result<Opened> {
    let opened = refresh(tx, cx, current, shown).await?;
    let entry = Entry::by(&current.user.id, Act::Confirmed);
    let entry = match shown {
        Shown::First(factor) => entry.with("factor", factor),
        Shown::Second(second, _) => entry.with("second", second),
    };
    audit::record(tx, cx, entry);
    Ok(opened)
}

/// Writes down that somebody signed in was asked who they are, and couldn't show it.
pub(crate) async fn confirmation_failed(cx: &Cx, user: &UserId, factor: Factor) -> Result<()> {
    audit::record_alone(cx, Entry::by(user, Act::ConfirmationFailed).with("factor", factor)).await
}

/// Gives the session a new token, the present time of authentication and its whole span of life again, and binds it to where that was.
pub(crate) async fn refresh(tx: &mut db::Tx, cx: &Cx, current: &Current, shown: Shown) -> Result<Opened> {
    let token = Token::generate(cx.random);
    let mut session = current.session.clone();
    session.authenticated_at = cx.now();
    session.updated_at = cx.now();
    session.expires_at = cx.now() + lifetime(cx, session.remember);
    binding::rebind(&mut session);
    match shown {
        Shown::First(factor) => session.factor = factor,
        Shown::Second(second, strong) => {
            session.second_factor = Some(second);
            session.strong_at = strong.then(|| cx.now()).or(session.strong_at);
        }
    }
    if !store::rotate(tx, &session, token.hash()).await? {
        return Err(Refusal::Unauthorized.into());
    }
    Ok(Opened { session, user: current.user.clone(), token, renewed: false, elsewhere: false })
}
