use axum::Router;
use axum::extract::Query;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use domain::limit::Rule;
use domain::passkey;
use domain::password::Password;
use domain::sign_in::{self, Identifier};
use leptos::prelude::*;
use model::{Email, LocalPath, PhoneNumber, Refusal, Username};
use serde::Deserialize;

use super::SignInLive;
use crate::device_sessions::{self, Account, AccountButton};
use crate::form::{Form, Posted};
use crate::header::ITEM;
use crate::mail_request::WAITS;
use crate::outcome::{Failure, Next, answer, destination, enter, keeping, onward, trouble};
use crate::passkey::{Act, PasskeyButton, enter_by_offer};
use crate::provider::{ProviderButtons, ProviderButtonsProps};
use crate::shell::Frame;
use crate::state::App;
use crate::ui::{
    AuthCard, Button, ButtonLink, Checkbox, FormMessage, Glyph, Kind, LINK, Link, Or, PasswordField, Problems,
    TextField, Variant, Width,
};
use crate::visit::Visit;
use crate::words::Flash;

/// `/sign-in` and `/sign-out`.
pub fn routes() -> Router<App> {
    Router::new().route("/sign-in", get(show).post(submit)).route("/sign-out", post(sign_out))
}

/// The query of the page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wish {
    /// Where to go on after signing in.
    next: Option<String>,
    /// Whether somebody signed in wants to add another account.
    add: Option<String>,
}

/// The form that signs out.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Leaving {
    next: Option<String>,
    /// Whether of all accounts that the browser holds.
    all: Option<String>,
}

/// What is typed into the form.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    email: String,
    password: String,
    remember: Option<String>,
    next: Option<String>,
}

async fn show(visit: Visit, frame: Frame, Query(Wish { next, add }): Query<Wish>) -> Response {
    match visit.current().await {
        Ok(Some(current)) if add.is_none() => {
            let outcome = destination(&visit, &current.user.id, next.as_deref()).await;
            answer(frame, outcome, |frame, _, _| crate::problem::Trouble::Unreadable.page(frame))
        }
        Ok(_) => {
            let held = match device_sessions::all(&visit).await {
                Ok(held) => held,
                Err(error) => return trouble(frame, error),
            };
            let typed = Typed { remember: Some(String::new()), next, ..Typed::default() };
            page(frame, &visit, typed, held, Problems::default(), StatusCode::OK)
        }
        Err(error) => trouble(frame, error),
    }
}

async fn submit(visit: Visit, frame: Frame, posted: Posted<Typed>) -> Response {
    let Form(typed) = posted.unwrap_or_default();
    let outcome =
        sign_in(&visit, &typed.email, &typed.password, typed.remember.is_some(), typed.next.as_deref(), false).await;
    answer(frame, outcome, |frame, problems, status| page(frame, &visit, typed, Vec::new(), problems, status))
}

/// The act, for the page and for the island; `offer` tells that this device keeps passkeys.
pub(super) async fn sign_in(
    visit: &Visit,
    name: &str,
    password: &str,
    remember: bool,
    next: Option<&str>,
    offer: bool,
) -> Result<Next, Failure> {
    let who = identifier(name);
    let at_password = |failure: Failure| failure.at("password", &["email"]);
    let who = who.map_err(|refusal| Failure::from(refusal).at("email", &["email"]))?;
    let password = Password::new(password);
    password
        .check_length(&visit.cx().settings.password)
        .map_err(|_| at_password(Refusal::InvalidCredentials.into()))?;
    // What is said of it is about no field.
    visit.pay().await?;
    visit.limit(Rule::SignIn).await.map_err(|error| at_password(error.into()))?;
    let callback = onward(next);
    match sign_in::with_password(
        visit.cx(),
        &who,
        &password,
        remember,
        callback.as_ref().map(LocalPath::as_str),
        &visit.browser(),
    )
    .await
    {
        Ok(entered) if offer => enter_by_offer(visit, &entered, next).await,
        Ok(entered) => enter(visit, &entered, next).await,
        // Whoever gets this answer knows the password, and a new mail is on its way.
        Err(domain::Error::Refused(Refusal::EmailNotVerified)) => {
            if let Identifier::Email(email) = &who {
                visit.jar.asked(email.as_str());
            }
            Ok(keeping(WAITS, callback.as_ref()).into())
        }
        Err(error) => Err(at_password(error.into())),
    }
}

