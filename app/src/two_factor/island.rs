use leptos::prelude::*;

use super::server::{confirm_authenticator, pass_second_factor};
use crate::live;

/// Sends the form that takes the second factor in place.
#[island]
pub fn TwoFactorLive(
    /// The form.
    children: Children,
) -> impl IntoView {
    live::form(children, |typed| {
        Box::pin(pass_second_factor(
            typed.text("method"),
            typed.text("code"),
            typed.ticked("trust"),
            typed.text("next"),
        ))
    })
}

/// Sends the form that takes the first code of an authenticator app in place.
#[island]
pub fn AuthenticatorLive(
    /// The form.
    children: Children,
) -> impl IntoView {
    live::form(children, |typed| Box::pin(confirm_authenticator(typed.text("code"), typed.text("next"))))
}
