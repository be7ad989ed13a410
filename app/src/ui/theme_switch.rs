use leptos::prelude::*;

use super::icon::{Glyph, Icon, IconSize};
use crate::theme::Theme;

/// Goes from the system's theme to light, to dark, and back. A form without script; with it, the page changes at once.
#[island]
pub fn ThemeSwitch(
    /// The reader's choice so far.
    theme: Theme,
    /// The path of this page, to come back to.
    next: String,
) -> impl IntoView {
    let theme = RwSignal::new(theme);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let chosen = theme.get_untracked().next();
        theme.set(chosen);
        // Both can't fail on a document that is there.
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-theme", chosen.as_str());
        }
        let _ = js_sys::Reflect::set(&document(), &"cookie".into(), &chosen.cookie().into());
    };
    let label = move || match theme.get() {
        Theme::System => "Theme: as your system. Change to light",
        Theme::Light => "Theme: light. Change to dark",
        Theme::Dark => "Theme: dark. Change to your system’s",
    };
    view! {
        <form method="post" action="/theme" on:submit=submit>
            <input type="hidden" name="theme" value=move || theme.get().next().as_str()/>
            <input type="hidden" name="next" value=next/>
            <button
                type="submit"
                class="flex size-11 items-center justify-center rounded-control text-muted hover:bg-raised hover:text-text"
                aria-label=label
                title=label
            >
                <span hidden=move || theme.get() != Theme::System><Icon glyph=Glyph::MONITOR size=IconSize::Medium/></span>
                <span hidden=move || theme.get() != Theme::Light><Icon glyph=Glyph::SUN size=IconSize::Medium/></span>
                <span hidden=move || theme.get() != Theme::Dark><Icon glyph=Glyph::MOON size=IconSize::Medium/></span>
            </button>
        </form>
    }
}
