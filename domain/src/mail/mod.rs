//! Mails leave through an outbox.
//!
//! A verb writes its mail as a row of its own transaction ([`send`]): what was acknowledged is sent, what was undone is not.

mod letter;
mod store;
mod words;

pub use letter::{CodePurpose, Content, Letter};

use db::Tx;
use model::{Email, MailId};

use crate::{Cx, Error, Result, seal};

/// Puts `letter` to the person called `name` (may be empty) into the outbox; the caller's commit makes it last.
///
/// # Errors
/// When the outbox can't be written.
pub async fn send(tx: &mut Tx, cx: &Cx, to: &Email, name: &str, letter: &Letter) -> Result<()> {
    let now = cx.now();
    let id = MailId::new(cx.random.id(now));
    let content = serde_json::to_vec(&letter.write(&cx.settings, name)?).map_err(Error::broken)?;
    let body = seal::close(cx, place(&id), &content)?;
    store::insert(tx, store::Draft { id, recipient: to.clone(), kind: letter.kind(), body, now }).await
}

/// Tells the job that a mail was committed. It would find it within seconds anyway.
pub fn ring(cx: &Cx) {
    cx.mail_bell.notify_one();
}

fn place(id: &MailId) -> seal::Place<'_> {
    seal::Place { table: "mails", column: "body", row: id.as_str() }
}
