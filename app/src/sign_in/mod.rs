//! Signing in with a password; the first of the ways in.

mod island;
#[cfg(feature = "ssr")]
mod page;
mod server;

pub use island::SignInForm;
#[cfg(feature = "ssr")]
pub use page::routes;
