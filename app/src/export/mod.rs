//! The user's data: taking it along, or leaving nothing behind.

mod page;

pub use page::routes;
