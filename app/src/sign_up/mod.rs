//! Signing up with a name, an address and a password.

#[cfg(feature = "ssr")]
pub mod api;
