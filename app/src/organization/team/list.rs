use axum::http::StatusCode;
use axum::response::Response;
use domain::organization::team::{self, Standing};
use leptos::prelude::*;
use model::TeamId;
use serde::Deserialize;

use super::path;
use crate::form::{Form, Posted};
use crate::organization::people::RoleBadges;
use crate::organization::{Here, Inside};
use crate::outcome::Failure;
use crate::ui::{
    Alert, Badge, Button, Empty, FormMessage, Glyph, Icon, IconSize, Kind, Problems, Rows, Section, TextField, Tone,
    Width, counted,
};
use crate::words::Flash;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    name: String,
}

/// `/organizations/{slug}/teams`.
pub(super) async fn show(inside: Inside) -> Response {
    page(inside, String::new(), Problems::default(), StatusCode::OK).await
}

pub(super) async fn create(inside: Inside, posted: Posted<Typed>) -> Response {
    let Form(Typed { name }) = posted.unwrap_or_default();
    match team::create(inside.cx(), &inside.access, &name).await.map_err(Failure::from) {
        Ok(team) => inside.member.frame.go(path(&inside, &team.id), Some(Flash::TeamCreated)),
        Err(Failure::Form(problems, status)) => page(inside, name, problems, status).await,
        Err(Failure::Verb(error)) => inside.trouble(error),
    }
}

async fn page(inside: Inside, name: String, problems: Problems, status: StatusCode) -> Response {
    let teams = match team::standings(inside.cx(), &inside.access, &inside.access.member).await {
        Ok(teams) => teams,
        Err(error) => return inside.trouble(error),
    };
    let action = inside.path("/teams").to_string();
    let most = inside.cx().settings.organization.teams;
    let count = u32::try_from(teams.len()).unwrap_or(u32::MAX);
    let active = inside.member.current.session.active_team_id.clone();
    let may_create = inside.access.may("team:create");
    let trouble = problems.any().filter(|_| !may_create);
    inside.page(Here::Teams, status, move || {
        let list = if teams.is_empty() {
            view! { <Empty glyph=Glyph::NETWORK title="No teams yet" text="A team is a group of members, who may have more roles in it."/> }
        } else {
            let rows = teams.into_iter().map(|one| row(one, &action, active.as_ref())).collect_view();
            view! { <Rows name="Teams">{rows}</Rows> }
        };
        view! {
            {trouble.map(|text| view! { <Alert tone=Tone::Danger>{text}</Alert> })}
            <Section title=counted(u64::from(count), "team")>{list}</Section>
            {may_create.then(|| view! { <Create action name problems count most/> })}
        }
    })
}

fn row(standing: Standing, action: &str, active: Option<&TeamId>) -> AnyView {
    let Standing { team, members, roles } = standing;
    let here = active == Some(&team.id);
    view! {
        <li class="relative flex items-start gap-3 p-4 first:rounded-t-control last:rounded-b-control hover:bg-raised">
            <span class="mt-0.5 text-muted"><Icon glyph=Glyph::NETWORK size=IconSize::Medium/></span>
            <div class="min-w-0 flex-1">
                <p class="flex flex-wrap items-center gap-x-2 gap-y-1">
                    <a href=format!("{action}/{}", team.id) class="min-w-0 rounded-control font-medium wrap-anywhere after:absolute after:inset-0 after:rounded-control">{team.name}</a>
                    {roles.is_some().then(|| view! { <Badge label="You are in it"/> })}
                    {here.then(|| view! { <Badge label="You work here"/> })}
                </p>
                <p class="text-sm text-muted">{counted(members, "member")}</p>
                <p class="mt-1.5 flex flex-wrap gap-1.5 empty:hidden"><RoleBadges roles=roles.unwrap_or_default()/></p>
            </div>
            <span class="mt-0.5 text-muted"><Icon glyph=Glyph::CHEVRON_RIGHT/></span>
        </li>
    }
    .into_any()
}

#[component]
fn Create(action: String, name: String, problems: Problems, count: u32, most: u32) -> AnyView {
    let lead = if most == 0 {
        "Then add its members, and give them roles that count only in it.".to_owned()
    } else {
        format!("{count} of at most {most} are there. Then add its members, and give them roles that count only in it.")
    };
    let form = if most > 0 && count >= most {
        view! { <Alert tone=Tone::Info>"There are as many teams as there may be. Delete one first."</Alert> }.into_any()
    } else {
        view! {
            <form method="post" action=action class="grid max-w-card gap-1.5">
                <TextField name="name" label="Name" kind=Kind::Name hint="Such as Support, or Berlin" value=name autocomplete="off" enterkeyhint="done" max=100 required=true problems=problems.clone()/>
                <div><Button label="Make team" width=Width::FullOnPhones/></div>
                <FormMessage problems/>
            </form>
        }
        .into_any()
    };
    view! { <Section title="Make a team" lead>{form}</Section> }.into_any()
}
