//! The one mechanism of six digits, wherever they are sent.
//!
//! Each try is counted by the statement that looks the code up, so a hundred at once are still counted (SECURITY A16); wrong tries
//! are also counted across codes, so that asking for new ones doesn't buy guesses for ever (A18).

use std::time::Duration;

use db::Tx;
use model::Refusal;
use subtle::ConstantTimeEq;

use super::store;
use crate::{Cx, Result};

/// Wrong tries for one slot in [`MISS_WINDOW`], whatever number of codes was asked for.
const MOST_MISSES: i64 = 15;
pub(super) const MISS_WINDOW: Duration = Duration::from_secs(3600);

/// Where one code at a time is: what it is good for, and to whom it was sent. It is good for nothing and nobody else.
pub(crate) struct Slot {
    /// What the code is good for.
    pub(super) purpose: &'static str,
    /// An address or a number, and whatever else the code is bound to.
    pub(super) recipient: String,
    /// What is told where no code was asked for, or it is spent.
    pub(super) missing: Refusal,
}

impl Slot {
    pub(crate) fn new(purpose: &'static str, recipient: impl Into<String>, missing: Refusal) -> Self {
        Self { purpose, recipient: recipient.into(), missing }
    }

    /// Puts a new code in place of the old one and gives its digits. Unless it is `wanted` nobody gets it, so that nobody may guess
    /// it either; all the rest is the same (SECURITY A12).
    pub(crate) async fn fill(&self, tx: &mut Tx, cx: &Cx, wanted: bool) -> Result<String> {
        let code = cx.random.digits();
        let mut tag = self.tag(cx, &code);
        if !wanted {
            cx.random.fill(&mut tag);
        }
        store::replace(tx, self, tag, cx.now(), cx.now() + cx.settings.links.code, MISS_WINDOW).await?;
        Ok(code)
    }

    /// Says whether a code is right without spending it; counts as a try when it is wrong.
    ///
    /// # Errors
    /// [`Refusal::InvalidCode`], [`Refusal::CodeExpired`], [`Refusal::TooManyAttempts`], or what the slot says when there is none.
    pub(crate) async fn check(&self, cx: &Cx, code: &str) -> Result<()> {
        self.attempt(cx, code, false).await
    }

    /// Spends the code; whoever comes here twice with one code is refused the second time.
    ///
    /// # Errors
    /// As [`Slot::check`].
    pub(crate) async fn spend(&self, cx: &Cx, code: &str) -> Result<()> {
        self.attempt(cx, code, true).await
    }

    /// Counts a try in a transaction of its own, since a refusal must not undo the count.
    async fn attempt(&self, cx: &Cx, code: &str, spend: bool) -> Result<()> {
        let mut tx = cx.db.begin().await?;
        let Some(row) = store::count_try(&mut tx, self, i64::from(cx.settings.links.code_tries), MOST_MISSES).await?
        else {
            let spent_up = store::exists(&mut tx, self).await?;
            return Err(if spent_up { Refusal::TooManyAttempts } else { self.missing.clone() }.into());
        };
        let expected = self.tag(cx, code.trim());
        let right: bool = row.tag.ct_eq(&expected).into();
        let verdict = match (right, row.expires_at > cx.now()) {
            (true, true) => Ok(()),
            (true, false) => Err(Refusal::CodeExpired),
            (false, _) => Err(Refusal::InvalidCode),
        };
        match &verdict {
            // Looking is no try; a code that is used is gone, with what was counted against it.
            Ok(()) if spend => store::delete(&mut tx, self).await?,
            Ok(()) => store::forgive(&mut tx, self).await?,
            Err(_) => {}
        }
        tx.commit().await?;
        Ok(verdict?)
    }

    fn tag(&self, cx: &Cx, code: &str) -> Vec<u8> {
        let message = format!("{}\n{}\n{code}", self.purpose, self.recipient);
        cx.secret.tag("code", message.as_bytes()).to_vec()
    }
}
