//! How somebody appears to others.

#[cfg(feature = "ssr")]
pub mod api;
#[cfg(feature = "ssr")]
mod form;
#[cfg(feature = "ssr")]
mod page;
#[cfg(feature = "ssr")]
mod picture;
#[cfg(feature = "ssr")]
mod view;

#[cfg(feature = "ssr")]
pub use page::routes;
