//! An authenticator app's codes (RFC 6238): SHA-1, six digits, 30 seconds, one step of drift either way; a step is good once.

use db::{Conn, Tx};
use model::{AuthenticatorId, Method, Refusal, Timestamp, UserId};
use totp_rs::{Builder, Secret, Totp};

use super::sent_code::digits;
use super::verify::Judged;
use super::{hold_fresh, settle};
use crate::account::User;
use crate::mail::SecurityChange;
use crate::session::{Current, SecondFactor};
use crate::{Cx, Error, Result, seal};

/// 160 bits, as RFC 4226 (4, R6) recommends.
const SECRET: usize = 20;
/// Longer names make codes that cameras can't read.
const LONGEST_ISSUER: usize = 64;

/// What an authenticator app is told. Shown to its owner only; Debug prints nothing of it.
pub struct Setup {
    /// The shared secret in base32, as it is typed.
    pub secret: String,
    /// The same as an `otpauth://` address, as it is scanned.
    pub uri: String,
}

#[derive(sqlx::FromRow)]
struct Authenticator {
    id: AuthenticatorId,
    secret: Vec<u8>,
    last_step: i64,
}

/// Begins to set one up: a new secret, which counts once a code of it was shown ([`super::verify`]) in the same session. With `replace`, beside the present
/// one, whose place it takes then. `issuer` is the name in the app; the site's without one.
///
/// # Errors
/// [`Refusal::SessionNotFresh`]; [`Refusal::TotpAlreadyEnabled`] without `replace`.
pub async fn begin(cx: &Cx, current: &Current, replace: bool, issuer: Option<&str>) -> Result<Setup> {
    let mut secret = vec![0u8; SECRET];
    cx.random.fill(&mut secret);
    let id = AuthenticatorId::new(cx.random.id(cx.now()));
    let sealed = seal::close(cx, place(&id), &secret)?;
    let mut tx = cx.db.begin().await?;
    let user = hold_fresh(&mut tx, cx, current).await?.user;
    let session = &current.session.id;
    if !replace && confirmed_since(&mut tx, &user.id).await?.is_some() {
        return Err(Refusal::TotpAlreadyEnabled.into());
    }
    tx.query("DELETE FROM authenticators WHERE session_id = $1").bind(session.clone()).execute().await?;
    let sql = "INSERT INTO authenticators (id, user_id, secret, confirmed, session_id, last_step, created_at) VALUES ($1, $2, $3, false, $4, 0, $5)";
    let query = tx.query(sql).bind(id).bind(user.id.clone()).bind(sealed).bind(session.clone());
    query.bind(cx.now()).execute().await?;
    tx.commit().await?;
    setup(cx, &user, secret, issuer)
}

/// What the app that is being set up was told, for a page that is shown again.
///
/// # Errors
/// [`Refusal::SessionNotFresh`]; [`Refusal::TotpNotEnabled`] when none is being set up.
pub async fn begun(cx: &Cx, current: &Current) -> Result<Setup> {
    current.require_fresh(cx)?;
    let found = pending(&mut cx.db.read().await?, current).await?;
    read(cx, current, found.ok_or(Refusal::TotpNotEnabled)?)
}

/// What the present app was told.
///
/// # Errors
/// [`Refusal::SessionNotFresh`]; [`Refusal::TotpNotEnabled`].
pub async fn present(cx: &Cx, current: &Current) -> Result<Setup> {
    current.require_fresh(cx)?;
    let found = find(&mut cx.db.read().await?, &current.user.id).await?;
    read(cx, current, found.ok_or(Refusal::TotpNotEnabled)?)
}

fn read(cx: &Cx, current: &Current, found: Authenticator) -> Result<Setup> {
    setup(cx, &current.user, seal::open(cx, place(&found.id), &found.secret)?, None)
}

fn setup(cx: &Cx, user: &User, secret: Vec<u8>, issuer: Option<&str>) -> Result<Setup> {
    // The label is `issuer:account`, so neither may hold a colon.
    let plain = |text: &str| text.replace(':', " ").trim().chars().take(LONGEST_ISSUER).collect::<String>();
    let issuer = issuer.map(plain).filter(|issuer| !issuer.is_empty()).unwrap_or_else(|| plain(&cx.settings.app_name));
    let secret = Secret::from(secret);
    let text = secret.to_base32();
    let totp = Builder::new()
        .with_secret(secret)
        .with_account_name(user.email.as_str().replace(':', " "))
        .with_issuer(Some(issuer));
    let uri = totp
        .build()
        .and_then(|totp| totp.to_url())
        .map_err(|_| Error::broken("the authenticator's address can't be written"))?;
    Ok(Setup { secret: text, uri })
}

