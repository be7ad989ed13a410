use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use domain::organization::member;
use leptos::prelude::*;
use model::MemberView;

use super::path;
use crate::organization::{Inside, people};
use crate::outcome::Failure;
use crate::ui::{Alert, Confirm, Problems, Tone};
use crate::words::Flash;

const LEAD: &str = "They lose their roles and teams here at once, on every device, and everything that was given to them for a while. Their account stays. To come back, somebody has to invite them again.";

/// Asks before somebody is removed.
pub(super) async fn ask(inside: Inside, Path((_, id)): Path<(String, String)>) -> Response {
    let member = match member::find(inside.cx(), &inside.access, &id).await {
        Ok(member) => member,
        Err(error) => return inside.trouble(error),
    };
    if member.id == inside.access.member.id {
        return inside.member.frame.go(inside.path("/leave"), None);
    }
    match inside.access.require("member:delete") {
        Ok(()) => question(&inside, &member, Problems::default(), StatusCode::OK),
        Err(error) => inside.trouble(error),
    }
}

pub(super) async fn post(inside: Inside, Path((_, id)): Path<(String, String)>) -> Response {
    let member = match member::find(inside.cx(), &inside.access, &id).await {
        Ok(member) => member,
        Err(error) => return inside.trouble(error),
    };
    match member::remove(inside.cx(), &inside.member.current, &inside.access, &member.id).await.map_err(Failure::from) {
        Ok(_) => inside.member.frame.go(inside.path("/members"), Some(Flash::MemberRemoved)),
        Err(Failure::Form(problems, status)) => question(&inside, &member, problems, status),
        Err(Failure::Verb(error)) => inside.trouble(error),
    }
}

fn question(inside: &Inside, member: &MemberView, problems: Problems, status: StatusCode) -> Response {
    let title = format!("Remove {}?", people::name(member));
    let back = path(inside, &member.id).to_string();
    let action = format!("{back}/remove");
    inside.member.frame.clone().page(title.clone()).status(status).render(move || {
        view! {
            <Confirm title lead=LEAD action button="Remove" back>
                {problems.any().map(|text| view! { <Alert tone=Tone::Danger>{text}</Alert> })}
            </Confirm>
        }
    })
}
