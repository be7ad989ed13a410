use domain::phone_number;
use leptos::prelude::*;
use model::PhoneNumber;

use super::NumberLive;
use super::page::PATH;
use crate::member::Member;
use crate::outcome::{Failure, Next};
use crate::ui::{Badge, Button, FormMessage, Kind, Problems, Section, TextField, Variant, Width};
use crate::words::Flash;

/// Removes the number.
pub(crate) async fn remove(member: &Member) -> Result<Next, Failure> {
    phone_number::remove(member.cx(), &member.current).await?;
    Ok(Next::to("/settings").saying(Flash::NumberRemoved))
}

/// The number, inside the account's page.
#[component]
pub(crate) fn NumberSection(
    /// The number that was verified.
    number: Option<PhoneNumber>,
    /// Whether codes can be sent.
    can_send: bool,
    /// Why it wasn't removed.
    problems: Problems,
) -> AnyView {
    let present = number.map(|number| {
        view! {
            <div class="flex flex-wrap items-center gap-x-3 gap-y-2">
                <span class="font-medium">{number.to_string()}</span>
                <Badge label="Confirmed"/>
                <form method="post" action="/settings" class="sm:ml-auto">
                    <input type="hidden" name="act" value="remove-phone"/>
                    <Button label="Remove" variant=Variant::Secondary aria_label="Remove your phone number"/>
                </form>
            </div>
            <FormMessage problems/>
        }
    });
    let lead = "Optional. With one, you can sign in by typing it instead of your address, and choose a new password by a code that we send to it.";
    view! {
        <Section title="Phone number" lead>
            {present}
            {can_send.then(|| view! { <NumberForm phone=String::new() next=String::new() problems=Problems::default()/> })}
        </Section>
    }
    .into_any()
}

/// Asks for a code to a number.
#[component]
pub(super) fn NumberForm(phone: String, next: String, problems: Problems) -> AnyView {
    view! {
        <NumberLive>
            <form method="post" action=PATH class="grid max-w-card gap-1.5">
                <input type="hidden" name="next" value=next/>
                <TextField
                    name="phone"
                    label="New phone number"
                    kind=Kind::Phone
                    hint="With its country code, such as +49 170 1234567"
                    value=phone
                    autocomplete="tel"
                    enterkeyhint="send"
                    required=true
                    max=40
                    problems=problems.clone()
                />
                <div><Button label="Send me a code" width=Width::FullOnPhones/></div>
                <FormMessage problems/>
            </form>
        </NumberLive>
    }
    .into_any()
}
