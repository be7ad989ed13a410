use db::Conn;
use model::Timestamp;

use super::SigningKey;
use crate::{Cx, Result};

/// The keys that sign, or did until after `since`, the newest first.
pub(super) async fn published(conn: &mut Conn, since: Timestamp) -> Result<Vec<SigningKey>> {
    let sql = "SELECT id, public_key, private_key, created_at, expires_at FROM jwks
               WHERE expires_at IS NULL OR expires_at > $1 ORDER BY created_at DESC, id";
    Ok(conn.query(sql).bind(since).all().await?)
}

pub(super) async fn insert(conn: &mut Conn, key: &SigningKey) -> Result<()> {
    let sql = "INSERT INTO jwks (id, public_key, private_key, created_at, alg, crv) VALUES ($1, $2, $3, $4, 'EdDSA', 'Ed25519')";
    let query = conn.query(sql).bind(key.id.clone()).bind(key.public_key.clone()).bind(key.private_key.clone());
    query.bind(key.created_at).execute().await?;
    Ok(())
}

/// Gives the present key, if there is one, its end.
pub(super) async fn expire(conn: &mut Conn, end: Timestamp) -> Result<()> {
    conn.query("UPDATE jwks SET expires_at = $1 WHERE expires_at IS NULL").bind(end).execute().await?;
    Ok(())
}

pub(super) async fn delete(conn: &mut Conn, id: &str) -> Result<bool> {
    Ok(conn.query("DELETE FROM jwks WHERE id = $1").bind(id.to_owned()).execute().await? == 1)
}

/// Deletes what isn't published any more.
pub(crate) async fn sweep(conn: &mut Conn, cx: &Cx, now: Timestamp) -> Result<u64> {
    let since = now - cx.settings.jwt.grace;
    Ok(conn.query("DELETE FROM jwks WHERE expires_at <= $1").bind(since).execute().await?)
}
