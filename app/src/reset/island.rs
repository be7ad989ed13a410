use leptos::prelude::*;

use super::server::reset_password;
use crate::live;

/// Sends the form for a new password in place.
#[island]
pub fn ResetLive(
    /// The form.
    children: Children,
) -> impl IntoView {
    live::form(children, |typed| Box::pin(reset_password(typed.text("token"), typed.text("password"))))
}
