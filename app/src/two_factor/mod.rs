//! The second factor: asked for after the first one, set up in the settings.

#[cfg(feature = "ssr")]
pub mod api;

/// The page that asks for the second factor, and leads on to `target` (a path of this site, or a trusted address) then.
#[cfg(feature = "ssr")]
pub fn page_for(target: Option<&str>) -> String {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    match target {
        Some(target) => format!("/two-factor?next={}", utf8_percent_encode(target, NON_ALPHANUMERIC)),
        None => "/two-factor".to_owned(),
    }
}
