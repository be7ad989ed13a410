use axum::Router;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use domain::Error;
use domain::limit::Rule;
use domain::two_factor::challenge::{self, Owed};
use domain::two_factor::{self, Asker, sent_code};
use leptos::prelude::*;
use model::{LocalPath, Method, Refusal, UserId};
use serde::Deserialize;

use super::{FactorCard, Place, Question, code_sent, proof, with_next};
use crate::form::{Form, Posted};
use crate::origins::Callback;
use crate::outcome::{Failure, Next, destination, sign_in_for, trouble};
use crate::passkey::{Act, PasskeyButton};
use crate::shell::Frame;
use crate::state::App;
use crate::ui::{Button, Problems, Variant, Width, span};
use crate::visit::Visit;
use crate::wire::to_callback;
use crate::words::Flash;

/// `/two-factor`, `/two-factor/code` and `/two-factor/start-over`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/two-factor", get(show).post(submit))
        .route("/two-factor/code", get(show).post(send))
        .route("/two-factor/start-over", post(start_over))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    method: String,
    code: String,
    trust: Option<String>,
    /// A path of this site, or a trusted address.
    next: String,
    /// Whether a code was sent.
    sent: Option<String>,
}

async fn show(visit: Visit, frame: Frame, Query(typed): Query<Typed>) -> Response {
    page(visit, frame, typed, Problems::default(), StatusCode::OK).await
}

async fn submit(visit: Visit, frame: Frame, posted: Posted<Typed>) -> Response {
    let Form(mut typed) = posted.unwrap_or_default();
    match pass(&visit, &typed.method, &typed.code, typed.trust.is_some(), &typed.next).await {
        Ok(next) => frame.go(next.to, next.flash),
        Err(Failure::Form(problems, status)) => {
            typed.sent = Some(String::new());
            page(visit, frame, typed, problems, status).await
        }
        Err(Failure::Verb(error)) => trouble(frame, error),
    }
}

/// The act, for the page and for the island.
pub(super) async fn pass(visit: &Visit, method: &str, code: &str, trust: bool, next: &str) -> Result<Next, Failure> {
    let Some(token) = visit.jar.challenged() else { return Ok(gone(visit, next, Flash::ChallengeGone)) };
    visit.limit(Rule::TwoFactor).await?;
    let (cx, proof) = (visit.cx(), proof(Method::parse(method), code));
    match two_factor::verify(cx, Asker::Challenge(&token), proof, trust, &visit.client).await {
        Ok(admitted) => {
            let opened = visit.admit(&admitted).await?;
            arrive(visit, &opened.user.id, next).await
        }
        Err(Error::Refused(Refusal::ChallengeGone)) => Ok(gone(visit, next, Flash::ChallengeGone)),
        Err(Error::Refused(Refusal::TooManyFactorTries)) => match challenge::look(cx, &token).await {
            Err(Error::Refused(Refusal::ChallengeGone)) => Ok(gone(visit, next, Flash::TooManyTries)),
            // Only the code that was sent is spent: another way is left.
            _ => Err(Refusal::TooManyFactorTries.into()),
        },
        Err(error) => Err(error.into()),
    }
}

/// Where somebody who has shown everything goes on. To another site leads only this page, so that a form and an island go the same way.
async fn arrive(visit: &Visit, user: &UserId, next: &str) -> Result<Next, Failure> {
    match visit.app.origins.callback(next) {
        Some(Callback::Trusted(address)) => Ok(with_next("/two-factor", &address).into()),
        Some(Callback::Local(path)) => destination(visit, user, Some(path.as_str())).await,
        None => destination(visit, user, None).await,
    }
}

/// Back to the first factor, from which the same way leads on.
fn gone(visit: &Visit, next: &str, flash: Flash) -> Next {
    visit.jar.forget_challenge();
    Next::from(back(visit, next)).saying(flash)
}

fn back(visit: &Visit, next: &str) -> LocalPath {
    match visit.app.origins.callback(next) {
        Some(Callback::Local(path)) => sign_in_for(&path),
        Some(Callback::Trusted(address)) => sign_in_for(&with_next("/two-factor", &address)),
        None => LocalPath::known("/sign-in").into(),
    }
}

