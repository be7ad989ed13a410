//! Deleting the account: a fresh authentication asks, a link by mail confirms, and everything of the user's goes.

#[cfg(test)]
mod tests;

use model::Refusal;

use crate::audit::{self, Act, Entry};
use crate::mail::{self, Letter};
use crate::password::Password;
use crate::session::{self, Current};
use crate::token::{self, Purpose, Token};
use crate::{Client, Cx, Result, account, link, organization};

/// Sends the link that confirms. A password given here is as good as a fresh session.
///
/// # Errors
/// [`Refusal::DeletionDisabled`], [`Refusal::InvalidPassword`], [`Refusal::SessionNotFresh`], [`Refusal::Busy`].
pub async fn request(
    cx: &Cx,
    current: &Current,
    password: Option<&Password>,
    callback: Option<&str>,
    client: &Client,
) -> Result<()> {
    if !cx.settings.deletion.enabled {
        return Err(Refusal::DeletionDisabled.into());
    }
    match password {
        // A password alone undoes nothing that a second factor guards (SECURITY A25).
        Some(password) if !current.user.two_factor_enabled => {
            session::confirm_password(cx, &current.user.id, password, client).await?;
        }
        Some(_) | None => current.require_fresh(cx)?,
    }
    let user = &current.user;
    let mut tx = cx.db.begin().await?;
    let token = token::issue(
        &mut tx,
        cx,
        Purpose::DeleteUser,
        &user.email,
        Some(&user.id),
        &(),
        cx.settings.links.verification,
    )
    .await?;
    audit::record(&mut tx, cx, Entry::by(&user.id, Act::DeletionRequested));
    let letter = Letter::Deletion { link: link::delete_user(cx, &token, callback) };
    mail::send(&mut tx, cx, &user.email, &user.name, &letter).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(())
}

/// Deletes the account of the user who is signed in and has followed the link.
///
/// # Errors
/// [`Refusal::DeletionDisabled`]; [`Refusal::InvalidToken`], [`Refusal::TokenExpired`], also for another user's link;
/// [`model::OrganizationRefusal::OnlyOwner`] while an organization with other members would be left without an owner.
pub async fn confirm(cx: &Cx, current: &Current, token: &Token) -> Result<()> {
    if !cx.settings.deletion.enabled {
        return Err(Refusal::DeletionDisabled.into());
    }
    let mut tx = cx.db.begin().await?;
    let ticket = token::consume(&mut tx, cx, Purpose::DeleteUser, token).await?;
    if ticket.user_id.as_ref() != Some(&current.user.id) || ticket.email != current.user.email {
        return Err(Refusal::InvalidToken.into());
    }
    organization::leave_all(&mut tx, cx, &current.user.id).await?;
    account::store::delete(&mut tx, &current.user.id).await?;
    audit::record(&mut tx, cx, Entry::by(&current.user.id, Act::AccountDeleted));
    mail::send(&mut tx, cx, &current.user.email, &current.user.name, &Letter::Deleted).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(())
}
