//! What a link in a mail carries: 32 random characters, kept as a hash, bound to a purpose and an address, used once.
//!
//! Redeeming is one `DELETE … RETURNING`: of any number of simultaneous attempts one gets the row (SECURITY A27).

mod store;

use std::time::Duration;

use db::{Conn, Tx};
use model::{Email, Refusal, UserId};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::{Cx, Error, Random, Result};

/// A secret that lets in whoever has it. Its Debug prints nothing.
#[derive(Clone, Debug)]
pub struct Token(SecretString);

impl Token {
    /// A new one: 32 characters, 190 bits.
    pub fn generate(random: Random) -> Self {
        Self(SecretString::from(random.alphanumeric(32)))
    }

    /// Reads one that somebody sent; `None` when it can't be one (empty, too long, other characters: SECURITY A9).
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        ((16..=128).contains(&text.len()) && text.bytes().all(plain)).then(|| Self(SecretString::from(text.to_owned())))
    }

    /// The text, for a cookie, a link or the wire.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// What is stored and looked up. Tokens are random enough to be hashed bare.
    pub fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.expose().as_bytes()).to_vec()
    }
}

/// What a token is good for; each is good for one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(rename_all = "snake_case", type_name = "text")]
pub enum Purpose {
    /// Proves the address of a new account.
    VerifyEmail,
    /// The present address agrees to a change.
    ConfirmEmailChange,
    /// Proves the new address.
    VerifyNewEmail,
    /// Sets a new password.
    ResetPassword,
    /// Signs in.
    MagicLink,
    /// Deletes the account.
    DeleteUser,
}

/// What was written down when the token was issued.
#[derive(sqlx::FromRow)]
pub struct Ticket {
    /// What it is good for.
    pub purpose: Purpose,
    /// The address that it was sent to.
    pub email: Email,
    /// Whose it is, if there was an account.
    pub user_id: Option<UserId>,
    expires_at: model::Timestamp,
    payload: sqlx::types::Json<serde_json::Value>,
}

impl Ticket {
    /// What the issuer added.
    ///
    /// # Errors
    /// [`Error::Broken`] when it isn't a `T`.
    pub fn payload<T: DeserializeOwned>(self) -> Result<T> {
        serde_json::from_value(self.payload.0).map_err(Error::broken)
    }
}

/// Writes down a new token for `email`, good for `lifetime`.
pub async fn issue(
    tx: &mut Tx,
    cx: &Cx,
    purpose: Purpose,
    email: &Email,
    user: Option<&UserId>,
    payload: &impl Serialize,
    lifetime: Duration,
) -> Result<Token> {
    let token = Token::generate(cx.random);
    let payload = serde_json::to_value(payload).map_err(Error::broken)?;
    store::insert(tx, token.hash(), purpose, email, user, payload, cx.now() + lifetime).await?;
    Ok(token)
}

/// Redeems a token for `purpose`: afterwards it is gone, and its address and its user are locked to the end of the transaction.
///
/// # Errors
/// [`Refusal::InvalidToken`] when there is none (any more) for this purpose, [`Refusal::TokenExpired`] when it is too old.
pub async fn consume(tx: &mut Tx, cx: &Cx, purpose: Purpose, token: &Token) -> Result<Ticket> {
    let ticket = consume_any(tx, cx, token).await?;
    if ticket.purpose == purpose { Ok(ticket) } else { Err(Refusal::InvalidToken.into()) }
}

/// Redeems a token whose purpose the caller looks at afterwards, before committing.
///
/// # Errors
/// As [`consume`].
pub async fn consume_any(tx: &mut Tx, cx: &Cx, token: &Token) -> Result<Ticket> {
    // The locks come before the row: whoever redeems another link of this account holds them while revoking this one.
    let ticket = store::find(tx, token.hash()).await?.ok_or(Refusal::InvalidToken)?;
    tx.lock(ticket.email.as_str()).await?;
    if let Some(user) = &ticket.user_id {
        tx.lock(user.as_str()).await?;
    }
    let ticket = store::delete(tx, token.hash()).await?.ok_or(Refusal::InvalidToken)?;
    if ticket.expires_at <= cx.now() { Err(Refusal::TokenExpired.into()) } else { Ok(ticket) }
}

/// Looks at a token without spending it, for a page that asks before it acts.
///
/// # Errors
/// As [`consume`].
pub async fn peek(cx: &Cx, token: &Token) -> Result<Ticket> {
    let mut conn = cx.db.read().await?;
    let ticket = store::find(&mut conn, token.hash()).await?.ok_or(Refusal::InvalidToken)?;
    if ticket.expires_at <= cx.now() { Err(Refusal::TokenExpired.into()) } else { Ok(ticket) }
}

/// Spends every token of a user for `purpose`: what was proved once needs no second proof.
pub async fn revoke(conn: &mut Conn, purpose: Purpose, user: &UserId) -> Result<()> {
    store::delete_of_user(conn, purpose, user).await
}

/// Deletes what has expired; gives how many.
pub async fn sweep(conn: &mut Conn, now: model::Timestamp) -> Result<u64> {
    store::delete_expired(conn, now).await
}
