use axum::Router;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use domain::onboarding;
use leptos::prelude::*;
use model::onboarding::{Answers, OnboardingView, Questionnaire, Status, Step};
use model::{LocalPath, Refusal};
use serde::Deserialize;

use super::form::{Pairs, Typed, done, path, submit};
use super::step_form::StepForm;
use super::{AnswerList, Sheet};
use crate::form::{Form, Posted};
use crate::member::Member;
use crate::outcome::{Failure, Next, answer, sign_in_for};
use crate::problem::Trouble;
use crate::ui::{Button, Glyph, PageHeading, Problems, Progress, Section, Variant, Width};
use crate::visit::Visit;
use crate::words::Flash;

/// `/onboarding`, its steps and its summary.
pub fn routes() -> Router<crate::state::App> {
    Router::new()
        .route("/onboarding", get(resume))
        .route("/onboarding/done", get(summary).post(finish))
        .route("/onboarding/{step}", get(show).post(post))
}

/// Where to go after an edit.
#[derive(Deserialize)]
struct Onward {
    next: Option<String>,
}

/// Goes to the open step, on whatever device the last one was answered.
async fn resume(member: Member) -> Response {
    match onboarding::get(member.cx(), member.user()).await {
        Ok(view) => {
            let open = view.step.as_deref().and_then(|id| view.questionnaire.step(id));
            member.frame.go(open.map_or_else(done, |(_, step)| path(step)), None)
        }
        Err(error) => member.trouble(error),
    }
}

async fn show(member: Member, Path(id): Path<String>, Query(Onward { next }): Query<Onward>) -> Response {
    let view = match onboarding::get(member.cx(), member.user()).await {
        Ok(view) => view,
        Err(error) => return member.trouble(error),
    };
    let Some((_, step)) = view.questionnaire.step(&id) else { return Trouble::NotFound.page(member.frame) };
    let next = next.as_deref().and_then(LocalPath::parse);
    page(
        &member,
        &view.questionnaire,
        step,
        view.answers.clone(),
        next,
        view.status,
        Problems::default(),
        StatusCode::OK,
    )
}

async fn post(member: Member, Path(id): Path<String>, posted: Posted<Pairs>) -> Response {
    let questionnaire = &member.cx().settings.questionnaire.clone();
    let Some((_, step)) = questionnaire.step(&id) else { return Trouble::NotFound.page(member.frame) };
    let Form(pairs) = posted.unwrap_or_default();
    let typed = Typed::read(step, &pairs);
    let status = match onboarding::get(member.cx(), member.user()).await {
        Ok(view) => view.status,
        Err(error) => return member.trouble(error),
    };
    let outcome = submit(&member.visit, member.user(), step, &typed).await;
    answer(member.frame.clone(), outcome, |_, problems, code| {
        page(&member, questionnaire, step, typed.answers, typed.next, status, problems, code)
    })
}

/// The act, for the island.
pub(super) async fn answer_step(visit: &Visit, id: &str, pairs: &[(String, String)]) -> Result<Next, Failure> {
    let questionnaire = &visit.cx().settings.questionnaire;
    let (_, step) = questionnaire.step(id).ok_or_else(|| Refusal::InvalidAnswers(vec![id.to_owned()]))?;
    match visit.current().await? {
        Some(_) => submit(visit, &visit.signed_in().await?.user.id, step, &Typed::read(step, pairs)).await,
        None => Ok(sign_in_for(&path(step)).into()),
    }
}

