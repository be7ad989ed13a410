use leptos::prelude::*;

use super::icon::{Glyph, Icon};

/// Shows and hides the password in the field with this `id`. Without script there is no button.
#[island]
pub fn Reveal(
    /// The field's `id`.
    of: String,
) -> impl IntoView {
    let ready = RwSignal::new(false);
    let shown = RwSignal::new(false);
    Effect::new(move || ready.set(true));
    let controls = of.clone();
    let press = move |_| {
        shown.update(|shown| *shown = !*shown);
        if let Some(field) = document().get_element_by_id(&of) {
            // The attribute of an element that is there can be set.
            let _ = field.set_attribute("type", if shown.get_untracked() { "text" } else { "password" });
        }
    };
    view! {
        <button
            type="button"
            class="absolute inset-y-0 right-0 flex w-11 items-center justify-center rounded-control text-muted hover:text-text"
            hidden=move || !ready.get()
            aria-controls=controls
            aria-pressed=move || if shown.get() { "true" } else { "false" }
            aria-label="Show password"
            on:click=press
        >
            <span hidden=move || shown.get()><Icon glyph=Glyph::EYE/></span>
            <span hidden=move || !shown.get()><Icon glyph=Glyph::EYE_OFF/></span>
        </button>
    }
}
