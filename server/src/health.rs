//! Is it alive, and can it serve? For whoever starts it again, and for whoever sends it requests.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use db::Db;
use http::StatusCode;
use serde_json::json;
use tokio::sync::{Mutex, watch};

/// Each check writes to the database: however often it is asked for, it happens this often.
const KEPT: Duration = Duration::from_millis(500);

struct Health {
    db: Db,
    stop: watch::Receiver<bool>,
    /// The last check and what it found; whoever asks while one runs waits for it.
    last: Mutex<Option<(Instant, bool)>>,
}

/// `/health` and `/ready`.
pub fn router(db: Db, stop: watch::Receiver<bool>) -> Router {
    let health = Arc::new(Health { db, stop, last: Mutex::new(None) });
    Router::new()
        .route("/health", get(async || Json(json!({ "ok": true }))))
        .route("/ready", get(ready))
        .with_state(health)
}

async fn ready(State(health): State<Arc<Health>>) -> Response {
    let stopping = *health.stop.borrow();
    let database = health.database().await;
    let status = if database && !stopping { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let word = |good, bad, is: bool| if is { good } else { bad };
    let body = json!({
        "ok": status == StatusCode::OK,
        "database": word("ready", "unavailable", database),
        "server": word("stopping", "serving", stopping),
    });
    (status, Json(body)).into_response()
}

impl Health {
    async fn database(&self) -> bool {
        let mut last = self.last.lock().await;
        if let Some((at, found)) = *last
            && at.elapsed() < KEPT
        {
            return found;
        }
        let found = match self.db.ready().await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(%error, "not ready: the database takes no writes");
                false
            }
        };
        *last = Some((Instant::now(), found));
        found
    }
}
