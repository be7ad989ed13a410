//! "Confirm that it's you": before a sensitive act, somebody who has been signed in for a while shows again who they are, by the
//! password or by a code to their address.

mod island;
#[cfg(feature = "ssr")]
mod page;
mod server;

pub use island::ConfirmLive;
#[cfg(feature = "ssr")]
pub use page::routes;
