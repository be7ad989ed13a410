//! Everything that is kept about somebody, for them to take along (GDPR, articles 15 and 20).

use serde_json::{Value, json};

use crate::audit::{self, Act, Entry, Filter, Trail};
use crate::session::Current;
use crate::{Cx, Result, account, onboarding, passkey, profile, provider, session};

/// How much of the trail of what was done is told; years of it, for a person.
const MOST_ENTRIES: u32 = 10_000;

/// All of it as one JSON object; no secret is in it.
///
/// # Errors
/// [`model::Refusal::SessionNotFresh`]: it is all that there is.
pub async fn all(cx: &Cx, current: &Current) -> Result<Value> {
    current.require_fresh(cx)?;
    let user = &current.user;
    let devices = session::devices(cx, current).await?;
    let onboarding = onboarding::get(cx, &user.id).await?;
    audit::record_alone(cx, Entry::by(&user.id, Act::DataExported)).await?;
    let (activity, _) = Trail::own(current).page(cx, &Filter::default(), MOST_ENTRIES, 0).await?;
    Ok(json!({
        "exportedAt": cx.now(),
        "user": user.view(),
        "profile": profile::get(cx, &user.id).await?,
        "accounts": account::list(cx, &user.id).await?,
        "connections": provider::connections(cx, &user.id).await?,
        "passkeys": passkey::list(cx, &user.id).await?,
        "sessions": devices,
        "activity": activity.iter().map(audit::Told::json).collect::<Vec<_>>(),
        "onboarding": { "status": onboarding.status, "answers": onboarding.answers },
    }))
}
