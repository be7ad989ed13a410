//! The start page: what this is, for guests; where to go, for everybody else.

#![expect(missing_docs, reason = "a component's properties are named by what they are")]

use axum::Router;
use axum::extract::Query;
use axum::response::Response;
use axum::routing::get;
use domain::organization::{self, Membership, invitation};
use domain::session::Current;
use domain::two_factor;
use leptos::prelude::*;
use model::Refusal;
use model::onboarding::{OnboardingView, Status};
use serde::Deserialize;

use crate::device_sessions::{self, Account};
use crate::header::Person;
use crate::open_link::expired;
use crate::outcome::trouble;
use crate::shell::Frame;
use crate::state::App;
use crate::ui::{Button, ButtonLink, Glyph, Icon, IconSize, Variant, Width};
use crate::visit::Visit;

/// `/`.
pub fn routes() -> Router<App> {
    Router::new().route("/", get(show))
}

/// What a link that failed brings along, when an app named no other page for it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Arrival {
    error: Option<String>,
}

async fn show(visit: Visit, frame: Frame, Query(arrival): Query<Arrival>) -> Response {
    if arrival.error.is_some() {
        return expired(true, None).page(frame);
    }
    let current = match visit.current().await {
        Ok(current) => current,
        Err(error) => return trouble(frame, error),
    };
    let (mut frame, mut person) = (frame, None);
    let visitor = match &current {
        None => Visitor::Guest,
        Some(current) if two_factor::owes_setup(visit.cx(), current) => {
            return trouble(frame, Refusal::TwoFactorRequired.into());
        }
        Some(current) => match about(&visit, current).await {
            Ok((onboarding, organizations, invitations, others)) => {
                person = Some(Person::new(visit.cx(), current, organizations, others));
                frame = frame.opened_as(&current.user.id);
                let welcome_pending =
                    onboarding.status == Status::Pending && !onboarding.questionnaire.steps.is_empty();
                Visitor::User { name: current.user.name.clone(), welcome_pending, invitations }
            }
            Err(error) => return trouble(frame, error),
        },
    };
    let name = frame.name().to_owned();
    frame.page("Start").wide(person).render(move || view! { <Home name visitor/> })
}

type About = (OnboardingView, Vec<Membership>, Vec<String>, Vec<Account>);

async fn about(visit: &Visit, current: &Current) -> domain::Result<About> {
    let (cx, user) = (visit.cx(), &current.user.id);
    // Whose address isn't proved learns nothing of who invites it.
    let invitations = match invitation::for_user(cx, current).await {
        Ok(invitations) => invitations.into_iter().map(|(_, organization)| organization.name).collect(),
        Err(domain::Error::Refused(_)) => Vec::new(),
        Err(error) => return Err(error),
    };
    let others = device_sessions::others(visit, current).await?;
    Ok((domain::onboarding::get(cx, user).await?, organization::memberships(cx, user).await?, invitations, others))
}

/// What the start page shows to whom.
#[derive(Clone, Debug)]
pub enum Visitor {
    /// Nobody is signed in.
    Guest,
    /// Somebody is.
    User {
        /// The name to greet.
        name: String,
        /// Whether the questionnaire waits for answers.
        welcome_pending: bool,
        /// The organizations that ask them in.
        invitations: Vec<String>,
    },
}

/// The start page's content.
#[component]
pub fn Home(
    /// The product's name.
    name: String,
    visitor: Visitor,
) -> AnyView {
    match visitor {
        Visitor::Guest => view! { <ForGuests name/> }.into_any(),
        Visitor::User { name, welcome_pending, invitations } => {
            view! { <ForUsers name welcome_pending invitations/> }.into_any()
        }
    }
}

