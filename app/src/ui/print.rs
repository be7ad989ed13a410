use leptos::prelude::*;

use super::copy::TOOL;
use super::icon::{Glyph, Icon};

/// A link that saves what it holds as a file; it needs no script.
#[component]
pub fn SaveLink(
    /// A `data:` address.
    #[prop(into)]
    href: String,
    /// The file's name.
    name: &'static str,
    #[prop(into)] label: String,
) -> AnyView {
    view! {
        <a href=href download=name class=format!("inline-flex {TOOL}")>
            <Icon glyph=Glyph::DOWNLOAD/>
            {label}
        </a>
    }
    .into_any()
}

/// A button that prints the page. Without script there is none: the browser's own menu prints it, too.
#[component]
pub fn PrintButton() -> AnyView {
    view! {
        <Print>
            <button
                type="button"
                class=format!("hidden hydrated:inline-flex {TOOL}")
            >
                <Icon glyph=Glyph::PRINTER/>
                "Print"
            </button>
        </Print>
    }
    .into_any()
}

/// What happens when the button is pressed.
#[island]
pub fn Print(
    /// The button.
    children: Children,
) -> impl IntoView {
    // A refusal changes nothing: the page can be printed from the menu.
    let press = move |_: leptos::ev::MouseEvent| drop(window().print());
    view! {
        <div class="contents" on:click=press>
            {children()}
        </div>
    }
}
