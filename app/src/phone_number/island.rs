use leptos::prelude::*;

use super::server::set_number;
use crate::live;

/// Sends the form that takes a number, or the code that was sent to it, in place.
#[island]
pub fn NumberLive(
    /// The form.
    children: Children,
) -> impl IntoView {
    live::form(children, |typed| Box::pin(set_number(typed.optional("phone"), typed.text("code"), typed.text("next"))))
}
