//! The questionnaire that greets a new user.

#[cfg(feature = "ssr")]
pub mod api;
