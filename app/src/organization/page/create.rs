use axum::http::StatusCode;
use axum::response::Response;
use domain::organization::{self, New};
use leptos::prelude::*;
use model::{OrganizationRefusal, Slug};
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

use super::{LIST, NEW, is_about, stem, typed_logo};
use crate::form::{Form, Posted};
use crate::member::Member;
use crate::organization::SuggestSlug;
use crate::organization::frame::page_of;
use crate::outcome::{Failure, Next, answer};
use crate::ui::{AuthCard, Button, ButtonLink, FormMessage, Glyph, Kind, Problems, TextField, Variant, Width};
use crate::words::Flash;

const TITLE: &str = "Create an organization";

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    name: String,
    slug: String,
    logo: String,
}

/// `/organizations/new`. Who may make no more learns it before they have typed anything.
pub(super) async fn show(member: Member) -> Response {
    match organization::may_create(member.cx(), member.user()).await {
        Ok(()) => form(&member, Typed::default(), Problems::default(), StatusCode::OK),
        Err(error) if is_about(&error, &OrganizationRefusal::TooMany) => full(&member),
        Err(error) => member.trouble(error),
    }
}

pub(super) async fn post(member: Member, posted: Posted<Typed>) -> Response {
    let Form(mut typed) = posted.unwrap_or_default();
    if typed.slug.trim().is_empty() {
        // Shown then, should something be wrong with it.
        typed.slug =
            Slug::suggest(&typed.name.nfkd().collect::<String>()).map(|slug| slug.to_string()).unwrap_or_default();
    }
    let made = make(&member, &typed).await;
    answer(member.frame.clone(), made, |_, problems, status| form(&member, typed, problems, status))
}

async fn make(member: &Member, typed: &Typed) -> Result<Next, Failure> {
    let new = New {
        name: typed.name.clone(),
        slug: Slug::parse(&typed.slug)?,
        logo: typed_logo(&typed.logo),
        metadata: None,
        stay: false,
    };
    let (organization, _) = organization::create(member.cx(), &member.current, new).await?;
    Ok(Next::from(page_of(&organization.slug, "")).saying(Flash::OrganizationCreated))
}

fn form(member: &Member, typed: Typed, problems: Problems, status: StatusCode) -> Response {
    let hint =
        format!("{}… Latin letters, digits and dashes. Leave it empty to have it made of the name.", stem(member.cx()));
    member.frame.clone().page(TITLE).status(status).render(move || {
        view! {
            <AuthCard title=TITLE lead="For a company or a group that works here together. You will own it; invite the others next.">
                <SuggestSlug>
                    <form method="post" action=NEW class="grid gap-1.5">
                        <TextField name="name" label="Name" value=typed.name autocomplete="organization" enterkeyhint="next" required=true autofocus=problems.is_empty() max=100 problems=problems.clone()/>
                        <TextField name="slug" label="Web address" kind=Kind::Plain hint value=typed.slug autocomplete="off" enterkeyhint="next" max=48 problems=problems.clone()/>
                        <TextField name="logo" label="Logo (optional)" kind=Kind::Url hint="The address of a square picture, beginning with https://" value=typed.logo autocomplete="off" enterkeyhint="done" max=2048 problems=problems.clone()/>
                        <Button label="Create organization" width=Width::Full/>
                        <FormMessage problems/>
                        <ButtonLink href=LIST label="Cancel" variant=Variant::Quiet width=Width::Full/>
                    </form>
                </SuggestSlug>
            </AuthCard>
        }
    })
}

fn full(member: &Member) -> Response {
    let most = member.cx().settings.organization.limit;
    let many = if most == 1 { "one organization".to_owned() } else { format!("{most} organizations") };
    let lead =
        format!("Everybody may own {many} here. Hand one over to somebody else, or delete one, then make a new one.");
    member.frame.clone().page(TITLE).status(StatusCode::FORBIDDEN).render(move || {
        view! {
            <AuthCard title="You own as many organizations as you may" lead glyph=Glyph::BUILDING_2>
                <ButtonLink href=LIST label="See your organizations" width=Width::Full/>
            </AuthCard>
        }
    })
}
