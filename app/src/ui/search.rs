use leptos::prelude::*;

use super::button::{Button, Variant, Width};
use super::field::{CONTROL, choices};
use super::icon::{Glyph, Icon};

/// A list that narrows or orders what is found.
#[derive(Clone, Debug)]
pub struct Filter {
    /// The parameter's name.
    pub name: &'static str,
    /// What it is read as.
    pub label: &'static str,
    /// Pairs of what is sent and what is read.
    pub options: Vec<(String, String)>,
    /// The one that is chosen.
    pub value: String,
}

/// Looks for something in a list: what is typed travels in the address, so that a page of results can be kept and shared.
#[component]
pub fn SearchForm(
    #[prop(into)] action: String,
    /// What is typed ("Name or address"); without it, the list is only narrowed.
    #[prop(optional, into)]
    label: Option<String>,
    /// What is looked for now.
    #[prop(optional, into)]
    value: String,
    #[prop(optional)] filters: Vec<Filter>,
) -> AnyView {
    let button = if label.is_some() { "Search" } else { "Show" };
    let columns = match filters.len() {
        _ if label.is_none() => "sm:grid-cols-[minmax(0,20rem)_max-content]",
        0 => "sm:grid-cols-[minmax(0,1fr)_auto]",
        1 => "sm:grid-cols-[minmax(0,1fr)_11rem_auto]",
        _ => "sm:grid-cols-2 lg:grid-cols-[minmax(0,1fr)_10rem_10rem_auto]",
    };
    let filters = filters.into_iter().map(|filter| view! { <Narrow filter/> }).collect_view();
    view! {
        <form method="get" action=action role="search" class=format!("grid grid-cols-1 items-end gap-3 {columns}")>
            {label.map(|label| view! {
                <div class="grid gap-1.5">
                    <label for="search" class="font-medium">{label}</label>
                    <input
                        id="search"
                        name="search"
                        type="search"
                        value=value
                        class=format!("{CONTROL} h-11")
                        autocomplete="off"
                        autocapitalize="none"
                        spellcheck="false"
                        enterkeyhint="search"
                        maxlength="100"
                    />
                </div>
            })}
            {filters}
            <Button label=button variant=Variant::Secondary width=Width::Full/>
        </form>
    }
    .into_any()
}

#[component]
fn Narrow(filter: Filter) -> AnyView {
    let Filter { name, label, options, value } = filter;
    let options = choices(options, &value);
    view! {
        <div class="grid min-w-0 grid-cols-1 gap-1.5">
            <label for=name class="font-medium">{label}</label>
            <div class="relative">
                <select id=name name=name class=format!("{CONTROL} h-11 appearance-none truncate pr-10")>{options}</select>
                <span class="pointer-events-none absolute inset-y-0 right-3 flex items-center text-muted"><Icon glyph=Glyph::CHEVRON_DOWN/></span>
            </div>
        </div>
    }
    .into_any()
}
