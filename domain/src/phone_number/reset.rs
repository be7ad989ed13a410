//! A new password by a code to the number.

use model::{PhoneNumber, Refusal};

use super::{require_sender, slot, store, write};
use crate::code::slot::Slot;
use crate::limit::{self, Rule};
use crate::password::{self, Password};
use crate::sms::Text;
use crate::{Cx, Result, mail, proof_of_work, reset};

fn reset_slot(number: &PhoneNumber) -> Slot {
    slot("phone_reset", number.to_string())
}

/// Sends a code if a password may be set by it; the answer and its time are the same if not.
///
/// # Errors
/// [`Refusal::SmsNotConfigured`].
pub async fn request_reset(cx: &Cx, number: &PhoneNumber) -> Result<()> {
    require_sender(cx)?;
    limit::number(cx, Rule::PasswordReset, number).await?;
    proof_of_work::suspect(cx).await;
    let mut tx = cx.db.begin().await?;
    let user = store::resettable(&mut tx, number).await?;
    reset::requested(&mut tx, cx, user.as_ref().map(|user| &user.id), number.as_str());
    let wanted = user.is_some();
    let code = reset_slot(number).fill(&mut tx, cx, wanted).await?;
    write(&mut tx, cx, number, &Text::ResetPassword { code }, wanted).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(())
}

/// Sets a new password with a code. Second factors stay, and the address is no more proved than before.
///
/// # Errors
/// [`Refusal::PhoneCodeMissing`], [`Refusal::InvalidCode`], [`Refusal::CodeExpired`], [`Refusal::TooManyAttempts`];
/// [`Refusal::Password`], which leaves the code good; [`Refusal::Busy`].
pub async fn reset_password(cx: &Cx, number: &PhoneNumber, code: &str, password: &Password) -> Result<()> {
    let slot = reset_slot(number);
    // The rules are told before the code is spent: it would be lost on a typing mistake.
    slot.check(cx, code).await?;
    let user = store::resettable(&mut cx.db.read().await?, number).await?.ok_or(Refusal::PhoneCodeMissing)?;
    password::judge(cx, password, &user.name, user.email.as_str()).await?;
    slot.spend(cx, code).await?;
    let hash = cx.hasher.hash(password).await?;
    let mut tx = cx.db.begin().await?;
    tx.lock(number.as_str()).await?;
    tx.lock(user.id.as_str()).await?;
    // The number may have moved, or become the second factor, while we were hashing.
    let now = store::resettable(&mut tx, number).await?.filter(|now| now.id == user.id);
    reset::replace(&mut tx, cx, &now.ok_or(Refusal::PhoneCodeMissing)?, &hash).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(())
}
