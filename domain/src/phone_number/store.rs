use db::{Conn, Tx};
use model::{PhoneNumber, Timestamp, UserId};

use crate::Result;
use crate::account::User;
use crate::account::store::columns;
use crate::session::revocation;

/// Whose number it is.
pub(crate) async fn owner(conn: &mut Conn, number: &PhoneNumber) -> Result<Option<User>> {
    let sql = concat!("SELECT ", columns!(), " FROM users u WHERE u.phone_number = $1");
    Ok(conn.query(sql).bind(number.clone()).optional().await?)
}

/// Whose number it is, if a password may be set by it.
pub(super) async fn resettable(conn: &mut Conn, number: &PhoneNumber) -> Result<Option<User>> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM users u WHERE u.phone_number = $1 AND NOT EXISTS (SELECT 1 FROM two_factors f WHERE f.user_id = u.id AND f.sms)"
    );
    Ok(conn.query(sql).bind(number.clone()).optional().await?)
}

/// Gives the user a proved number; `false` when another one has it. The caller holds the number's lock.
pub(super) async fn set(tx: &mut Tx, user: &UserId, number: &PhoneNumber, now: Timestamp) -> Result<bool> {
    revocation::note(tx, user);
    let sql = "UPDATE users SET phone_number = $2, updated_at = $3
               WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM users other WHERE other.phone_number = $2 AND other.id <> $1)";
    Ok(tx.query(sql).bind(user.clone()).bind(number.clone()).bind(now).execute().await? == 1)
}

/// Takes the number away; `false` when there was none.
pub(super) async fn clear(tx: &mut Tx, user: &UserId, now: Timestamp) -> Result<bool> {
    revocation::note(tx, user);
    let sql = "UPDATE users SET phone_number = NULL, updated_at = $2 WHERE id = $1 AND phone_number IS NOT NULL";
    Ok(tx.query(sql).bind(user.clone()).bind(now).execute().await? == 1)
}
