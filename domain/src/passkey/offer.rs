use model::UserId;

use super::is_available;
use crate::session::{Current, Factor};
use crate::{Cx, Result};

/// Whether to offer a passkey to somebody who has just signed in: once, after a password, to who has none.
///
/// # Errors
/// When the database can't be asked.
pub async fn offer_is_due(cx: &Cx, current: &Current) -> Result<bool> {
    if current.session.factor != Factor::Password || !is_available(cx) {
        return Ok(false);
    }
    let sql = "SELECT (SELECT COUNT(*) FROM passkeys WHERE user_id = $1) + (SELECT COUNT(*) FROM passkey_offers WHERE user_id = $1)";
    let mut conn = cx.db.read().await?;
    Ok(conn.query(sql).bind(current.user.id.clone()).one::<(i64,)>().await?.0 == 0)
}

/// Writes down that a passkey was offered, and whether the user doesn't want to be asked again.
///
/// # Errors
/// When the database can't be written.
pub async fn offered(cx: &Cx, user: &UserId, declined: bool) -> Result<()> {
    let mut tx = cx.db.begin().await?;
    let sql = "INSERT INTO passkey_offers (user_id, offered_at, declined) VALUES ($1, $2, $3)
               ON CONFLICT (user_id) DO UPDATE SET declined = passkey_offers.declined OR excluded.declined";
    tx.query(sql).bind(user.clone()).bind(cx.now()).bind(declined).execute().await?;
    Ok(tx.commit().await?)
}
