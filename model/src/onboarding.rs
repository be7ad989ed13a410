//! The questionnaire that greets a new user. Questions are data: the operator replaces them with a file.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// The whole questionnaire, one step a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Questionnaire {
    /// Whether a user may leave it for later.
    #[serde(default = "yes")]
    pub skippable: bool,
    /// The pages, in order.
    pub steps: Vec<Step>,
}

/// One page of the questionnaire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its name in the address: `a-z`, `0-9` and `-`.
    pub id: String,
    /// Its name in the progress bar ("Hardware").
    pub name: String,
    /// The question as a heading.
    pub title: String,
    /// A sentence under it.
    #[serde(default)]
    pub hint: String,
    /// What is asked.
    pub questions: Vec<Question>,
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The key of its answer.
    pub id: String,
    /// What is asked, where the step asks more than one thing.
    pub label: String,
    /// How it is answered.
    pub kind: Kind,
    /// Whether the step can't be left without it.
    #[serde(default)]
    pub required: bool,
    /// What can be chosen.
    #[serde(default)]
    pub choices: Vec<Choice>,
    /// For texts: an example.
    #[serde(default)]
    pub example: String,
}

/// How a question is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One of the choices.
    One,
    /// Any of the choices.
    Many,
    /// A line of at most [`TEXT_LIMIT`] characters.
    Text,
}

/// The longest text answer, in characters.
pub const TEXT_LIMIT: usize = 200;

/// One choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// What is stored.
    pub value: String,
    /// What is read.
    pub label: String,
    /// A few words under it.
    #[serde(default)]
    pub hint: String,
}

/// One answer: a value or text, or several values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    /// To [`Kind::One`] and [`Kind::Text`].
    One(String),
    /// To [`Kind::Many`].
    Many(BTreeSet<String>),
}

impl Answer {
    /// Whether `value` was chosen.
    pub fn has(&self, value: &str) -> bool {
        match self {
            Self::One(one) => one == value,
            Self::Many(many) => many.contains(value),
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::One(one) => one.is_empty(),
            Self::Many(many) => many.is_empty(),
        }
    }
}

/// Answers by question id.
pub type Answers = BTreeMap<String, Answer>;

/// How far a user is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Not asked yet, or under way.
    #[default]
    Pending,
    /// Left for later by the user's wish.
    Skipped,
    /// Answered.
    Completed,
}

/// A user's onboarding: `GET /api/auth/onboarding`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnboardingView {
    /// How far.
    pub status: Status,
    /// The step to go on with; `None` when all were answered.
    pub step: Option<String>,
    /// The answers so far.
    pub answers: Answers,
    /// What is asked.
    pub questionnaire: Questionnaire,
}

impl Questionnaire {
    /// The step with this id and its place, counted from 0.
    pub fn step(&self, id: &str) -> Option<(usize, &Step)> {
        self.steps.iter().enumerate().find(|(_, step)| step.id == id)
    }

    /// All questions, in order.
    pub fn questions(&self) -> impl Iterator<Item = &Question> {
        self.steps.iter().flat_map(|step| &step.questions)
    }

    /// What is wrong with the file, for the operator: one sentence each; empty when nothing is.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.steps.is_empty() {
            faults.push("it has no steps".to_owned());
        }
        let plain = |id: &str| {
            !id.is_empty() && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
        };
        let mut seen = BTreeSet::new();
        for step in &self.steps {
            if !plain(&step.id) || step.id == "done" || !seen.insert(format!("step {}", step.id)) {
                faults.push(format!("step id {:?} must be unique, not \"done\", and of a-z, 0-9, - and _", step.id));
            }
            if step.questions.is_empty() {
                faults.push(format!("step {:?} asks nothing", step.id));
            }
        }
        for question in self.questions() {
            if !plain(&question.id) || !seen.insert(format!("question {}", question.id)) {
                faults.push(format!("question id {:?} must be unique, and of a-z, 0-9, - and _", question.id));
            }
            let values: BTreeSet<_> = question.choices.iter().map(|choice| &choice.value).collect();
            if (question.kind == Kind::Text) != question.choices.is_empty()
                || values.len() != question.choices.len()
                || values.iter().any(|v| v.is_empty())
            {
                faults.push(format!(
                    "question {:?} needs choices with values of their own (and a text question none)",
                    question.id
                ));
            }
        }
        faults
    }
}

