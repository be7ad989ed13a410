//! Signing up with a name, an address and a password.
//!
//! The answer is the same whether the address has an account or not: the mail tells (SECURITY A12). Each sign-up's password travels
//! with its own link. Once two have signed up with an address that nobody has proved yet, none of the passwords is the account's
//! until its owner follows one of those links; a proof of another kind, which tells nothing about who signed up, leaves it without
//! a password (A4).

#[cfg(test)]
mod tests;

use model::{Email, PersonName, Refusal, UserView, Username};
use serde::{Deserialize, Serialize};

use crate::account::{self, User};
use crate::mail::{self, Letter};
use crate::password::Password;
use crate::session::{self, Factor, How, Opened};
use crate::{Client, Cx, Result, profile, verification};

/// What somebody signs up with.
pub struct SignUp {
    /// How others see them.
    pub name: PersonName,
    /// Their address.
    pub email: Email,
    /// Their password.
    pub password: Password,
    /// Their user name, if they want one.
    pub username: Option<Username>,
    /// The address of a picture, if the client knows one.
    pub image: Option<String>,
    /// Whether the session, if there is one at once, outlasts the browser.
    pub remember: bool,
    /// Where the link in the mail leads in the end; checked by the caller.
    pub callback: Option<String>,
}

/// What a sign-up gave.
pub struct SignedUp {
    /// The user; one that was made up when the address had an account already.
    pub user: UserView,
    /// The session, where the address needn't be proved first.
    pub opened: Option<Opened>,
}

/// What the link of a sign-up brings along.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Pending {
    pub name: Option<String>,
    pub password: Option<String>,
}

impl Pending {
    fn of(user: &User, hash: String) -> Self {
        Self { name: Some(user.name.clone()), password: Some(hash) }
    }
}

/// Signs up.
///
/// # Errors
/// [`Refusal::SignUpDisabled`], [`Refusal::Password`], [`Refusal::UsernameTaken`], [`Refusal::InvalidImage`], [`Refusal::Busy`]; [`Refusal::UserExists`] only where
/// addresses needn't be proved.
pub async fn sign_up(cx: &Cx, form: SignUp, client: &Client) -> Result<SignedUp> {
    let settings = &cx.settings.sign_up;
    if !settings.enabled {
        return Err(Refusal::SignUpDisabled.into());
    }
    if let Some(image) = &form.image {
        profile::check_image(image)?;
    }
    form.password.check(&cx.settings.password, form.name.as_str(), form.email.as_str())?;
    let hash = cx.hasher.hash(&form.password).await?;

    let mut tx = cx.db.begin().await?;
    // The address and its user are locked before the user name: a change of the profile takes them in this order, too.
    let existing = account::hold(&mut tx, &form.email).await?;
    if let Some(username) = &form.username {
        tx.lock(&format!("username:{}", username.key())).await?;
        if account::store::by_username(&mut tx, &username.key()).await?.is_some() {
            return Err(Refusal::UsernameTaken.into());
        }
    }
    let mut user = User::new(cx, &form.name, form.email, false).with_username(form.username.as_ref());
    user.image = form.image;
    let Some(existing) = existing else {
        let mut opened = None;
        if !account::store::insert(&mut tx, &user).await? {
            // Not the address, so the user name.
            return Err(Refusal::UsernameTaken.into());
        }
        account::store::set_password(&mut tx, cx.random.id(cx.now()), &user.id, &hash, cx.now()).await?;
        // Where accounts work at once there is no second sign-up, and following the link must not end the sessions.
        let pending = if settings.require_verification { Pending::of(&user, hash) } else { Pending::default() };
        verification::write(&mut tx, cx, &user, &pending, form.callback.as_deref()).await?;
        if !settings.require_verification {
            // A new account has no second factor.
            let how = How { factor: Factor::Password, second: None, strong: false, remember: form.remember };
            opened = Some(session::open(&mut tx, cx, user.clone(), how, client).await?);
        }
        tx.commit().await?;
        mail::ring(cx);
        return Ok(SignedUp { user: user.view(), opened });
    };
    if !settings.require_verification {
        return Err(Refusal::UserExists.into());
    }
    if existing.email_verified {
        let letter = Letter::AccountExists {
            sign_in: cx.settings.link("/sign-in"),
            reset: cx.settings.link("/forgot-password"),
        };
        mail::send(&mut tx, cx, &existing.email, &existing.name, &letter).await?;
    } else {
        account::store::delete_accounts(&mut tx, &existing.id).await?;
        verification::write(&mut tx, cx, &existing, &Pending::of(&user, hash), form.callback.as_deref()).await?;
    }
    tx.commit().await?;
    mail::ring(cx);
    Ok(SignedUp { user: user.view(), opened: None })
}
