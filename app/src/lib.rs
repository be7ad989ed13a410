//! How people and programs reach the product: pages, islands, server functions, JSON endpoints.
//!
//! Pages are server-rendered HTML that works as plain forms; what script adds is an island. The feature `ssr` is the server's
//! side, `hydrate` the browser's.

#[cfg(feature = "ssr")]
pub mod assets;
#[cfg(feature = "ssr")]
pub mod client;
#[cfg(feature = "ssr")]
pub mod header;
#[cfg(feature = "ssr")]
pub mod home;
#[cfg(feature = "ssr")]
pub mod origins;
#[cfg(feature = "ssr")]
pub mod problem;
#[cfg(feature = "ssr")]
pub mod shell;
pub mod theme;
pub mod ui;
#[cfg(feature = "ssr")]
pub mod words;
