use db::{Conn, Tx};
use model::{AccountId, SessionId, Timestamp, UserId};

use crate::Result;

/// An account at a provider, as stored; its tokens are sealed.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Connection {
    pub id: AccountId,
    pub user_id: UserId,
    pub provider_id: String,
    pub account_id: String,
    pub issuer: Option<String>,
    pub email: Option<String>,
    pub access_token: Option<Vec<u8>>,
    pub refresh_token: Option<Vec<u8>>,
    pub id_token: Option<Vec<u8>>,
    pub access_token_expires_at: Option<Timestamp>,
    pub refresh_token_expires_at: Option<Timestamp>,
    /// Separated by spaces.
    pub scopes: Option<String>,
    /// Until when somebody is fetching new tokens.
    pub refreshing_until: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

macro_rules! columns {
    () => {
        "id, user_id, provider_id, account_id, issuer, email, access_token, refresh_token, id_token, access_token_expires_at, refresh_token_expires_at, scopes, refreshing_until, last_used_at, created_at, updated_at"
    };
}

pub(crate) async fn of_user(conn: &mut Conn, user: &UserId) -> Result<Vec<Connection>> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM accounts WHERE user_id = $1 AND provider_id <> 'credential' ORDER BY created_at, id LIMIT 100"
    );
    Ok(conn.query(sql).bind(user.clone()).all().await?)
}

pub(super) async fn by_subject(conn: &mut Conn, provider: &str, subject: &str) -> Result<Option<Connection>> {
    let sql = concat!("SELECT ", columns!(), " FROM accounts WHERE provider_id = $1 AND account_id = $2");
    Ok(conn.query(sql).bind(provider.to_owned()).bind(subject.to_owned()).optional().await?)
}

pub(super) async fn by_id(conn: &mut Conn, id: &AccountId) -> Result<Option<Connection>> {
    let sql = concat!("SELECT ", columns!(), " FROM accounts WHERE id = $1");
    Ok(conn.query(sql).bind(id.clone()).optional().await?)
}

/// Stores a new one; `false` when the account at the provider is connected already.
pub(super) async fn insert(tx: &mut Tx, row: &Connection) -> Result<bool> {
    let sql = "INSERT INTO accounts (id, user_id, provider_id, account_id, issuer, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (provider_id, account_id) DO NOTHING";
    let query = tx.query(sql).bind(row.id.clone()).bind(row.user_id.clone()).bind(row.provider_id.clone());
    let query = query.bind(row.account_id.clone()).bind(row.issuer.clone()).bind(row.created_at);
    Ok(query.execute().await? == 1)
}

/// Writes what the provider told and gave at a sign-in.
pub(super) async fn update(tx: &mut Tx, row: &Connection, now: Timestamp) -> Result<()> {
    let sql = "UPDATE accounts SET email = $2, last_used_at = $3, updated_at = $3 WHERE id = $1";
    tx.query(sql).bind(row.id.clone()).bind(row.email.clone()).bind(now).execute().await?;
    Ok(())
}

/// Writes new tokens; whoever was fetching some is done. A refresh token or an ID token that isn't given anew stays. Whoever fetched
/// them in a `turn` must still have it, or `false`.
pub(super) async fn set_tokens(tx: &mut Tx, row: &Connection, turn: Option<Timestamp>, now: Timestamp) -> Result<bool> {
    let sql = "UPDATE accounts SET access_token = $2, refresh_token = COALESCE($3, refresh_token), id_token = COALESCE($4, id_token),
                   access_token_expires_at = $5,
                   refresh_token_expires_at = CASE WHEN $3 IS NULL THEN refresh_token_expires_at ELSE $6 END,
                   scopes = $7, refreshing_until = NULL, updated_at = $8
               WHERE id = $1 AND (refreshing_until = $9 OR $9 IS NULL)";
    let query = tx.query(sql).bind(row.id.clone()).bind(row.access_token.clone()).bind(row.refresh_token.clone());
    let query = query.bind(row.id_token.clone()).bind(row.access_token_expires_at).bind(row.refresh_token_expires_at);
    Ok(query.bind(row.scopes.clone()).bind(now).bind(turn).execute().await? == 1)
}

