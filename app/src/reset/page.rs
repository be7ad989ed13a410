use std::borrow::Cow;

use axum::Router;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use domain::limit::Rule;
use domain::password::Password;
use domain::token::{self, Purpose, Token};
use domain::{Error, reset};
use leptos::prelude::*;
use model::Refusal;
use serde::Deserialize;

use super::ResetLive;
use crate::form::{Form, Posted};
use crate::new_password::{NewPassword, Rules};
use crate::outcome::{Failure, Next, answer, trouble};
use crate::problem::Trouble;
use crate::shell::Frame;
use crate::state::App;
use crate::ui::{AuthCard, Button, FormMessage, Problems, Width};
use crate::visit::Visit;
use crate::words::Flash;

const EXPIRED: Trouble = Trouble::LinkExpired { again: Cow::Borrowed("/forgot-password"), button: "Send a new link" };

/// `/reset-password`.
pub fn routes() -> Router<App> {
    Router::new().route("/reset-password", get(show).post(submit))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    token: String,
    password: String,
}

/// Looks at the link before asking for a password that would be lost.
async fn show(visit: Visit, frame: Frame, Query(typed): Query<Typed>) -> Response {
    let Some(token) = Token::parse(&typed.token) else { return EXPIRED.page(frame) };
    match token::peek(visit.cx(), &token).await {
        Ok(ticket) if ticket.purpose == Purpose::ResetPassword => {
            page(frame, &visit, typed, Problems::default(), StatusCode::OK)
        }
        Ok(_) | Err(Error::Refused(_)) => EXPIRED.page(frame),
        Err(error) => trouble(frame, error),
    }
}

async fn submit(visit: Visit, frame: Frame, posted: Posted<Typed>) -> Response {
    let Form(typed) = posted.unwrap_or_default();
    let outcome = reset_password(&visit, &typed.token, &typed.password).await;
    answer(frame, outcome, |frame, problems, status| page(frame, &visit, typed, problems, status))
}

/// The act, for the page and for the island. A link that doesn't work any more leads to the page that says so.
pub(super) async fn reset_password(visit: &Visit, token: &str, password: &str) -> Result<Next, Failure> {
    let expired = || Ok(Next::to("/reset-password"));
    let Some(token) = Token::parse(token) else { return expired() };
    visit.limit(Rule::Sensitive).await?;
    match reset::redeem(visit.cx(), &token, &Password::new(password)).await {
        Ok(()) => {
            visit.jar.forget_asked();
            Ok(Next::to("/sign-in").saying(Flash::PasswordReset))
        }
        Err(Error::Refused(Refusal::InvalidToken | Refusal::TokenExpired)) => expired(),
        Err(error) => Err(error.into()),
    }
}

fn page(frame: Frame, visit: &Visit, typed: Typed, problems: Problems, status: StatusCode) -> Response {
    let rules = Rules::from(&visit.cx().settings.password);
    let lead = if visit.cx().settings.reset.end_sessions {
        "It replaces the old one, and every device is signed out."
    } else {
        "It replaces the old one."
    };
    frame.page("Choose a new password").status(status).private().render(move || {
        view! {
            <AuthCard title="Choose a new password" lead>
                <ResetLive>
                    <form method="post" action="/reset-password" class="grid gap-1.5">
                        <input type="hidden" name="token" value=typed.token/>
                        <NewPassword name="password" label="New password" rules problems=problems.clone() autofocus=true/>
                        <div class="pt-3">
                            <Button label="Save new password" width=Width::Full/>
                        </div>
                        <FormMessage problems/>
                    </form>
                </ResetLive>
            </AuthCard>
        }
    })
}
