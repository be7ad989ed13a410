#![expect(missing_docs, reason = "a component's properties are named by what they are")]

use leptos::prelude::*;
use model::ProviderView;

use super::mark::Mark;
use crate::visit::Visit;

/// How long a name may be, in characters, to stand beside another on a phone.
const SHORT: usize = 12;

/// The buttons to sign in with a provider: only those that the operator offers, the one that was used last marked. A form, so that they
/// work without script; nothing where there are none.
#[component]
pub fn ProviderButtons(providers: Vec<ProviderView>, last_used: Option<String>, next: String) -> AnyView {
    if providers.is_empty() {
        return ().into_any();
    }
    let buttons = providers
        .into_iter()
        .map(|ProviderView { id, name, mark }| {
            let is_last = last_used.as_deref() == Some(&id);
            let aria_label = format!("Go on with {name}{}", if is_last { ", last used" } else { "" });
            // Two beside each other; a long name, the one that was used last, or one that is left over takes the line.
            let basis = if is_last || name.chars().count() > SHORT { "basis-full" } else { "basis-[calc(50%-0.3125rem)]" };
            view! {
                <button
                    type="submit"
                    formaction=format!("/sign-in/with/{id}")
                    aria-label=aria_label
                    class=format!("inline-flex min-h-11 grow items-center justify-center gap-2.5 rounded-control border border-control bg-surface px-3 py-2 font-medium wrap-anywhere hover:bg-raised {basis}")
                >
                    <Mark id=mark/>
                    {name}
                    {is_last.then(|| view! {
                        " "
                        <span class="shrink-0 rounded-full border border-border bg-raised px-2 text-sm font-medium text-muted">"Last used"</span>
                    })}
                </button>
            }
        })
        .collect_view();
    view! {
        <form method="post" aria-label="Other accounts" class="flex flex-wrap gap-2.5">
            <input type="hidden" name="next" value=next/>
            {buttons}
        </form>
    }
    .into_any()
}

impl ProviderButtonsProps {
    /// What the browser of `visit` is shown, which goes on to `next` then.
    pub fn of(visit: &Visit, next: String) -> Self {
        Self { providers: visit.cx().settings.providers.views(), last_used: visit.jar.last_used(), next }
    }
}
