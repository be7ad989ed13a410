//! How often each route may be used from one address: the one place that every request for a page, an endpoint or a server function
//! passes. What an account is counted by is the verbs' matter ([`domain::limit`]).
//!
//! A route goes by the pattern that the router matched, so that no other spelling of a path has a counter of its own (A14); the method
//! makes no difference. What changes something and isn't named here is counted as sensitive: a new route is limited from the start.

use std::cell::Cell;
use std::convert::Infallible;
use std::net::IpAddr;
use std::task::{Context, Poll};

use axum::extract::{MatchedPath, Request};
use axum::http::{Extensions, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::future::RouteFuture;
use domain::limit::{self, Rule, fits};
use domain::proof_of_work::{self, is_asked};
use domain::{Cx, Error};
use futures_util::future::{BoxFuture, Either};
use model::Refusal;
use tower::{Layer, Service, layer::layer_fn};

use crate::client::ClientAddr;
use crate::outcome;
use crate::proof_of_work::Till;
use crate::provider::api::on_trouble;
use crate::shell::Frame;
use crate::state::App;
use crate::wire;
use crate::words;

/// Where a route's requests are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counted {
    /// Here, before anything is done.
    Here(Rule),
    /// By the act itself ([`crate::visit::Visit::limit`]): what is typed isn't lost, because the page of its form comes again.
    ByAct,
    /// Nowhere: it guesses nothing, sends nothing and costs nothing.
    Nowhere,
}

use Counted::{ByAct, Here, Nowhere};

/// What changes something; the first that fits.
const POSTS: &[(&str, Counted)] = &[
    ("/sign-in", ByAct),
    ("/sign-up", ByAct),
    ("/forgot-password", ByAct),
    ("/magic-link", ByAct),
    ("/email-code", ByAct),
    ("/email-code/*", ByAct),
    ("/check-mail", ByAct),
    ("/reset-password", ByAct),
    ("/two-factor", ByAct),
    ("/two-factor/code", ByAct),
    ("/confirm-access", ByAct),
    ("/confirm-access/code", ByAct),
    ("/settings/security", ByAct),
    ("/settings/phone", ByAct),
    ("/_fn/sign-in", ByAct),
    ("/_fn/sign-up", ByAct),
    ("/_fn/request-mail", ByAct),
    ("/_fn/email-code", ByAct),
    ("/_fn/reset-password", ByAct),
    ("/_fn/two-factor", ByAct),
    ("/_fn/confirm-access", ByAct),
    ("/_fn/change-password", ByAct),
    ("/_fn/phone-number", ByAct),
    ("/_fn/passkey-finish", ByAct),
    ("/sign-in/with/*", Here(Rule::SignIn)),
    ("/verify-email", Here(Rule::Verification)),
    ("/magic-link/verify", Here(Rule::MagicLink)),
    ("/api/auth/sign-in/magic-link", Here(Rule::MagicLink)),
    ("/api/auth/sign-in/*", Here(Rule::SignIn)),
    ("/api/auth/passkey/verify-authentication", Here(Rule::SignIn)),
    ("/api/auth/sign-up/*", Here(Rule::SignUp)),
    ("/api/auth/request-password-reset", Here(Rule::PasswordReset)),
    ("/api/auth/forget-password/*", Here(Rule::PasswordReset)),
    ("/api/auth/*/request-password-reset", Here(Rule::PasswordReset)),
    ("/api/auth/send-verification-email", Here(Rule::Verification)),
    ("/api/auth/email-otp/*", Here(Rule::EmailCode)),
    ("/api/auth/phone-number/*", Here(Rule::PhoneNumber)),
    ("/api/auth/two-factor/*", Here(Rule::TwoFactor)),
    // What people, and the apps that they use, do all day.
    ("/organizations/**", Here(Rule::Work)),
    ("/invitations/**", Here(Rule::Work)),
    ("/onboarding/**", Here(Rule::Work)),
    ("/profile", Here(Rule::Work)),
    ("/settings/sessions", Here(Rule::Work)),
    ("/accounts/switch", Here(Rule::Work)),
    ("/_fn/onboarding", Here(Rule::Work)),
    ("/_fn/password-strength", Here(Rule::Work)),
    // Each view of the sign-in page begins one.
    ("/_fn/passkey-begin", Here(Rule::Work)),
    ("/api/auth/onboarding", Here(Rule::Work)),
    ("/api/auth/organization/**", Here(Rule::Work)),
    ("/api/auth/get-session", Here(Rule::Work)),
    ("/api/auth/multi-session/*", Here(Rule::Work)),
    ("/api/auth/get-access-token", Here(Rule::Work)),
    ("/api/auth/refresh-token", Here(Rule::Work)),
    ("/api/auth/revoke-session", Here(Rule::Work)),
    ("/api/auth/update-session", Here(Rule::Work)),
    ("/api/auth/update-user", Here(Rule::Work)),
    ("/api/auth/is-username-available", Here(Rule::Work)),
    ("/api/auth/callback/*", Here(Rule::Work)),
    ("/theme", Nowhere),
    ("/confirm-access/method", Nowhere),
    ("/sign-out", Nowhere),
    ("/two-factor/start-over", Nowhere),
    ("/api/auth/sign-out", Nowhere),
];

