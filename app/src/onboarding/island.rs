use leptos::prelude::*;

use super::server::answer_step;
use super::{GO, STEP};
use crate::live;

/// Sends a step in place.
#[island]
pub(crate) fn StepLive(
    /// The form.
    children: Children,
) -> impl IntoView {
    live::form(children, |typed| {
        let mut pairs = typed.pairs();
        pairs.push((GO.to_owned(), typed.pressed().to_owned()));
        Box::pin(answer_step(typed.text(STEP), pairs))
    })
}
