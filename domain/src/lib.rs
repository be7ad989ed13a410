//! What the product does. Knows no request, no cookie, no page.
//!
//! Each module is a feature: `mod.rs` tells its story and holds the verbs, `store.rs` its SQL. A verb takes the world as [`Cx`],
//! begins and commits its own transaction, and gives a typed [`Error`]. Mails are rows written in that transaction.

pub mod account;
pub mod audit;
mod client;
mod clock;
pub mod code;
mod cx;
pub mod deletion;
pub mod device_sessions;
pub mod email_change;
mod error;
pub mod export;
pub mod jwt;
pub mod known_device;
pub mod limit;
mod link;
mod lock_out;
pub mod magic_link;
pub mod mail;
mod new_device;
pub mod onboarding;
pub mod organization;
pub mod outbound;
pub mod passkey;
pub mod password;
pub mod password_change;
pub mod phone_number;
pub mod profile;
pub mod proof_of_work;
pub mod provider;
mod random;
pub mod reset;
pub mod seal;
mod secret;
pub mod session;
pub mod settings;
pub mod sign_in;
pub mod sign_up;
pub mod sms;
pub mod sweep;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(test)]
mod tests;
pub mod token;
pub mod two_factor;
pub mod verification;

pub use client::{Client, device};
pub use clock::Clock;
pub use cx::Cx;
pub use error::{Error, Result};
pub use link::Callbacks;
pub use random::Random;
pub use secret::{KeyId, Secret};
pub use settings::Settings;
