//! Deletes what has expired. Nothing depends on it: expired rows are never honoured.

use crate::{Cx, Result, code, jwt, lock_out, passkey, proof_of_work, provider, session, token, two_factor};

/// How many rows went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Sessions past their end.
    pub sessions: u64,
    /// Links past theirs.
    pub tokens: u64,
    /// Codes past theirs.
    pub codes: u64,
    /// Challenges, their codes and trusted devices past theirs.
    pub two_factor: u64,
    /// Passkeys' challenges past theirs.
    pub ceremonies: u64,
    /// Wrong passwords that are forgotten.
    pub wrong_passwords: u64,
    /// Proofs of work that are past their end.
    pub proofs: u64,
    /// Ways to providers that nobody came back from.
    pub provider_flows: u64,
    /// Keys of tokens that nobody needs any more.
    pub signing_keys: u64,
}

/// Sweeps once.
pub async fn sweep(cx: &Cx) -> Result<Swept> {
    let now = cx.now();
    cx.limiter.sweep();
    let mut tx = cx.db.begin().await?;
    let swept = Swept {
        sessions: session::store::delete_expired(&mut tx, now).await?,
        tokens: token::sweep(&mut tx, now).await?,
        codes: code::sweep(&mut tx, now).await?,
        two_factor: two_factor::sweep(&mut tx, now).await?,
        ceremonies: passkey::sweep(&mut tx, now).await?,
        wrong_passwords: lock_out::sweep(&mut tx, now).await?,
        proofs: proof_of_work::sweep(&mut tx, now).await?,
        provider_flows: provider::flow::sweep(&mut tx, now).await?,
        signing_keys: jwt::sweep(&mut tx, cx, now).await?,
    };
    tx.commit().await?;
    Ok(swept)
}
