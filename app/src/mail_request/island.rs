use leptos::prelude::*;

use super::About;
use super::server::request_mail;
use crate::live;

/// Sends the form that asks for a mail in place.
#[island]
pub fn AddressLive(
    /// The form.
    children: Children,
) -> impl IntoView {
    live::form(children, |typed| {
        Box::pin(request_mail(About::named(&typed.text("about")), typed.text("email"), typed.text("next")))
    })
}
