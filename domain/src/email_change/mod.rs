//! Changing the address: the present one agrees, the new one is proved, the old one is told.

#[cfg(test)]
mod tests;

use db::Tx;
use model::{Email, Refusal};
use serde::{Deserialize, Serialize};

use crate::account::{self, User};
use crate::audit::{self, Act, Entry};
use crate::mail::{self, Letter};
use crate::session::Current;
use crate::token::{self, Purpose, Ticket, Token};
use crate::{Cx, Result, link, two_factor};

#[derive(Serialize, Deserialize)]
struct Wish {
    new_email: Email,
    callback: Option<String>,
}

/// What the user has to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Follow the link that went to the present address.
    AgreeFromCurrent,
    /// Follow the link that went to the new address.
    ProveNew,
}

/// Asks for the address to be changed. For one that somebody has, the answer is the same and no link proves it.
///
/// # Errors
/// [`Refusal::ChangeEmailDisabled`], [`Refusal::SessionNotFresh`], [`Refusal::EmailIsTheSame`].
pub async fn request(cx: &Cx, current: &Current, new_email: &Email, callback: Option<&str>) -> Result<Next> {
    allowed(cx, current, new_email)?;
    let user = &current.user;
    let mut tx = cx.db.begin().await?;
    audit::record(&mut tx, cx, Entry::by(&user.id, Act::EmailChangeRequested));
    let next = if wants_agreement(cx, user) {
        let wish = Wish { new_email: new_email.clone(), callback: callback.map(str::to_owned) };
        let token = token::issue(
            &mut tx,
            cx,
            Purpose::ConfirmEmailChange,
            &user.email,
            Some(&user.id),
            &wish,
            cx.settings.links.verification,
        )
        .await?;
        let letter =
            Letter::ConfirmEmailChange { new_email: new_email.clone(), link: link::verify_email(cx, &token, callback) };
        mail::send(&mut tx, cx, &user.email, &user.name, &letter).await?;
        Next::AgreeFromCurrent
    } else {
        write_to_new(&mut tx, cx, user, new_email, callback).await?;
        Next::ProveNew
    };
    tx.commit().await?;
    mail::ring(cx);
    Ok(next)
}

/// # Errors
/// As [`request`].
pub(crate) fn allowed(cx: &Cx, current: &Current, new_email: &Email) -> Result<()> {
    if !cx.settings.email_change.enabled {
        return Err(Refusal::ChangeEmailDisabled.into());
    }
    current.require_fresh(cx)?;
    if &current.user.email == new_email {
        return Err(Refusal::EmailIsTheSame.into());
    }
    Ok(())
}

/// Whether the present address has to agree first. One that was never proved has nothing to agree with.
pub(crate) fn wants_agreement(cx: &Cx, user: &User) -> bool {
    cx.settings.email_change.confirm_current && user.email_verified
}

/// The present address has agreed: writes to the new one, and gives it.
pub(crate) async fn agreed(tx: &mut Tx, cx: &Cx, user: &User, ticket: Ticket) -> Result<Email> {
    if ticket.email != user.email {
        return Err(Refusal::InvalidToken.into());
    }
    let wish: Wish = ticket.payload()?;
    write_to_new(tx, cx, user, &wish.new_email, wish.callback.as_deref()).await?;
    Ok(wish.new_email)
}

async fn write_to_new(tx: &mut Tx, cx: &Cx, user: &User, new_email: &Email, callback: Option<&str>) -> Result<()> {
    if account::store::by_email(tx, new_email).await?.is_some() {
        let nobody = Letter::VerifyNewEmail { link: link::verify_email(cx, &Token::generate(cx.random), callback) };
        return mail::rehearse(tx, cx, new_email, &nobody).await;
    }
    // A new wish takes the place of an older one.
    token::revoke(tx, Purpose::VerifyNewEmail, &user.id).await?;
    let token =
        token::issue(tx, cx, Purpose::VerifyNewEmail, new_email, Some(&user.id), &(), cx.settings.links.verification)
            .await?;
    let letter = Letter::VerifyNewEmail { link: link::verify_email(cx, &token, callback) };
    mail::send(tx, cx, new_email, &user.name, &letter).await
}

/// The new address is proved: the account moves to it, and the old address is told.
pub(crate) async fn proved(tx: &mut Tx, cx: &Cx, mut user: User, new_email: &Email) -> Result<User> {
    // Somebody might be signing up with it at this moment.
    tx.lock(new_email.as_str()).await?;
    tx.lock(user.id.as_str()).await?;
    if !account::store::set_email(tx, &user.id, new_email, cx.now()).await? {
        return Err(Refusal::InvalidToken.into());
    }
    for purpose in [
        Purpose::VerifyEmail,
        Purpose::ConfirmEmailChange,
        Purpose::VerifyNewEmail,
        Purpose::ResetPassword,
        Purpose::MagicLink,
        Purpose::DeleteUser,
    ] {
        token::revoke(tx, purpose, &user.id).await?;
    }
    // Codes on their way went to the old address, and trust rests on it too.
    two_factor::end_trust(tx, &user.id).await?;
    mail::send(tx, cx, &user.email, &user.name, &Letter::EmailChanged { new_email: new_email.clone() }).await?;
    audit::record(tx, cx, Entry::by(&user.id, Act::EmailChanged));
    user.email = new_email.clone();
    user.email_verified = true;
    Ok(user)
}
