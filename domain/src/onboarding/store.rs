use db::{Conn, Tx};
use model::onboarding::{Answers, Status};
use model::{Timestamp, UserId};
use sqlx::types::Json;

use crate::Result;

#[derive(Default, sqlx::FromRow)]
pub(super) struct Row {
    #[sqlx(rename = "onboarding")]
    pub answers: Json<Answers>,
    #[sqlx(rename = "onboarding_status", try_from = "String")]
    pub status: Stored,
}

/// The status as text.
#[derive(Default)]
pub(super) struct Stored(pub Status);

impl From<String> for Stored {
    fn from(text: String) -> Self {
        Self(match text.as_str() {
            "completed" => Status::Completed,
            "skipped" => Status::Skipped,
            _ => Status::Pending,
        })
    }
}

impl Stored {
    fn text(&self) -> &'static str {
        match self.0 {
            Status::Pending => "pending",
            Status::Skipped => "skipped",
            Status::Completed => "completed",
        }
    }
}

pub(super) async fn find(conn: &mut Conn, user: &UserId) -> Result<Option<Row>> {
    let sql = "SELECT onboarding, onboarding_status FROM user_metadata WHERE user_id = $1";
    Ok(conn.query(sql).bind(user.clone()).optional().await?)
}

pub(super) async fn put(tx: &mut Tx, user: &UserId, row: &Row, now: Timestamp) -> Result<()> {
    let sql = "INSERT INTO user_metadata (user_id, onboarding, onboarding_status, updated_at) VALUES ($1, $2, $3, $4)
               ON CONFLICT (user_id) DO UPDATE SET onboarding = excluded.onboarding, onboarding_status = excluded.onboarding_status, updated_at = excluded.updated_at";
    let query = tx.query(sql).bind(user.clone()).bind(Json(row.answers.0.clone())).bind(row.status.text().to_owned());
    query.bind(now).execute().await?;
    Ok(())
}
