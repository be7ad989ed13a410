use leptos::prelude::*;

/// Asks anew what to say of the session whenever somebody comes back to the page, and every five minutes.
#[island]
pub fn SessionWatch(
    /// What is said so far, in an element that knows where to ask.
    children: Children,
) -> impl IntoView {
    #[cfg(feature = "hydrate")]
    watch();
    children()
}

#[cfg(feature = "hydrate")]
fn watch() {
    fn look() {
        // A page that nobody looks at keeps no session alive.
        if document().hidden() {
            return;
        }
        leptos::task::spawn_local(async {
            // Who is offline hears of it elsewhere; there is a next time.
            let _ = ask().await;
        });
    }
    // Both last as long as the page.
    let _ = window_event_listener_untyped("visibilitychange", |_| look());
    let _ = set_interval_with_handle(look, std::time::Duration::from_secs(300));
}

#[cfg(feature = "hydrate")]
async fn ask() -> Option<()> {
    use wasm_bindgen::JsCast;

    let place = document().get_element_by_id("session")?;
    let asked = window().fetch_with_str(&place.get_attribute("data-ask")?);
    let answer: web_sys::Response = asked.await.ok()?.dyn_into().ok()?;
    if answer.ok() {
        let said = answer.text().ok()?.await.ok()?.as_string()?;
        // Nothing is read out twice.
        if place.inner_html() != said {
            place.set_inner_html(&said);
        }
    }
    Some(())
}
