use db::Conn;
use model::{Timestamp, UserId};
use sqlx::types::Json;

use super::Act;
use crate::Result;

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub number: i64,
    pub at: Timestamp,
    pub act: Act,
    pub actor: String,
    pub user_id: Option<UserId>,
    pub ip_address: String,
    pub user_agent: String,
    pub detail: Json<serde_json::Value>,
    pub hash: Vec<u8>,
}

/// The end of the chain.
#[derive(sqlx::FromRow)]
pub(super) struct Last {
    pub number: i64,
    pub hash: Vec<u8>,
}

pub(super) async fn last(conn: &mut Conn) -> Result<Option<Last>> {
    Ok(conn.query("SELECT number, hash FROM audit_entries ORDER BY number DESC LIMIT 1").optional().await?)
}

pub(super) async fn insert(conn: &mut Conn, row: Row) -> Result<()> {
    let sql = "INSERT INTO audit_entries (number, at, act, actor, user_id, ip_address, user_agent, detail, hash)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let query = conn.query(sql).bind(row.number).bind(row.at).bind(row.act).bind(row.actor).bind(row.user_id);
    query.bind(row.ip_address).bind(row.user_agent).bind(row.detail).bind(row.hash).execute().await?;
    Ok(())
}

/// The entries from `number` on, in order, at most `most`.
pub(super) async fn from(conn: &mut Conn, number: i64, most: i64) -> Result<Vec<Row>> {
    let sql = "SELECT number, at, act, actor, user_id, ip_address, user_agent, detail, hash FROM audit_entries
               WHERE number >= $1 ORDER BY number LIMIT $2";
    Ok(conn.query(sql).bind(number).bind(most).all().await?)
}
