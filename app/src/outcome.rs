//! What came of a posted form: the same for the page that the form was posted to and for the island's server function.

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use domain::Error;
use domain::proof_of_work::{self, Fate};
use domain::session::Entered;
use leptos::prelude::{ServerFnError, provide_context, use_context};
use leptos_axum::ResponseOptions;
use model::onboarding::Status;
use model::{LocalPath, Refusal, UserId};

use crate::form::without_nul;
use crate::limits;
use crate::live::Answer;
use crate::problem::Trouble;
use crate::same_account;
use crate::shell::{Frame, flash_cookie};
use crate::state::App;
use crate::ui::Problems;
use crate::visit::Visit;
use crate::words::{self, Flash};

/// Where to go on, and what the page there says.
#[derive(Clone, Debug)]
pub struct Next {
    /// Where.
    pub to: LocalPath,
    /// What it says.
    pub flash: Option<Flash>,
    /// Whether the form that somebody confirmed with, and that carries another one, is posted there.
    pub repeat: bool,
}

impl Next {
    /// To a page of the program's own, which says nothing.
    pub fn to(path: &'static str) -> Self {
        Self::from(LocalPath::from(LocalPath::known(path)))
    }

    /// With a message.
    #[must_use]
    pub fn saying(mut self, flash: Flash) -> Self {
        self.flash = Some(flash);
        self
    }
}

impl From<LocalPath> for Next {
    fn from(to: LocalPath) -> Self {
        Self { to, flash: None, repeat: false }
    }
}

/// Why a form was not accepted.
#[derive(Debug)]
pub enum Failure {
    /// There is something to put right in it.
    Form(Problems, StatusCode),
    /// The verb failed.
    Verb(Error),
}

impl From<Vec<Refusal>> for Failure {
    fn from(refused: Vec<Refusal>) -> Self {
        refused.iter().for_each(limits::wait_for);
        let status = refused.first().and_then(|refusal| StatusCode::from_u16(refusal.status()).ok());
        Self::Form(words::problems(&refused), status.unwrap_or(StatusCode::BAD_REQUEST))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            // No field of a form can answer these: another page can.
            Error::Refused(
                Refusal::Unauthorized
                | Refusal::SessionElsewhere
                | Refusal::SessionNotFresh
                | Refusal::TwoFactorRequired
                | Refusal::ChallengeGone,
            ) => Self::Verb(error),
            Error::Refused(refusal) => vec![refusal].into(),
            error => Self::Verb(error),
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        vec![refusal].into()
    }
}

impl Failure {
    /// Shows what no field of the form is about at the field `name`.
    #[must_use]
    pub fn at(self, name: &str, fields: &[&str]) -> Self {
        match self {
            Self::Form(problems, status) => Self::Form(problems.rest_at(name, fields), status),
            verb @ Self::Verb(_) => verb,
        }
    }

    /// The page: what broke, or the form `again`, filled in, with what is wrong with it.
    pub fn page(self, frame: Frame, again: impl FnOnce(Frame, Problems, StatusCode) -> Response) -> Response {
        match self {
            Self::Form(problems, status) => again(frame, problems, status),
            Self::Verb(error) => trouble(frame, error),
        }
    }
}

/// Marks a response: the act wants a fresh session. Where a form was posted, [`crate::confirm_access`] asks in its place.
#[derive(Clone, Copy, Debug)]
pub struct NotFresh;

/// The page for an error that no form can answer; the log gets the cause.
pub fn trouble(frame: Frame, error: Error) -> Response {
    match error {
        Error::Refused(Refusal::Unauthorized) => frame.go(sign_in_for(frame.path()), Some(Flash::SignInFirst)),
        Error::Refused(Refusal::SessionNotFresh) => {
            let mut response = frame.go(confirm_for(frame.path()), None);
            response.extensions_mut().insert(NotFresh);
            response
        }
        Error::Refused(Refusal::SessionElsewhere) => frame.go(confirm_for(frame.path()), None),
        Error::Refused(Refusal::TwoFactorRequired) => frame.go(required_for(frame.path()), None),
        Error::Refused(Refusal::ChallengeGone) => frame.go(LocalPath::known("/sign-in"), Some(Flash::ChallengeGone)),
        Error::Refused(refusal) => {
            limits::wait_for(&refusal);
            let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::BAD_REQUEST);
            Trouble::Refused { status, text: words::refusal(&refusal) }.page(frame)
        }
        Error::Unavailable(_) => {
            tracing::error!(%error, "the database is not available");
            Trouble::Unavailable.page(frame)
        }
        Error::Broken(_) => {
            tracing::error!(%error, "a request broke");
            let request_id = frame.request_id().to_owned();
            Trouble::Broken { request_id }.page(frame)
        }
    }
}

