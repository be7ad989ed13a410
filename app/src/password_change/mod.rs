//! Changing the password, or setting the first one.

#[cfg(feature = "ssr")]
pub mod api;
#[cfg(feature = "ssr")]
mod form;
mod island;
#[cfg(feature = "ssr")]
mod page;
mod server;

pub use island::PasswordLive;
#[cfg(feature = "ssr")]
pub use page::routes;
