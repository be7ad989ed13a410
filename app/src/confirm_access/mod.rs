//! "Confirm that it's you": before a sensitive act, somebody who has been signed in for a while shows again who they are: by the
//! second factor where the account has one, since a stolen password must not undo it (SECURITY A24, A25), and otherwise by the password
//! or by a code to their address.

mod island;
#[cfg(feature = "ssr")]
mod page;
mod server;

pub use island::ConfirmLive;
#[cfg(feature = "ssr")]
pub use page::routes;
