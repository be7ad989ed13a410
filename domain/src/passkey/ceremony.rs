use std::time::Duration;

use db::Conn;
use model::{Refusal, Timestamp, UserId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::types::Json;
use webauthn_rs::prelude::{Webauthn, WebauthnBuilder};

use crate::token::Token;
use crate::{Cx, Error, Result};

/// How long a ceremony can be finished (ASVS 6.5.5 allows ten minutes for what is used once).
pub const LIFETIME: Duration = Duration::from_secs(300);

/// The first half of a ceremony.
#[derive(Debug)]
pub struct Begun {
    /// What the browser holds beside the options, to finish with; the database has its hash.
    pub token: Token,
    /// For `PublicKeyCredential.parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON`, and what does the same.
    pub options: Value,
}

/// What a ceremony is for; none is good for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(rename_all = "snake_case", type_name = "text")]
pub(super) enum Purpose {
    Register,
    SignIn,
    SignUp,
    StepUp,
}

/// What was written down when a ceremony began.
pub(super) struct Taken<T> {
    /// Whose ceremony it is, if somebody was signed in.
    pub owner: Option<UserId>,
    /// What the answer is checked against.
    pub state: T,
}

impl<T> Taken<T> {
    /// The state of a ceremony that `user` has begun.
    ///
    /// # Errors
    /// [`Refusal::CeremonyGone`] when somebody else has.
    pub(super) fn of(self, user: &UserId) -> Result<T> {
        if self.owner.as_ref() == Some(user) { Ok(self.state) } else { Err(Refusal::CeremonyGone.into()) }
    }
}

/// Whether passkeys can be used at all: browsers have them only for a name, never for a bare network address, and only where the
/// connection is secure.
pub fn is_available(cx: &Cx) -> bool {
    let url = &cx.settings.base_url;
    url.domain().is_some_and(|host| url.scheme() == "https" || host == "localhost" || host.ends_with(".localhost"))
}

/// The library under the operator's settings. It costs one hash and a few copies, so that it needn't be kept.
pub(super) fn webauthn(cx: &Cx) -> Result<Webauthn> {
    let settings = &cx.settings;
    let host = settings.base_url.domain().filter(|_| is_available(cx)).ok_or(Refusal::PasskeysUnavailable)?;
    let rp_id = settings.passkey.rp_id.as_deref().unwrap_or(host);
    let builder = WebauthnBuilder::new(rp_id, &settings.base_url).map_err(Error::broken)?;
    let builder = settings.passkey.origins.iter().fold(builder, WebauthnBuilder::append_allowed_origin);
    builder.rp_name(&settings.app_name).timeout(LIFETIME).build().map_err(Error::broken)
}

/// Writes down a ceremony.
pub(super) async fn begin(
    cx: &Cx,
    purpose: Purpose,
    owner: Option<&UserId>,
    state: &impl Serialize,
    options: Value,
) -> Result<Begun> {
    let token = Token::generate(cx.random);
    let state = serde_json::to_value(state).map_err(Error::broken)?;
    let mut tx = cx.db.begin().await?;
    let sql = "INSERT INTO ceremonies (hash, purpose, user_id, state, expires_at) VALUES ($1, $2, $3, $4, $5)";
    let query = tx.query(sql).bind(token.hash()).bind(purpose).bind(owner.cloned()).bind(Json(state));
    query.bind(cx.now() + LIFETIME).execute().await?;
    tx.commit().await?;
    Ok(Begun { token, options })
}

#[derive(sqlx::FromRow)]
struct Row {
    purpose: Purpose,
    user_id: Option<UserId>,
    state: Json<Value>,
    expires_at: Timestamp,
}

/// Spends a ceremony, whatever comes of it: of any number of attempts at once one gets the row (SECURITY A27, A28).
///
/// # Errors
/// [`Refusal::CeremonyGone`] when there is none (any more), or it was begun for something else.
pub(super) async fn take<T: DeserializeOwned>(cx: &Cx, purpose: Purpose, token: &Token) -> Result<Taken<T>> {
    let mut tx = cx.db.begin().await?;
    let sql = "DELETE FROM ceremonies WHERE hash = $1 RETURNING purpose, user_id, state, expires_at";
    let row: Option<Row> = tx.query(sql).bind(token.hash()).optional().await?;
    tx.commit().await?;
    let row = row.filter(|row| row.purpose == purpose && row.expires_at > cx.now()).ok_or(Refusal::CeremonyGone)?;
    Ok(Taken { owner: row.user_id, state: serde_json::from_value(row.state.0).map_err(Error::broken)? })
}

/// Deletes what has expired; gives how many.
pub(crate) async fn sweep(conn: &mut Conn, now: Timestamp) -> Result<u64> {
    Ok(conn.query("DELETE FROM ceremonies WHERE expires_at <= $1").bind(now).execute().await?)
}
