//! Sessions: who is signed in, where, and signing out.

#[cfg(feature = "ssr")]
pub mod api;