/// Who somebody means by what they typed into the one field.
fn identifier(typed: &str) -> Result<Identifier, Refusal> {
    let typed = typed.trim();
    if typed.contains(['@', '＠']) {
        Email::parse(typed).map(Identifier::Email)
    } else if typed.starts_with('+') {
        PhoneNumber::parse(typed).map(Identifier::Phone)
    } else {
        Username::parse(typed).map(Identifier::Username).map_err(|_| Refusal::InvalidEmail)
    }
}

fn page(
    frame: Frame,
    visit: &Visit,
    typed: Typed,
    held: Vec<Account>,
    problems: Problems,
    status: StatusCode,
) -> Response {
    let takes_passkeys = passkey::is_available(visit.cx());
    let may_sign_up = visit.cx().settings.sign_up.enabled;
    let by_number = visit.cx().settings.two_factor.sms;
    let name = frame.name().to_owned();
    let next = onward(typed.next.as_deref());
    let after = next.as_ref().map(ToString::to_string).unwrap_or_default();
    let way = move |page: &'static str| keeping(page, next.as_ref()).to_string();
    let providers = ProviderButtonsProps::of(visit, after.clone());
    frame.page("Sign in").status(status).render(move || {
        view! {
            <AuthCard title=format!("Sign in to {name}")>
                {(!held.is_empty()).then(|| view! { <Held accounts=held/> })}
                <SignInForm typed by_number problems/>
                <Or/>
                <div class="grid gap-2.5">
                    {ProviderButtons(providers)}
                    <ButtonLink href=way("/magic-link") label="Send me a link" glyph=Glyph::LINK variant=Variant::Secondary width=Width::Full/>
                    <ButtonLink href=way("/email-code") label="Send me a code" glyph=Glyph::HASH variant=Variant::Secondary width=Width::Full/>
                    {takes_passkeys.then(|| view! { <PasskeyButton act=Act::SignIn next=after suggested=true/> })}
                </div>
                {may_sign_up
                    .then(|| view! { <p class="text-center text-muted">"New here? "<Link href=way("/sign-up") label="Create an account"/></p> })}
            </AuthCard>
        }
    })
}

/// The accounts that the browser holds already.
#[component]
fn Held(accounts: Vec<Account>) -> AnyView {
    let buttons = accounts.into_iter().map(|account| view! { <AccountButton account class=ITEM/> }).collect_view();
    view! {
        <form method="post" action="/accounts/switch" class="rounded-control border border-border p-1.5" aria-label="Go on as">
            {buttons}
        </form>
        <Or/>
    }
    .into_any()
}

#[component]
fn SignInForm(typed: Typed, by_number: bool, problems: Problems) -> AnyView {
    let has_name = !typed.email.is_empty();
    view! {
        <SignInLive>
            <form method="post" action="/sign-in" class="grid gap-1.5">
                <input type="hidden" name="next" value=typed.next/>
                <TextField
                    name="email"
                    label=if by_number { "E-mail, user name or phone number" } else { "E-mail or user name" }
                    kind=Kind::Login
                    value=typed.email
                    autocomplete="username webauthn"
                    enterkeyhint="next"
                    required=true
                    autofocus=!has_name
                    problems=problems.clone()
                />
                <PasswordField
                    name="password"
                    label="Password"
                    enterkeyhint="go"
                    autofocus=has_name
                    aside=view! { <a href="/forgot-password" class=format!("text-sm {LINK}")>"Forgot it?"</a> }.into_any()
                    problems=problems.clone()
                />
                <div class="pb-3">
                    <Checkbox name="remember" label="Stay signed in" checked=typed.remember.is_some()/>
                </div>
                <Button label="Sign in" width=Width::Full/>
                <FormMessage problems/>
            </form>
        </SignInLive>
    }
    .into_any()
}

/// Signs out of the active account, or of all; a form that names a page, for who comes back as somebody else, leads there.
async fn sign_out(visit: Visit, frame: Frame, posted: Posted<Leaving>) -> Response {
    let Form(Leaving { next, all }) = posted.unwrap_or_default();
    let left = if all.is_some() {
        device_sessions::leave_all(&visit).await.map(|()| Flash::AllSignedOut)
    } else {
        let flash = |other: Option<_>| if other.is_some() { Flash::OneSignedOut } else { Flash::SignedOut };
        device_sessions::leave(&visit).await.map(flash)
    };
    let flash = match left {
        Ok(flash) => flash,
        Err(error) => return trouble(frame, error),
    };
    let next = onward(next.as_deref()).unwrap_or_else(|| LocalPath::known("/").into());
    let mut response = frame.go(next, Some(flash));
    // Whoever sits down here next doesn't find it in the browser's cache either (SECURITY 38).
    response.headers_mut().insert("clear-site-data", HeaderValue::from_static("\"cache\""));
    response
}
