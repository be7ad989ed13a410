//! The addresses of what a page loads. Their names contain a hash of their content, so only the server knows them.
//!
//! A page's shell emits, in `<head>`, with the response's CSP nonce (`script-src 'nonce-…' 'wasm-unsafe-eval'`, `connect-src 'self'`):
//!
//! ```html
//! <link rel="stylesheet" href="{css}">
//! <link rel="modulepreload" id="islands-js" href="{js}" nonce="…">
//! <link rel="preload" id="islands-wasm" href="{wasm}" as="fetch" type="application/wasm" crossorigin="anonymous">
//! <script type="module" src="{loader}" nonce="…"></script>
//! ```
//!
//! The loader finds the two links by their ids, hydrates every island and then sets `data-hydrated` on `<html>`.
//! The view must be rendered under an owner made with `SsrSharedContext::new_islands()`, or after
//! `Owner::current_shared_context()`'s `set_is_hydrating(false)`: only what is inside an island carries hydration keys.

/// The addresses of the style sheet and of the islands' code, absolute paths on this server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assets {
    /// The style sheet.
    pub css: String,
    /// The module that hydrates the islands.
    pub loader: String,
    /// What wasm-bindgen wrote; the loader imports it.
    pub js: String,
    /// The islands' code.
    pub wasm: String,
}
