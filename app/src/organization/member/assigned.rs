//! Roles that somebody was given for a time, in a team or for one thing.

use domain::organization::member::Assigned;
use leptos::prelude::*;
use model::Timestamp;

use super::assign::AssignForm;
use super::page::{Again, Told};
use super::path;
use crate::organization::{Inside, role_boxes};
use crate::ui::{Badge, Button, Empty, Glyph, Icon, IconSize, Rows, Section, Time, Variant};
use crate::words;

const LEAD: &str = "For a while, within one team, or for one thing only. They come on top of the roles above.";

/// Whether the page has the form that gives one.
pub(super) fn may_assign(inside: &Inside, told: &Told) -> bool {
    inside.access.may("member:update") && told.assigned.is_some()
}

/// The list, and the form for one more; nothing where the reader may not know.
pub(super) fn section(inside: &Inside, told: &Told, again: &Again) -> Option<AnyView> {
    let assigned = told.assigned.as_ref()?;
    let may = may_assign(inside, told);
    let action = path(inside, &told.member.id).to_string();
    let list = if assigned.is_empty() {
        view! { <Empty glyph=Glyph::CLOCK title="None" text="What is given for a while or for one thing is listed here, also when it is over."/> }
    } else {
        let here = &inside.access.organization.name;
        let rows = assigned
            .iter()
            .map(|one| {
                let action = (may && !one.everywhere).then(|| action.clone());
                row(one, here, told.now, action)
            })
            .collect_view();
        view! { <Rows name="Roles with a limit">{rows}</Rows> }
    };
    let form = may.then(|| {
        let roles = role_boxes::assignable(&inside.access);
        let teams = told.teams.iter().flatten().map(|one| (one.team.id.clone(), one.team.name.clone())).collect();
        let organization = inside.access.organization.name.clone();
        view! { <AssignForm action=action.clone() organization roles teams again=again.is("assign").then_some(&again.typed) problems=again.problems("assign")/> }
    });
    Some(
        view! {
            <Section title="Roles with a limit" lead=LEAD>
                {list}
                {form}
            </Section>
        }
        .into_any(),
    )
}

/// Whether it counts at the moment, as a mark.
fn state(one: &Assigned, now: Timestamp) -> (String, bool) {
    match (one.starts_at, one.ends_at) {
        (_, Some(end)) if end <= now => ("Over".to_owned(), false),
        (Some(start), _) if start > now => ("Not yet".to_owned(), false),
        _ => ("Now".to_owned(), true),
    }
}

fn row(one: &Assigned, organization: &str, now: Timestamp, action: Option<String>) -> AnyView {
    let (label, counts) = state(one, now);
    let place = if one.everywhere {
        "In every organization".to_owned()
    } else if let Some(team) = &one.team {
        format!("Only in the team {team}")
    } else if let (Some(kind), Some(id)) = (&one.resource_kind, &one.resource_id) {
        format!("Only for {kind} {id}")
    } else {
        format!("Everywhere in {organization}")
    };
    let span = match (one.starts_at, one.ends_at) {
        (None, None) => "Without an end".to_owned(),
        (Some(start), None) => format!("From {}", start.words()),
        (None, Some(end)) => format!("Until {}", end.words()),
        (Some(start), Some(end)) => format!("{} to {}", start.words(), end.words()),
    };
    let giver = match &one.giver {
        Some(giver) => format!(" by {giver}"),
        None if one.everywhere => " by the people who run this site".to_owned(),
        None => " by somebody whose account is gone".to_owned(),
    };
    let role = words::capitalized(&one.role);
    let aria_label = format!("Take back: {role}, {place}");
    let back = action.map(|action| {
        view! {
            <form method="post" action=action class="shrink-0 [&_button]:w-full sm:[&_button]:w-auto">
                <input type="hidden" name="act" value="revoke"/>
                <input type="hidden" name="assignment" value=one.id.as_str().to_owned()/>
                <Button label="Take back" variant=Variant::Secondary aria_label/>
            </form>
        }
    });
    view! {
        <li class="flex flex-col gap-3 p-4 sm:flex-row sm:items-center">
            <div class="flex min-w-0 flex-1 items-start gap-3">
                <span class="mt-0.5 text-muted"><Icon glyph=Glyph::CLOCK size=IconSize::Medium/></span>
                <div class="min-w-0">
                    <p class="flex flex-wrap items-center gap-x-2 gap-y-1 font-medium wrap-anywhere">{role}<Badge label quiet=!counts/></p>
                    <div class="text-sm text-muted wrap-anywhere">
                        <p>{place}</p>
                        <p>{span}</p>
                        <p>"Given "<Time at=one.created_at now/>{giver}</p>
                    </div>
                </div>
            </div>
            {back}
        </li>
    }
    .into_any()
}
