//! Text messages: written into the outbox by the verb that causes them, like mails.

use db::Tx;
use model::PhoneNumber;

use crate::{Cx, Result, mail};

/// What a text message says.
pub enum Text {
    /// A code as the second factor.
    SecondFactor {
        /// Six digits.
        code: String,
    },
}

/// Puts a text message into the outbox; the caller's commit makes it last.
///
/// # Errors
/// When the outbox can't be written.
pub async fn send(tx: &mut Tx, cx: &Cx, to: &PhoneNumber, text: &Text) -> Result<()> {
    let Text::SecondFactor { code } = text;
    mail::send_text(tx, cx, to, "two-factor-code", format!("{code} is your code for {}.", cx.settings.app_name)).await
}
