//! Deleting the account.

pub mod api;
mod page;

pub use page::{Offer, routes};
