//! Signing in by a code in a mail. Asking for one is `mail_request`.

#[cfg(feature = "ssr")]
pub mod api;
mod island;
#[cfg(feature = "ssr")]
mod page;
mod server;

pub use island::CodeLive;
#[cfg(feature = "ssr")]
pub use page::routes;
