use leptos::prelude::*;

use super::server::enter_code;
use crate::live;

/// Sends the form that takes a code in place.
#[island]
pub fn CodeLive(
    /// The form.
    children: Children,
) -> impl IntoView {
    live::form(children, |typed| Box::pin(enter_code(typed.text("code"), typed.text("next"))))
}
