//! The questionnaire that greets a new user.

use model::onboarding::Questionnaire;

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
pub fn parse(text: &str) -> Result<Questionnaire, String> {
    let questionnaire: Questionnaire = toml::from_str(text).map_err(|error| error.to_string())?;
    let faults = questionnaire.faults();
    if faults.is_empty() { Ok(questionnaire) } else { Err(faults.join("; ")) }
}
