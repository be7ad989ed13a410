//! Signing in with a password.

#[cfg(test)]
mod tests;

use db::Conn;
use model::{Email, PhoneNumber, Refusal, Username};

use crate::account::store::{self, WithPassword};
use crate::limit::{self, Account, Rule};
use crate::password::{Password, Verdict};
use crate::session::{self, Entered, Factor};
use crate::sign_up::Pending;
use crate::{Client, Cx, Result, audit, mail, verification};

/// Whom somebody says to be.
pub enum Identifier {
    /// By the address.
    Email(Email),
    /// By the user name.
    Username(Username),
    /// By the telephone number.
    Phone(PhoneNumber),
}

impl Identifier {
    fn canonical(&self) -> String {
        match self {
            Self::Email(email) => email.as_str().to_owned(),
            Self::Username(username) => username.key(),
            Self::Phone(number) => number.as_str().to_owned(),
        }
    }
}

/// Signs in. An unknown name takes as long as a wrong password, and gives the same answer (SECURITY A12).
///
/// # Errors
/// [`Refusal::InvalidCredentials`] (or its twin for user names and numbers); [`Refusal::EmailNotVerified`], only to somebody who knows the
/// password, with a new link on its way to `callback`; [`Refusal::Busy`]; [`Refusal::TooManyRequests`], [`Refusal::LimiterAway`].
pub async fn with_password(
    cx: &Cx,
    who: &Identifier,
    password: &Password,
    remember: bool,
    callback: Option<&str>,
    client: &Client,
) -> Result<Entered> {
    // Where the password was changed, or its hash replaced, while it was being checked, it is checked anew.
    for _ in 0..2 {
        if let Some(entered) = attempt(cx, who, password, remember, callback, client).await? {
            return Ok(entered);
        }
    }
    Err(wrong(who).into())
}

fn wrong(who: &Identifier) -> Refusal {
    match who {
        Identifier::Email(_) => Refusal::InvalidCredentials,
        Identifier::Username(_) => Refusal::InvalidUsernameOrPassword,
        Identifier::Phone(_) => Refusal::InvalidPhoneOrPassword,
    }
}

/// `None` when what was checked was not the account's password any more.
async fn attempt(
    cx: &Cx,
    who: &Identifier,
    password: &Password,
    remember: bool,
    callback: Option<&str>,
    client: &Client,
) -> Result<Option<Entered>> {
    // The connection goes back before hashing, which takes long.
    let found = find(&mut cx.db.read().await?, who).await?;
    // By whichever name it was called, it is one account (A13).
    let name = who.canonical();
    let account = found.as_ref().map_or(Account::Name(&name), |found| Account::User(&found.user.id));
    limit::account(cx, Rule::SignIn, account).await?;
    let known = found.as_ref().map(|found| found.user.id.clone());
    let stored = found.as_ref().and_then(|found| found.password.as_deref());
    let verdict = cx.hasher.verify(password, stored).await?;
    let (Some(WithPassword { user, password: Some(stored) }), Verdict::Right | Verdict::RightButOutdated) =
        (found, verdict)
    else {
        audit::sign_in_failed(cx, Factor::Password, known.as_ref(), &name).await?;
        return Err(wrong(who).into());
    };
    let replacement = match verdict {
        Verdict::RightButOutdated => Some(cx.hasher.hash(password).await?),
        Verdict::Right | Verdict::Wrong => None,
    };

    let mut tx = cx.db.begin().await?;
    tx.lock(user.id.as_str()).await?;
    // What was changed meanwhile counts: a password that was replaced is no longer good, a second factor that was turned on is asked for.
    let user = match find(&mut tx, who).await? {
        Some(WithPassword { user: now, password: Some(password) }) if now.id == user.id && password == stored => now,
        _ => return Ok(None),
    };
    if let Some(hash) = replacement {
        store::set_password(&mut tx, cx.random.id(cx.now()), &user.id, &hash, cx.now()).await?;
    }
    if cx.settings.sign_up.require_verification && !user.email_verified {
        verification::write(&mut tx, cx, &user, &Pending::default(), callback).await?;
        tx.commit().await?;
        mail::ring(cx);
        return Err(Refusal::EmailNotVerified.into());
    }
    let entered = session::enter(&mut tx, cx, user, Factor::Password, remember, client).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(Some(entered))
}

async fn find(conn: &mut Conn, who: &Identifier) -> Result<Option<WithPassword>> {
    match who {
        Identifier::Email(email) => store::password_by_email(conn, email).await,
        Identifier::Username(username) => store::password_by_username(conn, &username.key()).await,
        Identifier::Phone(number) => store::password_by_phone_number(conn, number).await,
    }
}
