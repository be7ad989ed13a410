use axum::http::StatusCode;
use domain::onboarding;
use model::onboarding::{Answer, Answers, Kind, Question, Step, TEXT_LIMIT};
use model::{LocalPath, Refusal};

use super::{GO, NEXT};
use crate::outcome::{Failure, Next};
use crate::ui::{Problem, Problems};
use crate::visit::Visit;
use crate::words::Flash;

/// What a posted step holds: pairs, because a question may be answered with several boxes.
pub(super) type Pairs = Vec<(String, String)>;

/// What is typed into a step's form.
pub(super) struct Typed {
    /// The answers, by question.
    pub answers: Answers,
    /// Which button was pressed.
    pub go: Go,
    /// Where to go after an edit.
    pub next: Option<LocalPath>,
}

/// Which button of a step was pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Go {
    /// Continue, or the Enter key.
    On,
    /// The step before.
    Back,
    /// All of it later.
    Skip,
}

impl Typed {
    /// Reads what was posted for `step`; what belongs to no question of it is left alone.
    pub(super) fn read(step: &Step, pairs: &[(String, String)]) -> Self {
        let first = |name: &str| pairs.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
        let answer = |question: &Question| match question.kind {
            Kind::Many => {
                let ticked = pairs.iter().filter(|(found, _)| *found == question.id);
                Answer::Many(ticked.map(|(_, value)| value.clone()).collect())
            }
            Kind::One | Kind::Text => Answer::One(first(&question.id).unwrap_or_default().to_owned()),
        };
        let go = match first(GO) {
            Some("back") => Go::Back,
            Some("skip") => Go::Skip,
            _ => Go::On,
        };
        Self {
            answers: step.questions.iter().map(|question| (question.id.clone(), answer(question))).collect(),
            go,
            next: first(NEXT).and_then(LocalPath::parse),
        }
    }
}

/// Takes a posted step, for the page and for the island.
pub(super) async fn submit(visit: &Visit, user: &model::UserId, step: &Step, typed: &Typed) -> Result<Next, Failure> {
    let cx = visit.cx();
    let steps = &cx.settings.questionnaire.steps;
    let place = steps.iter().position(|other| other.id == step.id).unwrap_or_default();
    let fits = match onboarding::answer(cx, user, &step.id, &typed.answers).await {
        Ok(_) => Ok(()),
        Err(domain::Error::Refused(Refusal::InvalidAnswers(wrong))) => Err(wrong),
        Err(error) => return Err(error.into()),
    };
    match (typed.go, fits) {
        (Go::On, Err(wrong)) => Err(Failure::Form(problems(step, &typed.answers, &wrong), StatusCode::BAD_REQUEST)),
        (Go::On, Ok(())) => Ok(match &typed.next {
            Some(next) => Next::from(next.clone()).saying(Flash::AnswersSaved),
            None => steps.get(place + 1).map_or_else(done, path).into(),
        }),
        // Going back or away loses nothing that fits, and asks for nothing.
        (Go::Back, _) => Ok(path(steps.get(place.saturating_sub(1)).unwrap_or(step)).into()),
        (Go::Skip, _) => {
            onboarding::skip(cx, user).await?;
            Ok(Next::to("/").saying(Flash::WelcomeSkipped))
        }
    }
}

/// Where a step is.
pub(super) fn path(step: &Step) -> LocalPath {
    // A step's id is letters, digits and dashes: the questionnaire is checked when it is read.
    LocalPath::parse(&format!("/onboarding/{}", step.id)).unwrap_or_else(done)
}

/// Where the summary is.
pub(super) fn done() -> LocalPath {
    LocalPath::known("/onboarding/done").into()
}

fn problems(step: &Step, answers: &Answers, wrong: &[String]) -> Problems {
    let words = |question: &Question| match (question.kind, answers.get(&question.id)) {
        (Kind::Text, Some(Answer::One(text))) if text.trim().is_empty() => "Type an answer.".to_owned(),
        (Kind::Text, _) => format!("Use one line of at most {TEXT_LIMIT} characters."),
        (Kind::One, _) => "Choose an answer.".to_owned(),
        (Kind::Many, _) => "Choose at least one.".to_owned(),
    };
    let wrong = step.questions.iter().filter(|question| wrong.contains(&question.id));
    wrong.map(|question| Problem { field: Some(question.id.clone()), text: words(question) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hardware() -> Step {
        onboarding::shipped().step("hardware").unwrap().1.clone()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Pairs {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_form_is_read_by_the_kinds_of_its_questions() {
        let typed =
            Typed::read(&hardware(), &pairs(&[("os", "linux"), ("os", "mac"), ("cpu", "M4"), ("role", "admin")]));
        assert_eq!(typed.answers["os"], Answer::One("linux".into()), "a radio button sends one value");
        assert_eq!(typed.answers["cpu"], Answer::One("M4".into()));
        assert_eq!(typed.answers["ram"], Answer::One(String::new()), "what wasn't chosen takes the older answer away");
        assert!(!typed.answers.contains_key("role"));
        assert_eq!(typed.go, Go::On, "the Enter key goes on");

        let stack = onboarding::shipped().step("stack").unwrap().1.clone();
        let typed = Typed::read(&stack, &pairs(&[("languages", "rust"), ("languages", "go"), (GO, "back")]));
        assert_eq!(typed.answers["languages"], Answer::Many(["rust".into(), "go".into()].into()));
        assert_eq!(typed.go, Go::Back);
    }

    #[test]
    fn an_edit_leads_back_to_this_site_only() {
        for (next, led) in [("/profile", Some("/profile")), ("//evil.example", None), ("https://evil.example", None)] {
            let typed = Typed::read(&hardware(), &pairs(&[(NEXT, next)]));
            assert_eq!(typed.next.as_ref().map(LocalPath::as_str), led);
        }
    }

    #[test]
    fn each_kind_of_question_says_what_to_do() {
        let step = hardware();
        let typed = Typed::read(&step, &pairs(&[("cpu", &"x".repeat(201))]));
        let wrong = step.check(&typed.answers).unwrap_err();
        let problems = problems(&step, &typed.answers, &wrong);
        assert_eq!(problems.of("os").as_deref(), Some("Choose an answer."));
        assert_eq!(problems.of("cpu").as_deref(), Some("Use one line of at most 200 characters."));
        assert_eq!(problems.of("ram"), None);
    }
}
