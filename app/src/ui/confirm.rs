use leptos::prelude::*;

use super::button::{Button, ButtonLink, Variant, Width};
use super::field::{Kind, TextField};
use super::{AuthCard, Problems};

/// A page of its own before something that can't be undone: what will happen, the typed confirmation, and the way back.
#[component]
pub fn Confirm(
    #[prop(into)] title: String,
    /// What will happen.
    #[prop(into)]
    lead: String,
    /// Where the form goes.
    #[prop(into)]
    action: String,
    /// What has to be typed ("delete my account"); `None` where pressing is enough.
    #[prop(optional, into)]
    phrase: Option<String>,
    /// What was typed before.
    #[prop(optional, into)]
    typed: String,
    #[prop(into)] button: String,
    /// Where "Cancel" leads.
    #[prop(into)]
    back: String,
    #[prop(optional)] problems: Problems,
    /// More fields, such as the password.
    #[prop(optional)]
    children: Option<Children>,
) -> AnyView {
    view! {
        <AuthCard title lead>
            <form method="post" action=action class="grid gap-3">
                {children.map(|children| children())}
                {phrase.map(|phrase| view! {
                    <TextField name="confirmation" label=format!("Type “{phrase}”") kind=Kind::Plain value=typed autocomplete="off" problems required=true/>
                })}
                <Button label=button variant=Variant::Danger width=Width::Full/>
                <ButtonLink href=back label="Cancel" variant=Variant::Quiet width=Width::Full/>
            </form>
        </AuthCard>
    }
    .into_any()
}