/// What redeems or begins something though it is only asked for.
const GETS: &[(&str, Rule)] = &[
    ("/api/auth/magic-link/verify", Rule::MagicLink),
    ("/api/auth/verify-email", Rule::Verification),
    ("/api/auth/delete-user/callback", Rule::Sensitive),
    ("/api/auth/reset-password/*", Rule::Sensitive),
    ("/api/auth/callback/*", Rule::Work),
    ("/api/auth/passkey/generate-register-options", Rule::Work),
    ("/api/auth/passkey/generate-authenticate-options", Rule::Work),
];

fn counted(method: &Method, route: &str) -> Counted {
    if matches!(*method, Method::GET | Method::HEAD) {
        GETS.iter().find(|(pattern, _)| fits(pattern, route)).map_or(Nowhere, |(_, rule)| Here(*rule))
    } else {
        POSTS.iter().find(|(pattern, _)| fits(pattern, route)).map_or(Here(Rule::Sensitive), |(_, counted)| *counted)
    }
}

/// The route of a request.
#[derive(Clone)]
pub(crate) enum Route {
    /// The pattern that the router matched.
    Matched(MatchedPath),
    /// The path of a server function: its name is a part of one pattern for all.
    Function(String),
    /// Nothing matched.
    None,
}

impl Route {
    /// The one that a request was brought to.
    pub(crate) fn of(extensions: &Extensions, uri: &Uri) -> Self {
        match extensions.get::<MatchedPath>() {
            Some(matched) if matched.as_str().starts_with("/_fn/") => Self::Function(uri.path().to_owned()),
            Some(matched) => Self::Matched(matched.clone()),
            None => Self::None,
        }
    }

    fn as_str(&self) -> &str {
        match self {
            Self::Matched(matched) => matched.as_str(),
            Self::Function(path) => path,
            Self::None => "",
        }
    }

    /// What is the same for a page, its island and the endpoint of that name.
    fn act(&self) -> &str {
        let route = self.as_str();
        route.strip_prefix("/api/auth").or_else(|| route.strip_prefix("/_fn")).unwrap_or(route)
    }
}

/// Counts a request under a rule, or under the operator's own one for the route.
///
/// # Errors
/// [`Refusal::TooManyRequests`], [`Refusal::LimiterAway`].
pub(crate) async fn count(cx: &Cx, route: &Route, rule: Rule, from: Option<IpAddr>) -> domain::Result<()> {
    let limits = &cx.settings.rate_limit;
    if let Some(own) = limits.own(route.as_str()) {
        limit::address(cx, own.pattern.as_str(), own.rate, from).await
    } else if matches!(rule, Rule::Sensitive | Rule::Work) {
        limit::address(cx, &format!("{}:{}", rule.name(), route.act()), limits.of(rule), from).await
    } else {
        limit::address(cx, rule.name(), limits.of(rule), from).await
    }
}

/// Stands around every route.
pub fn guard(app: App) -> impl Layer<axum::routing::Route, Service = Guard> + Clone + Send + Sync + 'static {
    layer_fn(move |inner| Guard { app: app.clone(), inner })
}

/// A route with its limit; written by hand, because the request that is asked most, whether a session is good, passes here uncounted
/// and must not pay for it.
#[derive(Clone)]
pub struct Guard {
    app: App,
    inner: axum::routing::Route,
}

