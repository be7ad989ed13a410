//! Everything that is kept about somebody, for them to take along (GDPR, articles 15 and 20).

use serde_json::{Value, json};

use crate::session::Current;
use crate::{Cx, Result, account, onboarding, passkey, profile, provider, session};

/// All of it as one JSON object; no secret is in it.
pub async fn all(cx: &Cx, current: &Current) -> Result<Value> {
    let user = &current.user;
    let devices = session::devices(cx, current).await?;
    let onboarding = onboarding::get(cx, &user.id).await?;
    Ok(json!({
        "exportedAt": cx.now(),
        "user": user.view(),
        "profile": profile::get(cx, &user.id).await?,
        "accounts": account::list(cx, &user.id).await?,
        "connections": provider::connections(cx, &user.id).await?,
        "passkeys": passkey::list(cx, &user.id).await?,
        "sessions": devices,
        "onboarding": { "status": onboarding.status, "answers": onboarding.answers },
    }))
}
