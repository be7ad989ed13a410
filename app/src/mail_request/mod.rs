//! "Type your address, and we send you a mail": the forgotten password, the link and the code that sign in; and the page that says
//! that the mail is on its way. The answer is the same for every address.

mod island;
#[cfg(feature = "ssr")]
mod page;
mod server;

use serde::{Deserialize, Serialize};

pub use island::AddressLive;
#[cfg(feature = "ssr")]
pub use page::routes;
#[cfg(feature = "ssr")]
pub(crate) use page::{WAITS, request};

/// What the mail is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum About {
    /// The link that proves the address of a new account.
    #[default]
    Verification,
    /// The link that sets a new password.
    Reset,
    /// The link that signs in.
    Link,
    /// The code that signs in.
    Code,
}

impl About {
    /// Its name in a form.
    pub fn name(self) -> &'static str {
        match self {
            Self::Verification => "verification",
            Self::Reset => "reset",
            Self::Link => "link",
            Self::Code => "code",
        }
    }

    /// The one of this name; the first one for any other.
    pub fn named(name: &str) -> Self {
        [Self::Reset, Self::Link, Self::Code].into_iter().find(|about| about.name() == name).unwrap_or_default()
    }
}
