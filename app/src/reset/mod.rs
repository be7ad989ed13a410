//! A forgotten password: choosing a new one with the link of a mail. Asking for the link is `mail_request`.

#[cfg(feature = "ssr")]
pub mod api;
mod island;
#[cfg(feature = "ssr")]
mod page;
mod server;

pub use island::ResetLive;
#[cfg(feature = "ssr")]
pub use page::routes;
