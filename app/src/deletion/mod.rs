//! Deleting the account.

#[cfg(feature = "ssr")]
pub mod api;
mod island;
#[cfg(feature = "ssr")]
mod page;

pub use island::InDialog;
#[cfg(feature = "ssr")]
pub use page::{Offer, routes};
