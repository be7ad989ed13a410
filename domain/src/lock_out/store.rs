use db::{Conn, Tx};
use model::{Timestamp, UserId};

use super::Counter;
use crate::Result;

/// What a counter says; nothing where none was wrong lately.
#[derive(Clone, Copy, Default, sqlx::FromRow)]
pub(crate) struct Missed {
    pub failures: Option<i64>,
    pub locked_until: Option<Timestamp>,
}

/// What is known once one more was counted.
#[derive(sqlx::FromRow)]
pub(super) struct Counted {
    pub failures: i64,
    pub told_at: Option<Timestamp>,
}

pub(crate) async fn missed(conn: &mut Conn, counter: &Counter) -> Result<Missed> {
    let sql = "SELECT failures, locked_until FROM wrong_passwords WHERE who = $1 AND device = $2";
    let query = conn.query(sql).bind(counter.who.clone()).bind(counter.device.clone());
    Ok(query.optional().await?.unwrap_or_default())
}

/// Counts one more, unless none is taken at the moment: then it gives nothing, however many come at once (A16). Those from before `cold`
/// are forgotten.
pub(super) async fn count(tx: &mut Tx, counter: &Counter, now: Timestamp, cold: Timestamp) -> Result<Option<Counted>> {
    let sql = "INSERT INTO wrong_passwords (who, device, failures, failed_at) VALUES ($1, $2, 1, $3)
               ON CONFLICT (who, device) DO UPDATE SET
                   failures = CASE WHEN wrong_passwords.failed_at <= $4 THEN 1 ELSE wrong_passwords.failures + 1 END,
                   failed_at = excluded.failed_at
               WHERE wrong_passwords.locked_until IS NULL OR wrong_passwords.locked_until <= $3
               RETURNING failures, told_at";
    let query = tx.query(sql).bind(counter.who.clone()).bind(counter.device.clone()).bind(now).bind(cold);
    Ok(query.optional().await?)
}

/// Takes none until `until`. The caller has just counted: the row is held until the transaction ends.
pub(super) async fn lock(tx: &mut Tx, counter: &Counter, until: Timestamp, told: Option<Timestamp>) -> Result<()> {
    let sql = "UPDATE wrong_passwords SET locked_until = $3, told_at = $4 WHERE who = $1 AND device = $2";
    let query = tx.query(sql).bind(counter.who.clone()).bind(counter.device.clone());
    query.bind(until).bind(told).execute().await?;
    Ok(())
}

/// A password was right: the next run begins anew.
pub(crate) async fn forget(tx: &mut Tx, counter: &Counter) -> Result<()> {
    let sql = "DELETE FROM wrong_passwords WHERE who = $1 AND device = $2";
    tx.query(sql).bind(counter.who.clone()).bind(counter.device.clone()).execute().await?;
    Ok(())
}

/// There is another password: what was tried of the old one doesn't matter, from wherever.
pub(crate) async fn lift(tx: &mut Tx, user: &UserId) -> Result<()> {
    tx.query("DELETE FROM wrong_passwords WHERE who = $1").bind(user.clone()).execute().await?;
    Ok(())
}

pub(super) async fn sweep(tx: &mut Tx, cold: Timestamp) -> Result<u64> {
    Ok(tx.query("DELETE FROM wrong_passwords WHERE failed_at <= $1").bind(cold).execute().await?)
}
