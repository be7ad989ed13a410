//! Choosing a password: its rules are ticked off while it is typed, and its strength is told.

#[cfg(feature = "ssr")]
mod field;
mod island;

#[cfg(feature = "ssr")]
pub use field::{NewPassword, Rules};
pub use island::Judge;
