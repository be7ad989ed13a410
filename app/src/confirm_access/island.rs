use leptos::prelude::*;

use super::server::confirm_access;
use crate::live;

/// Sends the form that takes the password, the code or the second factor in place.
#[island]
pub fn ConfirmLive(
    /// The form.
    children: Children,
) -> impl IntoView {
    live::form(children, |typed| {
        Box::pin(confirm_access(
            typed.text("current_password"),
            typed.text("code"),
            typed.text("method"),
            typed.text("next"),
            typed.text("resume"),
        ))
    })
}
