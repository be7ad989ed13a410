use std::cell::RefCell;

use leptos::prelude::*;
use model::Slug;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

/// While a name is typed into the form's field `name`, the field `slug` follows it, until somebody types there.
#[island]
pub fn SuggestSlug(
    /// The form.
    children: Children,
) -> impl IntoView {
    let suggested = RefCell::new(String::new());
    let follow = move |event: leptos::ev::Event| {
        let typed = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let Some(name) = typed.filter(|input| input.name() == "name") else { return };
        let slug = name.form().and_then(|form| form.query_selector("[name=slug]").ok()?);
        let Some(slug) = slug.and_then(|slug| slug.dyn_into::<HtmlInputElement>().ok()) else { return };
        let mut suggested = suggested.borrow_mut();
        if slug.value().is_empty() || slug.value() == *suggested {
            *suggested = Slug::suggest(&decomposed(&name.value())).map(|slug| slug.to_string()).unwrap_or_default();
            slug.set_value(&suggested);
        }
    };
    view! {
        <div class="contents" on:input=follow>
            {children()}
        </div>
    }
}

/// By the browser, whose tables needn't be brought along.
fn decomposed(name: &str) -> String {
    js_sys::JsString::from(name).normalize("NFKD").into()
}
