use axum::Router;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use domain::limit::Rule;
use domain::passkey;
use domain::password::Password;
use domain::sign_up::{self, SignUp};
use leptos::prelude::*;
use model::{Email, PersonName, Refusal};
use serde::Deserialize;

use super::SignUpLive;
use crate::form::{Form, Posted};
use crate::mail_request::WAITS;
use crate::new_password::{NewPassword, Rules};
use crate::outcome::{Failure, Next, answer, destination, keeping, onward, trouble};
use crate::passkey::{Act, NEEDS_PASSKEYS};
use crate::provider::{ProviderButtons, ProviderButtonsProps};
use crate::shell::Frame;
use crate::state::App;
use crate::ui::{AuthCard, Button, FormMessage, Glyph, Kind, Link, Or, Problems, TextField, Variant, Width};
use crate::visit::Visit;

/// `/sign-up`.
pub fn routes() -> Router<App> {
    Router::new().route("/sign-up", get(show).post(submit))
}

/// What is typed into the form.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    name: String,
    email: String,
    password: String,
    next: String,
}

async fn show(visit: Visit, frame: Frame, Query(typed): Query<Typed>) -> Response {
    if !visit.cx().settings.sign_up.enabled {
        return trouble(frame, Refusal::SignUpDisabled.into());
    }
    page(frame, &visit, typed, Problems::default(), StatusCode::OK)
}

async fn submit(visit: Visit, frame: Frame, posted: Posted<Typed>) -> Response {
    let Form(typed) = posted.unwrap_or_default();
    let outcome = sign_up(&visit, &typed.name, &typed.email, &typed.password, Some(&typed.next)).await;
    answer(frame, outcome, |frame, problems, status| page(frame, &visit, typed, problems, status))
}

/// The act, for the page and for the island. The answer is the same for an address that has an account.
pub(super) async fn sign_up(
    visit: &Visit,
    name: &str,
    email: &str,
    typed_password: &str,
    next: Option<&str>,
) -> Result<Next, Failure> {
    let password = Password::new(typed_password);
    // Everything that is wrong is told at once.
    let judged = password.check(&visit.cx().settings.password, name, email);
    let (name, email) = match (PersonName::parse(name), Email::parse(email), judged) {
        (Ok(name), Ok(email), Ok(())) => (name, email),
        (name, email, judged) => {
            return Err([name.err(), email.err(), judged.err()].into_iter().flatten().collect::<Vec<_>>().into());
        }
    };
    visit.limit(Rule::SignUp).await?;
    let form = SignUp {
        name,
        email: email.clone(),
        password,
        username: None,
        image: None,
        remember: true,
        callback: onward(next).map(|next| next.to_string()),
    };
    match sign_up::sign_up(visit.cx(), form, &visit.client).await?.opened {
        Some(opened) => {
            visit.open(&opened).await?;
            destination(visit, &opened.user.id, next).await
        }
        None => {
            visit.jar.asked(email.as_str());
            Ok(keeping(WAITS, onward(next).as_ref()).into())
        }
    }
}

fn page(frame: Frame, visit: &Visit, typed: Typed, problems: Problems, status: StatusCode) -> Response {
    let takes_passkeys = passkey::is_available(visit.cx());
    let rules = Rules::from(&visit.cx().settings.password);
    let sign_in = keeping("/sign-in", onward(Some(&typed.next)).as_ref()).to_string();
    let providers =
        Some(ProviderButtonsProps::of(visit, typed.next.clone())).filter(|props| !props.providers.is_empty());
    frame.page("Create an account").status(status).render(move || {
        view! {
            <AuthCard title="Create an account">
                <SignUpForm typed rules takes_passkeys problems/>
                {providers.map(|providers| view! { <Or/>{ProviderButtons(providers)} })}
                <p class="text-center text-muted">"Have an account? "<Link href=sign_in label="Sign in"/></p>
            </AuthCard>
        }
    })
}

#[component]
fn SignUpForm(typed: Typed, rules: Rules, takes_passkeys: bool, problems: Problems) -> AnyView {
    let first = problems.first_field().unwrap_or("name").to_owned();
    view! {
        <SignUpLive>
            <form method="post" action="/sign-up" class="grid gap-1.5">
                <input type="hidden" name="next" value=typed.next/>
                <TextField
                    name="name"
                    label="Name"
                    kind=Kind::Name
                    value=typed.name
                    autocomplete="name"
                    enterkeyhint="next"
                    required=true
                    autofocus=first == "name"
                    max=100
                    problems=problems.clone()
                />
                <TextField
                    name="email"
                    label="E-mail"
                    kind=Kind::Email
                    value=typed.email
                    autocomplete="username"
                    enterkeyhint="next"
                    required=true
                    autofocus=first == "email"
                    problems=problems.clone()
                />
                <NewPassword name="password" label="Password" rules problems=problems.clone() autofocus=first == "password"/>
                <div class="pt-3">
                    <Button label="Create account" width=Width::Full/>
                </div>
                <FormMessage problems/>
                // After the other button, which the Enter key presses.
                {takes_passkeys.then(|| view! {
                    <div class=NEEDS_PASSKEYS>
                        <Button
                            label=Act::SignUp.label()
                            name="act"
                            value=Act::SignUp.as_str()
                            glyph=Glyph::KEY_ROUND
                            variant=Variant::Secondary
                            width=Width::Full
                            skips_checks=true
                        />
                    </div>
                })}
            </form>
        </SignUpLive>
    }
    .into_any()
}
