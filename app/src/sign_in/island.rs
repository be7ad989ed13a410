use leptos::prelude::*;

use super::server::sign_in;
use crate::live;

/// Sends the sign-in form in place.
#[island]
pub fn SignInLive(
    /// The form.
    children: Children,
) -> impl IntoView {
    live::form(children, |typed| {
        Box::pin(sign_in(typed.text("email"), typed.text("password"), typed.ticked("remember"), typed.text("next")))
    })
}
