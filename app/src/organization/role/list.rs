use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::Response;
use domain::organization::role;
use leptos::prelude::*;
use model::RoleView;

use super::picture::Picture;
use super::tree::Node;
use super::{Patterns, page_of, people};
use crate::organization::{Here, Inside};
use crate::ui::{ButtonLink, Empty, Glyph, Icon, IconSize, Section, Width};
use crate::words::capitalized;

/// How many permissions of a role the list shows.
const SHOWN: usize = 6;

/// One role of the list.
struct Line {
    role: RoleView,
    href: String,
    holders: u64,
}

/// `/organizations/{slug}/roles`.
pub(super) async fn page(inside: Inside) -> Response {
    let loaded = async {
        let roles = role::list(inside.cx(), &inside.access).await?;
        domain::Result::Ok((roles, role::counts(inside.cx(), &inside.access).await?))
    };
    let (roles, counts) = match loaded.await {
        Ok(loaded) => loaded,
        Err(error) => return inside.trouble(error),
    };
    let nodes = roles.iter().map(|role| Node::of(role, page_of(&inside, role).to_string())).collect();
    let (own, everywhere): (Vec<_>, Vec<_>) =
        roles.into_iter().map(|role| line(&inside, role, &counts)).partition(|line| line.role.id.is_some());
    let new = inside.access.may("ac:create").then(|| inside.path("/roles/new").to_string());
    inside.page(Here::Roles, StatusCode::OK, move || {
        let has_own = !own.is_empty();
        let button = new.clone().map(|href| view! { <ButtonLink href label="New role" glyph=Glyph::PLUS width=Width::FullOnPhones/> });
        let own = own.into_iter().map(|line| view! { <Line line/> }).collect_view();
        let everywhere = everywhere.into_iter().map(|line| view! { <Line line/> }).collect_view();
        let can_make = new.is_some();
        view! {
            <Section title="Your own roles" lead="Only this organization has them.">
                {if has_own {
                    view! {
                        <ul aria-label="Your own roles" class="divide-y divide-border rounded-control border border-border">{own}</ul>
                        <div>{button}</div>
                    }.into_any()
                } else {
                    let text = if can_make { "The roles below do for most. Make one where they give too much or too little." } else { "Nobody has made any." };
                    view! { <Empty glyph=Glyph::ID_CARD title="No roles of your own" text=text><div>{button}</div></Empty> }.into_any()
                }}
            </Section>
            <Section title="Everywhere" lead="These come with this site. They are the same in every organization, and can’t be changed here.">
                <ul aria-label="Everywhere" class="divide-y divide-border rounded-control border border-border">{everywhere}</ul>
            </Section>
            <Picture nodes/>
        }
    })
}

fn line(inside: &Inside, role: RoleView, counts: &BTreeMap<String, u64>) -> Line {
    let holders = counts.get(&role.name).copied().unwrap_or_default();
    Line { href: page_of(inside, &role).to_string(), role, holders }
}

#[component]
fn Line(line: Line) -> AnyView {
    let Line { role: RoleView { name, patterns, inherits, .. }, href, holders } = line;
    let inherits =
        (!inherits.is_empty()).then(|| inherits.iter().map(|one| capitalized(one)).collect::<Vec<_>>().join(" and "));
    let nothing = patterns.is_empty() && inherits.is_none();
    view! {
        <li class="relative flex items-start gap-3 p-4 first:rounded-t-control last:rounded-b-control hover:bg-raised">
            <div class="grid min-w-0 flex-1 gap-1.5">
                <p class="flex flex-wrap items-baseline justify-between gap-x-4">
                    <a href=href class="min-w-0 rounded-control font-medium wrap-anywhere after:absolute after:inset-0 after:rounded-control">{capitalized(&name)}</a>
                    <span class="text-sm text-muted">{people(holders)}</span>
                </p>
                <Patterns patterns most=SHOWN/>
                {inherits.map(|inherits| view! { <p class="text-sm text-muted wrap-anywhere">"and what "{inherits}" may do"</p> })}
                {nothing.then(|| view! { <p class="text-sm text-muted">"It gives nothing yet."</p> })}
            </div>
            <span class="mt-0.5 text-muted"><Icon glyph=Glyph::CHEVRON_RIGHT size=IconSize::Medium/></span>
        </li>
    }
    .into_any()
}
