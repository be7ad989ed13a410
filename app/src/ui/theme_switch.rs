use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::icon::{Glyph, Icon, IconSize};
use crate::theme::Theme;

/// Goes from the system's theme to light, to dark, and back. A form without script; with it, the page changes at once.
#[component]
pub fn ThemeSwitch(
    /// The reader's choice so far.
    theme: Theme,
    /// The path of this page, to come back to.
    next: String,
) -> AnyView {
    let label = label(theme);
    view! {
        <Switch>
            <form method="post" action="/theme">
                <input type="hidden" name="theme" value=theme.next().as_str()/>
                <input type="hidden" name="next" value=next/>
                <button
                    type="submit"
                    class="flex size-11 items-center justify-center rounded-control text-muted hover:bg-raised hover:text-text"
                    aria-label=label
                    title=label
                >
                    <span class="chosen-light:hidden chosen-dark:hidden"><Icon glyph=Glyph::MONITOR size=IconSize::Medium/></span>
                    <span class="hidden chosen-light:block"><Icon glyph=Glyph::SUN size=IconSize::Medium/></span>
                    <span class="hidden chosen-dark:block"><Icon glyph=Glyph::MOON size=IconSize::Medium/></span>
                </button>
            </form>
        </Switch>
    }
    .into_any()
}

fn label(theme: Theme) -> &'static str {
    match theme {
        Theme::System => "Theme: as your system. Change to light",
        Theme::Light => "Theme: light. Change to dark",
        Theme::Dark => "Theme: dark. Change to your system’s",
    }
}

/// Changes the theme at once, without loading the page again.
#[island]
pub fn Switch(
    /// The form.
    children: Children,
) -> impl IntoView {
    let submit = |event: leptos::ev::SubmitEvent| {
        let (Some(page), Some(form)) = (document().document_element(), event.target()) else { return };
        event.prevent_default();
        let chosen = Theme::parse(&page.get_attribute("data-theme").unwrap_or_default()).next();
        // Attributes of elements that are there, and the cookie, can be set.
        let _ = page.set_attribute("data-theme", chosen.as_str());
        let _ = js_sys::Reflect::set(&document(), &"cookie".into(), &chosen.cookie().into());
        if let Some(button) = form.dyn_into::<Element>().ok().and_then(|form| form.query_selector("button").ok()?) {
            let _ = button.set_attribute("aria-label", label(chosen));
            let _ = button.set_attribute("title", label(chosen));
        }
    };
    view! {
        <div class="contents" on:submit=submit>
            {children()}
        </div>
    }
}
