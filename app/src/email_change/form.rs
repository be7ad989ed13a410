use domain::email_change;
use domain::session::Current;
use leptos::prelude::*;
use model::Email;

use crate::outcome::{Failure, Next};
use crate::ui::{Button, FormMessage, Kind, Problems, TextField, Width};
use crate::visit::Visit;
use crate::words::Flash;

/// Asks for the address to be changed.
pub(crate) async fn request(visit: &Visit, current: &Current, typed: &str) -> Result<Next, Failure> {
    let cx = visit.cx();
    let email = Email::parse(typed)?;
    let flash = match email_change::request(cx, current, &email, Some("/settings")).await? {
        email_change::Next::AgreeFromCurrent => Flash::EmailChangeStarted,
        email_change::Next::ProveNew => Flash::EmailChangeApproved,
    };
    Ok(Next::to("/settings").saying(flash))
}

/// The form, inside the account's page.
#[component]
pub(crate) fn ChangeForm(email: String, problems: Problems) -> AnyView {
    view! {
        <form method="post" action="/settings" class="grid max-w-card gap-1.5">
            <input type="hidden" name="act" value="email"/>
            <TextField
                name="email"
                label="New address"
                kind=Kind::Email
                value=email
                autocomplete="off"
                enterkeyhint="send"
                required=true
                problems=problems.clone()
            />
            <div><Button label="Change address" width=Width::FullOnPhones/></div>
            <FormMessage problems/>
        </form>
    }
    .into_any()
}
