use axum::http::StatusCode;
use axum::response::Response;
use domain::organization::{self, Change};
use leptos::prelude::*;
use model::Slug;

use super::second_step::{self, SecondStep};
use super::{delete, leave, stem, typed_logo};
use crate::organization::frame::page_of;
use crate::organization::typed::{Posting, Typed};
use crate::organization::{Here, Inside};
use crate::outcome::{Failure, Next};
use crate::ui::{
    Button, ButtonLink, Fact, Facts, FormMessage, Kind, Logo, Problems, Section, TextField, Variant, Width,
};
use crate::words::Flash;

/// What the forms hold when the page is shown.
struct Filled {
    name: String,
    slug: String,
    logo: String,
    problems: Problems,
    /// The form about the second step, if it was refused.
    rule: Option<Typed>,
    rule_problems: Problems,
}

impl Filled {
    fn of(inside: &Inside) -> Self {
        let one = inside.access.organization.clone();
        let (slug, logo) = (one.slug.to_string(), one.logo.unwrap_or_default());
        let (problems, rule_problems) = (Problems::default(), Problems::default());
        Self { name: one.name, slug, logo, problems, rule: None, rule_problems }
    }
}

/// `/organizations/{slug}/settings`.
pub(super) async fn show(inside: Inside) -> Response {
    let filled = Filled::of(&inside);
    page(inside, filled, StatusCode::OK).await
}

pub(super) async fn post(inside: Inside, posted: Posting) -> Response {
    let typed = Typed::read(posted);
    let is_rule = typed.one("act") == "second-step";
    let outcome = if is_rule { second_step::set(&inside, &typed).await } else { save(&inside, &typed).await };
    let (problems, status) = match outcome {
        Ok(next) => return inside.member.frame.go(next.to, next.flash),
        Err(Failure::Verb(error)) => return inside.trouble(error),
        Err(Failure::Form(problems, status)) => (problems, status),
    };
    let present = Filled::of(&inside);
    let filled = if is_rule {
        Filled { rule: Some(typed), rule_problems: problems, ..present }
    } else {
        Filled { name: typed.text("name"), slug: typed.text("slug"), logo: typed.text("logo"), problems, ..present }
    };
    page(inside, filled, status).await
}

async fn save(inside: &Inside, typed: &Typed) -> Result<Next, Failure> {
    let change = Change {
        name: Some(typed.text("name")),
        slug: Some(Slug::parse(typed.one("slug"))?),
        logo: Some(typed_logo(typed.one("logo"))),
        metadata: None,
    };
    let saved = organization::update(inside.cx(), &inside.access, change).await?;
    let moved = saved.slug != inside.access.organization.slug;
    let flash = if moved { Flash::OrganizationMoved } else { Flash::OrganizationSaved };
    Ok(Next::from(page_of(&saved.slug, "/settings")).saying(flash))
}

async fn page(inside: Inside, filled: Filled, status: StatusCode) -> Response {
    let tally = match organization::tally(inside.cx(), &inside.access).await {
        Ok(tally) => tally,
        Err(error) => return inside.trouble(error),
    };
    let Filled { name, slug, logo, problems, rule, rule_problems } = filled;
    let action = inside.path("/settings").to_string();
    let stem = stem(inside.cx());
    let may_change = inside.access.may("org:update");
    let rule = SecondStep::of(&inside, rule.as_ref(), rule_problems);
    let transfer = inside.access.is_owner().then(|| (inside.path("/transfer").to_string(), tally.members == 1));
    let leave = leave::Offer::of(&inside, &tally);
    let delete = inside.access.may("org:delete").then(|| delete::Offer::of(&inside));
    inside.page(Here::Settings, status, move || {
        let facts = if may_change {
            view! { <Details action name slug logo stem problems/> }.into_any()
        } else {
            view! { <ReadOnly name slug logo stem/> }.into_any()
        };
        view! {
            {facts}
            {rule.view()}
            {transfer.map(|(href, alone)| view! { <HandOver href alone/> })}
            {leave.view()}
            {delete.map(delete::Offer::view)}
        }
    })
}

/// What it is called and where it is.
#[component]
fn Details(action: String, name: String, slug: String, logo: String, stem: String, problems: Problems) -> AnyView {
    let hint = format!("{stem}… Links to the old address stop working when you change it.");
    view! {
        <Section title="Name and address" lead="What members and people you invite see.">
            <form method="post" action=action class="grid max-w-card gap-1.5">
                <input type="hidden" name="act" value="details"/>
                <TextField name="name" label="Name" value=name autocomplete="organization" enterkeyhint="next" required=true max=100 problems=problems.clone()/>
                <TextField name="slug" label="Web address" kind=Kind::Plain hint value=slug autocomplete="off" enterkeyhint="next" required=true max=48 problems=problems.clone()/>
                <TextField name="logo" label="Logo (optional)" kind=Kind::Url hint="The address of a square picture, beginning with https://" value=logo autocomplete="off" enterkeyhint="done" max=2048 problems=problems.clone()/>
                <div><Button label="Save" width=Width::FullOnPhones/></div>
                <FormMessage problems/>
            </form>
        </Section>
    }
    .into_any()
}

/// The same for who may not change it.
#[component]
fn ReadOnly(name: String, slug: String, logo: String, stem: String) -> AnyView {
    let picture = Some(logo).filter(|logo| !logo.is_empty());
    view! {
        <Section title="Name and address" lead="You may look, not change. Ask an owner if something is wrong.">
            <div class="-my-3">
                <Facts>
                    <Fact term="Name">
                        <span class="flex items-center gap-2.5"><Logo image=picture name=name.clone()/><span class="min-w-0 wrap-anywhere">{name}</span></span>
                    </Fact>
                    <Fact term="Web address"><span class="break-all">{stem}{slug}</span></Fact>
                </Facts>
            </div>
        </Section>
    }
    .into_any()
}

/// Only an owner sees it.
#[component]
fn HandOver(
    href: String,
    /// Whether there is nobody to hand it over to.
    alone: bool,
) -> AnyView {
    let control = if alone {
        view! { <p class="text-muted">"Nobody else is here yet. Invite somebody first."</p> }.into_any()
    } else {
        view! { <ButtonLink href label="Hand it over" variant=Variant::Secondary width=Width::FullOnPhones/> }
            .into_any()
    };
    view! {
        <Section title="Hand it over" lead="Make another member the owner in your place. You become an admin, with less to decide.">
            <div>{control}</div>
        </Section>
    }
    .into_any()
}
