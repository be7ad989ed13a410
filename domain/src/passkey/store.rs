use db::{Conn, Tx};
use model::{PasskeyId, PasskeyView, Timestamp, UserId};
use sqlx::types::Json;
use webauthn_rs::prelude::{AuthenticationResult, Passkey};

use super::NewPasskey;
use crate::{Cx, Result};

macro_rules! columns {
    () => {
        "id, user_id, credential_id, user_handle, name, credential, public_key, counter, multi_device, backed_up, transports, aaguid, created_at, last_used_at"
    };
}

/// A passkey as stored.
#[derive(sqlx::FromRow)]
pub(super) struct Stored {
    pub id: PasskeyId,
    pub user_id: UserId,
    pub credential_id: String,
    pub user_handle: String,
    pub(super) name: String,
    pub credential: Json<Passkey>,
    public_key: String,
    counter: i64,
    multi_device: bool,
    backed_up: bool,
    pub transports: String,
    aaguid: String,
    created_at: Timestamp,
    last_used_at: Option<Timestamp>,
}

impl Stored {
    pub(super) fn view(self) -> PasskeyView {
        PasskeyView {
            name: self.name,
            public_key: self.public_key,
            user_id: self.user_id,
            credential_id: self.credential_id,
            counter: u32::try_from(self.counter).unwrap_or(u32::MAX),
            device_type: if self.multi_device { "multiDevice" } else { "singleDevice" }.to_owned(),
            backed_up: self.backed_up,
            transports: self.transports,
            created_at: self.created_at,
            aaguid: self.aaguid,
            last_used_at: self.last_used_at,
            id: self.id,
        }
    }
}

/// Makes a passkey `user`'s; `None` when anybody has it already.
pub(crate) async fn insert(tx: &mut Tx, cx: &Cx, user: &UserId, new: NewPasskey) -> Result<Option<PasskeyView>> {
    let sql = concat!(
        "INSERT INTO passkeys (",
        columns!(),
        ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, NULL)
         ON CONFLICT (credential_id) DO NOTHING RETURNING ",
        columns!()
    );
    let (now, inner) = (cx.now(), new.inner());
    let query = tx.query(sql).bind(PasskeyId::new(cx.random.id(now))).bind(user.clone()).bind(new.credential_id());
    let query = query.bind(new.user_handle).bind(new.name).bind(Json(new.credential)).bind(new.public_key);
    let query = query.bind(i64::from(inner.counter)).bind(inner.backup_eligible).bind(inner.backup_state);
    let stored: Option<Stored> = query.bind(new.transports).bind(new.aaguid).bind(now).optional().await?;
    Ok(stored.map(Stored::view))
}

/// A user's, the oldest first; more than 100 are of no use to anybody.
pub(super) async fn of_user(conn: &mut Conn, user: &UserId) -> Result<Vec<Stored>> {
    let sql = concat!("SELECT ", columns!(), " FROM passkeys WHERE user_id = $1 ORDER BY created_at, id LIMIT 100");
    Ok(conn.query(sql).bind(user.clone()).all().await?)
}

pub(super) async fn by_credential(conn: &mut Conn, credential_id: &str) -> Result<Option<Stored>> {
    let sql = concat!("SELECT ", columns!(), " FROM passkeys WHERE credential_id = $1");
    Ok(conn.query(sql).bind(credential_id.to_owned()).optional().await?)
}

/// How many a user has.
pub(crate) async fn count(conn: &mut Conn, user: &UserId) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM passkeys WHERE user_id = $1";
    Ok(conn.query(sql).bind(user.clone()).one::<(i64,)>().await?.0)
}

pub(super) async fn owner(conn: &mut Conn, id: &PasskeyId) -> Result<Option<UserId>> {
    let sql = "SELECT user_id FROM passkeys WHERE id = $1";
    Ok(conn.query(sql).bind(id.clone()).optional::<(UserId,)>().await?.map(|(user,)| user))
}

pub(super) async fn rename(tx: &mut Tx, user: &UserId, id: &PasskeyId, name: String) -> Result<Option<Stored>> {
    let sql = concat!("UPDATE passkeys SET name = $3 WHERE id = $1 AND user_id = $2 RETURNING ", columns!());
    Ok(tx.query(sql).bind(id.clone()).bind(user.clone()).bind(name).optional().await?)
}

pub(super) async fn delete(tx: &mut Tx, user: &UserId, id: &PasskeyId) -> Result<()> {
    tx.query("DELETE FROM passkeys WHERE id = $1 AND user_id = $2")
        .bind(id.clone())
        .bind(user.clone())
        .execute()
        .await?;
    Ok(())
}

/// Writes down that it was used; `false` when another use has counted further meanwhile, or it is gone. Authenticators without a counter
/// always say 0.
pub(super) async fn used(
    tx: &mut Tx,
    id: &PasskeyId,
    credential: Passkey,
    result: &AuthenticationResult,
    now: Timestamp,
) -> Result<bool> {
    let sql = "UPDATE passkeys SET credential = $2, counter = $3, multi_device = $4, backed_up = $5, last_used_at = $6
               WHERE id = $1 AND (counter < $3 OR (counter = 0 AND $3 = 0))";
    let query = tx.query(sql).bind(id.clone()).bind(Json(credential)).bind(i64::from(result.counter()));
    let query = query.bind(result.backup_eligible()).bind(result.backup_state()).bind(now);
    Ok(query.execute().await? == 1)
}
