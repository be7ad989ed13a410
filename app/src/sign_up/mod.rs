//! Making an account with a name, an address and a password.

#[cfg(feature = "ssr")]
pub mod api;
mod island;
#[cfg(feature = "ssr")]
mod page;
mod server;

pub use island::SignUpLive;
#[cfg(feature = "ssr")]
pub use page::routes;
