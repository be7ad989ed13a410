//! Changing the password.

#[cfg(feature = "ssr")]
pub mod api;
