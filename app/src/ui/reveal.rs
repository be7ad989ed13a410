use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

/// Shows and hides the password in the field next to it. Without script there is no button.
#[island]
pub fn Reveal(
    /// The button.
    children: Children,
) -> impl IntoView {
    let press = |event: leptos::ev::MouseEvent| {
        let pressed = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let Some(button) = pressed.and_then(|element| element.closest("button").ok()?) else { return };
        let field = button.get_attribute("aria-controls").and_then(|id| document().get_element_by_id(&id));
        let Some(field) = field else { return };
        let shown = field.get_attribute("type").as_deref() == Some("text");
        // Attributes of elements that are there can be set.
        let _ = field.set_attribute("type", if shown { "password" } else { "text" });
        let _ = button.set_attribute("aria-pressed", if shown { "false" } else { "true" });
    };
    view! {
        <div class="contents" on:click=press>
            {children()}
        </div>
    }
}
