//! `GET /onboarding`, `POST /onboarding`

use axum::Router;
use axum::routing::get;
use domain::onboarding;
use model::onboarding::Answers;
use serde_json::Value;

use crate::state::App;
use crate::visit::Visit;
use crate::wire::{Answer, Body, Fields, ok};

/// The endpoints.
pub fn router() -> Router<App> {
    Router::new().route("/onboarding", get(show).post(change))
}

/// Gives `{status, step, answers, questionnaire}`.
async fn show(visit: Visit) -> Answer {
    let current = visit.signed_in().await?;
    Ok(ok(onboarding::get(visit.cx(), &current.user.id).await?))
}

/// Takes `answers?` (by question, a text or a list of texts) and `action?` (`complete`, `skip` or `clear`); gives what GET gives.
async fn change(visit: Visit, Body(body): Body) -> Answer {
    let current = visit.signed_in().await?;
    let mut fields = Fields::of(&body);
    let (given, action) = (fields.optional_object("answers"), fields.optional_text("action"));
    if !fields.has("answers") && !fields.has("action") {
        fields.problem("answers", "Invalid input: expected object, received undefined");
    }
    if action.is_some_and(|action| !["complete", "skip", "clear"].contains(&action)) {
        fields.problem("action", "Invalid option: expected one of \"complete\"|\"skip\"|\"clear\"");
    }
    let answers: Option<Answers> = given.and_then(|given| serde_json::from_value(Value::Object(given.clone())).ok());
    if given.is_some() && answers.is_none() {
        fields.problem("answers", "Invalid input: each answer is a string or an array of strings");
    }
    fields.check()?;
    let (cx, user) = (visit.cx(), &current.user.id);
    if let Some(answers) = answers {
        onboarding::answer_all(cx, user, &answers).await?;
    }
    let view = match action {
        Some("complete") => onboarding::complete(cx, user).await?,
        Some("skip") => onboarding::skip(cx, user).await?,
        Some("clear") => onboarding::clear(cx, user).await?,
        _ => onboarding::get(cx, user).await?,
    };
    Ok(ok(view))
}
