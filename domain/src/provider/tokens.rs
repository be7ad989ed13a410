//! A provider's tokens: sealed in the database, renewed when they are about to end, given to nobody but the user whose they are.

use std::sync::Arc;
use std::time::Duration;

use db::Tx;
use model::{AccountId, ProviderRefusal, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::exchange::{self, Tokens};
use super::id_token::{self, Expected, Sent};
use super::known::Profile;
use super::store::{self, Connection};
use super::{Provider, own};
use crate::seal::{Column, Place};
use crate::session::Current;
use crate::{Cx, Error, Result, seal};

/// How long before its end an access token is renewed.
const BEFORE_END: Duration = Duration::from_secs(60);
/// How many calls' time somebody who fetches new tokens keeps others from it, should they never come back. It takes four at most: the
/// discovery document, the keys, the tokens, and the keys again.
const TURN: u32 = 5;
/// How often somebody who waits for another's turn looks.
const LOOK: Duration = Duration::from_millis(50);

/// What an app is given.
#[derive(Clone, Debug)]
pub struct Given {
    /// The account.
    pub connection: AccountId,
    /// Its provider's id.
    pub provider: String,
    /// Its id at the provider.
    pub subject: String,
    /// For the provider's API.
    pub access: SecretString,
    /// When it ends, if it is known.
    pub access_until: Option<Timestamp>,
    /// For new ones.
    pub refresh: Option<SecretString>,
    /// When that ends, if it is known.
    pub refresh_until: Option<Timestamp>,
    /// The ID token.
    pub id: Option<SecretString>,
    /// What may be done with the access token.
    pub scopes: Vec<String>,
}

fn close(cx: &Cx, id: &AccountId, column: Column, token: Option<&SecretString>) -> Result<Option<Vec<u8>>> {
    let place = Place { column, row: id.as_str() };
    token.map(|token| seal::close(cx, place, token.expose_secret().as_bytes())).transpose()
}

fn open(cx: &Cx, id: &AccountId, column: Column, sealed: Option<&Vec<u8>>) -> Result<Option<SecretString>> {
    let Some(sealed) = sealed else { return Ok(None) };
    let plain = seal::open(cx, Place { column, row: id.as_str() }, sealed)?;
    let text = String::from_utf8(plain).map_err(Error::broken)?;
    Ok(Some(text.into()))
}

/// Seals and stores what a provider gave; `false` when it was fetched in a `turn` that is over.
pub(super) async fn keep(
    tx: &mut Tx,
    cx: &Cx,
    row: Connection,
    given: &Tokens,
    turn: Option<Timestamp>,
) -> Result<bool> {
    let id = &row.id;
    let row = Connection {
        access_token: close(cx, id, Column::AccessToken, Some(&given.access))?,
        access_token_expires_at: given.access_until,
        refresh_token: close(cx, id, Column::RefreshToken, given.refresh.as_ref())?,
        refresh_token_expires_at: given.refresh_until,
        id_token: close(cx, id, Column::IdToken, given.id.as_ref())?,
        scopes: Some(given.scopes.join(" ")),
        ..row
    };
    store::set_tokens(tx, &row, turn, cx.now()).await
}

fn read(cx: &Cx, row: &Connection) -> Result<Given> {
    let access = open(cx, &row.id, Column::AccessToken, row.access_token.as_ref())?;
    Ok(Given {
        connection: row.id.clone(),
        provider: row.provider_id.clone(),
        subject: row.account_id.clone(),
        access: access.ok_or(ProviderRefusal::NoAccessToken)?,
        access_until: row.access_token_expires_at,
        refresh: open(cx, &row.id, Column::RefreshToken, row.refresh_token.as_ref())?,
        refresh_until: row.refresh_token_expires_at,
        id: open(cx, &row.id, Column::IdToken, row.id_token.as_ref())?,
        scopes: row.scopes.as_deref().unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
    })
}

/// An access token that is good for a minute at least, as far as the provider lets us have one.
///
/// # Errors
/// [`model::Refusal::AccountNotFound`]; [`ProviderRefusal::NotSupported`]; [`ProviderRefusal::NoAccessToken`].
pub async fn access(cx: &Cx, current: &Current, id: &AccountId) -> Result<Given> {
    let row = own(cx, &current.user.id, id).await?;
    let provider = offered(cx, &row)?;
    let ends_before = |at: Timestamp| row.access_token_expires_at.is_some_and(|end| end <= at);
    if !ends_before(cx.now() + BEFORE_END) {
        return read(cx, &row);
    }
    let good = (!ends_before(cx.now())).then(|| row.clone());
    match (renew(cx, provider, row).await, good) {
        (Err(Error::Refused(_)), Some(row)) => read(cx, &row),
        (Err(Error::Refused(_)), None) => Err(ProviderRefusal::NoAccessToken.into()),
        (renewed, _) => renewed,
    }
}

/// New tokens, whether the old ones are good or not.
///
/// # Errors
/// [`model::Refusal::AccountNotFound`]; [`ProviderRefusal::NotSupported`]; [`ProviderRefusal::RefreshTokenNotFound`],
/// [`ProviderRefusal::RefreshFailed`].
pub async fn refresh(cx: &Cx, current: &Current, id: &AccountId) -> Result<Given> {
    let row = own(cx, &current.user.id, id).await?;
    renew(cx, offered(cx, &row)?, row).await
}

fn offered<'c>(cx: &'c Cx, row: &Connection) -> Result<&'c Arc<Provider>> {
    let found = cx.settings.providers.of_account(&row.provider_id, row.issuer.as_deref());
    Ok(found.ok_or(ProviderRefusal::NotSupported)?)
}

