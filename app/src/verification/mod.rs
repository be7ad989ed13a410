//! Proving an address.

#[cfg(feature = "ssr")]
pub mod api;
