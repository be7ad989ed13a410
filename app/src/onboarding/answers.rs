use leptos::prelude::*;
use model::LocalPath;
use model::onboarding::{Answer, OnboardingView, Question};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::ui::{Fact, Facts, LINK};

/// What was answered, question by question, each with the way to change it; that way leads back to `next`.
#[component]
pub fn AnswerList(
    /// What was asked and answered.
    view: OnboardingView,
    /// The page that shows the list.
    next: LocalPath,
) -> AnyView {
    let facts = view
        .questionnaire
        .steps
        .iter()
        .flat_map(|step| step.questions.iter().enumerate().map(move |(place, question)| (step, place, question)))
        .map(|(step, place, question)| {
            let words = answered(question, view.answers.get(&question.id));
            let href = format!("{}?next={}", super::form::path(step), utf8_percent_encode(next.as_str(), NON_ALPHANUMERIC));
            // One way a step: its questions are answered on one page.
            let action = (place == 0).then(|| {
                let label = format!("Change {}", step.name);
                view! { <a href=href class=format!("inline-flex min-h-6 items-center text-sm {LINK}") aria-label=label>"Change"</a> }.into_any()
            });
            let value = match words {
                Some(words) => words.into_any(),
                None => view! { <span class="text-muted">"Not answered"</span> }.into_any(),
            };
            match action {
                Some(action) => view! { <Fact term=question.label.clone() action>{value}</Fact> }.into_any(),
                None => view! { <Fact term=question.label.clone()>{value}</Fact> }.into_any(),
            }
        })
        .collect_view();
    view! { <Facts>{facts}</Facts> }.into_any()
}

/// An answer as a person reads it: the choices' labels, in the order in which they are offered.
fn answered(question: &Question, answer: Option<&Answer>) -> Option<String> {
    let answer = answer?;
    let chosen: Vec<_> = question.choices.iter().filter(|choice| answer.has(&choice.value)).collect();
    let words = match answer {
        Answer::One(text) if question.choices.is_empty() => text.clone(),
        Answer::One(_) | Answer::Many(_) => {
            chosen.iter().map(|choice| choice.label.as_str()).collect::<Vec<_>>().join(", ")
        }
    };
    (!words.is_empty()).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_in_the_words_in_which_they_were_offered() {
        let shipped = domain::onboarding::shipped();
        let question = |id: &str| shipped.questions().find(|question| question.id == id).unwrap();
        let many = Answer::Many(["rust".into(), "python".into()].into());
        assert_eq!(answered(question("languages"), Some(&many)).as_deref(), Some("Python, Rust"));
        assert_eq!(answered(question("os"), Some(&Answer::One("mac".into()))).as_deref(), Some("Mac"));
        assert_eq!(answered(question("cpu"), Some(&Answer::One("M4".into()))).as_deref(), Some("M4"));
        assert_eq!(answered(question("cpu"), None), None);
        assert_eq!(answered(question("os"), Some(&Answer::One("beos".into()))), None, "no longer offered");
    }
}
