//! What the development mailbox shows: every mail and text message whose body is there, because [`super::Ways::mailbox`] keeps them.

use model::{MailId, Timestamp};

use super::delivery::content;
use super::{Channel, Content, store};
use crate::{Cx, Result};

/// A message that can be read here.
pub struct Received {
    /// Which.
    pub id: MailId,
    /// To whom: an address, or a number.
    pub to: String,
    /// How it came. A text message has a text and nothing else.
    pub channel: Channel,
    /// The letter's kind.
    pub kind: String,
    /// When it was written.
    pub at: Timestamp,
    /// What it says.
    pub content: Content,
}

/// The latest fifty, newest first. One that was sealed under an older secret is left out.
///
/// # Errors
/// When the outbox can't be read.
pub async fn list(cx: &Cx) -> Result<Vec<Received>> {
    let kept = store::kept(&mut cx.db.read().await?, 50).await?;
    Ok(kept.into_iter().filter_map(|kept| read(cx, kept).ok()).collect())
}

/// One of them, if it is there.
///
/// # Errors
/// When the outbox can't be read.
pub async fn get(cx: &Cx, id: &MailId) -> Result<Option<Received>> {
    let kept = store::kept_one(&mut cx.db.read().await?, id).await?;
    kept.map(|kept| read(cx, kept)).transpose()
}

/// Every message to an address or a number whose body is still there, sent or not, newest first.
///
/// # Errors
/// When the outbox can't be read.
#[cfg(feature = "testing")]
pub async fn received(cx: &Cx, to: &str) -> Result<Vec<Received>> {
    let kept = store::kept_for(&mut cx.db.read().await?, to).await?;
    kept.into_iter().map(|kept| read(cx, kept)).collect()
}

fn read(cx: &Cx, kept: store::Kept) -> Result<Received> {
    let content = content(cx, &kept.id, &kept.body)?;
    Ok(Received {
        id: kept.id,
        to: kept.recipient,
        channel: kept.channel,
        kind: kept.kind,
        at: kept.created_at,
        content,
    })
}
