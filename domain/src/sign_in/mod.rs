//! Signing in with a password.

#[cfg(test)]
mod tests;

use db::Conn;
use model::{Email, PhoneNumber, Refusal, Username};

use crate::account::store::{self, Looked, WithPassword};
use crate::audit::{Act, Entry};
use crate::lock_out::{self, Attempt, Counter, Missed};
use crate::password::{Password, Verdict};
use crate::session::{self, Entered, Factor};
use crate::sign_up::Pending;
use crate::{Client, Cx, Result, mail, verification};

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
/// password, with a new link on its way to `callback`; [`Refusal::Busy`]; [`Refusal::PasswordLocked`], [`Refusal::TooManyRequests`],
/// [`Refusal::LimiterAway`].
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
    let seen = look(&mut cx.db.read().await?, cx, who, client).await?;
    let name = who.canonical();
    let user = seen.found.as_ref().map(|found| &found.user.id);
    let entry = Entry::by_guest(Act::SignInFailed).with("factor", Factor::Password);
    // By whichever name it was called, it is one account (A13).
    let attempt = Attempt {
        counter: seen.counter.clone(),
        missed: seen.missed,
        user,
        name: &name,
        entry: entry.about_named(cx, user, &name),
        wrong: wrong(who),
        client,
    };
    let stored = seen.found.as_ref().and_then(|found| found.password.as_deref());
    let verdict = attempt.judge(cx, password, stored).await?;
    let Some(WithPassword { user, password: Some(stored), .. }) = &seen.found else { return Err(wrong(who).into()) };
    let replacement = match verdict {
        Verdict::RightButOutdated => Some(cx.hasher.hash(password).await?),
        Verdict::Right | Verdict::Wrong => None,
    };

    let mut tx = cx.db.begin().await?;
    tx.lock(user.id.as_str()).await?;
    // What was changed meanwhile counts: a password that was replaced is no longer good, a second factor that was turned on is asked for.
    let now = look(&mut tx, cx, who, client).await?;
    let user = match now.found {
        Some(WithPassword { user: now, password: Some(password), .. }) if now.id == user.id && password == *stored => {
            now
        }
        _ => return Ok(None),
    };
    // Of those that were tried at once, no more than are allowed get an answer (A16).
    if let Err(locked) = lock_out::require_open(cx, now.missed) {
        drop(tx);
        attempt.refused(cx).await?;
        return Err(locked);
    }
    if now.missed.failures.is_some() {
        lock_out::store::forget(&mut tx, &now.counter).await?;
    }
    if let Some(hash) = replacement {
        store::replace_hash(&mut tx, &user.id, &hash).await?;
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

/// Whoever is called like that, and what counts their wrong passwords.
struct Seen {
    found: Option<WithPassword>,
    counter: Counter,
    missed: Missed,
}

async fn look(conn: &mut Conn, cx: &Cx, who: &Identifier, client: &Client) -> Result<Seen> {
    let name = who.canonical();
    let (stranger, device) = (lock_out::stranger(cx, &name), lock_out::device(client));
    let Looked { found, missed } = match who {
        Identifier::Email(email) => store::look_by_email(conn, email, stranger, device).await?,
        Identifier::Username(_) => store::look_by_username(conn, &name, stranger, device).await?,
        Identifier::Phone(number) => store::look_by_phone_number(conn, number, stranger, device).await?,
    };
    let user = found.as_ref().map(|found| (&found.user.id, found.password_at));
    let (counter, missed) = lock_out::counted(conn, cx, user, &name, client, missed).await?;
    Ok(Seen { found, counter, missed })
}
