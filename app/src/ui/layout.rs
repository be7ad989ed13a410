use leptos::prelude::*;

use super::icon::{Glyph, Icon, IconSize};

/// The card of a page with one task: at most 400 px wide, with its heading.
#[component]
pub fn AuthCard(
    #[prop(into)] title: String,
    /// One sentence under the heading.
    #[prop(optional, into)]
    lead: Option<String>,
    /// Above the heading, where the page says that something happened.
    #[prop(optional)]
    glyph: Option<Glyph>,
    children: Children,
) -> AnyView {
    view! {
        <section class="mx-auto grid w-full max-w-card grid-cols-1 gap-6 rounded-card border border-border bg-surface p-6 shadow-card sm:p-8">
            <header class="grid grid-cols-1 gap-1.5">
                {glyph.map(|glyph| view! {
                    <span class="mb-2 flex size-11 items-center justify-center rounded-full bg-link/10 text-link"><Icon glyph size=IconSize::Medium/></span>
                })}
                <h1 class="text-xl font-bold tracking-tight text-balance wrap-anywhere">{title}</h1>
                {lead.map(|lead| view! { <p class="text-muted text-pretty">{lead}</p> })}
            </header>
            {children()}
        </section>
    }
    .into_any()
}

/// A hairline with "or" in it, between the first way and the others.
#[component]
pub fn Or() -> AnyView {
    view! {
        <div class="flex items-center gap-3 text-sm text-muted" role="presentation">
            <span class="h-px flex-1 bg-border"></span>
            "or"
            <span class="h-px flex-1 bg-border"></span>
        </div>
    }
    .into_any()
}

/// The heading of a wide page.
#[component]
pub fn PageHeading(#[prop(into)] title: String, #[prop(optional, into)] lead: Option<String>) -> AnyView {
    view! {
        <header class="grid grid-cols-1 gap-1">
            <h1 class="text-2xl font-bold tracking-tight text-balance wrap-anywhere">{title}</h1>
            {lead.map(|lead| view! { <p class="max-w-prose text-muted">{lead}</p> })}
        </header>
    }
    .into_any()
}

/// Leads back from a page about one thing to the list that it is in.
#[component]
pub fn BackLink(#[prop(into)] href: String, #[prop(into)] label: String) -> AnyView {
    view! {
        <a href=href class="inline-flex min-h-11 w-fit items-center gap-1.5 rounded-control text-muted hover:text-text sm:min-h-9">
            <Icon glyph=Glyph::ARROW_LEFT/>
            {label}
        </a>
    }
    .into_any()
}

/// A section of the settings: title, one sentence, the control. `danger` is for the last one, with the acts that can't be undone.
#[component]
pub fn Section(
    #[prop(into)] title: String,
    #[prop(optional, into)] lead: Option<String>,
    /// The `id` to link to.
    #[prop(optional, into)]
    id: Option<String>,
    #[prop(optional)] danger: bool,
    children: Children,
) -> AnyView {
    let border = if danger { "border-danger/40" } else { "border-border" };
    view! {
        <section id=id class=format!("grid grid-cols-1 gap-5 rounded-card border bg-surface p-5 shadow-card sm:p-6 {border}")>
            <header class="grid grid-cols-1 gap-1">
                <h2 class="text-lg font-bold">{title}</h2>
                {lead.map(|lead| view! { <p class="max-w-prose text-muted">{lead}</p> })}
            </header>
            {children()}
        </section>
    }
    .into_any()
}

/// One place that a [`SideNav`] leads to.
#[derive(Clone, Debug)]
pub struct Place {
    /// Where.
    pub href: String,
    /// Its name.
    pub label: &'static str,
    /// Its picture.
    pub glyph: Glyph,
}

