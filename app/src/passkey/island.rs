use leptos::prelude::*;

use super::ask;
use crate::live;

/// Carries out the ceremony that the form's button names.
#[island]
pub fn PasskeyLive(
    /// The form.
    children: Children,
) -> impl IntoView {
    #[cfg(feature = "hydrate")]
    super::prepare();
    live::form(children, ask)
}