#[component]
fn ForGuests(name: String) -> AnyView {
    view! {
        <section class="grid justify-items-center gap-6 py-10 text-center sm:py-20">
            <div class="grid gap-3">
                <h1 class="text-2xl font-bold tracking-tight text-balance sm:text-3xl">{format!("Your {name} account")}</h1>
                <p class="mx-auto max-w-prose text-lg text-muted text-balance">"One place to sign in, to say who you are, and to keep your account safe."</p>
            </div>
            <div class="flex w-full flex-col justify-center gap-3 sm:flex-row">
                <ButtonLink href="/sign-up" label="Create account" width=Width::FullOnPhones/>
                <ButtonLink href="/sign-in" label="Sign in" variant=Variant::Secondary width=Width::FullOnPhones/>
            </div>
        </section>
        <ul class="grid gap-4 sm:grid-cols-3">
            <Fact glyph=Glyph::LOG_IN title="Your way in" text="A password, a link by mail or a code: whatever is at hand."/>
            <Fact glyph=Glyph::SHIELD_CHECK title="Safe by default" text="See every device that is signed in, and end any of them with one press."/>
            <Fact glyph=Glyph::DOWNLOAD title="Yours" text="Take your data with you, or delete your account, whenever you like."/>
        </ul>
    }
    .into_any()
}

#[component]
fn Fact(glyph: Glyph, title: &'static str, text: &'static str) -> AnyView {
    view! {
        <li class="grid content-start gap-2 rounded-card border border-border bg-surface p-5">
            <span class="text-link"><Icon glyph size=IconSize::Medium/></span>
            <h2 class="font-bold">{title}</h2>
            <p class="text-muted">{text}</p>
        </li>
    }
    .into_any()
}

#[component]
fn ForUsers(name: String, welcome_pending: bool, invitations: Vec<String>) -> AnyView {
    let invited = match invitations.as_slice() {
        [] => None,
        [one] => Some(format!("{one} invites you to join.")),
        many => Some(format!("{} organizations invite you to join.", many.len())),
    };
    view! {
        <div class="grid gap-6 py-4 sm:py-8">
            <h1 class="text-2xl font-bold tracking-tight">{format!("Hello, {name}")}</h1>
            {welcome_pending.then(|| view! {
                <Waiting title="Finish setting up" text="A few questions, two minutes. You can stop and go on whenever you like.".to_owned() href="/onboarding" label="Go on"/>
            })}
            {invited.map(|text| view! { <Waiting title="You are invited" text href="/organizations" label="See the invitation"/> })}
            <ul class="grid gap-4 sm:grid-cols-2">
                <Way href="/profile" glyph=Glyph::USER title="Profile" text="Your name, your picture and what you told about yourself."/>
                <Way href="/organizations" glyph=Glyph::BUILDING_2 title="Organizations" text="The companies and groups you work with."/>
                <Way href="/settings/security" glyph=Glyph::LOCK title="Security" text="Your password and how you sign in."/>
                <Way href="/settings/sessions" glyph=Glyph::LAPTOP title="Devices" text="Where you are signed in, and how to end it."/>
                <Way href="/settings" glyph=Glyph::SETTINGS title="Account" text="Your address, your data and everything else."/>
            </ul>
            <form method="post" action="/sign-out"><Button label="Sign out" variant=Variant::Quiet glyph=Glyph::LOG_OUT/></form>
        </div>
    }
    .into_any()
}

/// Something that waits for the user.
#[component]
fn Waiting(title: &'static str, text: String, href: &'static str, label: &'static str) -> AnyView {
    view! {
        <section class="flex flex-col gap-4 rounded-card border border-link/30 bg-link/8 p-5 sm:flex-row sm:items-center">
            <div class="min-w-0 flex-1">
                <h2 class="font-bold">{title}</h2>
                <p class="text-muted wrap-anywhere">{text}</p>
            </div>
            <ButtonLink href label/>
        </section>
    }
    .into_any()
}

#[component]
fn Way(href: &'static str, glyph: Glyph, title: &'static str, text: &'static str) -> AnyView {
    view! {
        <li>
            <a href=href class="group flex h-full items-start gap-3.5 rounded-card border border-border bg-surface p-5 shadow-card transition-[border-color] hover:border-control">
                <span class="mt-0.5 text-link"><Icon glyph size=IconSize::Medium/></span>
                <span class="flex-1">
                    <span class="block font-bold">{title}</span>
                    <span class="text-muted">{text}</span>
                </span>
                <span class="mt-1 text-muted transition-transform group-hover:translate-x-0.5"><Icon glyph=Glyph::CHEVRON_RIGHT/></span>
            </a>
        </li>
    }
    .into_any()
}
