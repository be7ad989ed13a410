use db::{Conn, Tx};
use model::{AccountId, Email, PhoneNumber, Timestamp, UserId};
use sqlx::{ColumnIndex, Decode, FromRow, Row, Type};

use super::{Account, User};
use crate::Result;
use crate::lock_out::Missed;
use crate::session::revocation;

/// The columns of [`User`], for a `users u`.
macro_rules! columns {
    () => {
        "u.id AS user_id, u.name, u.email, u.email_verified, u.image, u.username, u.display_username, u.role, u.two_factor_enabled, u.phone_number, u.created_at AS user_created_at, u.updated_at AS user_updated_at"
    };
}
pub(crate) use columns;

/// A user with the hash of the password, where there is one.
#[derive(sqlx::FromRow)]
pub(crate) struct WithPassword {
    #[sqlx(flatten)]
    pub user: User,
    pub password: Option<String>,
    /// When it was set.
    pub password_at: Option<Timestamp>,
}

/// What is known of whoever is called by a name, in one look: who has it, if anybody, and how many passwords were wrong lately.
pub(crate) struct Looked {
    pub found: Option<WithPassword>,
    pub missed: Missed,
}

impl<'r, R: Row> FromRow<'r, R> for Looked
where
    WithPassword: FromRow<'r, R>,
    Missed: FromRow<'r, R>,
    for<'a> &'a str: ColumnIndex<R>,
    Option<String>: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        let found = row.try_get::<Option<String>, _>("user_id")?.map(|_| WithPassword::from_row(row));
        Ok(Self { found: found.transpose()?, missed: Missed::from_row(row)? })
    }
}

/// Finds whoever has `$1` as their `$column`, and what is counted of them, or else of the stranger `$2`, in the browser `$3`. There is
/// always a row, so that it takes as long when nobody has it (SECURITY A12).
macro_rules! look {
    ($column:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            ", a.password, a.updated_at AS password_at, w.failures, w.locked_until FROM (SELECT 1 AS one) AS always
             LEFT JOIN users u ON u.",
            $column,
            " = $1 LEFT JOIN accounts a ON a.user_id = u.id AND a.provider_id = 'credential'
             LEFT JOIN wrong_passwords w ON w.who = COALESCE(u.id, $2) AND w.device = $3"
        )
    };
}

/// Stores a new user; `false` when the address or the user name is taken.
pub(crate) async fn insert(conn: &mut Conn, user: &User) -> Result<bool> {
    let sql = "INSERT INTO users (id, name, email, email_verified, image, username, display_username, role, created_at, updated_at, name_lower)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING";
    let query = conn
        .query(sql)
        .bind(user.id.clone())
        .bind(user.name.clone())
        .bind(user.email.clone())
        .bind(user.email_verified);
    let query = query
        .bind(user.image.clone())
        .bind(user.username.clone())
        .bind(user.display_username.clone())
        .bind(user.role.clone());
    let query = query.bind(user.created_at).bind(user.updated_at).bind(lowered(&user.name));
    Ok(query.execute().await? == 1)
}

/// A name as it is searched for. Whatever writes one writes this beside it.
pub(crate) fn lowered(name: &str) -> String {
    name.to_lowercase()
}

pub(crate) async fn by_id(conn: &mut Conn, id: &UserId) -> Result<Option<User>> {
    let sql = concat!("SELECT ", columns!(), " FROM users u WHERE u.id = $1");
    Ok(conn.query(sql).bind(id.clone()).optional().await?)
}

pub(crate) async fn by_email(conn: &mut Conn, email: &Email) -> Result<Option<User>> {
    let sql = concat!("SELECT ", columns!(), " FROM users u WHERE u.email = $1");
    Ok(conn.query(sql).bind(email.clone()).optional().await?)
}

pub(crate) async fn by_username(conn: &mut Conn, username: &str) -> Result<Option<User>> {
    let sql = concat!("SELECT ", columns!(), " FROM users u WHERE u.username = $1");
    Ok(conn.query(sql).bind(username.to_owned()).optional().await?)
}

pub(crate) async fn look_by_email(conn: &mut Conn, email: &Email, stranger: String, device: &str) -> Result<Looked> {
    let query = conn.query(look!("email")).bind(email.clone()).bind(stranger).bind(device.to_owned());
    Ok(query.one().await?)
}

pub(crate) async fn look_by_username(
    conn: &mut Conn,
    username: &str,
    stranger: String,
    device: &str,
) -> Result<Looked> {
    let query = conn.query(look!("username")).bind(username.to_owned()).bind(stranger).bind(device.to_owned());
    Ok(query.one().await?)
}

pub(crate) async fn look_by_phone_number(
    conn: &mut Conn,
    number: &PhoneNumber,
    stranger: String,
    device: &str,
) -> Result<Looked> {
    let query = conn.query(look!("phone_number")).bind(number.clone()).bind(stranger).bind(device.to_owned());
    Ok(query.one().await?)
}

/// A password, when it was set, and how many others were tried lately in one browser.
#[derive(sqlx::FromRow)]
pub(crate) struct Kept {
    pub password: Option<String>,
    pub password_at: Timestamp,
    #[sqlx(flatten)]
    pub missed: Missed,
}

