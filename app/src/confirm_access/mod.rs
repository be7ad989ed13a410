//! "Confirm that it's you": before a sensitive act, somebody who has been signed in for a while shows again who they are: by the
//! second factor where the account has one, since a stolen password must not undo it (SECURITY A24, A25), and otherwise by the password
//! or by a code to their address. What they were doing is done then ([`resume`]).

mod island;
#[cfg(feature = "ssr")]
mod page;
#[cfg(feature = "ssr")]
mod resume;
mod server;

pub use island::ConfirmLive;
#[cfg(feature = "ssr")]
pub(crate) use page::onward;
#[cfg(feature = "ssr")]
pub use page::routes;
#[cfg(feature = "ssr")]
pub use resume::resume;
