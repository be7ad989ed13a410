//! Is it alive, and can it serve? For whoever starts it again, and for whoever sends it requests.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use db::Db;
use domain::Cx;
use domain::limit::Limiter;
use http::StatusCode;
use serde_json::json;
use tokio::sync::{Mutex, watch};

/// Each check writes to the database and asks Redis: however often it is asked for, it happens this often.
const KEPT: Duration = Duration::from_millis(500);

struct Health {
    db: Db,
    limiter: Limiter,
    stop: watch::Receiver<bool>,
    /// The last check and what it found; whoever asks while one runs waits for it.
    last: Mutex<Option<(Instant, Found)>>,
}

/// What can be used.
#[derive(Clone, Copy)]
struct Found {
    database: bool,
    limiter: bool,
}

/// `/health` and `/ready`.
pub fn router(cx: &Cx, stop: watch::Receiver<bool>) -> Router {
    let (db, limiter) = (cx.db.clone(), cx.limiter.clone());
    let health = Arc::new(Health { db, limiter, stop, last: Mutex::new(None) });
    Router::new()
        .route("/health", get(async || Json(json!({ "ok": true }))))
        .route("/ready", get(ready))
        .with_state(health)
}

async fn ready(State(health): State<Arc<Health>>) -> Response {
    let stopping = *health.stop.borrow();
    let Found { database, limiter } = health.look().await;
    let status = if database && limiter && !stopping { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let word = |good, bad, is: bool| if is { good } else { bad };
    let mut body = json!({
        "ok": status == StatusCode::OK,
        "database": word("ready", "unavailable", database),
        "server": word("stopping", "serving", stopping),
    });
    if matches!(health.limiter, Limiter::Redis(_)) {
        body["redis"] = word("ready", "unavailable", limiter).into();
    }
    (status, Json(body)).into_response()
}

impl Health {
    async fn look(&self) -> Found {
        let mut last = self.last.lock().await;
        if let Some((at, found)) = *last
            && at.elapsed() < KEPT
        {
            return found;
        }
        let (database, limiter) = tokio::join!(self.db.ready(), self.limiter.ready());
        if let Err(error) = &database {
            tracing::warn!(%error, "not ready: the database takes no writes");
        }
        if let Err(error) = &limiter {
            tracing::warn!(%error, "not ready: Redis can't count requests");
        }
        let found = Found { database: database.is_ok(), limiter: limiter.is_ok() };
        *last = Some((Instant::now(), found));
        found
    }
}
