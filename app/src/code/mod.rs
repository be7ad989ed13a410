//! Signing in by a code in a mail.

#[cfg(feature = "ssr")]
pub mod api;
