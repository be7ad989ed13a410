//! One handle over SQLite and PostgreSQL; knows nothing about users.
//!
//! One text of SQL serves both databases: placeholders are `$1`, time comes as a parameter, and what differs is here and nowhere
//! else. Queries run on a [`Conn`]; changes run in a [`Tx`] that the use case begins and commits.

mod conn;
mod error;
mod migrate;
mod news;
mod open;
mod query;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(test)]
mod tests;

pub use conn::{Conn, Tx};
pub use error::Error;
pub use news::News;
pub use open::{Db, Options};
pub use query::{Param, Query, Record};

/// What a call on the database gives.
pub type Result<T> = std::result::Result<T, Error>;
