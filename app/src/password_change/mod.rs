//! Changing the password, or setting the first one: a section of the security page.

#[cfg(feature = "ssr")]
pub mod api;
#[cfg(feature = "ssr")]
mod form;
mod island;
#[cfg(feature = "ssr")]
mod section;
mod server;

pub use island::PasswordLive;
#[cfg(feature = "ssr")]
pub(crate) use section::{PasswordSection, Shown, change};
