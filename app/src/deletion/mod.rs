//! Deleting the account.

#[cfg(feature = "ssr")]
pub mod api;
