//! Proving an address: the link that every new account gets, and the one that a changed address gets.

#[cfg(test)]
mod tests;

use db::Tx;
use model::{Email, Refusal, UserView};

use crate::account::{self, User};
use crate::audit::{self, Act, Entry};
use crate::limit::{self, Rule};
use crate::mail::{self, Letter, SecurityChange};
use crate::session::{self, Current, Entered, Factor};
use crate::sign_up::{Pending, Way};
use crate::token::{self, Purpose, Token};
use crate::{Client, Cx, Result, email_change, link, proof_of_work, provider};

/// What following a link gave.
#[expect(clippy::large_enum_variant, reason = "there is one for a request, and it goes straight to the answer")]
pub enum Verified {
    /// A new account's address is proved; the session, if the settings give one.
    Account(UserView, Option<Entered>),
    /// The present address agreed to a change: the new one must be proved next.
    ChangeAgreed(Email),
    /// The address was changed.
    Changed(UserView),
}

/// Writes the mail with the link that proves a user's address.
pub(crate) async fn write(tx: &mut Tx, cx: &Cx, user: &User, pending: &Pending, callback: Option<&str>) -> Result<()> {
    let lifetime = cx.settings.links.verification;
    let token = token::issue(tx, cx, Purpose::VerifyEmail, &user.email, Some(&user.id), pending, lifetime).await?;
    let letter = Letter::Verify { link: link::verify_email(cx, &token, callback) };
    mail::send(tx, cx, &user.email, pending.name.as_deref().unwrap_or(&user.name), &letter).await
}

/// Sends the link again, for an address whose account waits for it. The answer doesn't tell whether there is one.
///
/// # Errors
/// [`Refusal::TooManyRequests`], [`Refusal::LimiterAway`].
pub async fn send(cx: &Cx, email: &Email, callback: Option<&str>) -> Result<()> {
    limit::email(cx, Rule::Verification, email).await?;
    proof_of_work::suspect(cx).await;
    let mut tx = cx.db.begin().await?;
    match account::store::by_email(&mut tx, email).await? {
        Some(user) if !user.email_verified => write(&mut tx, cx, &user, &Pending::default(), callback).await?,
        _ => {
            let nobody = Letter::Verify { link: link::verify_email(cx, &Token::generate(cx.random), callback) };
            token::issue(
                &mut tx,
                cx,
                Purpose::VerifyEmail,
                email,
                None,
                &Pending::default(),
                cx.settings.links.verification,
            )
            .await?;
            mail::rehearse(&mut tx, cx, email, &nobody).await?;
        }
    }
    tx.commit().await?;
    mail::ring(cx);
    Ok(())
}

/// The same for somebody who is signed in and may be told.
///
/// # Errors
/// [`Refusal::EmailMismatch`] for another's address, [`Refusal::EmailAlreadyVerified`].
pub async fn send_own(cx: &Cx, current: &Current, email: &Email, callback: Option<&str>) -> Result<()> {
    if &current.user.email != email {
        return Err(Refusal::EmailMismatch.into());
    }
    if current.user.email_verified {
        return Err(Refusal::EmailAlreadyVerified.into());
    }
    send(cx, email, callback).await
}

/// Follows a link of this kind, whichever of the three it is.
///
/// # Errors
/// [`Refusal::InvalidToken`], [`Refusal::TokenExpired`].
pub async fn redeem(cx: &Cx, token: &Token, client: &Client) -> Result<Verified> {
    let mut tx = cx.db.begin().await?;
    let ticket = token::consume_any(&mut tx, cx, token).await?;
    let user_id = ticket.user_id.clone().ok_or(Refusal::InvalidToken)?;
    let user = account::store::by_id(&mut tx, &user_id).await?.ok_or(Refusal::InvalidToken)?;
    let verified = match ticket.purpose {
        Purpose::VerifyEmail => {
            if ticket.email != user.email {
                return Err(Refusal::InvalidToken.into());
            }
            let mut user = user;
            let pending: Pending = ticket.payload()?;
            if let Some(way) = pending.way.filter(|_| !user.email_verified) {
                account::forget_ways_in(&mut tx, &user.id).await?;
                (user.two_factor_enabled, user.phone_number) = (false, None);
                // A passkey that somebody has registered meanwhile is theirs; the link lets in all the same.
                let passkey = matches!(way, Way::Passkey(_));
                way.give(&mut tx, cx, &user.id).await?;
                if passkey {
                    // Whoever confirms an address that somebody else signed up with should know what signs in to it.
                    audit::record(&mut tx, cx, Entry::by(&user.id, Act::PasskeyAdded));
                    let letter = Letter::SecurityChanged { change: SecurityChange::PasskeyAdded };
                    mail::send(&mut tx, cx, &user.email, &user.name, &letter).await?;
                }
                session::store::delete_of_user(&mut tx, &user.id).await?;
                if let Some(name) = pending.name {
                    account::store::set_name(&mut tx, &user.id, &name).await?;
                    user.name = name;
                }
            }
            if !user.email_verified {
                // Nor should they miss a provider that somebody else signed up with.
                provider::link::tell_all(&mut tx, cx, &user).await?;
            }
            account::verify(&mut tx, cx, &mut user).await?;
            let view = user.view();
            let entered = match cx.settings.sign_up.sign_in_after_verification {
                true => Some(session::enter(&mut tx, cx, user, Factor::Link, true, client).await?),
                false => None,
            };
            Verified::Account(view, entered)
        }
        Purpose::ConfirmEmailChange => Verified::ChangeAgreed(email_change::agreed(&mut tx, cx, &user, ticket).await?),
        Purpose::VerifyNewEmail => {
            Verified::Changed(email_change::proved(&mut tx, cx, user, &ticket.email).await?.view())
        }
        Purpose::ResetPassword | Purpose::MagicLink | Purpose::DeleteUser => return Err(Refusal::InvalidToken.into()),
    };
    tx.commit().await?;
    mail::ring(cx);
    Ok(verified)
}