/// Takes the turn to fetch new tokens in place of `old`; `false` when somebody else has it, or has fetched them.
pub(super) async fn take_turn(
    tx: &mut Tx,
    id: &AccountId,
    old: Option<&Vec<u8>>,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool> {
    let sql = "UPDATE accounts SET refreshing_until = $3 WHERE id = $1
                   AND (refreshing_until IS NULL OR refreshing_until <= $2)
                   AND (access_token = $4 OR access_token IS NULL AND $4 IS NULL)";
    let query = tx.query(sql).bind(id.clone()).bind(now).bind(until).bind(old.cloned());
    Ok(query.execute().await? == 1)
}

/// Gives the turn back when nothing came of it, unless it is another's by now.
pub(super) async fn leave_turn(tx: &mut Tx, id: &AccountId, turn: Timestamp) -> Result<()> {
    let sql = "UPDATE accounts SET refreshing_until = NULL WHERE id = $1 AND refreshing_until = $2";
    tx.query(sql).bind(id.clone()).bind(turn).execute().await?;
    Ok(())
}

/// What is under way, as stored.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Flow {
    pub state_hash: Vec<u8>,
    pub browser_hash: Vec<u8>,
    pub provider_id: String,
    pub verifier: Vec<u8>,
    pub nonce: Option<String>,
    pub user_id: Option<UserId>,
    pub session_id: Option<SessionId>,
    pub done: Option<String>,
    pub new_user: Option<String>,
    pub error: Option<String>,
    pub expires_at: Timestamp,
}

macro_rules! flow_columns {
    () => {
        "state_hash, browser_hash, provider_id, verifier, nonce, user_id, session_id, done, new_user, error, expires_at"
    };
}

pub(super) async fn begin(tx: &mut Tx, flow: &Flow) -> Result<()> {
    let sql = concat!(
        "INSERT INTO provider_flows (",
        flow_columns!(),
        ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
    );
    let query = tx.query(sql).bind(flow.state_hash.clone()).bind(flow.browser_hash.clone());
    let query = query.bind(flow.provider_id.clone()).bind(flow.verifier.clone()).bind(flow.nonce.clone());
    let query = query.bind(flow.user_id.clone()).bind(flow.session_id.clone()).bind(flow.done.clone());
    query.bind(flow.new_user.clone()).bind(flow.error.clone()).bind(flow.expires_at).execute().await?;
    Ok(())
}

/// Takes what is under way, once, and only for the provider and the browser that it was begun with (SECURITY A27, A41).
pub(super) async fn take(
    tx: &mut Tx,
    state: Vec<u8>,
    browser: Vec<u8>,
    provider: &str,
    now: Timestamp,
) -> Result<Option<Flow>> {
    let sql = concat!(
        "DELETE FROM provider_flows WHERE state_hash = $1 AND browser_hash = $2 AND provider_id = $3 AND expires_at > $4 RETURNING ",
        flow_columns!()
    );
    let query = tx.query(sql).bind(state).bind(browser).bind(provider.to_owned()).bind(now);
    Ok(query.optional().await?)
}

/// Where to go on after an error, for an answer that came to the wrong browser.
pub(super) async fn error_address(conn: &mut Conn, state: Vec<u8>, provider: &str) -> Result<Option<String>> {
    let sql = "SELECT error FROM provider_flows WHERE state_hash = $1 AND provider_id = $2";
    let found = conn.query(sql).bind(state).bind(provider.to_owned()).optional::<(Option<String>,)>().await?;
    Ok(found.and_then(|(error,)| error))
}

pub(super) async fn delete_expired(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    Ok(tx.query("DELETE FROM provider_flows WHERE expires_at <= $1").bind(now).execute().await?)
}
