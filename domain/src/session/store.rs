use db::{Conn, Tx};
use model::{SessionId, Timestamp, UserId};

use super::{SecondFactor, Session, revocation};
use crate::Result;
use crate::account::User;
use crate::account::store::columns as user_columns;

macro_rules! columns {
    () => {
        "s.id, s.user_id AS session_user_id, s.factor, s.remember, s.ip_address, s.user_agent, s.authenticated_at, s.second_factor, s.strong_at, s.active_organization_id, s.active_team_id, s.seen_at, s.expires_at, s.created_at, s.updated_at"
    };
}
pub(crate) use columns;

#[derive(sqlx::FromRow)]
pub(crate) struct Found {
    #[sqlx(flatten)]
    pub session: Session,
    #[sqlx(flatten)]
    pub user: User,
}

pub(crate) async fn find(conn: &mut Conn, hash: Vec<u8>, now: Timestamp) -> Result<Option<Found>> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        ", ",
        user_columns!(),
        " FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.token_hash = $1 AND s.expires_at > $2"
    );
    Ok(conn.query(sql).bind(hash).bind(now).optional().await?)
}

/// The session of that id, if it is alive.
pub(crate) async fn by_id(conn: &mut Conn, id: &SessionId, now: Timestamp) -> Result<Option<Session>> {
    let sql = concat!("SELECT ", columns!(), " FROM sessions s WHERE s.id = $1 AND s.expires_at > $2");
    Ok(conn.query(sql).bind(id.clone()).bind(now).optional().await?)
}

pub(crate) async fn insert(conn: &mut Conn, session: &Session, hash: Vec<u8>) -> Result<()> {
    let sql = "INSERT INTO sessions (id, token_hash, user_id, factor, remember, ip_address, user_agent, authenticated_at, seen_at, expires_at, created_at, updated_at, second_factor, strong_at, active_organization_id)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    let query = conn
        .query(sql)
        .bind(session.id.clone())
        .bind(hash)
        .bind(session.user_id.clone())
        .bind(session.factor)
        .bind(session.remember);
    let query = query
        .bind(session.ip_address.clone())
        .bind(session.user_agent.clone())
        .bind(session.authenticated_at)
        .bind(session.seen_at);
    let query = query.bind(session.expires_at).bind(session.created_at).bind(session.updated_at);
    let query = query.bind(session.second_factor).bind(session.strong_at);
    query.bind(session.active_organization_id.clone()).execute().await?;
    Ok(())
}

/// Writes when it was seen and when it ends; `false` when it is gone.
pub(crate) async fn touch(conn: &mut Conn, session: &Session) -> Result<bool> {
    let sql = "UPDATE sessions SET seen_at = $2, expires_at = $3, updated_at = $4, ip_address = $5, user_agent = $6 WHERE id = $1";
    let query = conn
        .query(sql)
        .bind(session.id.clone())
        .bind(session.seen_at)
        .bind(session.expires_at)
        .bind(session.updated_at)
        .bind(session.ip_address.clone())
        .bind(session.user_agent.clone());
    Ok(query.execute().await? == 1)
}

/// Writes where it is.
pub(super) async fn place(tx: &mut Tx, session: &Session) -> Result<()> {
    revocation::note(tx, &session.user_id);
    let sql = "UPDATE sessions SET ip_address = $2, user_agent = $3 WHERE id = $1";
    let query = tx.query(sql).bind(session.id.clone()).bind(session.ip_address.clone());
    query.bind(session.user_agent.clone()).execute().await?;
    Ok(())
}

/// The places where it was noticed, and the kinds of devices.
pub(super) async fn places(conn: &mut Conn, id: &SessionId) -> Result<Vec<Vec<u8>>> {
    let sql = "SELECT place FROM session_places WHERE session_id = $1";
    let found: Vec<(Vec<u8>,)> = conn.query(sql).bind(id.clone()).all().await?;
    Ok(found.into_iter().map(|(place,)| place).collect())
}

