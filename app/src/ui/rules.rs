use leptos::prelude::*;

use super::icon::{Glyph, Icon};

/// The rules of a password. A plain list, until an island marks those that are kept with `data-kept`.
#[component]
pub fn RuleList(
    /// The list's `id`, for the field's `described_by`.
    #[prop(into)]
    id: String,
    /// The rules in words.
    rules: Vec<String>,
) -> AnyView {
    let rules = rules
        .into_iter()
        .map(|words| {
            view! {
                <li class="group flex items-start gap-1.5 data-kept:text-success" data-rule>
                    <span class="flex size-5 shrink-0 items-center justify-center">
                        <span class="size-1 rounded-full bg-current group-data-kept:hidden"></span>
                        <span class="hidden group-data-kept:block"><Icon glyph=Glyph::CHECK/></span>
                    </span>
                    <span>{words}<span class="hidden group-data-kept:inline"><span class="sr-only">" (done)"</span></span></span>
                </li>
            }
        })
        .collect_view();
    view! { <ul id=id class="grid text-sm text-muted">{rules}</ul> }.into_any()
}
