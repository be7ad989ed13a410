use axum::http::StatusCode;
use axum::response::Response;
use domain::organization;
use leptos::prelude::*;
use serde::Deserialize;

use super::{LIST, is_name, known};
use crate::form::{Form, Posted};
use crate::organization::Inside;
use crate::outcome::{Failure, Next, answer};
use crate::ui::{Button, ButtonLink, Confirm, InDialog, Kind, Problems, Section, TextField, Variant, Width};
use crate::words::Flash;

const LEAD: &str =
    "Its members, teams, roles and invitations will be gone for good, for everybody in it. This can’t be undone.";
const BUTTON: &str = "Delete the organization";

/// The last card of the settings.
pub(super) struct Offer {
    href: String,
    back: String,
    name: String,
    title: String,
}

impl Offer {
    pub(super) fn of(inside: &Inside) -> Self {
        Self {
            href: inside.path("/delete").to_string(),
            back: inside.path("/settings").to_string(),
            name: inside.access.organization.name.clone(),
            title: title(inside),
        }
    }

    pub(super) fn view(self) -> AnyView {
        let Self { href, back, name, title } = self;
        view! {
            <Section title="Delete it" lead="Everything in it goes, for everybody, for good." danger=true>
                <InDialog name="delete".to_owned() href=href.clone() label=BUTTON.to_owned() title>
                    <p class="mb-4 text-muted">{LEAD}</p>
                    <form method="post" action=href class="grid gap-3">
                        <TextField name="confirmation" label=format!("Type “{name}”") kind=Kind::Plain autocomplete="off" required=true/>
                        <Button label=BUTTON variant=Variant::Danger width=Width::Full/>
                        <ButtonLink href=back label="Cancel" variant=Variant::Quiet width=Width::Full/>
                    </form>
                </InDialog>
            </Section>
        }
        .into_any()
    }
}

fn title(inside: &Inside) -> String {
    format!("Delete {}?", inside.access.organization.name)
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    confirmation: String,
}

/// `/organizations/{slug}/delete`.
pub(super) async fn show(inside: Inside) -> Response {
    if let Err(error) = inside.access.require("org:delete") {
        return inside.trouble(error);
    }
    question(&inside, String::new(), Problems::default(), StatusCode::OK)
}

pub(super) async fn post(inside: Inside, posted: Posted<Typed>) -> Response {
    let Form(Typed { confirmation }) = posted.unwrap_or_default();
    let outcome = delete(&inside, &confirmation).await;
    answer(inside.member.frame.clone(), outcome, |_, problems, status| {
        question(&inside, confirmation, problems.rest_at("confirmation", &[]), status)
    })
}

async fn delete(inside: &Inside, confirmation: &str) -> Result<Next, Failure> {
    inside.access.require("org:delete")?;
    is_name(inside, confirmation)?;
    organization::delete(inside.cx(), &inside.member.current, &inside.access).await?;
    Ok(Next::from(known(LIST)).saying(Flash::OrganizationDeleted))
}

fn question(inside: &Inside, typed: String, problems: Problems, status: StatusCode) -> Response {
    let (action, back) = (inside.path("/delete").to_string(), inside.path("/settings").to_string());
    let (title, phrase) = (title(inside), inside.access.organization.name.clone());
    inside.member.frame.clone().page(title.clone()).status(status).render(move || {
        view! { <Confirm title lead=LEAD action phrase typed button=BUTTON back problems/> }
    })
}
