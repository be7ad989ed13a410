//! Choosing roles: each with what it gives, and why one can't be chosen.

use domain::Error;
use domain::organization::{Access, OWNER, member};
use leptos::prelude::*;
use model::TeamId;

use crate::ui::{Problems, Rows, error_line};
use crate::words;

/// The name of the boxes.
pub(super) const FIELD: &str = "roles";

/// A role that may be ticked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RoleBox {
    name: String,
    gives: String,
    checked: bool,
    /// Whether the reader can tick it, or untick it.
    open: bool,
    /// Why not, or what unticking it means.
    note: Option<String>,
}

/// What a role gives, in words.
pub(super) fn gives(access: &Access, role: &str) -> String {
    let Some(found) = access.roles().get(role) else {
        return "There is no such role any more. It gives nothing.".to_owned();
    };
    if found.patterns.iter().any(|pattern| pattern.as_str() == "*") {
        return "Everything there is to do here.".to_owned();
    }
    let own = found.patterns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let inherited = found.inherits.iter().map(|parent| words::capitalized(parent)).collect::<Vec<_>>().join(" and ");
    match (own.is_empty(), inherited.is_empty()) {
        (true, true) => "Nothing yet.".to_owned(),
        (false, true) => own,
        (true, false) => format!("What {inherited} may do."),
        (false, false) => format!("What {inherited} may do, and {own}"),
    }
}

/// Why the reader can't give a role, in a team if one is named; `None` where they can.
fn lock(access: &Access, team: Option<&TeamId>, role: &str) -> Option<String> {
    if role == OWNER {
        return (!access.is_owner()).then(|| "Only an owner makes somebody an owner.".to_owned());
    }
    match access.may_give_in(team, [role]) {
        Err(Error::Refused(refusal)) => Some(words::refusal(&refusal)),
        _ => None,
    }
}

/// The roles that the reader can give beside a membership's.
pub(super) fn assignable(access: &Access) -> Vec<String> {
    let names = access.roles().iter().map(|role| role.name.as_str());
    // Also what they have for a time, and so can give for that time.
    names.filter(|role| *role != OWNER && access.may_give_for_a_time(role).is_ok()).map(str::to_owned).collect()
}

/// A box for every role that there is, and for those that somebody `had` though they are gone. `ticked` is what the form holds.
pub(super) fn boxes(access: &Access, team: Option<&TeamId>, had: &str, ticked: &[String]) -> Vec<RoleBox> {
    let mut names: Vec<&str> = access.roles().iter().map(|role| role.name.as_str()).collect();
    // An owner owns the whole.
    names.retain(|name| team.is_none() || *name != OWNER);
    let gone: Vec<&str> = member::roles(had).filter(|role| !names.contains(role)).collect();
    let row = |name: &str| {
        let has = member::roles(had).any(|role| role == name);
        let lock = if access.roles().get(name).is_some() { lock(access, team, name) } else { None };
        let note = match (&lock, has) {
            (Some(why), true) => Some(format!("You can take it away, but not give it again. {why}")),
            (Some(why), false) => Some(why.clone()),
            (None, _) => None,
        };
        RoleBox {
            name: name.to_owned(),
            gives: gives(access, name),
            checked: ticked.iter().any(|role| role == name),
            open: has || lock.is_none(),
            note,
        }
    };
    names.iter().chain(&gone).map(|name| row(name)).collect()
}

/// Roles that are only read, each with what it gives; the list as it is stored.
#[component]
pub(super) fn RoleRows<'a>(#[prop(into)] name: String, access: &'a Access, #[prop(into)] roles: String) -> AnyView {
    let rows = member::roles(&roles)
        .map(|role| {
            view! {
                <li class="p-4">
                    <p class="font-medium wrap-anywhere">{words::capitalized(role)}</p>
                    <p class="text-sm text-muted wrap-anywhere">{gives(access, role)}</p>
                </li>
            }
        })
        .collect_view();
    view! { <Rows name>{rows}</Rows> }.into_any()
}

/// The boxes as large cards.
#[component]
pub(super) fn RoleBoxes(#[prop(into)] legend: String, boxes: Vec<RoleBox>, problems: Problems) -> AnyView {
    let (error, begin) = (problems.of(FIELD), problems.begin_at(FIELD));
    let first = boxes.iter().position(|one| one.open);
    let cards = boxes
        .into_iter()
        .enumerate()
        .map(|(place, one)| {
            let RoleBox { name, gives, checked, open, note } = one;
            let (id, hint) = (format!("{FIELD}-{name}"), format!("{FIELD}-{name}-hint"));
            let look = if open {
                "bg-surface hover:border-text/60 has-checked:border-accent has-checked:bg-accent/8 has-checked:shadow-[inset_0_0_0_1px_var(--accent)]"
            } else {
                "bg-raised"
            };
            view! {
                <label
                    for=id.clone()
                    class=format!("flex min-h-14 min-w-0 items-start gap-3 rounded-control border border-control px-4 py-3 has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-focus {look}")
                >
                    <span class="flex h-6 items-center">
                        <input
                            id=id.clone()
                            type="checkbox"
                            name=FIELD
                            value=name.clone()
                            checked=checked
                            disabled=!open
                            autofocus=begin && Some(place) == first
                            class="size-4.5 shrink-0 focus-visible:outline-none"
                            aria-describedby=hint.clone()
                        />
                    </span>
                    <span class="min-w-0">
                        <span class="block font-medium wrap-anywhere">{words::capitalized(&name)}</span>
                        <span id=hint class="grid gap-1 text-sm text-muted wrap-anywhere">
                            <span>{gives}</span>
                            {note.map(|note| view! { <span>{note}</span> })}
                        </span>
                    </span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset class="grid gap-1.5" aria-describedby=format!("{FIELD}-error")>
            <legend class="sr-only">{legend}</legend>
            <div class="grid gap-2.5 sm:grid-cols-2">{cards}</div>
            {error_line(format!("{FIELD}-error"), FIELD.to_owned(), error)}
        </fieldset>
    }
    .into_any()
}
