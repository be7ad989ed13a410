use axum::http::StatusCode;
use axum::response::Response;
use domain::organization::{self, Tally};
use leptos::prelude::*;
use model::{HeldState, HeldView, TeamView, Timestamp};

use super::SWITCH;
use crate::organization::{Here, Inside};
use crate::ui::{Badge, Button, Fact, Facts, Glyph, Icon, IconSize, Section, Time, Variant, Width};
use crate::words;

/// `/organizations/{slug}`.
pub(super) async fn show(inside: Inside) -> Response {
    let told = async {
        let tally = organization::tally(inside.cx(), &inside.access).await?;
        Ok((tally, organization::standing(inside.cx(), &inside.access).await?))
    };
    let (tally, (held, teams)) = match told.await {
        Ok(told) => told,
        Err(error) => return inside.trouble(error),
    };
    let other = elsewhere(&inside);
    let (id, steps, tiles) =
        (inside.access.organization.id.to_string(), steps(&inside, &tally), tiles(&inside, &tally));
    let now = inside.member.now();
    inside.page(Here::Overview, StatusCode::OK, move || {
        view! {
            {other.map(|words| view! { <WorkHere words id/> })}
            {(!steps.is_empty()).then(|| view! { <FirstSteps steps/> })}
            <Section title="You here">
                <Standing held teams now/>
            </Section>
            <Tiles tiles/>
        }
    })
}

/// Where the session works, if that isn't here.
fn elsewhere(inside: &Inside) -> Option<String> {
    let active = inside.member.current.session.active_organization_id.as_ref();
    if active == Some(&inside.access.organization.id) {
        return None;
    }
    let other = inside.member.organizations.iter().find(|one| active == Some(&one.id));
    Some(other.map_or_else(
        || "You don’t work here at the moment.".to_owned(),
        |other| format!("You work in {} at the moment.", other.name),
    ))
}

#[component]
fn WorkHere(words: String, id: String) -> AnyView {
    view! {
        <section class="flex flex-col gap-3 rounded-card border border-link/30 bg-link/8 p-4 sm:flex-row sm:items-center sm:px-5">
            <p class="min-w-0 flex-1 wrap-anywhere">{words}" Work here, and apps show you what belongs to this organization."</p>
            <form method="post" action=SWITCH class="shrink-0">
                <input type="hidden" name="organization" value=id/>
                <Button label="Work here" variant=Variant::Secondary width=Width::FullOnPhones/>
            </form>
        </section>
    }
    .into_any()
}

/// One thing to begin with.
struct Step {
    href: String,
    glyph: Glyph,
    title: &'static str,
    text: &'static str,
    done: bool,
}

/// What to do first, for whoever is alone here and may do something about it.
fn steps(inside: &Inside, tally: &Tally) -> Vec<Step> {
    if tally.members > 1 {
        return Vec::new();
    }
    let invite = tally.invitations.map(|open| Step {
        href: inside.path("/invitations").to_string(),
        glyph: Glyph::USER_PLUS,
        title: "Invite people",
        text: "By mail, or with a link that works once.",
        done: open > 0,
    });
    let first = u64::from(inside.cx().settings.organization.first_team);
    let team = inside.access.may("team:create").then(|| Step {
        href: inside.path("/teams").to_string(),
        glyph: Glyph::NETWORK,
        title: "Make a team",
        text: "A group within it, with roles that count only there.",
        done: tally.teams > first,
    });
    invite.into_iter().chain(team).collect()
}

