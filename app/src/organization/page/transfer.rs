use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use domain::Error;
use domain::organization::{self, member};
use leptos::prelude::*;
use model::{MemberId, MemberView, OrganizationRefusal};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::{is_about, is_name};
use crate::form::{Form, Posted};
use crate::organization::Inside;
use crate::outcome::{Failure, Next, answer};
use crate::ui::{AuthCard, Button, ButtonLink, Confirm, Kind, Problems, TextField, Variant, Width};
use crate::words::Flash;

const TITLE: &str = "Hand it over to whom?";

/// To whom.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Chosen {
    /// A member, by id or by address; nobody yet when it is empty.
    to: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    confirmation: String,
}

/// `/organizations/{slug}/transfer`: asks to whom, and then whether. A member's page leads to the second question.
pub(super) async fn show(inside: Inside, Query(Chosen { to }): Query<Chosen>) -> Response {
    if !inside.access.is_owner() {
        return inside.trouble(not_an_owner());
    }
    if to.trim().is_empty() {
        return search(&inside, to, Problems::default(), StatusCode::OK);
    }
    match heir(&inside, &to).await {
        Ok(heir) => question(&inside, heir, String::new(), Problems::default(), StatusCode::OK),
        Err(Failure::Form(problems, status)) => search(&inside, to, problems, status),
        Err(Failure::Verb(error)) => inside.trouble(error),
    }
}

pub(super) async fn post(inside: Inside, Query(Chosen { to }): Query<Chosen>, posted: Posted<Typed>) -> Response {
    let Form(Typed { confirmation }) = posted.unwrap_or_default();
    if !inside.access.is_owner() {
        return inside.trouble(not_an_owner());
    }
    let heir = match heir(&inside, &to).await {
        Ok(heir) => heir,
        Err(Failure::Form(problems, status)) => return search(&inside, to, problems, status),
        Err(Failure::Verb(error)) => return inside.trouble(error),
    };
    let outcome = hand_over(&inside, &heir.id, &confirmation).await;
    answer(inside.member.frame.clone(), outcome, |_, problems, status| {
        question(&inside, heir, confirmation, problems.rest_at("confirmation", &[]), status)
    })
}

async fn hand_over(inside: &Inside, heir: &MemberId, confirmation: &str) -> Result<Next, Failure> {
    is_name(inside, confirmation)?;
    organization::transfer(inside.cx(), &inside.member.current, &inside.access, heir).await?;
    Ok(Next::from(inside.path("")).saying(Flash::OrganizationHandedOver))
}

fn not_an_owner() -> Error {
    OrganizationRefusal::Forbidden("org:transfer".to_owned()).into()
}

/// The member who was named, if they aren't the one who asks.
async fn heir(inside: &Inside, to: &str) -> Result<MemberView, Failure> {
    // What no database keeps names nobody.
    let found = member::find(inside.cx(), &inside.access, to.trim()).await;
    let problem = match found {
        Ok(heir) if heir.id != inside.access.member.id => return Ok(heir),
        Ok(_) => "It is yours already. Name another member.",
        Err(error) if is_about(&error, &OrganizationRefusal::MemberNotFound) => {
            "No member here has this address. Look again, or invite them first."
        }
        Err(error) => return Err(error.into()),
    };
    Err(Failure::Form(Problems::field("to", problem), StatusCode::BAD_REQUEST))
}

fn search(inside: &Inside, typed: String, problems: Problems, status: StatusCode) -> Response {
    let (action, back) = (inside.path("/transfer").to_string(), inside.path("/settings").to_string());
    inside.member.frame.clone().page(TITLE).status(status).render(move || {
        view! {
            <AuthCard title=TITLE lead="Name a member. You are asked once more before anything changes.">
                <form method="get" action=action class="grid gap-1.5">
                    <TextField name="to" label="Their e-mail address" kind=Kind::Email value=typed autocomplete="off" enterkeyhint="go" required=true autofocus=true problems/>
                    <Button label="Go on" width=Width::Full/>
                    <ButtonLink href=back label="Cancel" variant=Variant::Quiet width=Width::Full/>
                </form>
            </AuthCard>
        }
    })
}

fn question(inside: &Inside, heir: MemberView, typed: String, problems: Problems, status: StatusCode) -> Response {
    let organization = inside.access.organization.name.clone();
    let to = utf8_percent_encode(heir.id.as_str(), NON_ALPHANUMERIC);
    let action = inside.path(&format!("/transfer?to={to}")).to_string();
    let back = inside.path("/settings").to_string();
    let (name, email) = heir.user.map(|user| (user.name, user.email.to_string())).unwrap_or_default();
    let title = format!("Hand {organization} over to {name}?");
    let lead = format!(
        "{name} ({email}) becomes the owner: they may do everything here, and only they can give it back. You become an admin."
    );
    inside.member.frame.clone().page(title.clone()).status(status).render(move || {
        view! { <Confirm title lead action phrase=organization typed button="Hand it over" back problems/> }
    })
}
