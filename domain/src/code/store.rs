use std::time::Duration;

use db::{Conn, Tx};
use model::Timestamp;

use super::slot::Slot;
use crate::Result;

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub tag: Vec<u8>,
    pub expires_at: Timestamp,
}

/// Puts a new code in place of the old one; wrong tries of the last while stay counted.
pub(super) async fn replace(
    tx: &mut Tx,
    slot: &Slot,
    tag: Vec<u8>,
    now: Timestamp,
    expires_at: Timestamp,
    window: Duration,
) -> Result<()> {
    let sql = "INSERT INTO codes (purpose, recipient, tag, tries, misses, misses_since, expires_at) VALUES ($1, $2, $3, 0, 0, $4, $5)
               ON CONFLICT (purpose, recipient) DO UPDATE SET tag = excluded.tag, tries = 0, expires_at = excluded.expires_at,
                   misses = CASE WHEN codes.misses_since <= $6 THEN 0 ELSE codes.misses END,
                   misses_since = CASE WHEN codes.misses_since <= $6 THEN excluded.misses_since ELSE codes.misses_since END";
    let query = tx.query(sql).bind(slot.purpose.to_owned()).bind(slot.recipient.clone()).bind(tag);
    query.bind(now).bind(expires_at).bind(now - window).execute().await?;
    Ok(())
}

/// Counts a try; `None` when none is left, or there is no code.
pub(super) async fn count_try(tx: &mut Tx, slot: &Slot, most: i64, most_misses: i64) -> Result<Option<Row>> {
    let sql = "UPDATE codes SET tries = tries + 1, misses = misses + 1 WHERE purpose = $1 AND recipient = $2 AND tries < $3 AND misses < $4 RETURNING tag, expires_at";
    let query = tx.query(sql).bind(slot.purpose.to_owned()).bind(slot.recipient.clone());
    Ok(query.bind(most).bind(most_misses).optional().await?)
}

/// Takes back the try that was counted: the code was right.
pub(super) async fn forgive(tx: &mut Tx, slot: &Slot) -> Result<()> {
    let sql = "UPDATE codes SET tries = tries - 1, misses = misses - 1 WHERE purpose = $1 AND recipient = $2";
    tx.query(sql).bind(slot.purpose.to_owned()).bind(slot.recipient.clone()).execute().await?;
    Ok(())
}

pub(super) async fn exists(tx: &mut Tx, slot: &Slot) -> Result<bool> {
    let sql = "SELECT 1 FROM codes WHERE purpose = $1 AND recipient = $2";
    let query = tx.query(sql).bind(slot.purpose.to_owned()).bind(slot.recipient.clone());
    Ok(query.optional::<(i32,)>().await?.is_some())
}

pub(super) async fn delete(tx: &mut Tx, slot: &Slot) -> Result<()> {
    let sql = "DELETE FROM codes WHERE purpose = $1 AND recipient = $2";
    tx.query(sql).bind(slot.purpose.to_owned()).bind(slot.recipient.clone()).execute().await?;
    Ok(())
}

pub(super) async fn delete_expired(conn: &mut Conn, now: Timestamp, misses_before: Timestamp) -> Result<u64> {
    Ok(conn
        .query("DELETE FROM codes WHERE expires_at <= $1 AND misses_since <= $2")
        .bind(now)
        .bind(misses_before)
        .execute()
        .await?)
}
