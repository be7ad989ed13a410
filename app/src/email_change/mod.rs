//! Changing the address.

#[cfg(feature = "ssr")]
pub mod api;
#[cfg(feature = "ssr")]
mod form;

#[cfg(feature = "ssr")]
pub(crate) use form::{ChangeForm, request};
