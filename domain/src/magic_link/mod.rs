//! Signing in, or up, by a link in a mail.
//!
//! The answer to the request is the same for every address. Whoever follows the link has shown that the address is theirs.

#[cfg(test)]
mod tests;

use model::{Email, PersonName, UserId};
use serde::{Deserialize, Serialize};

use crate::limit::{self, Rule};
use crate::link::{self, Callbacks};
use crate::mail::{self, Letter};
use crate::session::{self, Entered, Factor};
use crate::token::{self, Purpose, Token};
use crate::{Client, Cx, Result, account, proof_of_work};

#[derive(Serialize, Deserialize)]
struct Payload {
    name: Option<PersonName>,
}

/// What following a link gave.
pub struct Redeemed {
    /// The session, or the challenge.
    pub entered: Entered,
    /// Whose it is.
    pub user_id: UserId,
    /// Whether the account was made just now.
    pub new_user: bool,
}

/// Sends a link to `email`; `name` is for an account that doesn't exist yet.
///
/// # Errors
/// [`model::Refusal::TooManyRequests`], [`model::Refusal::LimiterAway`].
pub async fn request(cx: &Cx, email: &Email, name: Option<PersonName>, callbacks: &Callbacks) -> Result<()> {
    limit::email(cx, Rule::MagicLink, email).await?;
    proof_of_work::suspect(cx).await;
    let mut tx = cx.db.begin().await?;
    let user = account::store::by_email(&mut tx, email).await?;
    let payload = Payload { name };
    let user_id = user.as_ref().map(|user| &user.id);
    let token =
        token::issue(&mut tx, cx, Purpose::MagicLink, email, user_id, &payload, cx.settings.links.magic_link).await?;
    let letter = Letter::MagicLink { link: link::magic_link(cx, &token, callbacks) };
    if user.is_some() || cx.settings.sign_up.enabled {
        mail::send(&mut tx, cx, email, user.as_ref().map_or("", |user| &user.name), &letter).await?;
    } else {
        mail::rehearse(&mut tx, cx, email, &letter).await?;
    }
    tx.commit().await?;
    mail::ring(cx);
    Ok(())
}

/// Follows a link.
///
/// # Errors
/// [`model::Refusal::InvalidToken`], [`model::Refusal::TokenExpired`], [`model::Refusal::SignUpDisabled`].
pub async fn redeem(cx: &Cx, token: &Token, client: &Client) -> Result<Redeemed> {
    let mut tx = cx.db.begin().await?;
    let ticket = token::consume(&mut tx, cx, Purpose::MagicLink, token).await?;
    let email = ticket.email.clone();
    let payload: Payload = ticket.payload()?;
    let (user, new_user) = account::prove_email(&mut tx, cx, &email, payload.name.as_ref()).await?;
    let user_id = user.id.clone();
    let entered = session::enter(&mut tx, cx, user, Factor::Link, true, client).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(Redeemed { entered, user_id, new_user })
}
