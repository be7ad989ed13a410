use leptos::prelude::*;
use model::onboarding::{Answer, Kind, Question};

use super::island::StepLive;
use super::{GO, NEXT, STEP, Sheet};
use crate::ui::{Button, ButtonLink, Card, ChoiceCards, FormMessage, Problems, TextField, Variant};

/// The form of one step.
#[component]
pub(super) fn StepForm(
    /// What it asks.
    sheet: Sheet,
    /// What was wrong with it.
    problems: Problems,
) -> AnyView {
    let Sheet { step, answers, next, back, skip } = sheet;
    let alone = step.questions.len() == 1;
    let questions = step
        .questions
        .into_iter()
        .map(|question| {
            let answer = answers.get(&question.id).cloned();
            view! { <Field question answer alone problems=problems.clone()/> }
        })
        .collect_view();
    let action = format!("/onboarding/{}", step.id);
    let editing = next.is_some();
    // Continue is the first button, so that it is what the Enter key presses; it is shown last.
    view! {
        <StepLive>
            <form method="post" action=action class="grid gap-3 [&_input]:scroll-mb-24 sm:[&_input]:scroll-mb-0">
                <input type="hidden" name=STEP value=step.id/>
                {questions}
                {next.clone().map(|next| view! { <input type="hidden" name=NEXT value=next/> })}
                <FormMessage problems/>
                <div class="sticky bottom-0 -mx-4 flex flex-row-reverse items-center gap-3 border-t border-border bg-background px-4 py-3 sm:static sm:mx-0 sm:border-0 sm:p-0 [&>button:first-child]:flex-1 sm:[&>button:first-child]:flex-none">
                    <Button label=if editing { "Save" } else { "Continue" } name=GO value="on"/>
                    {back.then(|| view! { <Button label="Back" name=GO value="back" variant=Variant::Secondary skips_checks=true/> })}
                    {next.map(|next| view! { <ButtonLink href=next label="Cancel" variant=Variant::Secondary/> })}
                    {skip.then(|| view! {
                        <span class="mr-auto"><Button label="Skip for now" name=GO value="skip" variant=Variant::Quiet skips_checks=true/></span>
                    })}
                </div>
            </form>
        </StepLive>
    }
    .into_any()
}

#[component]
fn Field(question: Question, answer: Option<Answer>, alone: bool, problems: Problems) -> AnyView {
    let Question { id, label, kind, required, choices, example } = question;
    if kind == Kind::Text {
        let value = match answer {
            Some(Answer::One(text)) => text,
            Some(Answer::Many(_)) | None => String::new(),
        };
        return view! {
            <TextField name=id label=label value=value placeholder=example autocomplete="off" max=200 required=required problems/>
        }
        .into_any();
    }
    let mut cards: Vec<Card> = choices
        .into_iter()
        .map(|choice| Card {
            checked: answer.as_ref().is_some_and(|answer| answer.has(&choice.value)),
            value: choice.value,
            label: choice.label,
            hint: choice.hint,
        })
        .collect();
    // A radio button that was chosen can't be taken back otherwise.
    if kind == Kind::One && !required {
        let checked = !cards.iter().any(|card| card.checked);
        cards.push(Card { value: String::new(), label: "Rather not say".to_owned(), hint: String::new(), checked });
    }
    view! {
        <ChoiceCards legend=label legend_hidden=alone name=id cards many=kind == Kind::Many required problems/>
    }
    .into_any()
}