/// The sign-in page, which leads back to `path`.
pub fn sign_in_for(path: &LocalPath) -> LocalPath {
    leading_to("/sign-in", path)
}

/// The page that asks somebody signed in to show again who they are, and leads back to `path`.
pub fn confirm_for(path: &LocalPath) -> LocalPath {
    leading_to("/confirm-access", path)
}

/// The page that leads whoever must have a second factor through setting it up, and then to `path`.
pub fn required_for(path: &LocalPath) -> LocalPath {
    leading_to("/two-factor/required", path)
}

/// A page of the program's own with `next` in its query.
pub fn leading_to(page: &'static str, next: &LocalPath) -> LocalPath {
    leading_to_path(&LocalPath::known(page).into(), next)
}

/// A page of the program's own, which leads to `next` in the end if there is such a path.
pub fn keeping(page: &'static str, next: Option<&LocalPath>) -> LocalPath {
    next.map_or_else(|| LocalPath::known(page).into(), |next| leading_to(page, next))
}

/// A page of this site with `next` in its query.
pub fn leading_to_path(page: &LocalPath, next: &LocalPath) -> LocalPath {
    let next = percent_encoding::utf8_percent_encode(next.as_str(), percent_encoding::NON_ALPHANUMERIC);
    let and = if page.as_str().contains('?') { '&' } else { '?' };
    // Too long together: then without.
    LocalPath::parse(&format!("{page}{and}next={next}")).unwrap_or_else(|| page.clone())
}

/// Where somebody who has just signed in goes: where they wanted to, to the questionnaire if it waits, or to the start.
///
/// # Errors
/// When the database can't be asked.
pub async fn destination(visit: &Visit, user: &UserId, next: Option<&str>) -> Result<Next, Failure> {
    if let Some(next) = onward(next).filter(|next| next.as_str() != "/") {
        return Ok(next.into());
    }
    let onboarding = domain::onboarding::get(visit.cx(), user).await?;
    let waits = onboarding.status == Status::Pending && !onboarding.questionnaire.steps.is_empty();
    Ok(Next::to(if waits { "/onboarding" } else { "/" }))
}

/// Hands over what a first factor gave; where to go on: to the second factor if it is owed, otherwise as [`destination`] says.
///
/// # Errors
/// As [`destination`].
pub async fn enter(visit: &Visit, entered: &Entered, next: Option<&str>) -> Result<Next, Failure> {
    match visit.enter(entered).await? {
        Some(opened) => destination(visit, &opened.user.id, next).await,
        None => Ok(second_factor(onward(next).as_ref()).into()),
    }
}

/// The page that asks for the second factor, and leads to `next` then.
pub fn second_factor(next: Option<&LocalPath>) -> LocalPath {
    keeping("/two-factor", next)
}

/// A path to go on to, from a form or a query.
pub fn onward(next: Option<&str>) -> Option<LocalPath> {
    next.and_then(LocalPath::parse)
}

/// What the page answers: on to the next one, or this one again.
pub fn answer(
    frame: Frame,
    outcome: Result<Next, Failure>,
    again: impl FnOnce(Frame, Problems, StatusCode) -> Response,
) -> Response {
    match outcome {
        Ok(next) => frame.go(next.to, next.flash),
        Err(failure) => failure.page(frame, again),
    }
}

/// What a server function answers, given the verb's outcome: the same as the page, for the island.
///
/// # Errors
/// When something broke; the log gets the cause.
pub async fn serve(act: impl AsyncFnOnce(&Visit) -> Result<Next, Failure>) -> Result<Answer, ServerFnError> {
    let went = attempt(async |visit| act(visit).await.map(|next| go(visit, next))).await?;
    Ok(went.unwrap_or_else(|refused| refused))
}

