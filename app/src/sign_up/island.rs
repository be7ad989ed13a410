use leptos::prelude::*;

use super::server::sign_up;
use crate::live;
use crate::passkey::{self, Act};

/// Sends the sign-up form in place.
#[island]
pub fn SignUpLive(
    /// The form.
    children: Children,
) -> impl IntoView {
    #[cfg(feature = "hydrate")]
    passkey::prepare();
    live::form(children, |typed| {
        if typed.pressed() == Act::SignUp.as_str() {
            return passkey::ask(typed);
        }
        Box::pin(sign_up(typed.text("name"), typed.text("email"), typed.text("password"), typed.text("next")))
    })
}
