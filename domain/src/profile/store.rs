use db::{Conn, Tx};
use model::{ProfileView, Timestamp, UserId};
use serde_json::{Map, Value};
use sqlx::types::Json;

use crate::Result;
use crate::account::{self, User};
use crate::session::revocation;

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    full_name: String,
    bio: String,
    preferences: Json<Map<String, Value>>,
}

impl From<Row> for ProfileView {
    fn from(row: Row) -> Self {
        Self { full_name: row.full_name, bio: row.bio, preferences: row.preferences.0 }
    }
}

pub(super) async fn find(conn: &mut Conn, user: &UserId) -> Result<Option<Row>> {
    Ok(conn
        .query("SELECT full_name, bio, preferences FROM profiles WHERE user_id = $1")
        .bind(user.clone())
        .optional()
        .await?)
}

pub(super) async fn put(tx: &mut Tx, user: &UserId, profile: ProfileView, now: Timestamp) -> Result<()> {
    let sql = "INSERT INTO profiles (user_id, full_name, bio, preferences, updated_at) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (user_id) DO UPDATE SET full_name = excluded.full_name, bio = excluded.bio, preferences = excluded.preferences, updated_at = excluded.updated_at";
    let query =
        tx.query(sql).bind(user.clone()).bind(profile.full_name).bind(profile.bio).bind(Json(profile.preferences));
    query.bind(now).execute().await?;
    Ok(())
}

/// Writes what a user may change of themselves; `false` when somebody else has the user name. The caller holds its lock.
pub(super) async fn update_user(tx: &mut Tx, user: &User) -> Result<bool> {
    revocation::note(tx, &user.id);
    let sql =
        "UPDATE users SET name = $2, image = $3, username = $4, display_username = $5, updated_at = $6, name_lower = $7
               WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM users other WHERE other.username = $4 AND other.id <> $1)";
    let query = tx
        .query(sql)
        .bind(user.id.clone())
        .bind(user.name.clone())
        .bind(user.image.clone())
        .bind(user.username.clone());
    let query =
        query.bind(user.display_username.clone()).bind(user.updated_at).bind(account::store::lowered(&user.name));
    Ok(query.execute().await? == 1)
}

pub(super) async fn put_avatar(tx: &mut Tx, id: &str, user: &UserId, png: Vec<u8>, now: Timestamp) -> Result<()> {
    let sql = "INSERT INTO avatars (id, user_id, png, created_at) VALUES ($1, $2, $3, $4)
               ON CONFLICT (user_id) DO UPDATE SET id = excluded.id, png = excluded.png, created_at = excluded.created_at";
    tx.query(sql).bind(id.to_owned()).bind(user.clone()).bind(png).bind(now).execute().await?;
    Ok(())
}

pub(super) async fn delete_avatar(tx: &mut Tx, user: &UserId) -> Result<()> {
    tx.query("DELETE FROM avatars WHERE user_id = $1").bind(user.clone()).execute().await?;
    Ok(())
}

pub(super) async fn avatar(conn: &mut Conn, id: &str) -> Result<Option<Vec<u8>>> {
    let row = conn.query("SELECT png FROM avatars WHERE id = $1").bind(id.to_owned()).optional::<(Vec<u8>,)>().await?;
    Ok(row.map(|(png,)| png))
}
