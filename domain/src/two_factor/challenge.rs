//! A first factor was shown and the second is owed: what the browser holds instead of a session, for ten minutes at most.

use std::time::Duration;

use db::{Conn, Tx};
use model::{Method, Refusal, UserId};

use super::{methods, read_status};
use crate::account::User;
use crate::session::Factor;
use crate::token::Token;
use crate::{Cx, Result, account};

/// How long it can be passed.
pub const LIFETIME: Duration = Duration::from_secs(600);
/// Wrong codes for one challenge.
const MOST_TRIES: i64 = 5;

/// A challenge, and what passes it.
#[derive(Clone, Debug)]
pub struct Challenge {
    /// What the browser holds; the database has its hash.
    pub token: Token,
    /// What can be shown, the strongest first; may be empty, where codes by mail are all there is and the first factor came by mail.
    pub methods: Vec<Method>,
}

/// Whose challenge it is, and how the first factor was shown.
#[derive(sqlx::FromRow)]
pub(super) struct Passed {
    pub factor: Factor,
    pub remember: bool,
}

/// Begins one for a user who has shown `factor`.
pub(crate) async fn begin(tx: &mut Tx, cx: &Cx, user: &User, factor: Factor, remember: bool) -> Result<Challenge> {
    let token = Token::generate(cx.random);
    let sql =
        "INSERT INTO challenges (hash, user_id, factor, remember, tries, expires_at) VALUES ($1, $2, $3, $4, 0, $5)";
    let query = tx.query(sql).bind(token.hash()).bind(user.id.clone()).bind(factor).bind(remember);
    query.bind(cx.now() + LIFETIME).execute().await?;
    let status = read_status(tx, cx, user).await?;
    Ok(Challenge { token, methods: methods(cx, user, &status, factor) })
}

/// What somebody who owes a second factor may be told: the methods, and where codes would go.
pub struct Owed {
    /// The methods, the strongest first.
    pub methods: Vec<Method>,
    /// The number that text messages go to, all but its end hidden.
    pub phone: Option<String>,
    /// Whether there is a passkey, which is both factors.
    pub passkey: bool,
    /// The address that mails go to, all but its ends hidden: who came by a name or a number needn't know it.
    pub email: String,
}

/// Looks at a challenge.
///
/// # Errors
/// [`Refusal::ChallengeGone`].
pub async fn look(cx: &Cx, token: &Token) -> Result<Owed> {
    let mut conn = cx.db.read().await?;
    let (user, factor) = find(&mut conn, cx, token).await?.ok_or(Refusal::ChallengeGone)?;
    let status = read_status(&mut conn, cx, &user).await?;
    Ok(Owed {
        methods: methods(cx, &user, &status, factor),
        phone: status.phone_number.as_ref().map(model::PhoneNumber::masked),
        passkey: status.passkeys,
        email: user.email.masked(),
    })
}

/// Gives up a challenge: whoever began goes back to the start.
///
/// # Errors
/// When the database can't be written.
pub async fn give_up(cx: &Cx, token: &Token) -> Result<()> {
    let mut tx = cx.db.begin().await?;
    discard(&mut tx, token).await?;
    Ok(tx.commit().await?)
}

/// The user and the first factor of a live challenge.
pub(super) async fn find(conn: &mut Conn, cx: &Cx, token: &Token) -> Result<Option<(User, Factor)>> {
    let sql = "SELECT user_id, factor FROM challenges WHERE hash = $1 AND expires_at > $2";
    let found = conn.query(sql).bind(token.hash()).bind(cx.now()).optional::<(UserId, Factor)>().await?;
    let Some((user, factor)) = found else { return Ok(None) };
    Ok(account::store::by_id(conn, &user).await?.map(|user| (user, factor)))
}

pub(super) async fn owner(tx: &mut Tx, cx: &Cx, token: &Token) -> Result<Option<UserId>> {
    let sql = "SELECT user_id FROM challenges WHERE hash = $1 AND expires_at > $2";
    Ok(tx.query(sql).bind(token.hash()).bind(cx.now()).optional::<(UserId,)>().await?.map(|(user,)| user))
}

/// Counts a try; `false` when none is left.
pub(super) async fn count_try(tx: &mut Tx, token: &Token) -> Result<bool> {
    let sql = "UPDATE challenges SET tries = tries + 1 WHERE hash = $1 AND tries < $2";
    Ok(tx.query(sql).bind(token.hash()).bind(MOST_TRIES).execute().await? == 1)
}

/// Spends it: of any number at once one gets the row (SECURITY A23).
pub(super) async fn pass(tx: &mut Tx, token: &Token) -> Result<Option<Passed>> {
    let sql = "DELETE FROM challenges WHERE hash = $1 RETURNING factor, remember";
    Ok(tx.query(sql).bind(token.hash()).optional().await?)
}

pub(super) async fn discard(tx: &mut Tx, token: &Token) -> Result<()> {
    tx.query("DELETE FROM challenges WHERE hash = $1").bind(token.hash()).execute().await?;
    Ok(())
}