pub(crate) async fn look_by_id(conn: &mut Conn, user: &UserId, device: &str) -> Result<Option<Kept>> {
    let sql = "SELECT a.password, a.updated_at AS password_at, w.failures, w.locked_until FROM accounts a
               LEFT JOIN wrong_passwords w ON w.who = a.user_id AND w.device = $2
               WHERE a.user_id = $1 AND a.provider_id = 'credential'";
    Ok(conn.query(sql).bind(user.clone()).bind(device.to_owned()).optional().await?)
}

pub(crate) async fn password_by_id(conn: &mut Conn, user: &UserId) -> Result<Option<String>> {
    let sql = "SELECT password FROM accounts WHERE user_id = $1 AND provider_id = 'credential'";
    Ok(conn.query(sql).bind(user.clone()).optional::<(Option<String>,)>().await?.and_then(|(password,)| password))
}

/// Gives the user this password, whether there was one or not.
pub(crate) async fn set_password(conn: &mut Conn, id: String, user: &UserId, hash: &str, now: Timestamp) -> Result<()> {
    let sql = "INSERT INTO accounts (id, user_id, provider_id, account_id, password, created_at, updated_at) VALUES ($1, $2, 'credential', $2, $3, $4, $4)
               ON CONFLICT (provider_id, account_id) DO UPDATE SET password = excluded.password, updated_at = excluded.updated_at";
    conn.query(sql).bind(id).bind(user.clone()).bind(hash.to_owned()).bind(now).execute().await?;
    Ok(())
}

/// Replaces the hash of the password, which stays the same.
pub(crate) async fn replace_hash(conn: &mut Conn, user: &UserId, hash: &str) -> Result<()> {
    let sql = "UPDATE accounts SET password = $2 WHERE user_id = $1 AND provider_id = 'credential'";
    conn.query(sql).bind(user.clone()).bind(hash.to_owned()).execute().await?;
    Ok(())
}

pub(crate) async fn set_verified(tx: &mut Tx, user: &UserId, now: Timestamp) -> Result<()> {
    revocation::note(tx, user);
    tx.query("UPDATE users SET email_verified = true, updated_at = $2 WHERE id = $1")
        .bind(user.clone())
        .bind(now)
        .execute()
        .await?;
    Ok(())
}

pub(crate) async fn set_name(tx: &mut Tx, user: &UserId, name: &str) -> Result<()> {
    revocation::note(tx, user);
    let sql = "UPDATE users SET name = $2, name_lower = $3 WHERE id = $1";
    tx.query(sql).bind(user.clone()).bind(name.to_owned()).bind(lowered(name)).execute().await?;
    Ok(())
}

/// Forgets what whoever signed up said about themselves, but for a name.
pub(crate) async fn begin_anew(tx: &mut Tx, user: &UserId, name: &str) -> Result<()> {
    revocation::note(tx, user);
    let sql = "UPDATE users SET name = $2, name_lower = $3, username = NULL, display_username = NULL, image = NULL WHERE id = $1";
    tx.query(sql).bind(user.clone()).bind(name.to_owned()).bind(lowered(name)).execute().await?;
    Ok(())
}

/// Moves the user to another, proved address; `false` when somebody has it.
pub(crate) async fn set_email(tx: &mut Tx, user: &UserId, email: &Email, now: Timestamp) -> Result<bool> {
    revocation::note(tx, user);
    let sql = "UPDATE users SET email = $2, email_verified = true, updated_at = $3 WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM users other WHERE other.email = $2)";
    Ok(tx.query(sql).bind(user.clone()).bind(email.clone()).bind(now).execute().await? == 1)
}

pub(crate) async fn delete(tx: &mut Tx, user: &UserId) -> Result<bool> {
    revocation::note(tx, user);
    Ok(tx.query("DELETE FROM users WHERE id = $1").bind(user.clone()).execute().await? == 1)
}

pub(crate) async fn accounts(conn: &mut Conn, user: &UserId) -> Result<Vec<Account>> {
    let sql = "SELECT id, provider_id, account_id, issuer, scopes, user_id, created_at, updated_at FROM accounts WHERE user_id = $1 ORDER BY created_at, id LIMIT 100";
    Ok(conn.query(sql).bind(user.clone()).all().await?)
}

pub(crate) async fn delete_account(conn: &mut Conn, user: &UserId, account: &AccountId) -> Result<()> {
    conn.query("DELETE FROM accounts WHERE id = $1 AND user_id = $2")
        .bind(account.clone())
        .bind(user.clone())
        .execute()
        .await?;
    Ok(())
}

pub(crate) async fn delete_accounts(conn: &mut Conn, user: &UserId) -> Result<()> {
    conn.query("DELETE FROM accounts WHERE user_id = $1").bind(user.clone()).execute().await?;
    Ok(())
}

pub(crate) async fn delete_passkeys(conn: &mut Conn, user: &UserId) -> Result<()> {
    conn.query("DELETE FROM passkeys WHERE user_id = $1").bind(user.clone()).execute().await?;
    Ok(())
}

pub(crate) async fn delete_phone_number(tx: &mut Tx, user: &UserId) -> Result<()> {
    revocation::note(tx, user);
    tx.query("UPDATE users SET phone_number = NULL WHERE id = $1").bind(user.clone()).execute().await?;
    Ok(())
}
