use db::Conn;
use model::Timestamp;

use super::MOST;
use crate::Result;
use crate::account::store::columns as user_columns;
use crate::session::Current;
use crate::session::store::{Found, columns as session_columns};
use crate::token::Token;

#[derive(sqlx::FromRow)]
struct Live {
    token_hash: Vec<u8>,
    #[sqlx(flatten)]
    found: Found,
}

/// The live sessions that have one of these tokens.
pub(super) async fn live(conn: &mut Conn, held: &[Token], now: Timestamp) -> Result<Vec<Current>> {
    let sql = concat!(
        "SELECT s.token_hash, ",
        session_columns!(),
        ", ",
        user_columns!(),
        " FROM sessions s JOIN users u ON u.id = s.user_id
          WHERE s.token_hash IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) AND s.expires_at > $1"
    );
    // What is empty is no token's hash.
    let hashes = held.iter().map(Token::hash).chain(std::iter::repeat_with(Vec::new)).take(MOST);
    let rows: Vec<Live> = hashes.fold(conn.query(sql).bind(now), db::Query::bind).all().await?;
    let current = |Live { token_hash, found: Found { session, user } }: Live| {
        let token = held.iter().find(|token| token.hash() == token_hash)?.clone();
        Some(Current { session, user, token, renewed: false, elsewhere: false })
    };
    Ok(rows.into_iter().filter_map(current).collect())
}
