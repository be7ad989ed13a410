use leptos::prelude::*;

use super::server::sign_up;
use crate::live;

/// Sends the sign-up form in place.
#[island]
pub fn SignUpLive(
    /// The form.
    children: Children,
) -> impl IntoView {
    live::form(children, |typed| {
        Box::pin(sign_up(typed.text("name"), typed.text("email"), typed.text("password"), typed.text("next")))
    })
}
