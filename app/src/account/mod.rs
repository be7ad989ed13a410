//! A user's ways in.

#[cfg(feature = "ssr")]
pub mod api;
