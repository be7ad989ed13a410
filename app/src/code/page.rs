use axum::Router;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use domain::code;
use domain::limit::Rule;
use leptos::prelude::*;
use model::Email;
use serde::Deserialize;

use super::CodeLive;
use crate::form::{Form, Posted};
use crate::mail_request::{About, request};
use crate::outcome::{Failure, Next, answer, enter as go_in, keeping, onward};
use crate::shell::Frame;
use crate::state::App;
use crate::ui::{AuthCard, Button, ButtonLink, CodeField, FormMessage, Glyph, Problems, Variant, Width};
use crate::visit::Visit;
use crate::words::Flash;

/// `/email-code/enter` and `/email-code/again`.
pub fn routes() -> Router<App> {
    Router::new().route("/email-code/enter", get(show).post(submit)).route("/email-code/again", post(again))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    code: String,
    next: String,
}

async fn show(visit: Visit, frame: Frame, Query(typed): Query<Typed>) -> Response {
    page(frame, &visit, typed, Problems::default(), StatusCode::OK)
}

async fn submit(visit: Visit, frame: Frame, posted: Posted<Typed>) -> Response {
    let Form(typed) = posted.unwrap_or_default();
    let outcome = enter(&visit, &typed.code, Some(&typed.next)).await;
    answer(frame, outcome, |frame, problems, status| page(frame, &visit, typed, problems, status))
}

/// The act, for the page and for the island. The address is the one that this browser asked a code for.
pub(super) async fn enter(visit: &Visit, code: &str, next: Option<&str>) -> Result<Next, Failure> {
    let Some(email) = visit.jar.asked_for().and_then(|email| Email::parse(&email).ok()) else {
        return Ok(keeping("/email-code", onward(next).as_ref()).into());
    };
    visit.limit(Rule::SignIn).await?;
    // Mail programs copy blanks along.
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let entered = code::sign_in(visit.cx(), &email, &code, None, true, &visit.client).await?;
    visit.jar.forget_asked();
    go_in(visit, &entered, next).await
}

/// Sends a new code; the old one is void.
async fn again(visit: Visit, frame: Frame, posted: Posted<Typed>) -> Response {
    let Form(typed) = posted.unwrap_or_default();
    let email = visit.jar.asked_for().unwrap_or_default();
    let outcome = request(&visit, About::Code, &email, Some(&typed.next)).await;
    let outcome = outcome.map(|next| next.saying(Flash::CodeSent));
    answer(frame, outcome, |frame, problems, status| page(frame, &visit, typed, problems, status))
}

fn page(frame: Frame, visit: &Visit, typed: Typed, problems: Problems, status: StatusCode) -> Response {
    let elsewhere = keeping("/email-code", onward(Some(&typed.next)).as_ref());
    let Some(email) = visit.jar.asked_for() else { return frame.go(elsewhere, None) };
    let next = typed.next.clone();
    frame.page("Type the code").status(status).render(move || {
        view! {
            <AuthCard title="Check your mail" glyph=Glyph::MAIL>
                <p class="text-muted">"We sent a code to "<strong class="font-medium text-text">{email}</strong>"."</p>
                <CodeLive>
                    <form method="post" action="/email-code/enter" class="grid gap-1.5">
                        <input type="hidden" name="next" value=typed.next/>
                        <CodeField problems=problems.clone()/>
                        <Button label="Sign in" width=Width::Full/>
                        <FormMessage problems/>
                    </form>
                </CodeLive>
                <div class="grid gap-2.5">
                    <form method="post" action="/email-code/again">
                        <input type="hidden" name="next" value=next/>
                        <Button label="Send a new code" variant=Variant::Secondary width=Width::Full/>
                    </form>
                    <ButtonLink href=elsewhere.to_string() label="Use another address" variant=Variant::Quiet width=Width::Full/>
                </div>
            </AuthCard>
        }
    })
}
