use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use domain::organization::team::{self, Person, Standing};
use domain::{Error, organization};
use leptos::prelude::*;
use model::{OrganizationRefusal, Refusal, TeamId};

use super::{path, person_path};
use crate::organization::people::{self, Asked, Nobody, PersonRow, SIZE};
use crate::organization::typed::{Posting, Typed};
use crate::organization::{Back, Here, Inside};
use crate::outcome::Failure;
use crate::ui::{
    Alert, Badge, Button, ButtonLink, Empty, FormMessage, Glyph, Kind, Pager, Problems, Rows, SearchForm, Section,
    TextField, Time, Tone, Variant, Width, counted,
};
use crate::words::Flash;

/// A form that was refused.
#[derive(Default)]
struct Again {
    typed: Typed,
    problems: Problems,
}

/// `/organizations/{slug}/teams/{id}`.
pub(super) async fn show(
    inside: Inside,
    Path((_, id)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Response {
    page(inside, &TeamId::new(id), asked, Again::default(), StatusCode::OK).await
}

pub(super) async fn post(inside: Inside, Path((_, id)): Path<(String, String)>, posted: Posting) -> Response {
    let (typed, id) = (Typed::read(posted), TeamId::new(id));
    let (cx, access) = (inside.cx(), &inside.access);
    let session = &inside.member.current.session.id;
    let outcome = match typed.one("act") {
        "rename" => team::rename(cx, access, &id, typed.one("name")).await.map(|_| Flash::TeamRenamed),
        "work" => organization::set_active_team(cx, access, session, Some(&id)).await.map(|()| Flash::TeamChosen),
        "rest" => organization::set_active_team(cx, access, session, None).await.map(|()| Flash::TeamUnchosen),
        "leave" => team::remove_member(cx, access, &id, &access.member.user_id).await.map(|()| Flash::TeamLeft),
        _ => return people::unreadable(inside),
    };
    match outcome.map_err(Failure::from) {
        Ok(flash) => inside.member.frame.go(path(&inside, &id), Some(flash)),
        Err(Failure::Form(problems, status)) => {
            page(inside, &id, Asked::default(), Again { typed, problems }, status).await
        }
        Err(Failure::Verb(error)) => inside.trouble(error),
    }
}

/// What the page tells of a team.
struct Told {
    /// The team, and how the reader stands in it.
    standing: Standing,
    /// Whether it is the only one.
    last: bool,
    /// Who is in it, and how many in all; `None` for who may not know.
    people: Option<(Vec<Person>, u64)>,
}

impl Told {
    async fn of(inside: &Inside, id: &TeamId, asked: &Asked) -> domain::Result<Self> {
        let (cx, access) = (inside.cx(), &inside.access);
        let mut teams = team::standings(cx, access, &access.member).await?;
        let last = teams.len() < 2;
        let place = teams.iter().position(|one| one.team.id == *id).ok_or(OrganizationRefusal::TeamNotFound)?;
        let page = team::Page { search: asked.search.clone(), everybody: false, limit: SIZE, offset: asked.offset() };
        let people = match team::people(cx, access, id, &page).await {
            Ok(people) => Some(people),
            Err(Error::Refused(Refusal::Organization(OrganizationRefusal::NotInTeam))) => None,
            Err(error) => return Err(error),
        };
        Ok(Self { standing: teams.swap_remove(place), last, people })
    }
}

async fn page(inside: Inside, id: &TeamId, asked: Asked, again: Again, status: StatusCode) -> Response {
    let Told { standing, last, people } = match Told::of(&inside, id, &asked).await {
        Ok(told) => told,
        Err(error) => return inside.trouble(error),
    };
    let renaming = again.typed.one("act") == "rename";
    let may_rename = inside.access.may_in(id, "team:update");
    let trouble = again.problems.any().filter(|_| !(renaming && may_rename));
    let sections = (
        members(&inside, &standing, people, asked),
        work(&inside, &standing),
        may_rename.then(|| {
            let name = if renaming { again.typed.text("name") } else { standing.team.name.clone() };
            let problems = if renaming { again.problems } else { Problems::default() };
            view! { <Rename action=path(&inside, id).to_string() name problems/> }
        }),
        delete(&inside, id, last),
    );
    let back = Back(inside.path("/teams"), "Teams".to_owned());
    inside.page_below(Here::Teams, back, standing.team.name.clone(), status, move || {
        view! {
            {trouble.map(|text| view! { <Alert tone=Tone::Danger>{text}</Alert> })}
            {sections}
        }
    })
}

fn members(inside: &Inside, standing: &Standing, people: Option<(Vec<Person>, u64)>, asked: Asked) -> AnyView {
    let (id, count) = (&standing.team.id, counted(standing.members, "member"));
    let Some((people, total)) = people else {
        return view! {
            <Section title=count>
                <Empty glyph=Glyph::LOCK title="Only its members see who is in this team" text="Ask one of them, or somebody who looks after the members, to put you in."/>
            </Section>
        }
        .into_any();
    };
    let (path, now) = (path(inside, id), inside.member.now());
    let list = if people.is_empty() && standing.members == 0 {
        view! { <Empty glyph=Glyph::USERS title="Nobody is in it yet" text="Whoever is put in is listed here."/> }
    } else if people.is_empty() {
        view! { <Nobody asked=asked.clone() path=path.as_str() total/> }
    } else {
        let row = |person: Person| {
            let Person { member, entry } = person;
            let entry = entry?;
            let you = member.id == inside.access.member.id;
            let href = person_path(inside, id, &member.id).to_string();
            Some(view! { <PersonRow member href you roles=entry.roles>"Joined "<Time at=entry.since now/></PersonRow> })
        };
        let rows = people.into_iter().filter_map(row).collect_view();
        view! { <Rows name="Members of the team">{rows}</Rows> }
    };
    let search = (standing.members > 10 || asked.narrows()).then(|| {
        view! { <SearchForm action=path.as_str() label="Name or address" value=asked.search.as_str()/> }
    });
    let add = inside.access.may_in(id, "team:update").then(|| {
        view! { <div><ButtonLink href=format!("{path}/add") label="Add members" glyph=Glyph::USER_PLUS variant=Variant::Secondary width=Width::FullOnPhones/></div> }
    });
    let title = if asked.narrows() { format!("{} found", counted(total, "member")) } else { count };
    view! {
        <Section title lead="The marks beside a name are roles that count only in this team.">
            {add}
            {search}
            {list}
            <Pager name="Members" part=asked.part(total) href=|page| asked.href(&path, page)/>
        </Section>
    }
    .into_any()
}

/// Working in the team with this session, and leaving it; for who is in it.
fn work(inside: &Inside, standing: &Standing) -> Option<AnyView> {
    standing.roles.as_ref()?;
    let action = path(inside, &standing.team.id).to_string();
    let works = inside.member.current.session.active_team_id.as_ref() == Some(&standing.team.id);
    let (act, label) = if works { ("rest", "Stop working here") } else { ("work", "Work in this team") };
    Some(
        view! {
            <Section title="You in this team" lead="Applications ask in which team you work, and show what belongs to it. It counts in this browser, until you choose another one.">
                {works.then(|| view! { <p><Badge label="You work in this team"/></p> })}
                <div class="flex flex-col gap-3 sm:flex-row">
                    <form method="post" action=action.clone()>
                        <input type="hidden" name="act" value=act/>
                        <Button label variant=Variant::Secondary width=Width::FullOnPhones/>
                    </form>
                    <form method="post" action=action>
                        <input type="hidden" name="act" value="leave"/>
                        <Button label="Leave the team" variant=Variant::Secondary width=Width::FullOnPhones/>
                    </form>
                </div>
            </Section>
        }
        .into_any(),
    )
}

#[component]
fn Rename(action: String, name: String, problems: Problems) -> AnyView {
    view! {
        <Section title="Rename the team">
            <form method="post" action=action class="grid max-w-card gap-1.5">
                <input type="hidden" name="act" value="rename"/>
                <TextField name="name" label="Name" kind=Kind::Name value=name autocomplete="off" enterkeyhint="done" max=100 required=true problems=problems.clone()/>
                <div><Button label="Rename" variant=Variant::Secondary width=Width::FullOnPhones/></div>
                <FormMessage problems/>
            </form>
        </Section>
    }
    .into_any()
}

fn delete(inside: &Inside, id: &TeamId, last: bool) -> Option<AnyView> {
    inside.access.may("team:delete").then(|| {
        let control = if last {
            view! { <p class="text-muted">"It is the only team, and an organization keeps one. Make another one first."</p> }.into_any()
        } else {
            let href = format!("{}/delete", path(inside, id));
            view! { <div><ButtonLink href label="Delete the team" variant=Variant::Danger width=Width::FullOnPhones/></div> }.into_any()
        };
        view! {
            <Section title="Delete the team" lead="Nobody leaves the organization by it. The roles that count only in it go." danger=true>
                {control}
            </Section>
        }
        .into_any()
    })
}
