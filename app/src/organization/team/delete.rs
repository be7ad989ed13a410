use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use domain::organization::team;
use leptos::prelude::*;
use model::{TeamId, TeamView};

use super::path;
use crate::organization::Inside;
use crate::outcome::Failure;
use crate::ui::{Alert, Confirm, Problems, Tone};
use crate::words::Flash;

const LEAD: &str = "The team and every role that counts only in it go, for good. Nobody leaves the organization by it.";

/// Asks before a team is deleted.
pub(super) async fn ask(inside: Inside, Path((_, id)): Path<(String, String)>) -> Response {
    let found = team::find(inside.cx(), &inside.access, &TeamId::new(id)).await;
    match found.and_then(|team| inside.access.require("team:delete").map(|()| team)) {
        Ok(team) => question(&inside, &team, Problems::default(), StatusCode::OK),
        Err(error) => inside.trouble(error),
    }
}

pub(super) async fn post(inside: Inside, Path((_, id)): Path<(String, String)>) -> Response {
    let team = match team::find(inside.cx(), &inside.access, &TeamId::new(id)).await {
        Ok(team) => team,
        Err(error) => return inside.trouble(error),
    };
    match team::delete(inside.cx(), &inside.access, &team.id).await.map_err(Failure::from) {
        Ok(()) => inside.member.frame.go(inside.path("/teams"), Some(Flash::TeamDeleted)),
        Err(Failure::Form(problems, status)) => question(&inside, &team, problems, status),
        Err(Failure::Verb(error)) => inside.trouble(error),
    }
}

fn question(inside: &Inside, team: &TeamView, problems: Problems, status: StatusCode) -> Response {
    let title = format!("Delete the team {}?", team.name);
    let back = path(inside, &team.id).to_string();
    let action = format!("{back}/delete");
    inside.member.frame.clone().page(title.clone()).status(status).render(move || {
        view! {
            <Confirm title lead=LEAD action button="Delete the team" back>
                {problems.any().map(|text| view! { <Alert tone=Tone::Danger>{text}</Alert> })}
            </Confirm>
        }
    })
}
