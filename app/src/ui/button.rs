use leptos::prelude::*;

use super::icon::{Glyph, Icon, Spinner};

/// What a button is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Variant {
    /// The one thing to do on a page.
    #[default]
    Primary,
    /// Another thing to do.
    Secondary,
    /// What can't be undone.
    Danger,
    /// What should not draw the eye.
    Quiet,
}

/// How wide a button is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Width {
    /// As wide as its words.
    #[default]
    Words,
    /// As wide as the card.
    Full,
    /// As wide as the card on a phone, as its words elsewhere.
    FullOnPhones,
}

const BASE: &str = "group relative inline-flex min-h-11 items-center justify-center gap-2 rounded-control px-4 py-2 text-base font-medium select-none transition-[background-color,border-color,opacity] active:opacity-90 disabled:opacity-60 aria-busy:cursor-progress";

fn class(variant: Variant, width: Width) -> String {
    let look = match variant {
        Variant::Primary => {
            "bg-accent text-accent-text shadow-[inset_0_1px_0_rgb(255_255_255/0.14)] hover:bg-[color-mix(in_oklch,var(--accent),var(--text)_12%)]"
        }
        Variant::Secondary => "border border-control bg-surface text-text hover:bg-raised",
        Variant::Danger => "border border-danger bg-surface text-danger hover:bg-danger/10",
        Variant::Quiet => "text-muted hover:bg-raised hover:text-text",
    };
    let width = match width {
        Width::Words => "",
        Width::Full => "w-full",
        Width::FullOnPhones => "w-full sm:w-auto",
    };
    format!("{BASE} {look} {width}")
}

/// A button of a form. While it is busy (`aria-busy`, set by the form's island) it keeps its width and shows a wheel.
#[component]
pub fn Button(
    /// What it does, as a verb.
    #[prop(into)]
    label: String,
    #[prop(optional)] variant: Variant,
    #[prop(optional)] width: Width,
    #[prop(optional)] glyph: Option<Glyph>,
    /// For a form with several buttons: which one was pressed.
    #[prop(optional, into)]
    name: Option<String>,
    #[prop(optional, into)] value: Option<String>,
    /// The `id` of the form, for a button outside it.
    #[prop(optional, into)]
    form: Option<String>,
    /// Whether a press skips the browser's own checks (Back, Skip).
    #[prop(optional)]
    skips_checks: bool,
    /// What a screen reader says, where several buttons of a page bear the same label; begins with the label.
    #[prop(optional, into)]
    aria_label: Option<String>,
) -> AnyView {
    view! {
        <button
            type="submit"
            class=class(variant, width)
            name=name
            value=value
            form=form
            formnovalidate=skips_checks
            aria-label=aria_label
        >
            <span class="inline-flex items-center gap-2 group-aria-busy:opacity-0">
                {glyph.map(|glyph| view! { <Icon glyph/> })}
                {label}
            </span>
            <span class="absolute inset-0 hidden items-center justify-center group-aria-busy:flex">
                <Spinner/>
            </span>
        </button>
    }
    .into_any()
}

/// A link that looks like a button, for going somewhere.
#[component]
pub fn ButtonLink(
    #[prop(into)] href: String,
    #[prop(into)] label: String,
    #[prop(optional)] variant: Variant,
    #[prop(optional)] width: Width,
    #[prop(optional)] glyph: Option<Glyph>,
    /// Whether the browser saves what it gets (an export).
    #[prop(optional)]
    download: bool,
    /// As for a [`Button`].
    #[prop(optional, into)]
    aria_label: Option<String>,
) -> AnyView {
    view! {
        <a href=href class=class(variant, width) download=download aria-label=aria_label>
            {glyph.map(|glyph| view! { <Icon glyph/> })}
            {label}
        </a>
    }
    .into_any()
}

/// The classes of a link in running text.
pub const LINK: &str =
    "font-medium text-link underline decoration-link/40 underline-offset-[3px] hover:decoration-link";

/// A link in running text.
#[component]
pub fn Link(#[prop(into)] href: String, #[prop(into)] label: String) -> AnyView {
    view! { <a href=href class=LINK>{label}</a> }.into_any()
}