/// Since when a user has one.
pub(super) async fn confirmed_since(conn: &mut Conn, user: &UserId) -> Result<Option<Timestamp>> {
    let sql = "SELECT created_at FROM authenticators WHERE user_id = $1 AND confirmed";
    Ok(conn.query(sql).bind(user.clone()).optional::<(Timestamp,)>().await?.map(|(at,)| at))
}

/// Judges a code. In a `session` that is fresh, a code of the app that is being set up confirms it: whoever began to set one up before
/// another second factor was there must show that one first (SECURITY A24).
pub(super) async fn check(tx: &mut Tx, cx: &Cx, user: &User, code: &str, session: Option<&Current>) -> Result<Judged> {
    let present = find(tx, &user.id).await?;
    let new = match session {
        Some(session) => pending(tx, session).await?,
        None => None,
    };
    let fresh = session.is_some_and(|session| session.is_fresh(cx));
    if present.is_none() && (new.is_none() || !fresh) {
        return Ok(Err(if new.is_some() { Refusal::SessionNotFresh } else { Refusal::TotpNotEnabled }));
    }
    let new = new.filter(|_| fresh);
    if let (Some(new), Some(session)) = (new, session)
        && take(tx, cx, &new, code).await?
    {
        remove(tx, &user.id).await?;
        let sql = "UPDATE authenticators SET confirmed = true, session_id = NULL WHERE id = $1";
        tx.query(sql).bind(new.id).execute().await?;
        // Whoever else was setting one up begins anew, beside this one.
        let sql = "DELETE FROM authenticators WHERE user_id = $1 AND NOT confirmed";
        tx.query(sql).bind(user.id.clone()).execute().await?;
        let change = match present {
            Some(_) => SecurityChange::AuthenticatorReplaced,
            None => SecurityChange::TwoFactorOn(Method::Totp),
        };
        settle(tx, cx, user, &session.session.id, change).await?;
        return Ok(Ok(SecondFactor::Totp));
    }
    if let Some(present) = present
        && take(tx, cx, &present, code).await?
    {
        return Ok(Ok(SecondFactor::Totp));
    }
    Ok(Err(Refusal::WrongFactorCode))
}

/// Takes a code of a step that is later than the last one: a code that was used is refused, and those before it (SECURITY A19).
async fn take(tx: &mut Tx, cx: &Cx, authenticator: &Authenticator, code: &str) -> Result<bool> {
    let secret = seal::open(cx, place(&authenticator.id), &authenticator.secret)?;
    let totp = totp(secret.clone())?;
    let now = u64::try_from(cx.now().micros() / 1_000_000).map_err(Error::broken)?;
    let Some(step) = totp.check(&digits(code), now).and_then(|step| i64::try_from(step).ok()) else { return Ok(false) };
    // Sealed anew under the present secret, so that an older one is of use no longer than it takes everybody to come by.
    let sealed = match seal::is_present(cx, &authenticator.secret) {
        true => authenticator.secret.clone(),
        false => seal::close(cx, place(&authenticator.id), &secret)?,
    };
    let sql = "UPDATE authenticators SET last_step = $2, secret = $3 WHERE id = $1 AND last_step < $2";
    let taken = tx.query(sql).bind(authenticator.id.clone()).bind(step).bind(sealed).execute().await? == 1;
    Ok(step > authenticator.last_step && taken)
}

fn totp(secret: Vec<u8>) -> Result<Totp> {
    let account = Builder::new().with_secret(secret).with_account_name("user");
    account.build().map_err(|_| Error::broken("the authenticator's secret can't be used"))
}

async fn find(conn: &mut Conn, user: &UserId) -> Result<Option<Authenticator>> {
    let sql = "SELECT id, secret, last_step FROM authenticators WHERE user_id = $1 AND confirmed";
    Ok(conn.query(sql).bind(user.clone()).optional().await?)
}

/// The one that this session is setting up.
async fn pending(conn: &mut Conn, current: &Current) -> Result<Option<Authenticator>> {
    let sql = "SELECT id, secret, last_step FROM authenticators WHERE session_id = $1 AND user_id = $2";
    Ok(conn.query(sql).bind(current.session.id.clone()).bind(current.user.id.clone()).optional().await?)
}

/// Removes the present one; `false` when there is none.
pub(super) async fn remove(tx: &mut Tx, user: &UserId) -> Result<bool> {
    let sql = "DELETE FROM authenticators WHERE user_id = $1 AND confirmed";
    Ok(tx.query(sql).bind(user.clone()).execute().await? == 1)
}

fn place(id: &AuthenticatorId) -> seal::Place<'_> {
    seal::Place { column: seal::Column::AuthenticatorSecret, row: id.as_str() }
}
