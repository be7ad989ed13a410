//! The telephone number: added, changed and removed in the settings; a way in and to a new password for programs.

#[cfg(feature = "ssr")]
pub mod api;
mod island;
#[cfg(feature = "ssr")]
mod page;
#[cfg(feature = "ssr")]
mod section;
mod server;

pub use island::NumberLive;
#[cfg(feature = "ssr")]
pub use page::routes;
#[cfg(feature = "ssr")]
pub(crate) use section::{NumberSection, remove};
