//! Text messages: written into the outbox by the verb that causes them, like mails, and handed to an HTTP service by the same job.

mod sender;
#[cfg(test)]
mod tests;

use std::time::Duration;

use db::Tx;
use model::PhoneNumber;

pub use sender::{Http, Sender, SmsSettings};

use crate::mail::{self, plain};
use crate::{Cx, Result};

/// What a text message says. No `Debug`: it signs in.
pub enum Text {
    /// A code as the second factor.
    SecondFactor {
        /// Six digits.
        code: String,
    },
    /// A code that signs in.
    SignIn {
        /// Six digits.
        code: String,
    },
    /// A code that shows whose number it is.
    NewNumber {
        /// Six digits.
        code: String,
    },
    /// A code with which a new password is set.
    ResetPassword {
        /// Six digits.
        code: String,
    },
}

impl Text {
    fn kind(&self) -> &'static str {
        match self {
            Self::SecondFactor { .. } => "two-factor-code",
            Self::SignIn { .. } => "phone-sign-in-code",
            Self::NewNumber { .. } => "phone-number-code",
            Self::ResetPassword { .. } => "phone-reset-code",
        }
    }

    /// The code comes first: it is read in the list of messages, without opening any.
    fn words(&self, app: &str) -> String {
        let (code, aim) = match self {
            Self::SecondFactor { code } => (code, "to finish signing in to"),
            Self::SignIn { code } => (code, "to sign in to"),
            Self::NewNumber { code } => (code, "to add this number to your account with"),
            Self::ResetPassword { code } => (code, "to choose a new password for"),
        };
        format!("{code} is your code {aim} {app}. Keep it to yourself: nobody from {app} will ask you for it.")
    }
}

/// Puts a text message into the outbox; the caller's commit makes it last.
///
/// # Errors
/// When the outbox can't be written.
pub async fn send(tx: &mut Tx, cx: &Cx, to: &PhoneNumber, text: &Text) -> Result<()> {
    mail::send_text(tx, cx, to, text.kind(), text.words(&plain(&cx.settings.app_name)), true).await
}

/// Does all the work of [`send`] and sends nothing: whether a number has an account must not show in the time that an answer takes
/// (SECURITY A12).
///
/// # Errors
/// As [`send`].
pub async fn rehearse(tx: &mut Tx, cx: &Cx, to: &PhoneNumber, text: &Text) -> Result<()> {
    mail::send_text(tx, cx, to, text.kind(), text.words(&plain(&cx.settings.app_name)), false).await
}

/// How long a text message is tried: one that comes when its code is no longer good only puzzles whoever gets it.
pub(crate) fn patience(cx: &Cx) -> Duration {
    cx.settings.links.code
}
