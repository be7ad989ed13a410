//! Proof of work, where it is asked for ([`domain::proof_of_work`]): who solves it, and how the answer comes in.

#[cfg(feature = "ssr")]
pub mod api;
mod browser;
#[cfg(feature = "ssr")]
mod till;

pub(crate) use browser::paid;
#[cfg(feature = "ssr")]
pub(crate) use till::Till;

/// The cookie in which script on our own pages puts a solution.
const COOKIE: &str = "latchkey.proof";