/// Sends a code; the one before it is void.
async fn send(visit: Visit, frame: Frame, posted: Posted<Typed>) -> Response {
    let Form(typed) = posted.unwrap_or_default();
    let sent = match (visit.jar.challenged(), visit.limit(Rule::TwoFactor).await) {
        (Some(token), Ok(())) => {
            sent_code::send(visit.cx(), Asker::Challenge(&token), Method::parse(&typed.method)).await
        }
        (Some(_), Err(error)) => Err(error),
        (None, _) => Err(Refusal::ChallengeGone.into()),
    };
    match sent.map_err(Failure::from) {
        Ok(method) => frame.go(code_sent(Place::SignIn, method, &typed.next), Some(Flash::CodeSent)),
        Err(Failure::Form(problems, status)) => page(visit, frame, typed, problems, status).await,
        Err(Failure::Verb(Error::Refused(Refusal::ChallengeGone))) => {
            let Next { to, flash, .. } = gone(&visit, &typed.next, Flash::ChallengeGone);
            frame.go(to, flash)
        }
        Err(Failure::Verb(error)) => trouble(frame, error),
    }
}

/// Gives up: the challenge is void, and another first factor can be tried.
async fn start_over(visit: Visit, frame: Frame, posted: Posted<Typed>) -> Response {
    let Form(typed) = posted.unwrap_or_default();
    if let Some(token) = visit.jar.challenged()
        && let Err(error) = challenge::give_up(visit.cx(), &token).await
    {
        return trouble(frame, error);
    }
    visit.jar.forget_challenge();
    frame.go(back(&visit, &typed.next), None)
}

async fn page(visit: Visit, frame: Frame, typed: Typed, problems: Problems, status: StatusCode) -> Response {
    let Some(token) = visit.jar.challenged() else { return nothing_owed(&visit, frame, &typed.next).await };
    let owed = match challenge::look(visit.cx(), &token).await {
        Ok(owed) => owed,
        Err(Error::Refused(_)) => {
            let Next { to, flash, .. } = gone(&visit, &typed.next, Flash::ChallengeGone);
            return frame.go(to, flash);
        }
        Err(error) => return trouble(frame, error),
    };
    let Owed { methods, phone, passkey, email } = owed;
    let trust_for = visit.cx().settings.two_factor.trust_for;
    let target = visit.app.origins.callback(&typed.next);
    let question = Question {
        place: Place::SignIn,
        methods,
        wanted: Method::parse(&typed.method),
        sent: typed.sent.is_some(),
        phone,
        email,
        passkey,
        resume: String::new(),
        next: target.as_ref().map(|target| target.as_str().to_owned()).unwrap_or_default(),
        spare_for: (!trust_for.is_zero()).then(|| span(trust_for)),
        spare: typed.trust.is_some(),
        problems,
    };
    let next = question.next.clone();
    // To another site leads only this page.
    let after = match &target {
        Some(Callback::Trusted(address)) => with_next("/two-factor", address).to_string(),
        Some(Callback::Local(path)) => path.to_string(),
        None => String::new(),
    };
    frame.page("One more step").status(status).leading_to(target).render(move || {
        view! {
            <FactorCard question title="One more step">
                {passkey.then(|| view! { <PasskeyButton act=Act::SignIn next=after/> })}
                <form method="post" action="/two-factor/start-over">
                    <input type="hidden" name="next" value=next/>
                    <Button label="Start over" variant=Variant::Quiet width=Width::Full/>
                </form>
            </FactorCard>
        }
    })
}

/// Whoever owes nothing goes on if they are signed in, and signs in otherwise.
async fn nothing_owed(visit: &Visit, frame: Frame, next: &str) -> Response {
    let current = match visit.current().await {
        Ok(Some(current)) => current,
        Ok(None) => return frame.go(back(visit, next), None),
        Err(error) => return trouble(frame, error),
    };
    let target = visit.app.origins.callback(next);
    if let Some(target @ Callback::Trusted(_)) = &target {
        return to_callback(target, None);
    }
    match destination(visit, &current.user.id, target.as_ref().map(Callback::as_str)).await {
        Ok(next) => frame.go(next.to, next.flash),
        Err(failure) => failure.page(frame, |frame, _, _| frame.go(LocalPath::known("/"), None)),
    }
}
