//! The questionnaire that greets a new user: answered step by step, resumable on another device, editable later.
//!
//! Answers are the user's: stored in `user_metadata`, checked against the operator's questions, to be seen, changed and deleted.

mod store;
#[cfg(test)]
mod tests;

use model::onboarding::{Answers, OnboardingView, Questionnaire, Status, Step};
use model::{Refusal, UserId};

use crate::{Cx, Result};

/// The questionnaire that ships with the product.
///
/// # Panics
/// When the file in the source is broken, which a test rules out.
#[expect(clippy::expect_used, reason = "see Panics")]
pub fn shipped() -> Questionnaire {
    parse(include_str!("questionnaire.toml")).expect("the shipped questionnaire is sound")
}

/// Reads a questionnaire from TOML.
///
/// # Errors
/// What is wrong, for the operator: every fault at once.
pub fn parse(text: &str) -> std::result::Result<Questionnaire, String> {
    let questionnaire: Questionnaire = toml::from_str(text).map_err(|error| error.to_string())?;
    let faults = questionnaire.faults();
    if faults.is_empty() { Ok(questionnaire) } else { Err(faults.join("; ")) }
}

/// How far the user is, what was answered and what is asked.
pub async fn get(cx: &Cx, user: &UserId) -> Result<OnboardingView> {
    let row = store::find(&mut cx.db.read().await?, user).await?;
    Ok(view(cx, row.unwrap_or_default()))
}

fn view(cx: &Cx, row: store::Row) -> OnboardingView {
    let questionnaire = cx.settings.questionnaire.clone();
    let answers = row.answers.0;
    // The first step whose answers don't satisfy it; a step without required questions counts once something of it is answered.
    let open = |step: &&Step| {
        step.check(&answers).is_err() || !step.questions.iter().any(|question| answers.contains_key(&question.id))
    };
    let step = questionnaire.steps.iter().find(open).map(|step| step.id.clone());
    OnboardingView { status: row.status.0, step, answers, questionnaire }
}

/// Takes the answers to one step in place of the older ones, and says how things stand then.
///
/// # Errors
/// [`Refusal::InvalidAnswers`] with the questions whose answers don't fit, or with the step's name when there is none such.
pub async fn answer(cx: &Cx, user: &UserId, step: &str, given: &Answers) -> Result<OnboardingView> {
    let unknown = || Refusal::InvalidAnswers(vec![step.to_owned()]);
    let (_, step) = cx.settings.questionnaire.step(step).ok_or_else(unknown)?;
    change(cx, user, |row| take(row, step, given)).await
}

/// Takes answers to any of the questions at once: those of every step that one of them belongs to.
///
/// # Errors
/// [`Refusal::InvalidAnswers`], also for a question that isn't asked.
pub async fn answer_all(cx: &Cx, user: &UserId, given: &Answers) -> Result<OnboardingView> {
    let questionnaire = &cx.settings.questionnaire;
    let strangers: Vec<_> =
        given.keys().filter(|id| !questionnaire.questions().any(|question| &&question.id == id)).cloned().collect();
    if !strangers.is_empty() {
        return Err(Refusal::InvalidAnswers(strangers).into());
    }
    let touched = |step: &&Step| step.questions.iter().any(|question| given.contains_key(&question.id));
    change(cx, user, |row| {
        for step in questionnaire.steps.iter().filter(touched) {
            // Questions of the step that weren't named keep their answers.
            let mut whole = row.answers.0.clone();
            whole.extend(given.iter().map(|(id, answer)| (id.clone(), answer.clone())));
            take(row, step, &whole)?;
        }
        Ok(())
    })
    .await
}

fn take(row: &mut store::Row, step: &Step, given: &Answers) -> Result<()> {
    let taken = step.check(given).map_err(Refusal::InvalidAnswers)?;
    row.answers.0.retain(|id, _| !step.questions.iter().any(|question| &question.id == id));
    row.answers.0.extend(taken);
    Ok(())
}

/// Ends the questionnaire.
///
/// # Errors
/// [`Refusal::InvalidAnswers`] with the required questions that are still open.
pub async fn complete(cx: &Cx, user: &UserId) -> Result<OnboardingView> {
    change(cx, user, |row| {
        let open: Vec<_> = cx
            .settings
            .questionnaire
            .steps
            .iter()
            .filter_map(|step| step.check(&row.answers.0).err())
            .flatten()
            .collect();
        if !open.is_empty() {
            return Err(Refusal::InvalidAnswers(open).into());
        }
        row.status.0 = Status::Completed;
        Ok(())
    })
    .await
}

/// Leaves the questionnaire for later; the answers so far stay.
///
/// # Errors
/// [`Refusal::OnboardingRequired`] where the operator doesn't allow it.
pub async fn skip(cx: &Cx, user: &UserId) -> Result<OnboardingView> {
    if !cx.settings.questionnaire.skippable {
        return Err(Refusal::OnboardingRequired.into());
    }
    change(cx, user, |row| {
        if row.status.0 == Status::Pending {
            row.status.0 = Status::Skipped;
        }
        Ok(())
    })
    .await
}

/// Deletes every answer. Somebody who was through, or had skipped it, isn't led to the questionnaire again.
pub async fn clear(cx: &Cx, user: &UserId) -> Result<OnboardingView> {
    change(cx, user, |row| {
        row.answers.0.clear();
        if row.status.0 == Status::Completed {
            row.status.0 = Status::Skipped;
        }
        Ok(())
    })
    .await
}

async fn change(cx: &Cx, user: &UserId, apply: impl FnOnce(&mut store::Row) -> Result<()>) -> Result<OnboardingView> {
    let mut tx = cx.db.begin().await?;
    // Two devices at once: one step's answers must not undo another's.
    tx.lock(user.as_str()).await?;
    let mut row = store::find(&mut tx, user).await?.unwrap_or_default();
    apply(&mut row)?;
    store::put(&mut tx, user, &row, cx.now()).await?;
    tx.commit().await?;
    Ok(view(cx, row))
}
