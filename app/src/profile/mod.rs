//! How somebody appears to others.

#[cfg(feature = "ssr")]
pub mod api;
