use db::{Conn, Tx};
use model::Timestamp;

use crate::Result;

/// Spends a solution or a ticket; `false` where it was spent before, however many do so at once.
pub(super) async fn spend(tx: &mut Tx, name: &str, expires_at: Timestamp) -> Result<bool> {
    let sql = "INSERT INTO spent_proofs (name, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    Ok(tx.query(sql).bind(name.to_owned()).bind(expires_at).execute().await? == 1)
}

pub(super) async fn is_spent(conn: &mut Conn, name: &str) -> Result<bool> {
    let sql = "SELECT 1 FROM spent_proofs WHERE name = $1";
    Ok(conn.query(sql).bind(name.to_owned()).optional::<(i32,)>().await?.is_some())
}

pub(super) async fn sweep(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    Ok(tx.query("DELETE FROM spent_proofs WHERE expires_at <= $1").bind(now).execute().await?)
}
