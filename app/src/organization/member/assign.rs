use domain::organization::role::Assign;
use leptos::prelude::*;
use model::{MemberView, TeamId, Timestamp};

use crate::organization::typed::Typed;
use crate::ui::{Button, FormMessage, Kind, Problem, Problems, SelectField, TextField, Variant, Width};
use crate::words;

/// What the list "Where it counts" sends for one thing, and before the id of a team.
const THING: &str = "thing";
const TEAM: &str = "team:";

/// The longest name or id of a thing.
const LONGEST: u16 = 200;

/// Reads the form that gives a role. What was typed is never left out: a role for one thing must not become one for everything.
pub(super) fn read(member: &MemberView, typed: &Typed) -> Result<Assign, Problems> {
    let mut problems = Vec::new();
    let mut wrong = |field: &str, text: &str| {
        problems.push(Problem { field: Some(field.to_owned()), text: text.to_owned() });
    };
    let mut moment = |field: &str| {
        let text = typed.one(field);
        let read = Timestamp::typed(text);
        if read.is_none() && !text.is_empty() {
            wrong(field, "Type a day and a time, such as 2030-01-31 09:00.");
        }
        read
    };
    let (starts_at, ends_at) = (moment("starts_at"), moment("ends_at"));
    let (place, kind, thing) = (typed.one("where"), typed.text("kind"), typed.text("thing"));
    let team = place.strip_prefix(TEAM).map(TeamId::new);
    let resource = (place == THING).then(|| (kind.clone(), thing.clone()));
    let long = |text: &str| text.chars().count() > usize::from(LONGEST);
    if resource.is_some() {
        for (field, text) in [("kind", &kind), ("thing", &thing)] {
            if text.is_empty() || long(text) {
                wrong(field, "Needed for one thing: at most 200 characters.");
            }
        }
    } else if !(kind.is_empty() && thing.is_empty()) {
        wrong("where", "Choose “Only for one thing”, or empty the two fields below.");
    } else if team.is_none() && !place.is_empty() {
        wrong("where", "Choose one of these.");
    }
    if problems.is_empty() {
        Ok(Assign { member: member.id.clone(), role: typed.text("role"), team, resource, starts_at, ends_at })
    } else {
        Err(problems.into_iter().collect())
    }
}

/// Gives a role for a time, in a team or for one thing.
#[component]
pub(super) fn AssignForm<'t>(
    action: String,
    /// What the organization is called.
    organization: String,
    /// The roles that the reader can give.
    roles: Vec<String>,
    teams: Vec<(TeamId, String)>,
    /// What was typed before.
    again: Option<&'t Typed>,
    problems: Problems,
) -> AnyView {
    let typed = |name: &str| again.map(|typed| typed.text(name)).unwrap_or_default();
    if roles.is_empty() {
        return view! { <p class="text-muted">"There is no role that you could give: you can only give what you have."</p> }.into_any();
    }
    // None is chosen from the start: what somebody is given is said, not left as it stood.
    let none = (String::new(), "Choose a role".to_owned());
    let roles = std::iter::once(none)
        .chain(roles.into_iter().map(|role| (role.clone(), words::capitalized(&role))))
        .collect::<Vec<_>>();
    let teams = teams.into_iter().map(|(id, name)| (format!("{TEAM}{id}"), format!("Only in the team {name}")));
    let places = std::iter::once((String::new(), format!("Everywhere in {organization}")))
        .chain(teams)
        .chain([(THING.to_owned(), "Only for one thing".to_owned())])
        .collect::<Vec<_>>();
    let zone = "In UTC. Empty: ";
    view! {
        <form method="post" action=action class="grid grid-cols-1 gap-x-4 gap-y-1.5 border-t border-border pt-5 sm:grid-cols-2">
            <h3 class="font-medium sm:col-span-2">"Give a role"</h3>
            <input type="hidden" name="act" value="assign"/>
            <SelectField name="role" label="Role" options=roles value=typed("role") problems=problems.clone()/>
            <SelectField name="where" label="Where it counts" options=places value=typed("where") problems=problems.clone()/>
            <TextField name="kind" label="Kind of the thing" kind=Kind::Plain hint="Only for one thing, such as project" value=typed("kind") autocomplete="off" max=LONGEST problems=problems.clone()/>
            <TextField name="thing" label="Its id" kind=Kind::Plain hint="As your application names it, such as 42" value=typed("thing") autocomplete="off" max=LONGEST problems=problems.clone()/>
            <TextField name="starts_at" label="From" kind=Kind::Moment hint=format!("{zone}at once") value=typed("starts_at") problems=problems.clone()/>
            <TextField name="ends_at" label="Until" kind=Kind::Moment hint=format!("{zone}without an end") value=typed("ends_at") problems=problems.clone()/>
            <div class="sm:col-span-2"><Button label="Give role" variant=Variant::Secondary width=Width::FullOnPhones/></div>
            <div class="sm:col-span-2 sm:justify-self-start"><FormMessage problems/></div>
        </form>
    }
    .into_any()
}
