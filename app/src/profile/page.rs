use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use domain::{onboarding, profile};

use super::form::{Details, Typed};
use super::picture;
use super::view::{Content, Filled};
use crate::form::{Form, Posted};
use crate::member::Member;
use crate::outcome::{Failure, Next};
use crate::problem::Trouble;
use crate::settings::Here;
use crate::state::App;
use crate::words::Flash;
use leptos::prelude::*;

/// `/profile`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/profile", get(show).post(post))
        .route("/profile/picture", get(picture::back).post(picture::change))
}

async fn show(member: Member) -> Response {
    render(member, |filled| filled, StatusCode::OK).await
}

async fn post(member: Member, posted: Posted<Typed>) -> Response {
    let Ok(Form(typed)) = posted else { return Trouble::Unreadable.page(member.frame) };
    match save(&member, &typed).await {
        Ok(next) => member.frame.go(next.to, next.flash),
        Err(Failure::Form(problems, status)) => {
            let again = |filled| match typed {
                Typed::Details(details) => Filled { details, details_problems: problems, ..filled },
                Typed::Preferences { preferences } => Filled { preferences, preferences_problems: problems, ..filled },
            };
            render(member, again, status).await
        }
        Err(Failure::Verb(error)) => member.trouble(error),
    }
}

async fn save(member: &Member, typed: &Typed) -> Result<Next, Failure> {
    profile::update(member.cx(), member.user(), typed.read()?).await?;
    Ok(Next::to("/profile").saying(match typed {
        Typed::Details(_) => Flash::ProfileSaved,
        Typed::Preferences { .. } => Flash::PreferencesSaved,
    }))
}

/// Renders the page as it is stored, but for what `again` puts back of a refused form.
pub(super) async fn render(member: Member, again: impl FnOnce(Filled) -> Filled, status: StatusCode) -> Response {
    let stored = async {
        let (cx, user) = (member.cx(), member.user());
        domain::Result::Ok((profile::get(cx, user).await?, onboarding::get(cx, user).await?))
    };
    let (told, onboarding) = match stored.await {
        Ok(stored) => stored,
        Err(error) => return member.trouble(error),
    };
    let user = member.current.user.view();
    let preferences = if told.preferences.is_empty() {
        String::new()
    } else {
        serde_json::to_string_pretty(&told.preferences).unwrap_or_default()
    };
    let filled = again(Filled {
        details: Details { name: user.name.clone(), full_name: told.full_name, bio: told.bio },
        preferences,
        ..Filled::default()
    });
    Here::Profile.page(&member, status, move || view! { <Content user onboarding filled/> })
}
