//! What it takes to look through a large organization. That each list is one query is held by the domain's tests.

use std::time::{Duration, Instant};

use db::{Db, Options};
use serde_json::json;

use crate::load::{self, Request};
use crate::process::Server;
use crate::{ROUNDS, Result, median};

const USERS: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999)
    INSERT INTO users (id, name, email, email_verified, role, created_at, updated_at)
    SELECT 'many-' || i, 'Member ' || i, 'member' || i || '@example.com', u.email_verified, u.role, u.created_at, u.updated_at
    FROM n, users u WHERE u.email = 'bench@example.com'";
const MEMBERS: &str = "INSERT INTO members (id, organization_id, user_id, roles, created_at)
    SELECT 'm-' || u.id, m.organization_id, u.id, 'member', m.created_at FROM members m, users u WHERE u.id LIKE 'many-%'";

/// Fills the organization of whoever has `cookie` up to 10,000. Gives the database's name, the milliseconds for one row by its key, and
/// those for each list over HTTP, one after the other.
pub async fn measure(
    server: &Server,
    database: &str,
    cookie: &str,
    span: Duration,
) -> Result<(&'static str, f64, Vec<(&'static str, f64)>)> {
    let organization =
        load::post(server, "/api/auth/organization/create", cookie, &json!({ "name": "Bench", "slug": "bench" }))
            .await?;
    let id = organization["id"].as_str().ok_or("no organization")?;
    let db = Db::open(database, Options::default())?;
    let mut tx = db.begin().await?;
    for sql in [USERS, MEMBERS] {
        if tx.query(sql).execute().await? != 9999 {
            return Err("the members weren't made".into());
        }
    }
    // As a database of that age has done by itself.
    tx.query("ANALYZE").execute().await?;
    tx.commit().await?;

    let mut waits = Vec::new();
    for (what, query) in [
        ("page 1", ""),
        ("last page", "&offset=9950"),
        ("search, rare", "&filterField=email&filterOperator=contains&filterValue=member4711@"),
        ("search, common", "&filterField=email&filterOperator=contains&filterValue=example"),
    ] {
        let path = format!("/api/auth/organization/list-members?organizationId={id}&limit=50{query}");
        let request = Request::get(&path).cookie(cookie);
        let mut best = f64::INFINITY;
        // The best of several: whatever else runs makes it longer, and nothing makes it shorter.
        for _ in 0..ROUNDS {
            best = best.min(1e3 / load::run(server, &request, 1, span).await?.rate());
        }
        waits.push((what, best));
    }
    let mut rows = Vec::new();
    let mut conn = db.read().await?;
    for _ in 0..1000 {
        let began = Instant::now();
        conn.query("SELECT id FROM members WHERE id = 'm-many-4711'").one::<(String,)>().await?;
        rows.push(began.elapsed().as_secs_f64() * 1e3);
    }
    drop(conn);
    let engine = db.engine();
    db.close().await;
    Ok((engine, median(&mut rows), waits))
}
