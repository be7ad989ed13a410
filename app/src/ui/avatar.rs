use leptos::prelude::*;

use super::icon::{Glyph, Icon};

/// How large a picture of a person is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AvatarSize {
    /// 36 px, in the header.
    #[default]
    Small,
    /// 72 px, on the profile.
    Large,
}

/// A person's picture, or the initials. It stands beside the name, so it says nothing to a screen reader.
#[component]
pub fn Avatar(
    #[prop(into)] image: Option<String>,
    /// One or two letters; a figure is drawn where there are none.
    #[prop(into)]
    initials: String,
    #[prop(optional)] size: AvatarSize,
) -> AnyView {
    let (class, pixels) = match size {
        AvatarSize::Small => ("size-9 text-sm", "36"),
        AvatarSize::Large => ("size-18 text-xl", "72"),
    };
    match image {
        Some(image) => view! { <img src=image alt="" width=pixels height=pixels class=format!("{class} rounded-full bg-raised object-cover")/> }.into_any(),
        None if initials.is_empty() => {
            view! { <span class=format!("{class} flex items-center justify-center rounded-full bg-raised text-muted") aria-hidden="true"><Icon glyph=Glyph::USER/></span> }.into_any()
        }
        // Drawn by the style sheet: the letters are a picture, not words.
        None => view! {
            <span
                class=format!("{class} flex items-center justify-center rounded-full bg-link/12 font-bold text-link before:content-[attr(data-initials)]")
                data-initials=initials
                aria-hidden="true"
            ></span>
        }
        .into_any(),
    }
}
