use db::{Conn, Tx};
use model::{Email, Timestamp, UserId};
use sqlx::types::Json;

use super::{Purpose, Ticket};
use crate::Result;

pub(super) async fn insert(
    tx: &mut Tx,
    hash: Vec<u8>,
    purpose: Purpose,
    email: &Email,
    user: Option<&UserId>,
    payload: serde_json::Value,
    expires_at: Timestamp,
) -> Result<()> {
    let sql = "INSERT INTO tokens (hash, purpose, email, user_id, payload, expires_at) VALUES ($1, $2, $3, $4, $5, $6)";
    tx.query(sql)
        .bind(hash)
        .bind(purpose)
        .bind(email.clone())
        .bind(user.cloned())
        .bind(Json(payload))
        .bind(expires_at)
        .execute()
        .await?;
    Ok(())
}

pub(super) async fn delete(tx: &mut Tx, hash: Vec<u8>) -> Result<Option<Ticket>> {
    let sql = "DELETE FROM tokens WHERE hash = $1 RETURNING purpose, email, user_id, expires_at, payload";
    Ok(tx.query(sql).bind(hash).optional().await?)
}

pub(super) async fn find(conn: &mut Conn, hash: Vec<u8>) -> Result<Option<Ticket>> {
    let sql = "SELECT purpose, email, user_id, expires_at, payload FROM tokens WHERE hash = $1";
    Ok(conn.query(sql).bind(hash).optional().await?)
}

pub(super) async fn delete_of_user(conn: &mut Conn, purpose: Purpose, user: &UserId) -> Result<()> {
    conn.query("DELETE FROM tokens WHERE user_id = $1 AND purpose = $2")
        .bind(user.clone())
        .bind(purpose)
        .execute()
        .await?;
    Ok(())
}

pub(super) async fn delete_expired(conn: &mut Conn, now: Timestamp) -> Result<u64> {
    Ok(conn.query("DELETE FROM tokens WHERE expires_at <= $1").bind(now).execute().await?)
}
