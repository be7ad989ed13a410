use leptos::prelude::*;

use super::icon::{Glyph, Icon, IconSize};

/// What a message means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Good to know.
    #[default]
    Info,
    /// Done.
    Success,
    /// Mind this.
    Warning,
    /// Refused or failed.
    Danger,
}

impl Tone {
    fn look(self) -> (&'static str, Glyph) {
        match self {
            Self::Info => ("border-link/30 bg-link/8 [&>svg]:text-link", Glyph::INFO),
            Self::Success => ("border-success/30 bg-success/8 [&>svg]:text-success", Glyph::CIRCLE_CHECK),
            Self::Warning => ("border-warning/30 bg-warning/8 [&>svg]:text-warning", Glyph::TRIANGLE_ALERT),
            Self::Danger => ("border-danger/30 bg-danger/8 [&>svg]:text-danger", Glyph::CIRCLE_ALERT),
        }
    }
}

/// A message in the page. [`Tone::Danger`] is read out at once (`role="alert"`), the others in turn (`role="status"`).
#[component]
pub fn Alert(#[prop(optional)] tone: Tone, children: Children) -> AnyView {
    let (look, glyph) = tone.look();
    let role = if tone == Tone::Danger { "alert" } else { "status" };
    view! {
        <div role=role class=format!("flex items-start gap-2.5 rounded-control border px-3.5 py-2.5 [&>svg]:mt-0.5 {look}")>
            <Icon glyph size=IconSize::Medium/>
            <div class="min-w-0 flex-1">{children()}</div>
        </div>
    }
    .into_any()
}

/// The place under a form's button where it says what is wrong with the whole form; its room is kept.
#[component]
pub fn FormMessage(problems: super::Problems) -> AnyView {
    view! {
        <p
            role="alert"
            class="flex min-h-5 items-start justify-center gap-1.5 text-sm text-danger [&>svg]:mt-0.5 has-[span:empty]:[&>svg]:hidden"
        >
            <Icon glyph=Glyph::CIRCLE_ALERT/>
            <span data-error="">{problems.rest()}</span>
        </p>
    }
    .into_any()
}

/// Where a list would be: what belongs here and how to begin.
#[component]
pub fn Empty(
    glyph: Glyph,
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    #[prop(optional)] children: Option<Children>,
) -> AnyView {
    view! {
        <div class="grid justify-items-center gap-2 px-4 py-10 text-center">
            <span class="text-muted"><Icon glyph size=IconSize::Large/></span>
            <p class="font-medium">{title}</p>
            <p class="max-w-prose text-muted">{text}</p>
            {children.map(|children| view! { <div class="mt-2">{children()}</div> })}
        </div>
    }
    .into_any()
}
