//! Who did what to which account, when and from where: written in the transaction that did it (SECURITY 78).
//!
//! Each entry's hash covers the one before and is made under the operator's secret, so that whoever can write the database alone can't
//! change, remove or reorder one unnoticed. The chain has one end, which writers take turns at: an entry is the last thing that a
//! transaction writes, whenever [`record`] was called in it, so that nobody who has the chain's lock waits for another one.
//!
//! What is read of it is a [`Trail`]: one's own, an organization's for who may see it there, or all of it on the command line.
//!
//! No secret gets in here, and nothing that somebody typed who isn't known.

mod act;
mod chain;
mod entry;
mod export;
mod refused;
mod store;
#[cfg(test)]
mod tests;
mod trail;

pub use act::{Act, Kind};
pub use chain::{Verified, verify};
pub(crate) use entry::sign_in_failed;
pub use entry::{Actor, Entry, record, record_alone};
pub use export::{Export, Format};
pub(crate) use refused::Refused;
pub use refused::{Refusals, run, write_refused};
pub use trail::{Filter, Told, Trail};
