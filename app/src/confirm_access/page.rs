use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use axum::{Form, Router};
use domain::password::Password;
use domain::{account, code, session};
use leptos::prelude::*;
use model::LocalPath;
use serde::Deserialize;

use super::ConfirmLive;
use crate::outcome::{Failure, Next, Posted, answer, leading_to, trouble};
use crate::shell::Frame;
use crate::state::App;
use crate::ui::{AuthCard, Button, CodeField, FormMessage, Or, PasswordField, Problems, Variant, Width};
use crate::visit::Visit;
use crate::words::Flash;

/// `/confirm-access` and `/confirm-access/code`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/confirm-access", get(show).post(submit))
        // Whoever was signed out meanwhile is led back here by the sign-in page.
        .route("/confirm-access/code", get(show).post(send_code))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    current_password: String,
    code: String,
    next: String,
    /// Whether a code was sent.
    sent: Option<String>,
}

fn onward(next: &str) -> LocalPath {
    LocalPath::parse(next).unwrap_or_else(|| LocalPath::known("/settings").into())
}

async fn show(visit: Visit, frame: Frame, Query(typed): Query<Typed>) -> Response {
    page(visit, frame, typed, Problems::default(), StatusCode::OK).await
}

async fn submit(visit: Visit, frame: Frame, posted: Posted<Typed>) -> Response {
    let Form(mut typed) = posted.unwrap_or_default();
    match confirm(&visit, &typed.current_password, &typed.code, Some(&typed.next)).await {
        Ok(next) => frame.go(next.to, next.flash),
        Err(Failure::Form(problems, status)) => {
            typed.sent = problems.of("code").map(|_| String::new());
            page(visit, frame, typed, problems, status).await
        }
        Err(Failure::Verb(error)) => trouble(frame, error),
    }
}

/// The act, for the page and for the island.
pub(super) async fn confirm(visit: &Visit, password: &str, code: &str, next: Option<&str>) -> Result<Next, Failure> {
    let current = visit.signed_in().await?;
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let opened = if code.is_empty() {
        session::authenticate(visit.cx(), &current, &Password::new(password)).await
    } else {
        code::authenticate(visit.cx(), &current, &code).await
    };
    visit.jar.open(&opened?);
    Ok(Next::from(onward(next.unwrap_or_default())).saying(Flash::AccessConfirmed))
}

/// Sends a code to the user's own address.
async fn send_code(visit: Visit, frame: Frame, posted: Posted<Typed>) -> Response {
    let Form(typed) = posted.unwrap_or_default();
    let sent = async {
        let current = visit.signed_in().await?;
        code::request(visit.cx(), code::Purpose::SignIn, &current.user.email).await
    };
    let outcome = sent
        .await
        .map_err(Failure::from)
        .map(|()| Next::from(leading_to("/confirm-access?sent=1", &onward(&typed.next))).saying(Flash::CodeSent));
    answer(frame, outcome, |frame, _, _| frame.go(LocalPath::known("/sign-in"), None))
}

async fn page(visit: Visit, frame: Frame, typed: Typed, problems: Problems, status: StatusCode) -> Response {
    let current = match visit.signed_in().await {
        Ok(current) => current,
        Err(error) => return trouble(frame, error),
    };
    let has_password = match account::has_password(visit.cx(), &current.user.id).await {
        Ok(has_password) => has_password,
        Err(error) => return trouble(frame, error),
    };
    if current.is_fresh(visit.cx()) && status == StatusCode::OK {
        return frame.go(onward(&typed.next), None);
    }
    let by_code = typed.sent.is_some();
    let email = current.user.email.to_string();
    let lead = match (by_code, has_password) {
        (true, _) => format!("Type the code that we sent to {email}."),
        (false, true) => format!("You are signed in as {email}. To keep your account safe, type your password again."),
        (false, false) => format!("You are signed in as {email}. To keep your account safe, we send you a code."),
    };
    let next = typed.next.clone();
    frame.page("Confirm that it’s you").status(status).render(move || {
        let form = (by_code || has_password).then(|| view! { <ConfirmForm by_code email next=typed.next problems/> });
        let send = if by_code { "Send a new code" } else { "Send me a code" };
        view! {
            <AuthCard title="Confirm that it’s you" lead>
                {form.map(|form| view! { {form}<Or/> })}
                <form method="post" action="/confirm-access/code">
                    <input type="hidden" name="next" value=next/>
                    <Button label=send variant=if by_code || has_password { Variant::Secondary } else { Variant::Primary } width=Width::Full/>
                </form>
            </AuthCard>
        }
    })
}

/// The password, or the code that was just sent.
#[component]
fn ConfirmForm(
    by_code: bool,
    /// The address, for password managers.
    email: String,
    next: String,
    problems: Problems,
) -> AnyView {
    let field = if by_code {
        view! { <CodeField problems=problems.clone()/> }.into_any()
    } else {
        view! {
            <input type="text" name="username" autocomplete="username" value=email hidden readonly/>
            <PasswordField
                name="current_password"
                label="Password"
                enterkeyhint="go"
                autofocus=true
                problems=problems.clone()
            />
        }
        .into_any()
    };
    view! {
        <ConfirmLive>
            <form method="post" action="/confirm-access" class="grid gap-1.5">
                <input type="hidden" name="next" value=next/>
                {field}
                <Button label="Confirm" width=Width::Full/>
                <FormMessage problems/>
            </form>
        </ConfirmLive>
    }
    .into_any()
}
