//! What the product does. Knows no request, no cookie, no page.
//!
//! Each module is a feature: `mod.rs` tells its story and holds the verbs, `store.rs` its SQL. A verb takes the world as [`Cx`],
//! begins and commits its own transaction, and gives a typed [`Error`]. Mails are rows written in that transaction.

mod clock;
mod cx;
mod error;
pub mod onboarding;
pub mod password;
mod random;
mod secret;
pub mod settings;

pub use clock::Clock;
pub use cx::Cx;
pub use error::{Error, Result};
pub use random::Random;
pub use secret::Secret;
pub use settings::Settings;