#[component]
fn FirstSteps(steps: Vec<Step>) -> AnyView {
    let rows = steps
        .into_iter()
        .map(|Step { href, glyph, title, text, done }| {
            let (look, glyph) = if done { ("text-success", Glyph::CIRCLE_CHECK) } else { ("text-link", glyph) };
            view! {
                <li>
                    <a href=href class="group flex items-center gap-3.5 p-4 hover:bg-raised">
                        <span class=look><Icon glyph size=IconSize::Medium/></span>
                        <span class="min-w-0 flex-1">
                            <span class="block font-medium">{title}{done.then(|| view! { <span class="sr-only">" (done)"</span> })}</span>
                            <span class="text-muted">{text}</span>
                        </span>
                        <span class="text-muted transition-transform group-hover:translate-x-0.5"><Icon glyph=Glyph::CHEVRON_RIGHT/></span>
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <Section title="First steps" lead="You are alone here so far.">
            <ul class="divide-y divide-border overflow-hidden rounded-control border border-border">{rows}</ul>
        </Section>
    }
    .into_any()
}

/// How much there is of something, and where.
struct Tile {
    href: String,
    count: u64,
    words: &'static str,
}

fn tiles(inside: &Inside, tally: &Tally) -> Vec<Tile> {
    let tile = |rest: &str, count, one, many| Tile {
        href: inside.path(rest).to_string(),
        count,
        words: if count == 1 { one } else { many },
    };
    let mut tiles =
        vec![tile("/members", tally.members, "member", "members"), tile("/teams", tally.teams, "team", "teams")];
    tiles.extend(tally.invitations.map(|open| tile("/invitations", open, "open invitation", "open invitations")));
    tiles
}

#[component]
fn Tiles(tiles: Vec<Tile>) -> AnyView {
    let tiles = tiles
        .into_iter()
        .map(|Tile { href, count, words }| view! {
            <li>
                <a href=href class="grid h-full content-start gap-0.5 rounded-card border border-border bg-surface p-4 shadow-card transition-[border-color] hover:border-control max-sm:px-3 sm:p-5">
                    <span class="text-2xl font-bold tracking-tight tabular-nums">{count}</span>
                    <span class="text-muted max-sm:text-sm">{words}</span>
                </a>
            </li>
        })
        .collect_view();
    view! { <ul aria-label="What there is" class="grid grid-cols-3 gap-2 sm:gap-3">{tiles}</ul> }.into_any()
}

/// The member's roles, for good, for a time and for one thing; and their teams, with the roles within.
#[component]
fn Standing(held: Vec<HeldView>, teams: Vec<TeamView>, now: Timestamp) -> AnyView {
    let is_plain = |one: &HeldView| one.resource.is_none() && one.starts_at.is_none() && one.ends_at.is_none();
    let (within, everywhere): (Vec<_>, Vec<_>) = held.into_iter().partition(|one| one.team_id.is_some());
    let (lasting, more): (Vec<_>, Vec<_>) = everywhere.into_iter().partition(is_plain);
    let mut roles: Vec<_> = lasting.into_iter().map(|one| one.role).collect();
    roles.dedup();
    let badges = roles.iter().map(|role| view! { <Badge label=words::capitalized(role) quiet=true/> }).collect_view();
    let more: Vec<_> = more.into_iter().map(|one| view! { <Borrowed one now/> }).collect();
    let in_teams: Vec<_> = teams
        .into_iter()
        .map(|team| {
            let counts = |one: &&HeldView| one.team_id.as_ref() == Some(&team.id) && one.state == HeldState::Now;
            let roles: Vec<_> = within.iter().filter(counts).map(|one| words::capitalized(&one.role)).collect();
            let roles = (!roles.is_empty()).then(|| view! { <span class="text-muted">" – "{roles.join(", ")}</span> });
            view! { <li class="wrap-anywhere">{team.name}{roles}</li> }
        })
        .collect();
    let teams = if in_teams.is_empty() {
        view! { <span class="text-muted">"None"</span> }.into_any()
    } else {
        view! { <ul class="grid gap-1">{in_teams}</ul> }.into_any()
    };
    view! {
        <div class="-my-3">
            <Facts>
                <Fact term="Your roles"><span class="flex flex-wrap gap-1.5">{badges}</span></Fact>
                {(!more.is_empty()).then(|| view! { <Fact term="Besides"><ul class="grid gap-1">{more}</ul></Fact> })}
                <Fact term="Your teams">{teams}</Fact>
            </Facts>
        </div>
    }
    .into_any()
}

/// A role for a time, or for one thing.
#[component]
fn Borrowed(one: HeldView, now: Timestamp) -> AnyView {
    let thing = one.resource.map(|(kind, id)| format!(" for {kind} {id}"));
    let begins = one.starts_at.filter(|_| one.state == HeldState::Future);
    view! {
        <li class="wrap-anywhere">
            {words::capitalized(&one.role)}{thing}
            <span class="text-muted">
                {begins.map(|at| view! { ", begins "<Time at now/> })}
                {one.ends_at.map(|at| view! { ", ends "<Time at now/> })}
            </span>
        </li>
    }
    .into_any()
}
