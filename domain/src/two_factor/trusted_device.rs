//! Browsers that aren't asked for the second factor for a while: each has a record of its own, renewed on use, that the owner can end
//! and that a change of password or factors ends (SECURITY 27).

use db::Tx;
use model::{Timestamp, TrustedDeviceId, TrustedDeviceView, UserId};

use crate::audit::{self, Act, Entry};
use crate::token::Token;
use crate::{Client, Cx, Result, client};

#[derive(sqlx::FromRow)]
struct Row {
    id: TrustedDeviceId,
    user_agent: String,
    created_at: Timestamp,
    used_at: Timestamp,
    expires_at: Timestamp,
}

/// A user's, the last used first.
///
/// # Errors
/// When the database can't be asked.
pub async fn list(cx: &Cx, user: &UserId) -> Result<Vec<TrustedDeviceView>> {
    let sql = "SELECT id, user_agent, created_at, used_at, expires_at FROM trusted_devices WHERE user_id = $1 AND expires_at > $2
               ORDER BY used_at DESC LIMIT 100";
    let rows: Vec<Row> = cx.db.read().await?.query(sql).bind(user.clone()).bind(cx.now()).all().await?;
    let view = |row: Row| {
        let (device, mobile) = client::device(&row.user_agent);
        let Row { id, created_at, used_at, expires_at, .. } = row;
        TrustedDeviceView { id, device, mobile, created_at, used_at, expires_at }
    };
    Ok(rows.into_iter().map(view).collect())
}

/// Ends one of the user's; naming another user's changes nothing.
///
/// # Errors
/// When the database can't be written.
pub async fn remove(cx: &Cx, user: &UserId, id: &TrustedDeviceId) -> Result<()> {
    let mut tx = cx.db.begin().await?;
    let sql = "DELETE FROM trusted_devices WHERE id = $1 AND user_id = $2";
    if tx.query(sql).bind(id.clone()).bind(user.clone()).execute().await? == 1 {
        audit::record(&mut tx, cx, Entry::by(user, Act::BrowserForgotten));
    }
    Ok(tx.commit().await?)
}

/// Ends all of the user's.
///
/// # Errors
/// When the database can't be written.
pub async fn remove_all(cx: &Cx, user: &UserId) -> Result<()> {
    let mut tx = cx.db.begin().await?;
    forget_all(&mut tx, user).await?;
    audit::record(&mut tx, cx, Entry::by(user, Act::BrowsersForgotten));
    Ok(tx.commit().await?)
}

/// Trusts the browser of `client`, whose record before ends; gives what it is to keep, `None` where the operator doesn't want it.
pub(super) async fn add(tx: &mut Tx, cx: &Cx, user: &UserId, client: &Client) -> Result<Option<Token>> {
    let lifetime = cx.settings.two_factor.trust_for;
    if lifetime.is_zero() {
        return Ok(None);
    }
    if let Some(old) = &client.trust {
        let sql = "DELETE FROM trusted_devices WHERE token_hash = $1 AND user_id = $2";
        tx.query(sql).bind(old.hash()).bind(user.clone()).execute().await?;
    }
    let (now, token) = (cx.now(), Token::generate(cx.random));
    let sql = "INSERT INTO trusted_devices (id, user_id, token_hash, user_agent, created_at, used_at, expires_at) VALUES ($1, $2, $3, $4, $5, $5, $6)";
    let query = tx.query(sql).bind(TrustedDeviceId::new(cx.random.id(now))).bind(user.clone()).bind(token.hash());
    query.bind(client.user_agent_text()).bind(now).bind(now + lifetime).execute().await?;
    audit::record(tx, cx, Entry::by(user, Act::BrowserTrusted));
    Ok(Some(token))
}

/// Renews what the browser showed: the old token is spent and a new one given; `None` when it isn't trusted (any more), or by another
/// user.
pub(crate) async fn renew(tx: &mut Tx, cx: &Cx, user: &UserId, client: &Client) -> Result<Option<Token>> {
    let lifetime = cx.settings.two_factor.trust_for;
    let Some(old) = client.trust.as_ref().filter(|_| !lifetime.is_zero()) else { return Ok(None) };
    let (now, token) = (cx.now(), Token::generate(cx.random));
    let sql = "UPDATE trusted_devices SET token_hash = $1, user_agent = $2, used_at = $3, expires_at = $4
               WHERE token_hash = $5 AND user_id = $6 AND expires_at > $3";
    let query = tx.query(sql).bind(token.hash()).bind(client.user_agent_text()).bind(now).bind(now + lifetime);
    let renewed = query.bind(old.hash()).bind(user.clone()).execute().await?;
    Ok((renewed == 1).then_some(token))
}

/// Ends all of the user's, in the caller's transaction.
pub(crate) async fn forget_all(tx: &mut Tx, user: &UserId) -> Result<()> {
    tx.query("DELETE FROM trusted_devices WHERE user_id = $1").bind(user.clone()).execute().await?;
    Ok(())
}