impl Service<Request> for Guard {
    type Response = Response;
    type Error = Infallible;
    type Future = Either<RouteFuture<Infallible>, BoxFuture<'static, Result<Response, Infallible>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // A route always is.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let limits = &self.app.cx.settings.rate_limit;
        let asks = is_asked(&self.app.cx);
        // An act may ask for patience (a locked account, a full queue) where nothing is counted.
        if !limits.enabled && !asks && matches!(*request.method(), Method::GET | Method::HEAD) {
            return Either::Left(self.inner.call(request));
        }
        let route = Route::of(request.extensions(), request.uri());
        let rule = match counted(request.method(), route.as_str()) {
            Here(rule) => Some(rule),
            ByAct => None,
            // Nothing is done where there is no route.
            Nowhere if matches!(route, Route::None) || limits.own(route.as_str()).is_none() => {
                if !asks {
                    return Either::Left(self.inner.call(request));
                }
                None
            }
            Nowhere => Some(Rule::Work),
        };
        let Self { app, inner } = self.clone();
        Either::Right(Box::pin(async move { Ok(pass(app, inner, route, rule, request).await) }))
    }
}

async fn pass(app: App, inner: axum::routing::Route, route: Route, rule: Option<Rule>, request: Request) -> Response {
    let till = Till::open(&app, &request, route.as_str());
    match till {
        Some(till) => till.serve(go(app, inner, route, rule, request)).await,
        None => go(app, inner, route, rule, request).await,
    }
}

async fn go(app: App, mut inner: axum::routing::Route, route: Route, rule: Option<Rule>, request: Request) -> Response {
    if let Some(rule) = rule {
        let from = request.extensions().get::<ClientAddr>().map(|address| address.0);
        // Who is sent away to pay isn't counted, and pays before it is: forms and islands ask in their acts.
        let paid = if route.as_str().starts_with("/api/") { proof_of_work::require(&app.cx).await } else { Ok(()) };
        let passed = match paid {
            Ok(()) => count(&app.cx, &route, rule, from).await,
            refused => refused,
        };
        if let Err(error) = passed {
            return WAIT.sync_scope(Cell::new(None), || told(refuse(&app, &request, error)));
        }
    }
    WAIT.scope(Cell::new(None), async {
        match inner.call(request).await {
            Ok(response) => told(response),
            Err(never) => match never {},
        }
    })
    .await
}

/// The answer in the form that the caller understands.
fn refuse(app: &App, request: &Request, error: Error) -> Response {
    let path = request.uri().path();
    match &error {
        // Who comes back from a provider reads no JSON.
        _ if let Some(page) = on_trouble(path).filter(|_| *request.method() == Method::GET) => wire::found(&page),
        _ if path.starts_with("/api/") => wire::Failure::from(error).into_response(),
        // As a server function's error is written.
        Error::Refused(refusal) if path.starts_with("/_fn/") => {
            wait_for(refusal);
            let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::TOO_MANY_REQUESTS);
            (status, format!("ServerError|{}", words::refusal(refusal))).into_response()
        }
        _ => {
            let frame = Frame::new(app.look.clone(), request.extensions(), request.headers(), request.uri());
            outcome::trouble(frame, error)
        }
    }
}

tokio::task_local! {
    /// How long the one who sent this request must wait, if that is why it was refused. Forms are rendered far from where they are
    /// refused, by each page in its own way; the headers that say it are the same for all.
    static WAIT: Cell<Option<u32>>;
}

/// Remembers, for the headers, why a request is refused.
pub(crate) fn wait_for(refusal: &Refusal) {
    if let Some(seconds) = refusal.retry_after() {
        // Outside of the guard nobody asks.
        _ = WAIT.try_with(|wait| wait.set(Some(seconds)));
    }
}

/// The wait that was remembered.
pub(crate) fn wait() -> Option<u32> {
    WAIT.try_with(Cell::get).ok().flatten()
}

/// The standard's header and the ecosystem's, where somebody must wait.
fn told(mut response: Response) -> Response {
    let refused = response.status().is_client_error() || response.status().is_server_error();
    if let Some(seconds) = wait().filter(|_| refused) {
        for name in [header::RETRY_AFTER, HeaderName::from_static("x-retry-after")] {
            response.headers_mut().insert(name, HeaderValue::from(seconds));
        }
    }
    response
}
