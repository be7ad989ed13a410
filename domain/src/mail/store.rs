use db::{Conn, Tx};
use model::{MailId, Timestamp};

use super::Channel;
use crate::Result;

/// A mail as it enters the outbox.
pub(super) struct Draft {
    pub id: MailId,
    pub recipient: String,
    pub channel: Channel,
    pub kind: &'static str,
    pub body: Vec<u8>,
    pub now: Timestamp,
    /// Whether the row is really written; a rehearsal costs the same and leaves nothing.
    pub real: bool,
}

/// Puts a mail into the outbox, due at once.
pub(super) async fn insert(tx: &mut Tx, draft: Draft) -> Result<()> {
    tx.query("INSERT INTO mails (id, recipient, channel, kind, body, created_at, due_at, attempts) SELECT $1, $2, $3, $4, $5, $6, $6, 0 WHERE $7")
        .bind(draft.id)
        .bind(draft.recipient)
        .bind(draft.channel)
        .bind(draft.kind)
        .bind(draft.body)
        .bind(draft.now)
        .bind(draft.real)
        .execute()
        .await?;
    Ok(())
}

/// A mail that is ours to send until the time given to [`claim`].
#[derive(sqlx::FromRow)]
pub(super) struct Claimed {
    pub id: MailId,
    pub recipient: String,
    pub channel: Channel,
    pub kind: String,
    pub body: Vec<u8>,
    pub created_at: Timestamp,
    /// How often it was tried, this time included. It names the claim: who comes later has a higher one.
    pub attempts: i64,
}

/// Whether any mail is due; a look that takes no lock.
pub(super) async fn any_due(conn: &mut Conn, now: Timestamp) -> Result<bool> {
    let row = conn.query("SELECT id FROM mails WHERE due_at <= $1 LIMIT 1").bind(now).optional::<(MailId,)>().await?;
    Ok(row.is_some())
}

/// Claims up to `most` due mails until `until`, the longest overdue first.
///
/// Two nodes may choose the same rows. On PostgreSQL the second then waits for the first and looks at the outer `due_at` anew
/// (READ COMMITTED), which has moved; on SQLite there is one writer. So each row is claimed once.
pub(super) async fn claim(tx: &mut Tx, now: Timestamp, until: Timestamp, most: i64) -> Result<Vec<Claimed>> {
    let claimed = tx
        .query(
            "UPDATE mails SET due_at = $1, attempts = attempts + 1
             WHERE due_at <= $2 AND id IN (SELECT id FROM mails WHERE due_at <= $3 ORDER BY due_at LIMIT $4)
             RETURNING id, recipient, channel, kind, body, created_at, attempts",
        )
        .bind(until)
        .bind(now)
        .bind(now)
        .bind(most)
        .all()
        .await?;
    Ok(claimed)
}

/// The mail left. The body goes unless it is kept for the development mailbox.
pub(super) async fn sent(tx: &mut Tx, id: &MailId, now: Timestamp, keep: bool) -> Result<()> {
    // Whoever holds the claim by now: it was sent.
    tx.query("UPDATE mails SET sent_at = $1, due_at = NULL, last_error = NULL, body = CASE WHEN $2 THEN body END WHERE id = $3 AND sent_at IS NULL")
        .bind(now)
        .bind(keep)
        .bind(id.clone())
        .execute()
        .await?;
    Ok(())
}

/// The mail didn't leave and is tried again at `due`, unless somebody else has claimed it since.
pub(super) async fn deferred(tx: &mut Tx, mail: &Claimed, due: Timestamp, error: String) -> Result<()> {
    tx.query("UPDATE mails SET due_at = $1, last_error = $2 WHERE id = $3 AND attempts = $4 AND due_at IS NOT NULL")
        .bind(due)
        .bind(error)
        .bind(mail.id.clone())
        .bind(mail.attempts)
        .execute()
        .await?;
    Ok(())
}

/// The mail never leaves, unless somebody else has claimed it since.
pub(super) async fn failed(tx: &mut Tx, mail: &Claimed, now: Timestamp, error: String) -> Result<()> {
    tx.query(
        "UPDATE mails SET failed_at = $1, due_at = NULL, last_error = $2, body = NULL
         WHERE id = $3 AND attempts = $4 AND due_at IS NOT NULL",
    )
    .bind(now)
    .bind(error)
    .bind(mail.id.clone())
    .bind(mail.attempts)
    .execute()
    .await?;
    Ok(())
}

/// Forgets mails that were settled and are older than `limit`; gives how many.
pub(super) async fn forget(tx: &mut Tx, limit: Timestamp) -> Result<u64> {
    Ok(tx.query("DELETE FROM mails WHERE due_at IS NULL AND created_at < $1").bind(limit).execute().await?)
}

/// A mail whose body is still there: in development all of them.
#[derive(sqlx::FromRow)]
pub(super) struct Kept {
    pub id: MailId,
    pub recipient: String,
    pub channel: Channel,
    pub kind: String,
    pub body: Vec<u8>,
    pub created_at: Timestamp,
}

/// The latest kept mails, newest first.
pub(super) async fn kept(conn: &mut Conn, most: i64) -> Result<Vec<Kept>> {
    let sql = "SELECT id, recipient, channel, kind, body, created_at FROM mails WHERE body IS NOT NULL
               ORDER BY created_at DESC, id DESC LIMIT $1";
    Ok(conn.query(sql).bind(most).all().await?)
}

/// One kept mail.
pub(super) async fn kept_one(conn: &mut Conn, id: &MailId) -> Result<Option<Kept>> {
    let sql = "SELECT id, recipient, channel, kind, body, created_at FROM mails WHERE id = $1 AND body IS NOT NULL";
    Ok(conn.query(sql).bind(id.clone()).optional().await?)
}

/// Every message to `to` whose body is still there, newest first.
#[cfg(feature = "testing")]
pub(super) async fn kept_for(conn: &mut Conn, to: &str) -> Result<Vec<Kept>> {
    let sql =
        "SELECT id, recipient, channel, kind, body, created_at FROM mails WHERE recipient = $1 AND body IS NOT NULL
               ORDER BY created_at DESC, id DESC";
    Ok(conn.query(sql).bind(to.to_owned()).all().await?)
}
