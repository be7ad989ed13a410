//! Passkeys: signing in with one, showing again who one is, adding, renaming and removing them, and signing up with one instead of a
//! password.
//!
//! A ceremony needs script: the server says what it asks for ([`Ask`]), the browser's authenticator answers, the server judges. Its
//! token travels in a cookie. Whatever has a button for it is invisible until the islands know that the browser has passkeys.

#[cfg(feature = "ssr")]
pub mod api;
mod browser;
#[cfg(feature = "ssr")]
mod button;
mod island;
#[cfg(feature = "ssr")]
mod manage;
#[cfg(feature = "ssr")]
mod offer;
#[cfg(feature = "ssr")]
mod page;
#[cfg(feature = "ssr")]
mod section;
mod server;

#[cfg(feature = "hydrate")]
pub(crate) use browser::prepare;
pub(crate) use browser::{ask, keeps_passkeys};
#[cfg(feature = "ssr")]
pub(crate) use button::NEEDS_PASSKEYS;
#[cfg(feature = "ssr")]
pub use button::PasskeyButton;
pub use island::PasskeyLive;
#[cfg(feature = "ssr")]
pub(crate) use offer::enter_by_offer;
#[cfg(feature = "ssr")]
pub use page::routes;
#[cfg(feature = "ssr")]
pub use section::PasskeysSection;
use serde::{Deserialize, Serialize};

use crate::live::Typed;

/// What a passkey is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// To sign in, whoever it is.
    SignIn,
    /// To show again who is signed in, before a sensitive act.
    Confirm,
    /// To be added to the account of who is signed in.
    Add,
    /// To make an account that has no password.
    SignUp,
}

impl Act {
    const ALL: [Self; 4] = [Self::SignIn, Self::Confirm, Self::Add, Self::SignUp];

    /// The value of the button that asks for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Confirm => "confirm",
            Self::Add => "add",
            Self::SignUp => "sign-up",
        }
    }

    /// The act of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.as_str() == name)
    }
}

/// What somebody wants of a passkey, as their form says it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Wanted {
    /// The name of the [`Act`].
    act: String,
    /// The passkey's, or that of who signs up.
    name: String,
    /// The address of who signs up.
    email: String,
    /// Where to go on.
    next: String,
    /// The sealed form that is sent on then; empty without one.
    #[serde(default)]
    resume: String,
}

impl Wanted {
    fn of(typed: &Typed) -> Self {
        Self {
            act: typed.pressed().to_owned(),
            name: typed.text("name"),
            email: typed.text("email"),
            next: typed.text("next"),
            resume: typed.text("resume"),
        }
    }
}

/// What the server asks of the browser: the options of WebAuthn, as JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Ask {
    /// Make a new passkey.
    Make(String),
    /// Show one that there is.
    Show(String),
}
