//! The keys that sign tokens for other services.

use std::fmt::Write as _;

use domain::Cx;
use domain::jwt::{self, State};

use crate::run::Failure;

pub(super) async fn list(cx: &Cx) -> Result<String, Failure> {
    let keys = jwt::list(cx).await.map_err(Failure::new)?;
    if keys.is_empty() {
        return Ok("There is no key for tokens yet; the first token makes one.".to_owned());
    }
    let mut text = String::new();
    for (key, state) in keys {
        let state = match state {
            State::Signs => "signs".to_owned(),
            State::Waits(begin) => format!("signs from {} on", begin.words()),
            State::Published(end) => format!("has signed; published until {}", end.words()),
        };
        _ = writeln!(text, "{}  made {}  {state}", key.id, key.created_at.words());
    }
    Ok(text.trim_end().to_owned())
}

pub(super) async fn renew(cx: &Cx) -> Result<String, Failure> {
    let (key, begin) = jwt::renew(cx).await.map_err(Failure::new)?;
    Ok(format!("{key} is published, and signs tokens from {} on. Those of before stay good.", begin.words()))
}

pub(super) async fn retire(cx: &Cx, key: &str) -> Result<String, Failure> {
    if !jwt::retire(cx, key).await.map_err(Failure::new)? {
        return Err(Failure::new(format!("there is no key {key:?}: `latchkey keys list` shows those that there are")));
    }
    Ok(format!(
        "{key} is withdrawn. Services that have read the keys before go on taking what it signed until they read them again: within\nfive minutes, where they keep to what /api/auth/jwks says; restart those that don't."
    ))
}
