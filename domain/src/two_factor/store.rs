use db::{Conn, Tx};
use model::{Refusal, Timestamp, UserId};

use super::verify::LOCK;
use crate::Result;
use crate::session::revocation;

/// How long somebody may take to set up an authenticator app.
const ABANDONED: std::time::Duration = std::time::Duration::from_secs(24 * 3600);

/// What an account has beside its authenticator app and its backup codes.
#[derive(Default, sqlx::FromRow)]
pub(super) struct State {
    pub mail: bool,
    pub sms: bool,
    pub sent_failures: i64,
    pub failed_at: Option<Timestamp>,
    pub locked_until: Option<Timestamp>,
    /// How often it was locked since a code was right.
    pub locks: i64,
    pub mail_reset: bool,
}

impl State {
    /// Refuses while it is locked.
    pub(super) fn require_open(&self, now: Timestamp) -> Result<()> {
        if self.locked_until.is_some_and(|until| now < until) { Err(Refusal::AccountLocked.into()) } else { Ok(()) }
    }

    /// Whether the last wrong code was long enough ago for codes to be sent anew.
    pub(super) fn is_cold(&self, now: Timestamp) -> bool {
        self.failed_at.is_none_or(|at| now.since(at) >= LOCK)
    }
}

pub(super) async fn state(conn: &mut Conn, user: &UserId) -> Result<Option<State>> {
    let sql = "SELECT mail, sms, sent_failures, failed_at, locked_until, locks, mail_reset FROM two_factors WHERE user_id = $1";
    Ok(conn.query(sql).bind(user.clone()).optional().await?)
}

/// Switches codes by mail, or else by text message; `false` when they were so already.
pub(super) async fn set_sent(tx: &mut Tx, user: &UserId, mail: bool, on: bool) -> Result<bool> {
    let sql = match (mail, on) {
        (true, true) => {
            "INSERT INTO two_factors (user_id, mail, sms, failures, sent_failures, locks) VALUES ($1, true, false, 0, 0, 0)
             ON CONFLICT (user_id) DO UPDATE SET mail = true WHERE NOT two_factors.mail"
        }
        (false, true) => {
            "INSERT INTO two_factors (user_id, mail, sms, failures, sent_failures, locks) VALUES ($1, false, true, 0, 0, 0)
             ON CONFLICT (user_id) DO UPDATE SET sms = true WHERE NOT two_factors.sms"
        }
        (true, false) => "UPDATE two_factors SET mail = false WHERE user_id = $1 AND mail",
        (false, false) => "UPDATE two_factors SET sms = false WHERE user_id = $1 AND sms",
    };
    Ok(tx.query(sql).bind(user.clone()).execute().await? == 1)
}

/// Counts a wrong code; gives how many there are in a row. No time makes good for one, only a right code does, or guessing slowly would
/// never be stopped; those that were sent are counted anew when the last one was before `cold`.
pub(super) async fn count_failure(
    tx: &mut Tx,
    user: &UserId,
    sent: bool,
    now: Timestamp,
    cold: Timestamp,
) -> Result<i64> {
    let sql = "INSERT INTO two_factors (user_id, mail, sms, failures, sent_failures, failed_at, locks) VALUES ($1, false, false, 1, $2, $3, 0)
               ON CONFLICT (user_id) DO UPDATE SET
                   failures = two_factors.failures + 1,
                   sent_failures = CASE WHEN two_factors.failed_at <= $4 THEN 0 ELSE two_factors.sent_failures END + excluded.sent_failures,
                   failed_at = excluded.failed_at
               RETURNING failures";
    let query = tx.query(sql).bind(user.clone()).bind(i64::from(sent)).bind(now).bind(cold);
    Ok(query.one::<(i64,)>().await?.0)
}

/// Refuses every code until `until`; the next run begins anew.
pub(super) async fn lock(tx: &mut Tx, user: &UserId, until: Timestamp) -> Result<()> {
    let sql = "UPDATE two_factors SET failures = 0, sent_failures = 0, locked_until = $2, locks = locks + 1 WHERE user_id = $1";
    tx.query(sql).bind(user.clone()).bind(until).execute().await?;
    Ok(())
}

/// A code was right: nothing is held against the account any more. A `weak` one, beside which the account has a stronger factor, makes
/// good only for its own kind: it must not buy new guesses at the stronger one (SECURITY A18).
pub(super) async fn forgive(tx: &mut Tx, user: &UserId, weak: bool) -> Result<()> {
    let sql = if weak {
        "UPDATE two_factors SET sent_failures = 0 WHERE user_id = $1"
    } else {
        "UPDATE two_factors SET failures = 0, sent_failures = 0, failed_at = NULL, locked_until = NULL, locks = 0 WHERE user_id = $1"
    };
    tx.query(sql).bind(user.clone()).execute().await?;
    Ok(())
}

/// Notes that the password was reset by mail, or that another factor than mail was shown since.
pub(super) async fn set_mail_reset(tx: &mut Tx, user: &UserId, reset: bool) -> Result<()> {
    let sql = if reset {
        "INSERT INTO two_factors (user_id, mail, sms, failures, sent_failures, locks, mail_reset) VALUES ($1, false, false, 0, 0, 0, true)
         ON CONFLICT (user_id) DO UPDATE SET mail_reset = true"
    } else {
        "UPDATE two_factors SET mail_reset = false WHERE user_id = $1 AND mail_reset"
    };
    tx.query(sql).bind(user.clone()).execute().await?;
    Ok(())
}

pub(super) async fn set_enabled(tx: &mut Tx, user: &UserId, enabled: bool, now: Timestamp) -> Result<()> {
    revocation::note(tx, user);
    let sql = "UPDATE users SET two_factor_enabled = $2, updated_at = $3 WHERE id = $1";
    tx.query(sql).bind(user.clone()).bind(enabled).bind(now).execute().await?;
    Ok(())
}

pub(super) async fn forget(tx: &mut Tx, user: &UserId) -> Result<()> {
    revocation::note(tx, user);
    for sql in [
        "DELETE FROM authenticators WHERE user_id = $1",
        "DELETE FROM backup_codes WHERE user_id = $1",
        "DELETE FROM two_factors WHERE user_id = $1",
        "DELETE FROM trusted_devices WHERE user_id = $1",
        "DELETE FROM challenges WHERE user_id = $1",
        "DELETE FROM factor_codes WHERE user_id = $1",
        "UPDATE users SET two_factor_enabled = false WHERE id = $1",
    ] {
        tx.query(sql).bind(user.clone()).execute().await?;
    }
    Ok(())
}

/// Deletes challenges and codes that are on their way.
pub(super) async fn forget_pending(tx: &mut Tx, user: &UserId) -> Result<()> {
    for sql in ["DELETE FROM challenges WHERE user_id = $1", "DELETE FROM factor_codes WHERE user_id = $1"] {
        tx.query(sql).bind(user.clone()).execute().await?;
    }
    Ok(())
}

/// In the order in which everybody else deletes from these tables, so that nobody waits for each other.
pub(super) async fn sweep(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    let sql = "DELETE FROM authenticators WHERE NOT confirmed AND created_at <= $1";
    let mut swept = tx.query(sql).bind(now - ABANDONED).execute().await?;
    for sql in [
        "DELETE FROM trusted_devices WHERE expires_at <= $1",
        "DELETE FROM challenges WHERE expires_at <= $1",
        "DELETE FROM factor_codes WHERE expires_at <= $1",
    ] {
        swept += tx.query(sql).bind(now).execute().await?;
    }
    Ok(swept)
}
