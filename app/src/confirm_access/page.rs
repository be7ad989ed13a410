use axum::Router;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use domain::limit::Rule;
use domain::password::Password;
use domain::session::Current;
use domain::two_factor::{self, Asker, sent_code};
use domain::{Cx, account, code, passkey, session};
use leptos::prelude::*;
use model::{LocalPath, Method, UserId};
use serde::Deserialize;

use super::{ConfirmLive, resume};
use crate::form::{Form, Posted};
use crate::outcome::{Failure, Next, leading_to, trouble};
use crate::passkey::{Act, PasskeyButton};
use crate::shell::Frame;
use crate::state::App;
use crate::two_factor::{Carried, FactorCard, OTHER, Place, Question, code_sent, proof};
use crate::ui::{AuthCard, Button, CodeField, FormMessage, Or, PasswordField, Problems, Variant, Width};
use crate::visit::Visit;
use crate::words::Flash;

const TITLE: &str = "Confirm that it’s you";

/// `/confirm-access`, and below it what sends a code and what chooses another way.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/confirm-access", get(show).post(submit))
        // Whoever was signed out meanwhile is led back here by the sign-in page.
        .route("/confirm-access/code", get(show).post(send_code))
        .route(OTHER, get(show).post(choose))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    pub current_password: String,
    pub code: String,
    /// Which second factor the code is of.
    pub method: String,
    pub next: String,
    /// The sealed form that is sent on afterwards; empty without one.
    pub resume: String,
    /// Whether a code was sent.
    pub sent: Option<String>,
}

impl Typed {
    fn carried(&self) -> Carried {
        Carried { next: self.next.clone(), resume: self.resume.clone() }
    }
}

fn after(next: &str) -> LocalPath {
    LocalPath::parse(next).unwrap_or_else(|| LocalPath::known("/settings").into())
}

/// Where somebody goes on who has shown who they are: to what they were doing, if they were, or to `next`.
pub(crate) fn onward(cx: &Cx, user: &UserId, next: &str, resume: &str) -> Next {
    if resume.is_empty() {
        return Next::from(after(next)).saying(Flash::AccessConfirmed);
    }
    match resume::way(cx, user, resume) {
        Some(to) => Next { repeat: true, ..to.into() },
        None => Next::from(after(next)).saying(Flash::FormGone),
    }
}

async fn show(visit: Visit, frame: Frame, Query(typed): Query<Typed>) -> Response {
    // A form that is carried along comes from this page itself, never by a link: somebody else's would be done in the reader's name.
    let typed = Typed { resume: String::new(), ..typed };
    page(visit, frame, typed, Problems::default(), StatusCode::OK).await
}

async fn submit(visit: Visit, frame: Frame, posted: Posted<Typed>) -> Response {
    let Form(mut typed) = posted.unwrap_or_default();
    match confirm(&visit, &typed).await {
        Ok(next) if next.repeat => resume::repeat(&next.to),
        Ok(next) => frame.go(next.to, next.flash),
        Err(Failure::Form(problems, status)) => {
            typed.sent = problems.of("code").map(|_| String::new());
            page(visit, frame, typed, problems, status).await
        }
        Err(Failure::Verb(error)) => trouble(frame, error),
    }
}

/// The act, for the page and for the island.
pub(super) async fn confirm(visit: &Visit, typed: &Typed) -> Result<Next, Failure> {
    let (cx, current) = (visit.cx(), visit.signed_in_to_confirm().await?);
    visit.limit(Rule::Sensitive).await?;
    let code: String = typed.code.chars().filter(|c| !c.is_whitespace()).collect();
    if current.user.two_factor_enabled {
        let proof = proof(Method::parse(&typed.method), &code);
        let admitted = two_factor::verify(cx, Asker::Session(&current), proof, false, &visit.client).await?;
        visit.admit(&admitted).await?;
    } else if code.is_empty() {
        let password = Password::new(typed.current_password.as_str());
        visit.hand(&session::authenticate(cx, &current, &password, &visit.browser()).await?);
    } else {
        visit.hand(&code::authenticate(cx, &current, &code).await?);
    }
    Ok(onward(cx, &current.user.id, &typed.next, &typed.resume))
}

/// Sends a code: as the second factor, or else to the user's own address.
async fn send_code(visit: Visit, frame: Frame, posted: Posted<Typed>) -> Response {
    let Form(mut typed) = posted.unwrap_or_default();
    match send(&visit, &typed).await.map_err(Failure::from) {
        // No address has room for a form.
        Ok(Sent { method, .. }) if !typed.resume.is_empty() => {
            typed.method = method.map(Method::as_str).unwrap_or_default().to_owned();
            typed.sent = Some(String::new());
            page(visit, frame, typed, Problems::default(), StatusCode::OK).await
        }
        Ok(Sent { to, .. }) => frame.go(to, Some(Flash::CodeSent)),
        Err(Failure::Form(problems, status)) => page(visit, frame, typed, problems, status).await,
        Err(Failure::Verb(error)) => trouble(frame, error),
    }
}

/// A code that was sent, by which of the second factors if it is one, and the page that asks for it.
struct Sent {
    method: Option<Method>,
    to: LocalPath,
}

