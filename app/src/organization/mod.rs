//! Organizations and who is in them.

#[cfg(feature = "ssr")]
pub mod api;