/// Fetches new tokens, once, however many ask: the others wait and get the same, or the same refusal. Many providers take a refresh token
/// once only, and end everything when they see it again.
async fn renew(cx: &Cx, provider: &Arc<Provider>, mut row: Connection) -> Result<Given> {
    if row.refresh_token.is_none() {
        return Err(ProviderRefusal::RefreshTokenNotFound.into());
    }
    loop {
        // Whoever asks may go away meanwhile; the provider takes the old token once.
        let work = tokio::spawn(fetch_in_turn(cx.clone(), provider.clone(), row.clone()));
        if let Some(given) = work.await.map_err(Error::broken)?? {
            return Ok(given);
        }
        let now = somebody_else_s(cx, &row).await?;
        // Where nothing was written, it was only sealed anew.
        if now.updated_at != row.updated_at {
            return read(cx, &now);
        }
        row = now;
    }
}

/// Waits for what whoever has the turn writes.
async fn somebody_else_s(cx: &Cx, row: &Connection) -> Result<Connection> {
    loop {
        let now = store::by_id(&mut cx.db.read().await?, &row.id).await?;
        let now = now.ok_or(model::Refusal::AccountNotFound)?;
        if now.access_token != row.access_token {
            return Ok(now);
        }
        if now.refreshing_until.is_none_or(|until| until <= cx.now()) {
            return Err(ProviderRefusal::RefreshFailed.into());
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Fetches new tokens and keeps them; `None` when it is somebody else's turn, or was.
async fn fetch_in_turn(cx: Cx, provider: Arc<Provider>, row: Connection) -> Result<Option<Given>> {
    let mut tx = cx.db.begin().await?;
    let now = cx.now();
    let turn = now + cx.settings.outbound.timeout * TURN;
    let taken = store::take_turn(&mut tx, &row.id, row.access_token.as_ref(), now, turn).await?;
    tx.commit().await?;
    if !taken {
        return Ok(None);
    }
    let fetched = fetched(&cx, &provider, &row).await;
    let mut tx = cx.db.begin().await?;
    let given = match fetched {
        Ok(given) => given,
        Err(error) => {
            store::leave_turn(&mut tx, &row.id, turn).await?;
            tx.commit().await?;
            return Err(error);
        }
    };
    let id = row.id.clone();
    // Somebody has signed in with the provider meanwhile, or disconnected it.
    if !keep(&mut tx, &cx, row, &given, Some(turn)).await? {
        return Ok(None);
    }
    let row = store::by_id(&mut tx, &id).await?.ok_or(model::Refusal::AccountNotFound)?;
    tx.commit().await?;
    read(&cx, &row).map(Some)
}

async fn fetched(cx: &Cx, provider: &Provider, row: &Connection) -> Result<Tokens> {
    let token = open(cx, &row.id, Column::RefreshToken, row.refresh_token.as_ref())?;
    let token = token.ok_or(ProviderRefusal::RefreshTokenNotFound)?;
    let given = exchange::refresh(cx, provider, &token).await.map_err(|error| refused(provider, &error))?;
    let Some(id) = given.id.as_ref().filter(|_| provider.is_openid()) else { return Ok(given) };
    // A new ID token is of the same person, or of nobody (OpenID Connect Core, 12.2).
    let expected = Expected { nonce: Sent::Before, access_token: Some(given.access.expose_secret()) };
    let claims = id_token::believe(cx, provider, id.expose_secret(), &expected).await;
    let claims = claims.map_err(|error| refused(provider, &error))?;
    let claim = |name: &str| claims.get(name).and_then(Value::as_str);
    if claim("sub") != Some(&row.account_id) || claim("iss") != row.issuer.as_deref() {
        return Err(ProviderRefusal::RefreshFailed.into());
    }
    Ok(given)
}

/// The log says why.
fn refused(provider: &Provider, error: &dyn std::error::Error) -> Error {
    tracing::warn!(provider = provider.id, %error, "an access token wasn't renewed");
    ProviderRefusal::RefreshFailed.into()
}

/// What the provider tells now: read, and raw.
///
/// # Errors
/// As [`access`]; [`ProviderRefusal::NoUserInfo`].
pub async fn info(cx: &Cx, current: &Current, id: &AccountId) -> Result<(Profile, Value, Given)> {
    let given = access(cx, current, id).await?;
    let provider = cx.settings.providers.get(&given.provider)?;
    let silent = |error: &dyn std::error::Error| {
        tracing::warn!(provider = provider.id, %error, "a provider didn't tell who it is");
        Error::from(ProviderRefusal::NoUserInfo)
    };
    let (told, emails) = if exchange::tells_profiles(cx, provider).await.map_err(|error| silent(&error))? {
        exchange::profile(cx, provider, &given.access).await.map_err(|error| silent(&error))?
    } else {
        // Apple's: all that it tells is in the ID token, which was believed when it came.
        let claims = given.id.as_ref().and_then(|id| id_token::claims(id.expose_secret()));
        (claims.ok_or(ProviderRefusal::NoUserInfo)?, None)
    };
    let profile = (provider.known.profile)(&told, emails.as_ref());
    // Another's must not be taken for theirs.
    let profile = profile.filter(|profile| profile.subject == given.subject).ok_or(ProviderRefusal::NoUserInfo)?;
    Ok((profile, told, given))
}
