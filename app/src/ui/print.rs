use leptos::prelude::*;

use super::icon::{Glyph, Icon};

/// A button that prints the page. Without script there is none: the browser's own menu prints it, too.
#[component]
pub fn PrintButton() -> AnyView {
    view! {
        <Print>
            <button
                type="button"
                class="hidden min-h-9 items-center gap-2 rounded-control px-2.5 text-sm font-medium text-muted hover:bg-raised hover:text-text hydrated:inline-flex"
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