impl Step {
    /// Takes `given` for this step's questions: what the questionnaire allows, trimmed, empty ones left out.
    ///
    /// # Errors
    /// The ids of the questions whose answers don't fit, or that are required and missing.
    pub fn check(&self, given: &Answers) -> Result<Answers, Vec<String>> {
        let mut taken = Answers::new();
        let mut wrong = Vec::new();
        for question in &self.questions {
            match given.get(&question.id).filter(|answer| !answer.is_empty()).map(|answer| question.check(answer)) {
                Some(Some(answer)) if !answer.is_empty() => {
                    taken.insert(question.id.clone(), answer);
                }
                Some(None) => wrong.push(question.id.clone()),
                _ if question.required => wrong.push(question.id.clone()),
                _ => {}
            }
        }
        if wrong.is_empty() { Ok(taken) } else { Err(wrong) }
    }
}

impl Question {
    fn check(&self, answer: &Answer) -> Option<Answer> {
        let known = |value: &String| self.choices.iter().any(|choice| &choice.value == value);
        match (self.kind, answer) {
            (Kind::One, Answer::One(value)) => known(value).then(|| answer.clone()),
            // A form with one box ticked sends one value.
            (Kind::Many, Answer::One(value)) => known(value).then(|| Answer::Many([value.clone()].into())),
            (Kind::Many, Answer::Many(values)) => values.iter().all(known).then(|| answer.clone()),
            (Kind::Text, Answer::One(text)) => {
                let text = text.trim();
                (text.chars().count() <= TEXT_LIMIT && !text.contains(char::is_control))
                    .then(|| Answer::One(text.to_owned()))
            }
            (Kind::One | Kind::Text, Answer::Many(_)) => None,
        }
    }
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step() -> Step {
        let choice = |value: &str| Choice { value: value.into(), label: value.into(), hint: String::new() };
        let question = |id: &str, kind, required, choices| Question {
            id: id.into(),
            label: id.into(),
            kind,
            required,
            choices,
            example: String::new(),
        };
        Step {
            id: "hardware".into(),
            name: "Hardware".into(),
            title: "?".into(),
            hint: String::new(),
            questions: vec![
                question("os", Kind::One, true, vec![choice("mac"), choice("linux")]),
                question("extras", Kind::Many, false, vec![choice("gpu"), choice("npu")]),
                question("cpu", Kind::Text, false, vec![]),
            ],
        }
    }

    fn one(value: &str) -> Answer {
        Answer::One(value.into())
    }

    #[test]
    fn answers_that_fit_are_taken_and_others_named() {
        let given = Answers::from([
            ("os".into(), one("linux")),
            ("extras".into(), one("gpu")),
            ("cpu".into(), one("  M4 ")),
            ("role".into(), one("admin")),
        ]);
        let taken = step().check(&given).unwrap();
        assert_eq!(
            taken,
            Answers::from([
                ("os".into(), one("linux")),
                ("extras".into(), Answer::Many(["gpu".into()].into())),
                ("cpu".into(), one("M4"))
            ])
        );

        let given = Answers::from([("os".into(), one("beos")), ("cpu".into(), one(&"x".repeat(201)))]);
        assert_eq!(step().check(&given), Err(vec!["os".into(), "cpu".into()]));
        assert_eq!(step().check(&Answers::new()), Err(vec!["os".into()]), "required and missing");
    }

    #[test]
    fn a_bad_questionnaire_is_told_whole() {
        let mut twice = step();
        twice.questions[1].choices.clear();
        let faults = Questionnaire { skippable: true, steps: vec![step(), twice] }.faults();
        assert!(faults.iter().any(|f| f.contains("step id \"hardware\"")), "{faults:?}");
        assert!(faults.iter().any(|f| f.contains("question id \"os\"")), "{faults:?}");
        assert!(faults.iter().any(|f| f.contains("question \"extras\" needs choices")), "{faults:?}");
    }
}
