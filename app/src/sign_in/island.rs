use leptos::prelude::*;

use super::server::sign_in;
use crate::live;
use crate::passkey::keeps_passkeys;

/// Sends the sign-in form in place.
#[island]
pub fn SignInLive(
    /// The form.
    children: Children,
) -> impl IntoView {
    live::form(children, |typed| {
        let (name, password, next) = (typed.text("email"), typed.text("password"), typed.text("next"));
        let remember = typed.ticked("remember");
        Box::pin(async move {
            // Whoever can have a passkey on this device may be offered one.
            let offer = keeps_passkeys().await;
            sign_in(name, password, remember, next, offer).await
        })
    })
}
