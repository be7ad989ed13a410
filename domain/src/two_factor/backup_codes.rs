//! Ten codes on paper, each good once, for when everything else is lost.

use db::{Conn, Tx};
use model::{Refusal, SessionId, UserId};

use super::hold_fresh;
use crate::account::User;
use crate::audit::{self, Act, Entry};
use crate::mail::{self, Letter, SecurityChange};
use crate::session::Current;
use crate::{Cx, Error, Result};

const COUNT: usize = 10;

/// Makes a new set, which takes the place of the old one; gives it, in the form `xxxxx-xxxxx`. It is never shown again.
///
/// # Errors
/// [`Refusal::SessionNotFresh`]; [`Refusal::TwoFactorNotEnabled`] when there is no second factor to back up.
pub async fn regenerate(cx: &Cx, current: &Current) -> Result<Vec<String>> {
    let mut tx = cx.db.begin().await?;
    let user = hold_fresh(&mut tx, cx, current).await?.user;
    if !user.two_factor_enabled {
        return Err(Refusal::TwoFactorNotEnabled.into());
    }
    write(tx, cx, &user, &current.session.id).await
}

/// The first set, made while the second factor is being set up.
///
/// # Errors
/// [`Refusal::SessionNotFresh`].
pub async fn prepare(cx: &Cx, current: &Current) -> Result<Vec<String>> {
    let mut tx = cx.db.begin().await?;
    let user = hold_fresh(&mut tx, cx, current).await?.user;
    write(tx, cx, &user, &current.session.id).await
}

async fn write(mut tx: Tx, cx: &Cx, user: &User, session: &SessionId) -> Result<Vec<String>> {
    let codes: Vec<String> = (0..COUNT).map(|_| legible(cx)).collect();
    remove(&mut tx, &user.id).await?;
    for code in &codes {
        let sql = "INSERT INTO backup_codes (user_id, tag, session_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        tx.query(sql)
            .bind(user.id.clone())
            .bind(cx.secret.tag("backup code", &message(&user.id, code)).to_vec())
            .bind(session.clone())
            .execute()
            .await?;
    }
    audit::record(&mut tx, cx, Entry::by(&user.id, Act::BackupCodesMade));
    // Those of a set-up that was begun again were never of use.
    if user.two_factor_enabled {
        let letter = Letter::SecurityChanged { change: SecurityChange::BackupCodesReplaced };
        mail::send(&mut tx, cx, &user.email, &user.name, &letter).await?;
    }
    tx.commit().await?;
    mail::ring(cx);
    Ok(codes.iter().map(|code| format!("{}-{}", &code[..5], &code[5..])).collect())
}

/// Ten letters and digits, none of which is taken for another one on paper: 58 bits.
fn legible(cx: &Cx) -> String {
    let alike = ['0', 'O', 'o', '1', 'l', 'I'];
    let mut code = String::new();
    while code.len() < 10 {
        code.extend(cx.random.alphanumeric(16).chars().filter(|c| !alike.contains(c)).take(10 - code.len()));
    }
    code
}

/// Spends a code, in whatever way it was typed; `false` when it isn't one (any more). The owner hears how many are left.
pub(super) async fn spend(tx: &mut Tx, cx: &Cx, user: &User, typed: &str) -> Result<bool> {
    let code: String = typed.chars().filter(char::is_ascii_alphanumeric).collect();
    let sql = "DELETE FROM backup_codes WHERE user_id = $1 AND tag = $2";
    let mut spent = 0;
    // They may be older than the present secret.
    for tag in cx.secret.tags("backup code", &message(&user.id, &code)) {
        spent += tx.query(sql).bind(user.id.clone()).bind(tag.to_vec()).execute().await?;
    }
    if spent == 0 {
        return Ok(false);
    }
    let left = left(tx, &user.id).await?;
    audit::record(tx, cx, Entry::by(&user.id, Act::BackupCodeUsed).with("left", left));
    let letter = Letter::SecurityChanged { change: SecurityChange::BackupCodeUsed(left) };
    mail::send(tx, cx, &user.email, &user.name, &letter).await?;
    Ok(true)
}

/// How many are left.
pub(super) async fn left(conn: &mut Conn, user: &UserId) -> Result<u32> {
    let sql = "SELECT COUNT(*) FROM backup_codes WHERE user_id = $1";
    let (count,) = conn.query(sql).bind(user.clone()).one::<(i64,)>().await?;
    u32::try_from(count).map_err(Error::broken)
}

/// Removes those that other sessions made while there was no second factor: whoever holds them may be somebody else (SECURITY A24).
pub(super) async fn keep_own(tx: &mut Tx, user: &UserId, session: &SessionId) -> Result<()> {
    let sql = "DELETE FROM backup_codes WHERE user_id = $1 AND session_id <> $2";
    tx.query(sql).bind(user.clone()).bind(session.clone()).execute().await?;
    Ok(())
}

/// Removes them all; gives how many.
pub(super) async fn remove(tx: &mut Tx, user: &UserId) -> Result<u64> {
    Ok(tx.query("DELETE FROM backup_codes WHERE user_id = $1").bind(user.clone()).execute().await?)
}

fn message(user: &UserId, code: &str) -> Vec<u8> {
    format!("{user}\n{code}").into_bytes()
}
