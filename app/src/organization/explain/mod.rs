//! May a member do something? The answer with its reason, to be read aloud.

mod page;
mod sentence;
mod view;

pub use page::routes;
