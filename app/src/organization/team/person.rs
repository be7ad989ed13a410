use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use domain::organization::member;
use domain::organization::team::{self, Entry, Person};
use leptos::prelude::*;
use model::{MemberId, OrganizationRefusal, TeamId, TeamView};

use super::{path, person_path};
use crate::organization::people::{self, PersonCard};
use crate::organization::role_boxes::{self, RoleBoxes, RoleRows};
use crate::organization::typed::{Posting, Typed};
use crate::organization::{Back, Here, Inside};
use crate::outcome::Failure;
use crate::ui::{Alert, Button, Link, Problems, Section, Time, Tone, Variant, Width};
use crate::words::Flash;

/// Somebody in a team.
struct Told {
    team: TeamView,
    person: Person,
    entry: Entry,
}

impl Told {
    async fn of(inside: &Inside, id: &TeamId, member: &MemberId) -> domain::Result<Self> {
        let team = team::find(inside.cx(), &inside.access, id).await?;
        let person = team::person(inside.cx(), &inside.access, id, member).await?;
        let entry = person.entry.clone().ok_or(OrganizationRefusal::MemberNotFound)?;
        Ok(Self { team, person, entry })
    }
}

/// `/organizations/{slug}/teams/{id}/members/{member}`.
pub(super) async fn show(inside: Inside, Path((_, id, member)): Path<(String, String, String)>) -> Response {
    let (id, member) = (TeamId::new(id), MemberId::new(member));
    match Told::of(&inside, &id, &member).await {
        Ok(told) => page(&inside, &told, None, Problems::default(), StatusCode::OK),
        Err(error) => inside.trouble(error),
    }
}

pub(super) async fn post(
    inside: Inside,
    Path((_, id, member)): Path<(String, String, String)>,
    posted: Posting,
) -> Response {
    let (id, member, typed) = (TeamId::new(id), MemberId::new(member), Typed::read(posted));
    let told = match Told::of(&inside, &id, &member).await {
        Ok(told) => told,
        Err(error) => return inside.trouble(error),
    };
    let (cx, current, access) = (inside.cx(), &inside.member.current, &inside.access);
    let (user, wanted) = (&told.person.member.user_id, typed.all(role_boxes::FIELD));
    let (outcome, flash, to) = match typed.one("act") {
        "roles" => {
            let set = team::set_roles(cx, current, access, &id, user, &wanted).await;
            (set, Flash::TeamRolesSaved, person_path(&inside, &id, &member))
        }
        "leave" => (team::remove_member(cx, access, &id, user).await, Flash::TeamLeft, path(&inside, &id)),
        _ => return people::unreadable(inside),
    };
    match outcome.map_err(|error| Failure::from(error).at(role_boxes::FIELD, &[role_boxes::FIELD])) {
        Ok(()) => inside.member.frame.go(to, Some(flash)),
        Err(Failure::Form(problems, status)) => page(&inside, &told, Some(&wanted), problems, status),
        Err(Failure::Verb(error)) => inside.trouble(error),
    }
}

fn page(inside: &Inside, told: &Told, ticked: Option<&[String]>, problems: Problems, status: StatusCode) -> Response {
    let Told { team, person, entry } = told;
    let (member, you) = (person.member.clone(), person.member.id == inside.access.member.id);
    let title = format!("{} in {}", people::name(&member), team.name);
    let sections = (roles(inside, told, ticked, problems), leave(inside, told, you));
    let (now, since, roles) = (inside.member.now(), entry.since, entry.roles.clone());
    let whole = inside.path(&format!("/members/{}", member.id)).to_string();
    inside.page_below(Here::Teams, Back(path(inside, &team.id), team.name.clone()), title, status, move || {
        view! {
            <PersonCard member you roles>
                <p>"Joined the team "<Time at=since now/></p>
                <p><Link href=whole label="In the whole organization"/></p>
            </PersonCard>
            {sections}
        }
    })
}

fn roles(inside: &Inside, told: &Told, ticked: Option<&[String]>, problems: Problems) -> AnyView {
    const LEAD: &str = "They count only in this team, beside what somebody may do everywhere.";
    let (id, had) = (&told.team.id, &told.entry.roles);
    if !inside.access.may_in(id, "member:update") {
        let list = if had.is_empty() {
            view! { <p class="text-muted">"None."</p> }.into_any()
        } else {
            view! { <RoleRows name="Roles in the team" access=&inside.access roles=had.as_str()/> }.into_any()
        };
        let trouble = problems.any().map(|text| view! { <Alert tone=Tone::Danger>{text}</Alert> });
        return view! { <Section title="Roles in the team" lead=LEAD>{trouble}{list}</Section> }.into_any();
    }
    let held: Vec<String> = member::roles(had).map(str::to_owned).collect();
    let boxes = role_boxes::boxes(&inside.access, Some(id), had, ticked.unwrap_or(&held));
    let action = person_path(inside, id, &told.person.member.id).to_string();
    view! {
        <Section title="Roles in the team" lead=LEAD>
            <form method="post" action=action class="grid gap-1.5">
                <input type="hidden" name="act" value="roles"/>
                <RoleBoxes legend="Roles in the team" boxes problems/>
                <div><Button label="Save roles" width=Width::FullOnPhones/></div>
            </form>
        </Section>
    }
    .into_any()
}

fn leave(inside: &Inside, told: &Told, you: bool) -> Option<AnyView> {
    let id = &told.team.id;
    (you || inside.access.may_in(id, "team:update")).then(|| {
        let action = person_path(inside, id, &told.person.member.id).to_string();
        let (title, label) =
            if you { ("Leave the team", "Leave the team") } else { ("Take out of the team", "Take out") };
        view! {
            <Section title lead="The roles in the team go. Everything else in the organization stays." danger=true>
                <form method="post" action=action>
                    <input type="hidden" name="act" value="leave"/>
                    <Button label variant=Variant::Danger width=Width::FullOnPhones/>
                </form>
            </Section>
        }
        .into_any()
    })
}
