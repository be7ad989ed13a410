//! Changing the address.

#[cfg(feature = "ssr")]
pub mod api;
