use leptos::prelude::*;

use super::icon::{Glyph, Icon};

/// Copies a text. Without script there is no button: the text stands beside it anyway.
#[island]
pub fn Copy(
    /// What is copied.
    text: String,
    /// What the text is ("Copy link").
    label: String,
) -> impl IntoView {
    let ready = RwSignal::new(false);
    let copied = RwSignal::new(false);
    Effect::new(move || ready.set(window().is_secure_context()));
    let press = move |_| {
        // A refusal leaves the text where it is, to be copied by hand.
        let _ = window().navigator().clipboard().write_text(&text);
        copied.set(true);
    };
    view! {
        <button
            type="button"
            class="inline-flex min-h-9 items-center gap-2 rounded-control px-2.5 text-sm font-medium text-muted hover:bg-raised hover:text-text"
            hidden=move || !ready.get()
            on:click=press
        >
            <Icon glyph=Glyph::COPY/>
            <span aria-live="polite">{move || if copied.get() { "Copied".to_owned() } else { label.clone() }}</span>
        </button>
    }
}
