use leptos::prelude::*;

use super::server::change_password;
use crate::live;

/// Sends the form of the security page in place.
#[island]
pub fn PasswordLive(
    /// The form.
    children: Children,
) -> impl IntoView {
    live::form(children, |typed| {
        Box::pin(change_password(
            typed.optional("current_password"),
            typed.text("password"),
            typed.ticked("end_others"),
        ))
    })
}
