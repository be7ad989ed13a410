//! Signing up with a name, an address and a password, or a passkey in its place.
//!
//! The answer is the same whether the address has an account or not: the mail tells (SECURITY A12). Each sign-up's way in travels
//! with its own link. Once two have signed up with an address that nobody has proved yet, none of their ways in is the account's
//! until its owner follows one of those links; a proof of another kind, which tells nothing about who signed up, leaves it without
//! one (A4).

#[cfg(test)]
mod tests;

use db::Tx;
use model::{Email, PersonName, Refusal, UserId, UserView, Username};
use serde::{Deserialize, Serialize};

use crate::account::{self, User};
use crate::audit::{self, Act, Entry};
use crate::limit::{self, Account, Rule};
use crate::mail::{self, Letter};
use crate::passkey::{self, NewPasskey};
use crate::password::{self, Password};
use crate::session::{self, Factor, How, Opened};
use crate::{Client, Cx, Result, link, profile, proof_of_work, verification};

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

/// What somebody who signs up will sign in with.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Way {
    /// A password's hash.
    Password(String),
    /// A passkey.
    Passkey(Box<NewPasskey>),
}

impl Way {
    /// Gives it to an account; `false` when it is a passkey that somebody has.
    pub(crate) async fn give(self, tx: &mut Tx, cx: &Cx, user: &UserId) -> Result<bool> {
        match self {
            Self::Password(hash) => {
                account::store::set_password(tx, cx.random.id(cx.now()), user, &hash, cx.now()).await?;
                Ok(true)
            }
            Self::Passkey(passkey) => Ok(passkey::store::insert(tx, cx, user, *passkey).await?.is_some()),
        }
    }

    fn factor(&self) -> Factor {
        match self {
            Self::Password(_) => Factor::Password,
            Self::Passkey(_) => Factor::Passkey,
        }
    }
}

/// What the link of a sign-up brings along.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Pending {
    pub name: Option<String>,
    #[serde(flatten)]
    pub way: Option<Way>,
}

/// Somebody who signs up, and has shown what with.
pub(crate) struct Newcomer {
    pub name: PersonName,
    pub email: Email,
    pub username: Option<Username>,
    pub image: Option<String>,
    pub remember: bool,
    pub callback: Option<String>,
    pub way: Way,
}

/// Signs up.
///
/// # Errors
/// [`Refusal::SignUpDisabled`], [`Refusal::Password`], [`Refusal::UsernameTaken`], [`Refusal::InvalidImage`], [`Refusal::Busy`]; [`Refusal::UserExists`] only where
/// addresses needn't be proved.
pub async fn sign_up(cx: &Cx, form: SignUp, client: &Client) -> Result<SignedUp> {
    require_open(cx)?;
    if let Some(image) = &form.image {
        profile::check_image(image)?;
    }
    password::judge(cx, &form.password, form.name.as_str(), form.email.as_str()).await?;
    let way = Way::Password(cx.hasher.hash(&form.password).await?);
    let SignUp { name, email, username, image, remember, callback, .. } = form;
    enroll(cx, Newcomer { name, email, username, image, remember, callback, way }, client).await
}

/// # Errors
/// [`Refusal::SignUpDisabled`] where nobody may make an account.
pub(crate) fn require_open(cx: &Cx) -> Result<()> {
    if cx.settings.sign_up.enabled { Ok(()) } else { Err(Refusal::SignUpDisabled.into()) }
}

/// Makes the account, or what looks like it.
///
/// # Errors
/// [`Refusal::SignUpDisabled`], [`Refusal::UsernameTaken`]; [`Refusal::UserExists`] and [`Refusal::PasskeyKnown`] only where addresses needn't be
/// proved.
pub(crate) async fn enroll(cx: &Cx, form: Newcomer, client: &Client) -> Result<SignedUp> {
    require_open(cx)?;
    limit::account(cx, Rule::SignUp, Account::Name(form.email.as_str())).await?;
    proof_of_work::suspect(cx).await;
    let settings = &cx.settings.sign_up;
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
        if !account::store::insert(&mut tx, &user).await? {
            // Not the address, so the user name.
            return Err(Refusal::UsernameTaken.into());
        }
        audit::record(&mut tx, cx, Entry::by(&user.id, Act::SignedUp).with("factor", form.way.factor()));
        let (mut pending, mut opened) = (Pending::default(), None);
        if settings.require_verification {
            if let Way::Password(hash) = &form.way {
                // Who tries it before the address is proved is told so.
                account::store::set_password(&mut tx, cx.random.id(cx.now()), &user.id, hash, cx.now()).await?;
            }
            pending = Pending { name: Some(user.name.clone()), way: Some(form.way) };
        } else {
            // Accounts work at once: there is no second sign-up, and following the link must not end the sessions. A new account has
            // no second factor.
            let how = How::first(form.way.factor(), form.remember);
            if !form.way.give(&mut tx, cx, &user.id).await? {
                return Err(Refusal::PasskeyKnown.into());
            }
            opened = Some(session::open(&mut tx, cx, user.clone(), how, client).await?);
        }
        verification::write(&mut tx, cx, &user, &pending, form.callback.as_deref()).await?;
        tx.commit().await?;
        mail::ring(cx);
        return Ok(SignedUp { user: user.view(), opened });
    };
    if !settings.require_verification {
        return Err(Refusal::UserExists.into());
    }
    audit::record(&mut tx, cx, Entry::by_guest(Act::SignedUpAgain).about(&existing.id));
    if existing.email_verified {
        let letter = Letter::AccountExists {
            sign_in: link::sign_in(cx, form.callback.as_deref()),
            reset: cx.settings.link("/forgot-password"),
        };
        mail::send(&mut tx, cx, &existing.email, &existing.name, &letter).await?;
    } else {
        account::store::delete_accounts(&mut tx, &existing.id).await?;
        account::store::delete_passkeys(&mut tx, &existing.id).await?;
        let pending = Pending { name: Some(user.name.clone()), way: Some(form.way) };
        verification::write(&mut tx, cx, &existing, &pending, form.callback.as_deref()).await?;
    }
    tx.commit().await?;
    mail::ring(cx);
    Ok(SignedUp { user: user.view(), opened: None })
}
