//! How an account is protected: what is on and what to do next, the password, passkeys, the second step, and browsers that are spared it.

mod browsers;
mod factors;
mod overview;
mod page;

pub use page::routes;
