//! A forgotten password.

#[cfg(feature = "ssr")]
pub mod api;
