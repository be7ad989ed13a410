use db::Tx;
use model::{Email, MailId, Timestamp};

use crate::Result;

/// A mail as it enters the outbox.
pub(super) struct Draft {
    pub id: MailId,
    pub recipient: Email,
    pub kind: &'static str,
    pub body: Vec<u8>,
    pub now: Timestamp,
}

/// Puts a mail into the outbox, due at once.
pub(super) async fn insert(tx: &mut Tx, draft: Draft) -> Result<()> {
    tx.query("INSERT INTO mails (id, recipient, kind, body, created_at, due_at, attempts) VALUES ($1, $2, $3, $4, $5, $6, 0)")
        .bind(draft.id)
        .bind(draft.recipient)
        .bind(draft.kind)
        .bind(draft.body)
        .bind(draft.now)
        .bind(draft.now)
        .execute()
        .await?;
    Ok(())
}