/// Writes a place down; `false` when it is there already, or the session is gone.
pub(super) async fn add_place(conn: &mut Conn, id: &SessionId, place: &[u8]) -> Result<bool> {
    let sql = "INSERT INTO session_places (session_id, place) SELECT id, $2 FROM sessions WHERE id = $1 ON CONFLICT DO NOTHING";
    Ok(conn.query(sql).bind(id.clone()).bind(place.to_vec()).execute().await? == 1)
}

/// Gives it another token; `false` when it is gone.
pub(crate) async fn rotate(tx: &mut Tx, session: &Session, hash: Vec<u8>) -> Result<bool> {
    let sql = "UPDATE sessions SET token_hash = $2, authenticated_at = $3, factor = $4, second_factor = $5, strong_at = $6, expires_at = $7, updated_at = $8, ip_address = $9, user_agent = $10 WHERE id = $1";
    revocation::note(tx, &session.user_id);
    let query = tx.query(sql).bind(session.id.clone()).bind(hash).bind(session.authenticated_at).bind(session.factor);
    let query = query.bind(session.second_factor).bind(session.strong_at);
    let query = query.bind(session.expires_at).bind(session.updated_at);
    Ok(query.bind(session.ip_address.clone()).bind(session.user_agent.clone()).execute().await? == 1)
}

/// Writes down that a passkey was shown in it; `false` when it is gone.
pub(crate) async fn show_passkey(tx: &mut Tx, id: &SessionId, now: Timestamp) -> Result<bool> {
    let sql =
        "UPDATE sessions SET second_factor = $2, strong_at = $3 WHERE id = $1 AND expires_at > $3 RETURNING user_id";
    let query = tx.query(sql).bind(id.clone()).bind(SecondFactor::Passkey).bind(now);
    let user = query.optional::<(UserId,)>().await?;
    user.iter().for_each(|(user,)| revocation::note(tx, user));
    Ok(user.is_some())
}

/// The user's live sessions, newest first; more than 200 are of no use to anybody.
pub(crate) async fn of_user(conn: &mut Conn, user: &UserId, now: Timestamp) -> Result<Vec<Session>> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM sessions s WHERE s.user_id = $1 AND s.expires_at > $2 ORDER BY s.created_at DESC LIMIT 200"
    );
    Ok(conn.query(sql).bind(user.clone()).bind(now).all().await?)
}

pub(crate) async fn delete(tx: &mut Tx, user: &UserId, id: &str, hash: Vec<u8>) -> Result<bool> {
    let sql = "DELETE FROM sessions WHERE user_id = $1 AND (id = $2 OR token_hash = $3)";
    revocation::note(tx, user);
    Ok(tx.query(sql).bind(user.clone()).bind(id.to_owned()).bind(hash).execute().await? > 0)
}

pub(crate) async fn delete_others(tx: &mut Tx, user: &UserId, keep: &SessionId) -> Result<u64> {
    revocation::note(tx, user);
    Ok(tx
        .query("DELETE FROM sessions WHERE user_id = $1 AND id <> $2")
        .bind(user.clone())
        .bind(keep.clone())
        .execute()
        .await?)
}

pub(crate) async fn delete_of_user(tx: &mut Tx, user: &UserId) -> Result<()> {
    revocation::note(tx, user);
    tx.query("DELETE FROM sessions WHERE user_id = $1").bind(user.clone()).execute().await?;
    Ok(())
}

/// Gives whose it was.
pub(crate) async fn delete_by_token(tx: &mut Tx, hash: Vec<u8>) -> Result<Option<UserId>> {
    let sql = "DELETE FROM sessions WHERE token_hash = $1 RETURNING user_id";
    let user = tx.query(sql).bind(hash).optional::<(UserId,)>().await?;
    user.iter().for_each(|(user,)| revocation::note(tx, user));
    Ok(user.map(|(user,)| user))
}

pub(crate) async fn delete_expired(conn: &mut Conn, now: Timestamp) -> Result<u64> {
    Ok(conn.query("DELETE FROM sessions WHERE expires_at <= $1").bind(now).execute().await?)
}
