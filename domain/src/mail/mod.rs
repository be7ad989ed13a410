//! Mails leave through an outbox, and text messages with them.
//!
//! A verb writes its mail as a row of its own transaction ([`send`]): what was acknowledged is sent, what was undone is not. The job
//! ([`run`]) hands the rows to an SMTP server, and tries again for three days; a server that is slow or dead holds up no request.
//! Bodies hold links that sign in, so they are sealed in the database, and erased once they are sent.

mod delivery;
mod letter;
pub mod mailbox;
mod store;
#[cfg(test)]
mod tests;
mod transport;
mod words;

pub use delivery::{Delivered, deliver_due, forget_old, run};
pub use letter::{CodePurpose, Content, Letter, SecurityChange};
#[cfg(feature = "testing")]
pub use mailbox::{Received, received};
pub(crate) use transport::Undelivered;
pub use transport::{Fault, Security, Smtp, SmtpSettings, Transport, Ways};
pub(crate) use words::plain;

use db::Tx;
use model::{Email, MailId, PhoneNumber};

use crate::{Cx, Error, Result, seal};

/// Puts `letter` to the person called `name` (may be empty) into the outbox; the caller's commit makes it last.
///
/// # Errors
/// When the outbox can't be written.
pub async fn send(tx: &mut Tx, cx: &Cx, to: &Email, name: &str, letter: &Letter) -> Result<()> {
    write(tx, cx, to, name, letter, true).await
}

/// Does all the work of [`send`] and sends nothing: whether an address has an account must not show in the time that an answer
/// takes (SECURITY A12).
///
/// # Errors
/// As [`send`].
pub async fn rehearse(tx: &mut Tx, cx: &Cx, to: &Email, letter: &Letter) -> Result<()> {
    write(tx, cx, to, "", letter, false).await
}

/// Puts a text message into the outbox, or only does the work of it: see [`rehearse`].
pub(crate) async fn send_text(
    tx: &mut Tx,
    cx: &Cx,
    to: &PhoneNumber,
    kind: &'static str,
    text: String,
    real: bool,
) -> Result<()> {
    let now = cx.now();
    let id = MailId::new(cx.random.id(now));
    let content = Content { subject: String::new(), text, html: String::new() };
    let body = seal::close(cx, place(&id), &serde_json::to_vec(&content).map_err(Error::broken)?)?;
    let recipient = to.as_str().to_owned();
    store::insert(tx, store::Draft { id, recipient, channel: Channel::Sms, kind, body, now, real }).await
}

/// How a message leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(rename_all = "snake_case", type_name = "text")]
pub enum Channel {
    /// By mail.
    Mail,
    /// By text message.
    Sms,
}

async fn write(tx: &mut Tx, cx: &Cx, to: &Email, name: &str, letter: &Letter, real: bool) -> Result<()> {
    let now = cx.now();
    let id = MailId::new(cx.random.id(now));
    let content = serde_json::to_vec(&letter.write(&cx.settings, name)?).map_err(Error::broken)?;
    let body = seal::close(cx, place(&id), &content)?;
    store::insert(
        tx,
        store::Draft {
            id,
            recipient: to.as_str().to_owned(),
            channel: Channel::Mail,
            kind: letter.kind(),
            body,
            now,
            real,
        },
    )
    .await
}

/// Tells the job that a mail was committed. It would find it within seconds anyway.
pub fn ring(cx: &Cx) {
    cx.mail_bell.notify_one();
}

fn place(id: &MailId) -> seal::Place<'_> {
    seal::Place { column: seal::Column::MailBody, row: id.as_str() }
}
