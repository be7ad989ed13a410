//! Signing in with a password; the first of the ways in.

#[cfg(feature = "ssr")]
pub mod api;
mod island;
#[cfg(feature = "ssr")]
mod page;
mod server;

pub use island::SignInLive;
#[cfg(feature = "ssr")]
pub use page::routes;
