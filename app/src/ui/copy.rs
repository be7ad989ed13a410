use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::icon::{Glyph, Icon};

/// The classes of a small tool beside what it is for.
pub(super) const TOOL: &str = "min-h-11 sm:min-h-9 items-center gap-2 rounded-control px-2.5 text-sm font-medium text-muted hover:bg-raised hover:text-text";

/// A button that copies a text. Without script there is none: the text stands beside it anyway.
#[component]
pub fn CopyButton(
    /// What is copied.
    #[prop(into)]
    text: String,
    /// What the text is ("Copy link").
    #[prop(into)]
    label: String,
) -> AnyView {
    view! {
        <Copy text>
            <button
                type="button"
                class=format!("hidden hydrated:inline-flex {TOOL}")
            >
                <Icon glyph=Glyph::COPY/>
                <span aria-live="polite">{label}</span>
            </button>
        </Copy>
    }
    .into_any()
}

/// What happens when the button is pressed.
#[island]
pub fn Copy(
    /// What is copied.
    text: String,
    /// The button.
    children: Children,
) -> impl IntoView {
    let press = move |event: leptos::ev::MouseEvent| {
        // A refusal leaves the text where it is, to be copied by hand.
        let _ = window().navigator().clipboard().write_text(&text);
        let pressed = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let button = pressed.and_then(|element| element.closest("button").ok()?);
        if let Some(words) = button.and_then(|button| button.query_selector("[aria-live]").ok()?) {
            words.set_text_content(Some("Copied"));
        }
    };
    view! {
        <div class="contents" on:click=press>
            {children()}
        </div>
    }
}