#[expect(clippy::too_many_arguments, reason = "what a page of the questionnaire depends on")]
fn page(
    member: &Member,
    questionnaire: &Questionnaire,
    step: &Step,
    answers: Answers,
    next: Option<LocalPath>,
    status: Status,
    problems: Problems,
    code: StatusCode,
) -> Response {
    let (number, of) = (questionnaire.step(&step.id).map_or(0, |(place, _)| place) + 1, questionnaire.steps.len());
    let sheet = Sheet {
        step: step.clone(),
        // Only what this page is about goes into it.
        answers: answers
            .into_iter()
            .filter(|(id, _)| step.questions.iter().any(|question| &question.id == id))
            .collect(),
        back: number > 1 && next.is_none(),
        skip: questionnaire.skippable && status == Status::Pending && next.is_none(),
        next: next.map(String::from),
    };
    let editing = sheet.next.is_some();
    let (name, title, hint) = (step.name.clone(), step.title.clone(), step.hint.clone());
    member.page(step.name.clone()).status(code).render(move || {
        view! {
            <div class="mx-auto grid w-full max-w-prose gap-6 sm:py-4">
                {(!editing).then(|| view! { <Progress name step=number of/> })}
                <PageHeading title lead=hint/>
                <StepForm sheet problems/>
            </div>
        }
    })
}

async fn summary(member: Member, Query(Onward { next }): Query<Onward>) -> Response {
    match onboarding::get(member.cx(), member.user()).await {
        Ok(view) => summary_page(&member, view, next),
        Err(error) => member.trouble(error),
    }
}

fn summary_page(member: &Member, view: OnboardingView, next: Option<String>) -> Response {
    let first = view.status == Status::Pending;
    let any = !view.answers.is_empty();
    let last = view.questionnaire.steps.last().map(|step| path(step).to_string()).filter(|_| first);
    let (title, lead) = if first {
        ("That’s all", "Look it over. You can change any of it now, or later in your profile.")
    } else {
        ("Your answers", "They are yours: change them or delete them whenever you like.")
    };
    member.page(title).render(move || {
        view! {
            <div class="mx-auto grid w-full max-w-prose gap-6 sm:py-4">
                <PageHeading title lead/>
                <Section title="What you told us"><AnswerList view next=done()/></Section>
                <form method="post" action="/onboarding/done" class="flex flex-col gap-3 sm:flex-row-reverse sm:items-center">
                    {next.map(|next| view! { <input type="hidden" name="next" value=next/> })}
                    <Button label=if first { "Finish" } else { "Done" } name="go" value="finish" width=Width::FullOnPhones/>
                    {last.map(|last| view! { <crate::ui::ButtonLink href=last label="Back" variant=Variant::Secondary width=Width::FullOnPhones/> })}
                    {any.then(|| view! {
                        <span class="grid sm:mr-auto"><Button label="Delete my answers" name="go" value="clear" variant=Variant::Quiet glyph=Glyph::TRASH_2/></span>
                    })}
                </form>
            </div>
        }
    })
}

/// Which button of the summary was pressed.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Finish {
    go: String,
    next: Option<String>,
}

async fn finish(member: Member, posted: Posted<Finish>) -> Response {
    let Form(typed) = posted.unwrap_or_default();
    let (cx, user) = (member.cx(), member.user());
    let next = typed.next.as_deref().and_then(LocalPath::parse);
    let outcome = if typed.go == "clear" {
        onboarding::clear(cx, user).await.map(|_| Next::from(next.unwrap_or_else(done)).saying(Flash::AnswersDeleted))
    } else {
        match onboarding::get(cx, user).await {
            // Already through: nothing to thank for.
            Ok(view) if view.status == Status::Completed => Ok(next.map_or_else(|| Next::to("/profile"), Next::from)),
            Ok(_) => onboarding::complete(cx, user).await.map(|_| Next::to("/").saying(Flash::WelcomeDone)),
            Err(error) => Err(error),
        }
    };
    match outcome {
        Ok(next) => member.frame.go(next.to, next.flash),
        // Something required is still open: there it is.
        Err(domain::Error::Refused(Refusal::InvalidAnswers(_))) => {
            member.frame.go(LocalPath::known("/onboarding"), None)
        }
        Err(error) => member.trouble(error),
    }
}
