//! Passkeys: key pairs whose private half never leaves the user's device or password manager (WebAuthn level 3).
//!
//! Each ceremony has two halves. `begin_…` writes down a challenge and gives what the browser hands to the authenticator; the other half
//! takes its answer. The challenge is good once, for one purpose, for whoever has the token that the browser got with it (SECURITY 28,
//! A28). The authenticator must verify its user, so that a passkey is both factors in one, and nothing is asked for after it (A21).

mod ceremony;
mod credential;
mod maker;
mod offer;
mod registration;
mod sign_in;
mod sign_up;
pub(crate) mod store;
#[cfg(test)]
mod tests;

use model::{PasskeyId, PasskeyView, PersonName, Refusal, UserId};

pub(crate) use ceremony::sweep;
pub use ceremony::{Begun, LIFETIME, is_available};
pub(crate) use credential::NewPasskey;
pub use offer::{offer_is_due, offered};
pub use registration::{Attachment, begin_registration, finish_registration};
pub use sign_in::{authenticate, begin_sign_in, begin_step_up, finish_sign_in};
pub use sign_up::{begin_sign_up, finish_sign_up};

use crate::audit::{self, Act, Entry};
use crate::mail::{self, Letter, SecurityChange};
use crate::session::Current;
use crate::two_factor;
use crate::{Cx, Result, account};

/// A user's passkeys, the oldest first.
///
/// # Errors
/// When the database can't be asked.
pub async fn list(cx: &Cx, user: &UserId) -> Result<Vec<PasskeyView>> {
    let stored = store::of_user(&mut cx.db.read().await?, user).await?;
    Ok(stored.into_iter().map(store::Stored::view).collect())
}

/// Gives one of the user's passkeys another name.
///
/// # Errors
/// [`Refusal::PasskeyNotFound`]; [`Refusal::NotYourPasskey`] when it is somebody else's; [`Refusal::NameMissing`], [`Refusal::InvalidName`].
pub async fn rename(cx: &Cx, user: &UserId, id: &PasskeyId, name: &str) -> Result<PasskeyView> {
    let name = read_name(name)?;
    let mut tx = cx.db.begin().await?;
    own(&mut tx, user, id).await?;
    let renamed = store::rename(&mut tx, user, id, name).await?.ok_or(Refusal::PasskeyNotFound)?;
    audit::record(&mut tx, cx, Entry::by(user, Act::PasskeyRenamed).with("passkey", &renamed.name));
    tx.commit().await?;
    Ok(renamed.view())
}

/// Removes one of the user's passkeys. What was trusted under it ends, and the owner hears of it.
///
/// # Errors
/// [`Refusal::SessionNotFresh`]; [`Refusal::PasskeyNotFound`], [`Refusal::NotYourPasskey`]; [`Refusal::LastAccount`] when there is no password, no
/// provider and no other passkey to sign in with; [`Refusal::TwoFactorRequired`] when it is the last second factor and one is demanded.
pub async fn delete(cx: &Cx, current: &Current, id: &PasskeyId) -> Result<()> {
    let mut tx = cx.db.begin().await?;
    // One at a time, so that of two that are removed at once the last one stays.
    let user = two_factor::hold_fresh(&mut tx, cx, current).await?.user;
    own(&mut tx, &user.id, id).await?;
    if store::count(&mut tx, &user.id).await? == 1 && !account::has_way_in(&mut tx, cx, &user.id).await? {
        return Err(Refusal::LastAccount.into());
    }
    if two_factor::owes_passkey(&mut tx, cx, &user).await? && store::count(&mut tx, &user.id).await? == 1 {
        return Err(Refusal::TwoFactorRequired.into());
    }
    store::delete(&mut tx, &user.id, id).await?;
    audit::record(&mut tx, cx, Entry::by(&user.id, Act::PasskeyRemoved));
    two_factor::end_trust(&mut tx, &user.id).await?;
    let letter = Letter::SecurityChanged { change: SecurityChange::PasskeyRemoved };
    mail::send(&mut tx, cx, &user.email, &user.name, &letter).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(())
}

/// # Errors
/// When the passkey isn't `user`'s.
async fn own(tx: &mut db::Tx, user: &UserId, id: &PasskeyId) -> Result<()> {
    match store::owner(tx, id).await? {
        None => Err(Refusal::PasskeyNotFound.into()),
        Some(owner) if &owner != user => Err(Refusal::NotYourPasskey.into()),
        Some(_) => Ok(()),
    }
}

/// The rule is that for people's names: one line of plain text.
fn read_name(typed: &str) -> Result<String> {
    Ok(PersonName::parse(typed)?.as_str().to_owned())
}
