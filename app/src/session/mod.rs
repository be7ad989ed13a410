//! Sessions: who is signed in, where, and signing out.

#[cfg(feature = "ssr")]
pub mod api;
#[cfg(feature = "ssr")]
mod bar;
#[cfg(feature = "ssr")]
pub(crate) mod copy;
mod island;
#[cfg(feature = "ssr")]
mod page;
#[cfg(feature = "ssr")]
pub(crate) mod words;

#[cfg(feature = "ssr")]
pub(crate) use bar::{SessionBar, Term};
pub use island::SessionWatch;
#[cfg(feature = "ssr")]
pub use page::routes;
