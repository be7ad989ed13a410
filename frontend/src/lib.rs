//! The WASM entry. The islands register themselves when `app` is linked in; `frontend/islands.js` calls them one by one.

// Linked for its islands' exports, though nothing here names them.
use app as _;
use wasm_bindgen::prelude::wasm_bindgen;

/// Prepares the page for its islands; the loader calls it once, before the first island.
#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
