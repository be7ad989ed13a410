use leptos::prelude::*;

use super::icon::{Glyph, Icon};

/// How large a picture of a person or an organization is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AvatarSize {
    /// 24 px, in a menu.
    Tiny,
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
    picture(image, initials, size, "rounded-full", Glyph::USER)
}

/// An organization's picture, or its initials: as an [`Avatar`], but a square, so that nobody takes it for a person.
#[component]
pub fn Logo(
    #[prop(into)] image: Option<String>,
    /// What the organization is called.
    name: String,
    #[prop(optional)] size: AvatarSize,
) -> AnyView {
    picture(image, model::initials(&name), size, "rounded-control", Glyph::BUILDING_2)
}

fn picture(image: Option<String>, initials: String, size: AvatarSize, shape: &'static str, instead: Glyph) -> AnyView {
    let (class, pixels) = match size {
        AvatarSize::Tiny => ("size-6 text-[0.625rem]", "24"),
        AvatarSize::Small => ("size-9 text-sm", "36"),
        AvatarSize::Large => ("size-18 text-xl", "72"),
    };
    match image {
        Some(image) => view! { <img src=image alt="" width=pixels height=pixels class=format!("{class} {shape} shrink-0 bg-raised object-cover")/> }.into_any(),
        None if initials.is_empty() => {
            view! { <span class=format!("{class} {shape} flex shrink-0 items-center justify-center bg-raised text-muted") aria-hidden="true"><Icon glyph=instead/></span> }.into_any()
        }
        // Drawn by the style sheet: the letters are a picture, not words.
        None => view! {
            <span
                class=format!("{class} {shape} flex shrink-0 items-center justify-center bg-link/12 font-bold text-link before:content-[attr(data-initials)]")
                data-initials=initials
                aria-hidden="true"
            ></span>
        }
        .into_any(),
    }
}
