use leptos::prelude::*;

use super::icon::{Glyph, Icon};

/// The rules of a password, ticked off while it is typed. Without script it is a plain list.
#[component]
pub fn RuleList(
    /// The list's `id`, for the field's `described_by`.
    #[prop(into)]
    id: String,
    /// The rules in words.
    rules: Vec<String>,
    /// For each rule whether it is kept; empty while nothing was typed.
    #[prop(into)]
    kept: Signal<Vec<bool>>,
) -> AnyView {
    let rules = rules
        .into_iter()
        .enumerate()
        .map(|(place, words)| {
            let is_kept = move || kept.with(|kept| kept.get(place).copied().unwrap_or(false));
            view! {
                <li class="flex items-start gap-1.5" class:text-success=is_kept>
                    <span class="flex size-5 shrink-0 items-center justify-center">
                        <span class="size-1 rounded-full bg-current" hidden=is_kept></span>
                        <span hidden=move || !is_kept()><Icon glyph=Glyph::CHECK/></span>
                    </span>
                    <span>{words}<span class="sr-only" hidden=move || !is_kept()>" (done)"</span></span>
                </li>
            }
        })
        .collect_view();
    view! { <ul id=id class="grid gap-x-4 text-sm text-muted sm:grid-cols-2">{rules}</ul> }.into_any()
}
