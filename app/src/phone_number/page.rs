use axum::Router;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use domain::limit::Rule;
use domain::phone_number;
use domain::session::Current;
use leptos::prelude::*;
use model::{LocalPath, PhoneNumber};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::NumberLive;
use super::section::NumberForm;
use crate::form::{Form, Posted};
use crate::member::Member;
use crate::outcome::{Failure, Next, answer, keeping, onward};
use crate::settings::Here;
use crate::state::App;
use crate::ui::{Button, CodeField, FormMessage, Link, Problems, Section, Variant, Width};
use crate::visit::Visit;
use crate::words::Flash;

/// The page's address.
pub(super) const PATH: &str = "/settings/phone";

/// `/settings/phone`.
pub fn routes() -> Router<App> {
    Router::new().route(PATH, get(show).post(submit))
}

/// What is typed into the page's forms: a number, or the code that was sent to it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    phone: Option<String>,
    code: String,
    next: String,
}

async fn show(member: Member, Query(typed): Query<Typed>) -> Response {
    page(&member, typed, Problems::default(), StatusCode::OK)
}

async fn submit(member: Member, posted: Posted<Typed>) -> Response {
    let Form(typed) = posted.unwrap_or_default();
    let outcome = set(&member.visit, &member.current, typed.phone.as_deref(), &typed.code, &typed.next).await;
    answer(member.frame.clone(), outcome, |_, problems, status| page(&member, typed, problems, status))
}

/// The act, for the page and for the island: sends a code to `phone`; without one, takes the code that was sent before.
pub(super) async fn set(
    visit: &Visit,
    current: &Current,
    phone: Option<&str>,
    code: &str,
    next: &str,
) -> Result<Next, Failure> {
    let cx = visit.cx();
    let number = match phone {
        Some(typed) => Some(PhoneNumber::parse(typed)?),
        None => None,
    };
    // Before it is counted: it comes again.
    current.require_fresh(cx)?;
    visit.limit(Rule::PhoneNumber).await?;
    if let Some(number) = number {
        phone_number::request_change(cx, current, &number).await?;
        visit.jar.texted(&number, cx.settings.links.code);
        return Ok(Next::from(here(next)).saying(Flash::NumberTexted));
    }
    let Some(number) = visit.jar.texted_to() else { return Ok(here(next).into()) };
    // Phones copy blanks along.
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let changed = phone_number::change(cx, current, &number, &code).await;
    changed.map_err(|error| Failure::from(error).at("code", &["code"]))?;
    visit.jar.forget_texted();
    let to = onward(Some(next)).unwrap_or_else(|| LocalPath::known("/settings").into());
    Ok(Next::from(to).saying(Flash::NumberSaved))
}

/// This page.
fn here(next: &str) -> LocalPath {
    keeping(PATH, onward(Some(next)).as_ref())
}

fn page(member: &Member, typed: Typed, problems: Problems, status: StatusCode) -> Response {
    let Typed { phone, next, .. } = typed;
    let sent_to = member.visit.jar.texted_to().filter(|_| phone.is_none());
    Here::Account.page(member, status, move || match sent_to {
        Some(number) => view! { <TakeCode number=number.to_string() next problems/> }.into_any(),
        None => view! {
            <Section title="Phone number" lead="We send a code to it, to make sure that it is yours.">
                <NumberForm phone=phone.unwrap_or_default() next problems/>
            </Section>
        }
        .into_any(),
    })
}

#[component]
fn TakeCode(number: String, next: String, problems: Problems) -> AnyView {
    let again = next.clone();
    let other = format!("{PATH}?phone=&next={}", utf8_percent_encode(&next, NON_ALPHANUMERIC));
    view! {
        <Section title="Type the code" lead=format!("We sent a text message with a code to {number}. It can take a minute.")>
            <NumberLive>
                <form method="post" action=PATH class="grid max-w-card gap-1.5">
                    <input type="hidden" name="next" value=next/>
                    <CodeField from="from the text message" problems=problems.clone()/>
                    <div><Button label="Save number" width=Width::FullOnPhones/></div>
                    <FormMessage problems/>
                </form>
            </NumberLive>
            <div class="flex flex-wrap items-center gap-x-4 gap-y-2">
                <form method="post" action=PATH>
                    <input type="hidden" name="phone" value=number/>
                    <input type="hidden" name="next" value=again/>
                    <Button label="Send a new code" variant=Variant::Secondary/>
                </form>
                <Link href=other label="Use another number"/>
            </div>
        </Section>
    }
    .into_any()
}
