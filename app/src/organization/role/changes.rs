//! What saving a role would change, before it is saved.

use leptos::prelude::*;
use model::{MemberUser, PersonChange, PlaceChange, RoleChange, RolePreview};

use super::form::FORM;
use super::people;
use crate::ui::{Avatar, Button, Glyph, Icon, Section, Width};
use crate::words::capitalized;

#[component]
pub(super) fn Changes(preview: RolePreview, new: bool) -> AnyView {
    let summary = summary(&preview, new);
    let RolePreview { roles, people, changed, .. } = preview;
    let roles = roles
        .into_iter()
        .enumerate()
        .map(|(place, role)| view! { <Role role is_heir={place > 0} new/> })
        .collect_view();
    let left = changed.saturating_sub(people.len());
    let list = (!people.is_empty()).then(|| {
        let rows = people.into_iter().map(|person| view! { <Person person/> }).collect_view();
        let more = (left > 0).then(|| {
            let text = format!("and {left} more for whom it is alike");
            view! { <li class="p-4 text-sm text-muted">{text}</li> }
        });
        view! { <ul aria-label="People for whom something changes" class="divide-y divide-border rounded-control border border-border">{rows}{more}</ul> }
    });
    view! {
        <Section id="changes" title="What changes when you save">
            <ul aria-label="Roles" class="grid gap-4">{roles}</ul>
            <div class="grid gap-3">
                <h3 class="font-bold">"For people"</h3>
                {summary.into_iter().map(|line| view! { <p class="max-w-prose">{line}</p> }).collect_view()}
                {list}
            </div>
            <div>
                <Button label="Save" name="act" value="save" form=FORM width=Width::FullOnPhones/>
            </div>
        </Section>
    }
    .into_any()
}

/// How many people are concerned, a sentence a line.
fn summary(preview: &RolePreview, new: bool) -> Vec<String> {
    let RolePreview { changed, unchanged, unseen, .. } = preview;
    let number = |count: usize| people(u64::try_from(count).unwrap_or(u64::MAX));
    let mut lines = Vec::new();
    if *changed + *unchanged == 0 {
        let text = if new {
            "Nobody has it yet. You give it to people once it is there."
        } else {
            "Nobody has it, so nothing changes for anybody."
        };
        return vec![text.to_owned()];
    }
    if *changed == 0 {
        let have = if *unchanged == 1 {
            "has it, and keeps all that they may do"
        } else {
            "have it, and keep all that they may do"
        };
        lines.push(format!("{} {have}.", number(*unchanged)));
    } else {
        lines.push(format!("Something changes for {}.", number(*changed)));
        if *unchanged > 0 {
            lines.push(format!("Nothing changes for {} more, with all of it in another way, too.", number(*unchanged)));
        }
    }
    if *unseen > 0 {
        lines.push(format!("These are the first 200 by name. More have the role: {}.", people(*unseen)));
    }
    lines
}

#[component]
fn Role(role: RoleChange, is_heir: bool, new: bool) -> AnyView {
    let RoleChange { name, old_name, gains, losses } = role;
    let same = gains.is_empty() && losses.is_empty();
    let renamed = old_name.map(|old| {
        format!("It is called {} instead of {}. Whoever has it keeps it.", capitalized(&name), capitalized(&old))
    });
    let nothing = match (same, renamed.is_some(), new) {
        (true, false, false) => Some("It gives the same as before."),
        (true, false, true) => Some("It gives nothing."),
        _ => None,
    };
    view! {
        <li class="grid gap-1.5">
            <p class="font-medium wrap-anywhere">
                {capitalized(&name)}
                {is_heir.then(|| view! { <span class="font-normal text-muted">", which builds on it"</span> })}
            </p>
            {renamed.map(|text| view! { <p class="wrap-anywhere">{text}</p> })}
            {nothing.map(|text| view! { <p class="text-muted">{text}</p> })}
            <Signed gains losses gained="Gains" lost="Loses"/>
        </li>
    }
    .into_any()
}

#[component]
fn Person(person: PersonChange) -> AnyView {
    let (name, email, image) = match person.member.user {
        Some(MemberUser { name, email, image, .. }) => (name, email.to_string(), image),
        None => Default::default(),
    };
    let initials = model::initials(&name);
    let places = person.places.into_iter().map(|one| view! { <Place one/> }).collect_view();
    view! {
        <li class="flex items-start gap-3 p-4">
            <Avatar image initials/>
            <div class="grid min-w-0 flex-1 gap-2">
                <div>
                    <p class="font-medium wrap-anywhere">{name}</p>
                    <p class="text-sm text-muted break-all">{email}</p>
                </div>
                {places}
            </div>
        </li>
    }
    .into_any()
}

#[component]
fn Place(one: PlaceChange) -> AnyView {
    let place = match (&one.team, &one.resource) {
        (Some(team), _) => Some(format!("In the team {team}")),
        (None, Some((kind, id))) => Some(format!("For {kind} {id}")),
        (None, None) => None,
    };
    let from = one.from.map(|from| format!("from {}", from.words()));
    let words = match (place, from) {
        (Some(place), Some(from)) => Some(format!("{place}, {from}")),
        (None, Some(from)) => Some(capitalized(&from)),
        (place, None) => place,
    };
    view! {
        <div class="grid gap-1.5">
            {words.map(|words| view! { <p class="text-sm text-muted wrap-anywhere">{words}</p> })}
            <Signed gains=one.gains losses=one.losses gained="Gets" lost="Loses"/>
        </div>
    }
    .into_any()
}

/// What is gained and what is lost: told by words and signs, not only by colour.
#[component]
fn Signed(gains: Vec<String>, losses: Vec<String>, gained: &'static str, lost: &'static str) -> AnyView {
    let row = |words: &'static str, glyph: Glyph, look: &'static str, patterns: Vec<String>| {
        (!patterns.is_empty()).then(|| {
            let items = patterns
                .into_iter()
                .map(|pattern| {
                    view! {
                        <li class=format!("inline-flex max-w-full items-center gap-1 rounded-control border px-1.5 font-mono text-sm wrap-anywhere {look}")>
                            <Icon glyph/>
                            {pattern}
                        </li>
                    }
                })
                .collect_view();
            view! {
                <div class="flex items-start gap-x-2">
                    <span class="w-12 py-px text-sm text-muted">{words}</span>
                    <ul class="flex min-w-0 flex-1 flex-wrap gap-1.5">{items}</ul>
                </div>
            }
        })
    };
    view! {
        {row(gained, Glyph::PLUS, "border-success/40 bg-success/8 text-success", gains)}
        {row(lost, Glyph::MINUS, "border-danger/40 bg-danger/8 text-danger", losses)}
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_for_how_many_something_changes() {
        let told = |changed, unchanged, unseen, new| {
            summary(&RolePreview { roles: Vec::new(), people: Vec::new(), changed, unchanged, unseen }, new).join(" ")
        };
        assert!(told(0, 0, 0, true).contains("once it is there"));
        assert_eq!(told(1, 0, 0, false), "Something changes for 1 person.");
        assert!(
            told(198, 2, 9800, false).ends_with("These are the first 200 by name. More have the role: 9,800 people.")
        );
        assert_eq!(told(0, 2, 0, false), "2 people have it, and keep all that they may do.");
    }
}
