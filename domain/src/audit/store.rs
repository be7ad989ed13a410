use db::Conn;
use model::{OrganizationId, Timestamp, UserId};
use sqlx::types::Json;

use super::trail::{Filter, Scope};
use crate::Result;

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub number: i64,
    pub at: Timestamp,
    /// A name, also one that this version doesn't know.
    pub act: String,
    pub actor: String,
    pub user_id: Option<UserId>,
    pub organization_id: Option<OrganizationId>,
    pub ip_address: String,
    pub user_agent: String,
    pub detail: Json<serde_json::Value>,
    pub hash: Vec<u8>,
}

/// An entry with the names of who and what is in it, where these are still there.
#[derive(sqlx::FromRow)]
pub(super) struct Named {
    #[sqlx(flatten)]
    pub row: Row,
    pub actor_name: Option<String>,
    pub user_name: Option<String>,
    pub organization_name: Option<String>,
}

/// The end of the chain.
#[derive(sqlx::FromRow)]
pub(super) struct Last {
    pub number: i64,
    pub hash: Vec<u8>,
}

pub(super) async fn last(conn: &mut Conn) -> db::Result<Option<Last>> {
    conn.query("SELECT number, hash FROM audit_entries ORDER BY number DESC LIMIT 1").optional().await
}

pub(super) async fn insert(conn: &mut Conn, row: Row) -> db::Result<()> {
    let sql = "INSERT INTO audit_entries
               (number, at, act, actor, user_id, organization_id, ip_address, user_agent, detail, hash)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let query = conn.query(sql).bind(row.number).bind(row.at).bind(row.act).bind(row.actor).bind(row.user_id);
    let query = query.bind(row.organization_id).bind(row.ip_address).bind(row.user_agent);
    query.bind(row.detail).bind(row.hash).execute().await?;
    Ok(())
}

macro_rules! columns {
    () => {
        "e.number, e.at, e.act, e.actor, e.user_id, e.organization_id, e.ip_address, e.user_agent, e.detail, e.hash"
    };
}

/// The entries from `number` on, in order, at most `most`.
pub(super) async fn from(conn: &mut Conn, number: i64, most: i64) -> Result<Vec<Row>> {
    let sql = concat!("SELECT ", columns!(), " FROM audit_entries e WHERE e.number >= $1 ORDER BY e.number LIMIT $2");
    Ok(conn.query(sql).bind(number).bind(most).all().await?)
}

/// Their numbers alone.
pub(super) async fn numbers(conn: &mut Conn, from: i64, most: i64) -> Result<Vec<i64>> {
    let sql = "SELECT number FROM audit_entries WHERE number >= $1 ORDER BY number LIMIT $2";
    let rows: Vec<(i64,)> = conn.query(sql).bind(from).bind(most).all().await?;
    Ok(rows.into_iter().map(|(number,)| number).collect())
}

/// A statement on the entries of a scope that a filter lets through; its placeholders up to `$6` are those of [`wanted`].
macro_rules! filtered {
    ($scope:expr, $what:expr, $end:expr) => {{
        macro_rules! of {
                            ($own:literal) => {
                                concat!(
                                    $what,
                                    " WHERE ",
                                    $own,
                                    " AND ($2 = '' OR $2 LIKE '%,' || e.act || ',%')
                      AND ($3 = '' OR e.user_id = $3 OR e.actor = $3)
                      AND e.at >= $4 AND e.at < $5
                      AND ($6 = '' OR EXISTS (SELECT 1 FROM users s WHERE (s.id = e.actor OR s.id = e.user_id)
                           AND (COALESCE(s.name_lower, LOWER(s.name)) LIKE $6 ESCAPE '!' OR s.email LIKE $6 ESCAPE '!')))",
                                    $end
                                )
                            };
                        }
        // Each with an index of its own.
        match $scope {
            Scope::Everything => of!("$1 = ''"),
            Scope::Own(_) => of!("(e.user_id = $1 OR e.actor = $1)"),
            Scope::Organization(_) => of!("e.organization_id = $1"),
        }
    }};
}

/// With the names, which only the rows that are given are looked up for.
macro_rules! named {
    ($order:literal) => {
        concat!(
            " ORDER BY e.number ",
            $order,
            " LIMIT $7 OFFSET $8) e LEFT JOIN users a ON a.id = e.actor LEFT JOIN users u ON u.id = e.user_id
              LEFT JOIN organizations o ON o.id = e.organization_id ORDER BY e.number ",
            $order
        )
    };
}

macro_rules! with_names {
    () => {
        concat!(
            "SELECT ",
            columns!(),
            ", a.name AS actor_name, u.name AS user_name, o.name AS organization_name FROM (SELECT * FROM audit_entries e"
        )
    };
}

fn wanted<'c>(query: db::Query<'c>, scope: &Scope, filter: &Filter) -> db::Query<'c> {
    let acts = filter.acts.iter().map(|act| act.name()).collect::<Vec<_>>().join(",");
    let acts = if acts.is_empty() { acts } else { format!(",{acts},") };
    let user = filter.user.as_ref().map_or_else(String::new, |user| user.as_str().to_owned());
    let moment = |given: Option<Timestamp>, micros| given.unwrap_or_else(|| Timestamp::from_micros(micros));
    let (since, until) = (moment(filter.since, 0), moment(filter.until, END));
    let search = crate::organization::holding(&filter.search);
    query.bind(scope.id().to_owned()).bind(acts).bind(user).bind(since).bind(until).bind(search)
}

/// The year 9999, in microseconds: nothing is written after it.
const END: i64 = 253_370_764_800_000_000;

/// The newest first.
pub(super) async fn newest(
    conn: &mut Conn,
    scope: &Scope,
    filter: &Filter,
    most: u32,
    offset: u32,
) -> Result<Vec<Named>> {
    let sql = filtered!(scope, with_names!(), named!("DESC"));
    let query = wanted(conn.query(sql), scope, filter).bind(i64::from(most)).bind(i64::from(offset));
    Ok(query.all().await?)
}

/// The oldest first, from those after `number` on.
pub(super) async fn after(
    conn: &mut Conn,
    scope: &Scope,
    filter: &Filter,
    number: i64,
    most: i64,
) -> Result<Vec<Named>> {
    let sql = filtered!(scope, with_names!(), concat!(" AND e.number > $9", named!("")));
    Ok(wanted(conn.query(sql), scope, filter).bind(most).bind(0i64).bind(number).all().await?)
}

pub(super) async fn count(conn: &mut Conn, scope: &Scope, filter: &Filter) -> Result<i64> {
    let sql = filtered!(scope, "SELECT COUNT(*) FROM audit_entries e", "");
    Ok(wanted(conn.query(sql), scope, filter).one::<(i64,)>().await?.0)
}
