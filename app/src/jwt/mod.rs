//! Tokens that other services check by themselves.

pub mod api;
