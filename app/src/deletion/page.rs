use axum::Router;
use axum::extract::Query;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::get;
use domain::deletion;
use domain::token::{self, Purpose, Token};
use leptos::prelude::*;
use model::{LocalPath, Refusal};
use serde::Deserialize;

use crate::form::{Form, Posted};
use crate::member::Member;
use crate::origins::Callback;
use crate::outcome::Failure;
use crate::problem::Trouble;
use crate::state::App;
use crate::ui::{Button, ButtonLink, Confirm, InDialog, Kind, Problems, Section, TextField, Variant, Width};
use crate::wire::to_callback;
use crate::words::Flash;

/// `/settings/data/delete`, which asks for the mail, and `/delete-account`, where its link leads.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/settings/data/delete", get(ask).post(request))
        .route("/delete-account", get(show).post(confirm))
}

/// What has to be typed.
const PHRASE: &str = "delete my account";
const TITLE: &str = "Delete your account?";
const LEAD: &str = "Your profile, your answers and everything else that is kept about you here will be gone for good. We send you a mail first; nothing happens until you follow its link.";
const BUTTON: &str = "Send the mail";
const ASK: &str = "/settings/data/delete";

/// The last card of the page about the user's data.
#[component]
pub fn Offer() -> AnyView {
    view! {
        <Section title="Delete your account" lead="Everything that is kept about you here goes, for good. Download it first, if you want to keep it." danger=true>
            <InDialog name="account".to_owned() href=ASK.to_owned() label="Delete my account".to_owned() title=TITLE.to_owned()>
                <p class="mb-4 text-muted">{LEAD}</p>
                <form method="post" action=ASK class="grid gap-3">
                    <TextField name="confirmation" label=format!("Type “{PHRASE}”") kind=Kind::Plain autocomplete="off" required=true/>
                    <Button label=BUTTON variant=Variant::Danger width=Width::Full/>
                    <ButtonLink href="/settings/data" label="Cancel" variant=Variant::Quiet width=Width::Full/>
                </form>
            </InDialog>
        </Section>
    }
    .into_any()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    confirmation: String,
}

async fn ask(member: Member) -> Response {
    question(member, String::new(), Problems::default(), StatusCode::OK)
}

async fn request(member: Member, posted: Posted<Typed>) -> Response {
    let Form(Typed { confirmation }) = posted.unwrap_or_default();
    if !confirmation.trim().eq_ignore_ascii_case(PHRASE) {
        return Failure::from(Refusal::ConfirmationMismatch)
            .page(member.frame.clone(), |_, problems, status| question(member, confirmation, problems, status));
    }
    match deletion::request(member.cx(), &member.current, None, None, &member.visit.client).await {
        Ok(()) => member.frame.go(LocalPath::known("/settings/data"), Some(Flash::DeletionStarted)),
        Err(error) => member.trouble(error),
    }
}

fn question(member: Member, typed: String, problems: Problems, status: StatusCode) -> Response {
    member.frame.page(TITLE).status(status).render(move || {
        view! { <Confirm title=TITLE lead=LEAD action=ASK phrase=PHRASE typed button=BUTTON back="/settings/data" problems/> }
    })
}

/// What the mail's link holds.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Link {
    token: String,
    #[serde(rename = "callbackURL")]
    callback: String,
}

/// Looks at the link and asks once more: opening it deletes nothing, so that programs which look at links in mails don't.
async fn show(member: Member, Query(link): Query<Link>) -> Response {
    let ticket = match Token::parse(&link.token) {
        Some(token) => token::peek(member.cx(), &token).await,
        None => Err(Refusal::InvalidToken.into()),
    };
    match ticket {
        Ok(ticket) if ticket.purpose != Purpose::DeleteUser => expired().page(member.frame),
        Ok(ticket) if ticket.user_id.as_ref() != Some(member.user()) => member.trouble(Refusal::EmailMismatch.into()),
        Ok(_) => {
            let lead = format!(
                "This is the account of {}. Once you press the button, everything that is kept about you here is gone for good.",
                member.current.user.email
            );
            let target = member.visit.app.origins.callback(&link.callback);
            member.frame.page("Delete your account for good?").private().leading_to(target).render(move || {
                view! {
                    <Confirm title="Delete your account for good?" lead action="/delete-account" button="Delete my account for good" back="/settings/data">
                        <input type="hidden" name="token" value=link.token/>
                        <input type="hidden" name="callbackURL" value=link.callback/>
                    </Confirm>
                }
            })
        }
        Err(domain::Error::Refused(_)) => expired().page(member.frame),
        Err(error) => member.trouble(error),
    }
}

async fn confirm(member: Member, posted: Posted<Link>) -> Response {
    let Form(link) = posted.unwrap_or_default();
    let Some(token) = Token::parse(&link.token) else { return expired().page(member.frame) };
    match deletion::confirm(member.cx(), &member.current, &token).await {
        Ok(()) => {
            member.visit.jar.close();
            let mut response = match member.visit.app.origins.callback(&link.callback) {
                Some(callback @ Callback::Trusted(_)) => to_callback(&callback, None),
                Some(Callback::Local(path)) => member.frame.go(path, Some(Flash::AccountDeleted)),
                None => member.frame.go(LocalPath::known("/"), Some(Flash::AccountDeleted)),
            };
            // Nothing of the account stays in the browser either (SECURITY 38).
            response.headers_mut().insert("clear-site-data", HeaderValue::from_static("\"cache\""));
            response
        }
        Err(domain::Error::Refused(Refusal::InvalidToken | Refusal::TokenExpired)) => expired().page(member.frame),
        Err(error) => member.trouble(error),
    }
}

fn expired() -> Trouble {
    Trouble::LinkExpired { again: ASK.into(), button: "Send a new link" }
}
