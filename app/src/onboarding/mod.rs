//! The questionnaire that greets a new user: one step a page, resumable, editable at its end and in the profile.

#[cfg(feature = "ssr")]
mod answers;
#[cfg(feature = "ssr")]
pub mod api;
#[cfg(feature = "ssr")]
mod form;
mod island;
#[cfg(feature = "ssr")]
mod page;
mod server;
#[cfg(feature = "ssr")]
mod step_form;

#[cfg(feature = "ssr")]
pub use answers::AnswerList;
#[cfg(feature = "ssr")]
pub use page::routes;

#[cfg(feature = "ssr")]
use model::onboarding::{Answers, Step};

/// The names of a step's own fields. No question's id has a capital.
const GO: &str = "Go";
#[cfg(feature = "ssr")]
const NEXT: &str = "Next";
const STEP: &str = "Step";

/// One step as its page shows it.
#[cfg(feature = "ssr")]
#[derive(Clone, Debug)]
pub(crate) struct Sheet {
    /// What is asked.
    step: Step,
    /// What was answered, or typed, so far.
    answers: Answers,
    /// Where to go after an edit; `None` on the way through.
    next: Option<String>,
    /// Whether there is a step before it.
    back: bool,
    /// Whether all of it can be left for later.
    skip: bool,
}
