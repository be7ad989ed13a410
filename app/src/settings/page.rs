use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use domain::profile::{self, Change};
use leptos::prelude::*;
use model::Username;
use serde::Deserialize;

use super::Here;
use crate::form::{Form, Posted};
use crate::member::Member;
use crate::outcome::{Failure, Next, answer};
use crate::problem::Trouble;
use crate::state::App;
use crate::ui::{Badge, Button, FormMessage, Kind, Link, Problems, Section, TextField, Width};
use crate::words::Flash;
use crate::{email_change, phone_number};

/// `/settings`.
pub fn routes() -> Router<App> {
    Router::new().route("/settings", get(show).post(post))
}

/// The page's forms.
#[derive(Deserialize)]
#[serde(tag = "act", rename_all = "lowercase")]
enum Typed {
    /// Change the address.
    Email { email: String },
    /// Change the user name; an empty one gives it up.
    Username { username: String },
    /// Remove the telephone number; another page sets it.
    #[serde(rename = "remove-phone")]
    RemovePhone {},
}

/// What the forms hold when the page is shown.
#[derive(Default)]
struct Filled {
    email: String,
    username: String,
    email_problems: Problems,
    username_problems: Problems,
    phone_problems: Problems,
}

async fn show(member: Member) -> Response {
    let username = member.current.user.display_username.clone().unwrap_or_default();
    page(&member, Filled { username, ..Filled::default() }, StatusCode::OK)
}

async fn post(member: Member, posted: Posted<Typed>) -> Response {
    let Ok(Form(typed)) = posted else { return Trouble::Unreadable.page(member.frame) };
    let outcome = match &typed {
        Typed::Email { email } => email_change::request(&member.visit, &member.current, email).await,
        Typed::Username { username } => set_username(&member, username).await,
        Typed::RemovePhone {} => phone_number::remove(&member).await,
    };
    answer(member.frame.clone(), outcome, |_, problems, status| {
        let present = member.current.user.display_username.clone().unwrap_or_default();
        let filled = match typed {
            Typed::Email { email } => {
                Filled { email, username: present, email_problems: problems, ..Filled::default() }
            }
            Typed::Username { username } => Filled { username, username_problems: problems, ..Filled::default() },
            Typed::RemovePhone {} => Filled { username: present, phone_problems: problems, ..Filled::default() },
        };
        page(&member, filled, status)
    })
}

async fn set_username(member: &Member, typed: &str) -> Result<Next, Failure> {
    let username = if typed.trim().is_empty() { None } else { Some(Username::parse(typed)?) };
    let change = Change { username: Some(username), ..Change::default() };
    profile::update(member.cx(), member.user(), change).await?;
    Ok(Next::to("/settings").saying(Flash::UsernameSaved))
}

fn page(member: &Member, filled: Filled, status: StatusCode) -> Response {
    let user = member.current.user.view();
    let may_change = member.cx().settings.email_change.enabled;
    let can_text = member.cx().settings.two_factor.sms;
    let number = user.phone_number.clone();
    Here::Account.page(member, status, move || {
        let lead = if may_change {
            "We write to you at this address. Before it changes, both addresses have to agree: nobody can take it over by sitting down at your screen."
        } else {
            "We write to you at this address. To change it, ask the people who run this site."
        };
        let state = if user.email_verified {
            view! { <Badge label="Confirmed"/> }.into_any()
        } else {
            view! { <span class="text-muted">"Not confirmed yet. "<Link href="/check-mail?about=verification" label="Send the mail again"/></span> }.into_any()
        };
        view! {
            <Section title="Address" lead>
                <p class="flex flex-wrap items-center gap-x-3 gap-y-1">
                    <span class="min-w-0 font-medium break-all">{user.email.to_string()}</span>
                    {state}
                </p>
                {may_change.then(|| view! { <email_change::ChangeForm email=filled.email problems=filled.email_problems/> })}
            </Section>
            <Section title="User name" lead="Optional. With one, you can sign in by typing it instead of your address.">
                <form method="post" action="/settings" class="grid max-w-card gap-1.5">
                    <input type="hidden" name="act" value="username"/>
                    <TextField
                        name="username"
                        label="User name"
                        kind=Kind::Plain
                        hint="3 to 30 letters from a to z, digits, _ and dots. Leave it empty to have none."
                        value=filled.username
                        autocomplete="off"
                        enterkeyhint="done"
                        max=30
                        problems=filled.username_problems.clone()
                    />
                    <div><Button label="Save user name" width=Width::FullOnPhones/></div>
                    <FormMessage problems=filled.username_problems/>
                </form>
            </Section>
            {(can_text || number.is_some())
                .then(|| view! { <phone_number::NumberSection number can_send=can_text problems=filled.phone_problems/> })}
        }
    })
}