async fn send(visit: &Visit, typed: &Typed) -> domain::Result<Sent> {
    let (cx, current) = (visit.cx(), visit.signed_in_to_confirm().await?);
    visit.limit(Rule::EmailCode).await?;
    let next = after(&typed.next);
    if current.user.two_factor_enabled {
        let method = sent_code::send(cx, Asker::Session(&current), Method::parse(&typed.method)).await?;
        return Ok(Sent { method: Some(method), to: code_sent(Place::Access, method, next.as_str()) });
    }
    code::request(cx, code::Purpose::SignIn, &current.user.email).await?;
    Ok(Sent { method: None, to: leading_to("/confirm-access?sent=1", &next) })
}

/// Another way, for who has a form to be carried along.
async fn choose(visit: Visit, frame: Frame, posted: Posted<Typed>) -> Response {
    let Form(typed) = posted.unwrap_or_default();
    page(visit, frame, typed, Problems::default(), StatusCode::OK).await
}

/// In the place of a form that wants somebody to show who they are first.
pub(super) async fn interrupt(visit: Visit, frame: Frame, resume: String) -> Response {
    let typed = Typed { next: frame.path().to_string(), resume, ..Typed::default() };
    page(visit, frame, typed, Problems::default(), StatusCode::FORBIDDEN).await
}

async fn page(visit: Visit, frame: Frame, typed: Typed, problems: Problems, status: StatusCode) -> Response {
    let current = match visit.signed_in_to_confirm().await {
        Ok(current) => current,
        Err(error) => return trouble(frame, error),
    };
    // Who stays signed in by it is asked in any case.
    let asks = !current.is_fresh(visit.cx()) || current.ends_soon(visit.cx()).is_some() || !typed.resume.is_empty();
    if !asks && status == StatusCode::OK {
        return frame.go(after(&typed.next), None);
    }
    let frame = frame.opened_as(&current.user.id);
    let rendered = if current.user.two_factor_enabled {
        factor_page(&visit, &current, frame.clone(), typed, problems, status).await
    } else {
        first_factor_page(&visit, &current, frame.clone(), typed, problems, status).await
    };
    rendered.unwrap_or_else(|error| trouble(frame, error))
}

/// For an account with a second factor.
async fn factor_page(
    visit: &Visit,
    current: &Current,
    frame: Frame,
    typed: Typed,
    problems: Problems,
    status: StatusCode,
) -> domain::Result<Response> {
    let methods = two_factor::step_up_methods(visit.cx(), current).await?;
    let passkeys = !passkey::list(visit.cx(), &current.user.id).await?.is_empty();
    let stuck = methods.is_empty();
    let Carried { next, resume } = typed.carried();
    let question = Question {
        place: Place::Access,
        methods,
        wanted: Method::parse(&typed.method),
        sent: typed.sent.is_some(),
        phone: current.user.phone_number.as_ref().map(ToString::to_string),
        email: current.user.email.to_string(),
        passkey: passkeys,
        next: typed.next,
        resume: typed.resume,
        spare_for: None,
        spare: false,
        problems,
    };
    Ok(frame.page(TITLE).status(status).render(move || {
        let sign_out = stuck.then(|| {
            view! {
                <form method="post" action="/sign-out">
                    <Button label="Sign out" width=Width::Full/>
                </form>
            }
        });
        view! {
            <FactorCard question title=TITLE>
                {passkeys.then(|| view! { <PasskeyButton act=Act::Confirm next resume/> })}
                {sign_out}
            </FactorCard>
        }
    }))
}

/// For an account without one.
async fn first_factor_page(
    visit: &Visit,
    current: &Current,
    frame: Frame,
    typed: Typed,
    problems: Problems,
    status: StatusCode,
) -> domain::Result<Response> {
    let has_password = account::has_password(visit.cx(), &current.user.id).await?;
    let by_code = typed.sent.is_some();
    let email = current.user.email.to_string();
    let lead = match (by_code, has_password) {
        (true, _) => format!("Type the code that we sent to {email}."),
        (false, true) => format!("You are signed in as {email}. To keep your account safe, type your password again."),
        (false, false) => format!("You are signed in as {email}. To keep your account safe, we send you a code."),
    };
    let passkeys = !passkey::list(visit.cx(), &current.user.id).await?.is_empty();
    let carried = typed.carried();
    let Carried { next, resume } = carried.clone();
    Ok(frame.page(TITLE).status(status).render(move || {
        let form = (by_code || has_password).then(|| view! { <ConfirmForm by_code email carried=typed.carried() problems/> });
        let send = if by_code { "Send a new code" } else { "Send me a code" };
        view! {
            <AuthCard title=TITLE lead>
                {form.map(|form| view! { {form}<Or/> })}
                <form method="post" action="/confirm-access/code">
                    {carried.view()}
                    <Button label=send variant=if by_code || has_password { Variant::Secondary } else { Variant::Primary } width=Width::Full/>
                </form>
                {passkeys.then(|| view! { <PasskeyButton act=Act::Confirm next resume/> })}
            </AuthCard>
        }
    }))
}

/// The password, or the code that was just sent.
#[component]
fn ConfirmForm(
    by_code: bool,
    /// The address, for password managers.
    email: String,
    carried: Carried,
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
                {carried.view()}
                {field}
                <Button label="Confirm" width=Width::Full/>
                <FormMessage problems/>
            </form>
        </ConfirmLive>
    }
    .into_any()
}
