//! Signing in by a link in a mail.

#[cfg(feature = "ssr")]
pub mod api;