/// What a server function gives that isn't the way to another page; or why not, for the island.
///
/// # Errors
/// As [`serve`].
pub async fn attempt<T>(
    act: impl AsyncFnOnce(&Visit) -> Result<T, Failure>,
) -> Result<Result<T, Answer>, ServerFnError> {
    let visit = visit()?;
    let outcome = match same_account::hold(&visit).await {
        // As without script: its page tells.
        Ok(false) => return Ok(Err(Answer::Post(None))),
        Ok(true) => act(&visit).await,
        Err(error) => Err(error.into()),
    };
    let next = match outcome {
        Ok(given) => return Ok(Ok(given)),
        // The browser solves it by itself, and comes again.
        Err(Failure::Form(..)) if matches!(proof_of_work::fate(), Fate::Early | Fate::Refused) => {
            return match proof_of_work::challenge(visit.cx()) {
                Ok(challenge) => Ok(Err(Answer::Prove(challenge))),
                Err(error) => Err(broken(&error)),
            };
        }
        // With a status of its own, which the browser's side takes for an error: the words are the error's.
        Err(Failure::Form(problems, status)) if limits::wait().is_some() => {
            if let Some(options) = use_context::<ResponseOptions>() {
                options.set_status(status);
            }
            return Err(ServerFnError::new(problems.any().unwrap_or_default()));
        }
        Err(Failure::Form(problems, _)) => return Ok(Err(Answer::Refused(problems))),
        Err(Failure::Verb(Error::Refused(Refusal::Unauthorized))) => {
            Next::from(sign_in_for(&page_of_form())).saying(Flash::SignInFirst)
        }
        // As without script: its page asks who it is, and keeps what was typed.
        Err(Failure::Verb(Error::Refused(Refusal::SessionNotFresh))) => return Ok(Err(Answer::Post(None))),
        Err(Failure::Verb(Error::Refused(Refusal::SessionElsewhere))) => confirm_for(&page_of_form()).into(),
        Err(Failure::Verb(Error::Refused(Refusal::TwoFactorRequired))) => required_for(&page_of_form()).into(),
        Err(Failure::Verb(Error::Refused(Refusal::ChallengeGone))) => Next::to("/sign-in").saying(Flash::ChallengeGone),
        Err(Failure::Verb(error)) => return Err(broken(&error)),
    };
    Ok(Err(go(&visit, next)))
}

fn broken(error: &Error) -> ServerFnError {
    tracing::error!(%error, "a server function broke");
    ServerFnError::new("That didn’t go through. Try again in a moment.")
}

fn go(visit: &Visit, Next { to, flash, repeat }: Next) -> Answer {
    if let (Some(flash), Some(options)) = (flash, use_context::<ResponseOptions>()) {
        options.append_header(header::SET_COOKIE, flash_cookie(flash, visit.app.look.secure));
    }
    if repeat { Answer::Post(Some(to.to_string())) } else { Answer::Go(to.to_string()) }
}

/// The page that a server function was called from, as far as the browser tells.
pub(crate) fn page_of_form() -> LocalPath {
    use_context::<Parts>()
        .as_ref()
        .and_then(|parts| parts.headers.get(header::REFERER)?.to_str().ok())
        .and_then(|referer| url::Url::parse(referer).ok())
        .and_then(|page| LocalPath::parse(&page[url::Position::BeforePath..url::Position::AfterQuery]))
        .unwrap_or_else(|| LocalPath::known("/").into())
}

/// The request that a server function answers.
///
/// # Errors
/// Outside of a request.
pub fn visit() -> Result<Visit, ServerFnError> {
    match (use_context::<App>(), use_context::<Parts>()) {
        (Some(app), Some(parts)) => Ok(Visit::new(app, &parts)),
        _ => Err(ServerFnError::new("no request")),
    }
}

/// The server functions' addresses.
pub fn routes() -> Router<App> {
    async fn call(State(app): State<App>, request: Request<Body>) -> Response {
        let request = match without_nul(request, &app).await {
            Ok(request) => request,
            Err(rejection) => return rejection.into_response(),
        };
        leptos_axum::handle_server_fns_with_context(move || provide_context(app.clone()), request).await.into_response()
    }
    Router::new().route("/_fn/{*name}", post(call))
}
