use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use domain::organization::{member, team};
use leptos::prelude::*;
use model::{LocalPath, TeamId};

use super::path;
use crate::organization::people::{self, Asked, Nobody, PersonRow, SIZE};
use crate::organization::typed::{Posting, Typed};
use crate::organization::{Back, Here, Inside};
use crate::outcome::Failure;
use crate::ui::{Alert, Badge, Button, Pager, Problems, Rows, SearchForm, Section, Tone, Variant, counted};
use crate::words::Flash;

/// `/organizations/{slug}/teams/{id}/add`: everybody in the organization, to choose from.
pub(super) async fn show(
    inside: Inside,
    Path((_, id)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Response {
    page(inside, &TeamId::new(id), asked, Problems::default(), StatusCode::OK).await
}

pub(super) async fn post(inside: Inside, Path((_, id)): Path<(String, String)>, posted: Posting) -> Response {
    let (typed, id) = (Typed::read(posted), TeamId::new(id));
    let asked = Asked { search: typed.text("search"), page: typed.text("page"), ..Asked::default() };
    let added = async {
        let member = member::find(inside.cx(), &inside.access, typed.one("member")).await?;
        team::add_member(inside.cx(), &inside.access, &id, &member.user_id).await
    };
    match added.await.map_err(Failure::from) {
        Ok(_) => {
            // Back to what was found: several are often added.
            let path = asked.href(&here(&inside, &id), crate::ui::Part::page_of(&asked.page));
            let to = LocalPath::parse(&path).unwrap_or_else(|| here(&inside, &id));
            inside.member.frame.go(to, Some(Flash::TeamJoined))
        }
        Err(Failure::Form(problems, status)) => page(inside, &id, asked, problems, status).await,
        Err(Failure::Verb(error)) => inside.trouble(error),
    }
}

fn here(inside: &Inside, id: &TeamId) -> LocalPath {
    inside.path(&format!("/teams/{id}/add"))
}

async fn page(inside: Inside, id: &TeamId, asked: Asked, problems: Problems, status: StatusCode) -> Response {
    let told = async {
        let team = team::find(inside.cx(), &inside.access, id).await?;
        let page = team::Page { search: asked.search.clone(), everybody: true, limit: SIZE, offset: asked.offset() };
        Ok((team, team::people(inside.cx(), &inside.access, id, &page).await?))
    };
    let (team, (found, total)) = match told.await {
        Ok(told) => told,
        Err(error) => return inside.trouble(error),
    };
    let here = here(&inside, id);
    let rows: Vec<_> = found.into_iter().map(|person| row(&inside, person, &here, &asked)).collect();
    let title = if asked.narrows() { format!("{} found", counted(total, "member")) } else { counted(total, "member") };
    let back = Back(path(&inside, id), team.name.clone());
    inside.page_below(Here::Teams, back, format!("Add members to {}", team.name), status, move || {
        let list = if rows.is_empty() {
            view! { <Nobody asked=asked.clone() path=here.as_str() total/> }
        } else {
            view! { <Rows name="Members of the organization">{rows.collect_view()}</Rows> }
        };
        view! {
            {problems.any().map(|text| view! { <Alert tone=Tone::Danger>{text}</Alert> })}
            <Section title lead="Everybody in the organization. Whoever is missing must be invited first.">
                <SearchForm action=here.as_str() label="Name or address" value=asked.search.as_str()/>
                {list}
                <Pager name="Members" part=asked.part(total) href=|page| asked.href(&here, page)/>
            </Section>
        }
    })
}

fn row(inside: &Inside, person: team::Person, action: &LocalPath, asked: &Asked) -> AnyView {
    let team::Person { member, entry } = person;
    let you = member.id == inside.access.member.id;
    let href = inside.path(&format!("/members/{}", member.id)).to_string();
    if entry.is_some() {
        return view! { <PersonRow member href you roles=""><Badge label="In the team"/></PersonRow> }.into_any();
    }
    let aria_label = format!("Add {}", people::name(&member));
    let add = view! {
        <form method="post" action=action.to_string()>
            <input type="hidden" name="member" value=member.id.as_str().to_owned()/>
            <input type="hidden" name="search" value=asked.search.clone()/>
            <input type="hidden" name="page" value=asked.page.clone()/>
            <Button label="Add" variant=Variant::Secondary aria_label/>
        </form>
    }
    .into_any();
    view! { <PersonRow member href you roles="" action=add/> }.into_any()
}