/// The places of a part of the product: a list at the side on wide screens, one that opens like a select on phones.
#[component]
pub fn SideNav(
    /// What the places are of ("Settings").
    #[prop(into)]
    name: String,
    places: Vec<Place>,
    /// The `href` of the page that is shown.
    #[prop(into)]
    current: String,
) -> AnyView {
    let here = places.iter().find(|place| place.href == current).cloned();
    let list = |places: Vec<Place>, current: &str| {
        places
            .into_iter()
            .map(|place| {
                let is_here = place.href == current;
                let look = if is_here { "bg-raised font-medium text-text" } else { "text-muted hover:bg-raised hover:text-text" };
                view! {
                    <li>
                        <a href=place.href class=format!("flex min-h-11 items-center gap-2.5 rounded-control px-3 md:min-h-9 {look}") aria-current=is_here.then_some("page")>
                            <Icon glyph=place.glyph/>
                            {place.label}
                        </a>
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <nav aria-label=name>
            <details class="group relative md:hidden">
                <summary class="flex min-h-11 items-center gap-2.5 rounded-control border border-control bg-surface px-3 font-medium">
                    {here.map(|place| view! { <Icon glyph=place.glyph/>{place.label} })}
                    <span class="ml-auto text-muted transition-transform group-open:rotate-180"><Icon glyph=Glyph::CHEVRON_DOWN/></span>
                </summary>
                <ul class="absolute inset-x-0 z-10 mt-1 rounded-control border border-border bg-surface p-1 shadow-card">{list(places.clone(), &current)}</ul>
            </details>
            <ul class="hidden gap-0.5 md:grid">{list(places, &current)}</ul>
        </nav>
    }
    .into_any()
}

/// A page of a part of the product: its places at the side (above, on phones), its content beside them.
#[component]
pub fn BesideNav(
    #[prop(into)] name: String,
    places: Vec<Place>,
    #[prop(into)] current: String,
    children: Children,
) -> AnyView {
    view! {
        <div class="grid grid-cols-1 gap-6 md:grid-cols-[13rem_minmax(0,1fr)] md:gap-10">
            <SideNav name places current/>
            <div class="grid grid-cols-1 content-start gap-6">{children()}</div>
        </div>
    }
    .into_any()
}

/// How far somebody is, named: "Hardware, 3 of 4".
#[component]
pub fn Progress(
    /// The name of this step.
    #[prop(into)]
    name: String,
    /// Its number, from 1.
    step: usize,
    of: usize,
) -> AnyView {
    let words = format!("{name}, {step} of {of}");
    view! {
        <div class="grid gap-2">
            <p class="text-sm text-muted" id="progress-name">{words.clone()}</p>
            <div
                class="flex gap-1.5"
                role="progressbar"
                aria-labelledby="progress-name"
                aria-valuemin="0"
                aria-valuemax=of.to_string()
                aria-valuenow=step.to_string()
                aria-valuetext=words
            >
                {(1..=of)
                    .map(|n| view! { <span class=if n <= step { "h-1.5 flex-1 rounded-full bg-accent" } else { "h-1.5 flex-1 rounded-full bg-border" }></span> })
                    .collect_view()}
            </div>
        </div>
    }
    .into_any()
}

/// A list of things that would be a table: each is a row on wide screens and a card on phones.
#[component]
pub fn Rows(
    /// What the rows are ("Your sessions").
    #[prop(into)]
    name: String,
    children: Children,
) -> AnyView {
    view! { <ul aria-label=name class="divide-y divide-border rounded-control border border-border">{children()}</ul> }
        .into_any()
}

/// One thing of a [`Rows`]: a picture, its title, details under it, and what can be done with it.
#[component]
pub fn Row(
    glyph: Glyph,
    #[prop(into)] title: String,
    /// A word that marks it ("This device").
    #[prop(optional, into)]
    badge: Option<String>,
    /// Whether that word says that something isn't so.
    #[prop(optional)]
    quiet: bool,
    /// A form or a link at the end.
    #[prop(optional)]
    action: Option<AnyView>,
    /// The details.
    children: Children,
) -> AnyView {
    view! {
        <li class="flex flex-col gap-3 p-4 sm:flex-row sm:items-center">
            <div class="flex min-w-0 flex-1 items-start gap-3">
                <span class="mt-0.5 text-muted"><Icon glyph size=IconSize::Medium/></span>
                <div class="min-w-0">
                    <p class="flex flex-wrap items-center gap-x-2 font-medium wrap-anywhere">{title}{badge.map(|badge| view! { <Badge label=badge quiet/> })}</p>
                    <div class="text-sm text-muted">{children()}</div>
                </div>
            </div>
            {action.map(|action| view! { <div class="shrink-0 [&_button]:w-full sm:[&_button]:w-auto">{action}</div> })}
        </li>
    }
    .into_any()
}

/// A word that marks something; a `quiet` one that something isn't there.
#[component]
pub fn Badge(#[prop(into)] label: String, #[prop(optional)] quiet: bool) -> AnyView {
    let look = if quiet { "border-border bg-raised text-muted" } else { "border-success/40 bg-success/8 text-success" };
    view! { <span class=format!("inline-block max-w-full truncate rounded-full border px-2 text-sm font-medium {look}")>{label}</span> }.into_any()
}

/// Term and value pairs, as in a summary.
#[component]
pub fn Facts(children: Children) -> AnyView {
    view! { <dl class="divide-y divide-border">{children()}</dl> }.into_any()
}

/// One pair of a [`Facts`].
#[component]
pub fn Fact(#[prop(into)] term: String, #[prop(optional)] action: Option<AnyView>, children: Children) -> AnyView {
    view! {
        <div class="flex flex-wrap items-baseline gap-x-4 gap-y-1 py-3">
            <dt class="w-full text-sm text-muted sm:w-44">{term}</dt>
            <dd class="flex min-w-0 flex-1 flex-wrap items-baseline gap-x-4 gap-y-1">
                <div class="min-w-0 flex-1">{children()}</div>
                {action}
            </dd>
        </div>
    }
    .into_any()
}
