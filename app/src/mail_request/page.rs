use axum::Router;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use domain::limit::Rule;
use domain::{Callbacks, code, magic_link, reset, verification};
use leptos::prelude::*;
use model::Email;
use serde::Deserialize;

use super::{About, AddressLive};
use crate::form::{Form, Posted};
use crate::outcome::{Failure, Next, answer, keeping, onward};
use crate::shell::Frame;
use crate::state::App;
use crate::ui::{AuthCard, Button, ButtonLink, FormMessage, Glyph, Kind, Link, Problems, TextField, Variant, Width};
use crate::visit::Visit;
use crate::words::Flash;

/// `/forgot-password`, `/magic-link`, `/email-code` and `/check-mail`.
pub fn routes() -> Router<App> {
    let form = |about: About| {
        get(move |visit: Visit, frame: Frame, Query(onward): Query<Typed>| async move {
            page(frame, &visit, about, onward, Problems::default(), StatusCode::OK)
        })
        .post(move |visit: Visit, frame: Frame, posted: Posted<Typed>| submit(visit, frame, about, posted))
    };
    Router::new()
        .route("/forgot-password", form(About::Reset))
        .route("/magic-link", form(About::Link))
        .route("/email-code", form(About::Code))
        .route("/check-mail", get(check).post(again))
}

/// Where somebody waits for the mail that proves the address.
pub(crate) const WAITS: &str = "/check-mail?about=verification";

/// What is typed, or what the page's address says.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    about: About,
    email: String,
    next: String,
}

async fn submit(visit: Visit, frame: Frame, about: About, posted: Posted<Typed>) -> Response {
    let Form(typed) = posted.unwrap_or_default();
    let outcome = request(&visit, about, &typed.email, Some(&typed.next)).await;
    answer(frame, outcome, |frame, problems, status| page(frame, &visit, about, typed, problems, status))
}

/// The act, for the pages and for the island.
pub(crate) async fn request(visit: &Visit, about: About, email: &str, next: Option<&str>) -> Result<Next, Failure> {
    let cx = visit.cx();
    let email = Email::parse(email)?;
    visit
        .limit(match about {
            About::Verification => Rule::Verification,
            About::Reset => Rule::PasswordReset,
            About::Link => Rule::MagicLink,
            About::Code => Rule::EmailCode,
        })
        .await?;
    let next = onward(next);
    let callback = next.as_ref().map(ToString::to_string);
    match about {
        About::Verification => verification::send(cx, &email, callback.as_deref()).await?,
        About::Reset => reset::request(cx, &email, None).await?,
        About::Link => {
            let callbacks = Callbacks { done: callback, new_user: None, error: None };
            magic_link::request(cx, &email, None, &callbacks).await?;
        }
        About::Code => code::request(cx, code::Purpose::SignIn, &email).await?,
    }
    visit.jar.asked(email.as_str());
    let path = match about {
        About::Verification => WAITS,
        About::Reset => "/check-mail?about=reset",
        About::Link => "/check-mail?about=link",
        About::Code => "/email-code/enter",
    };
    Ok(keeping(path, next.as_ref()).into())
}

struct Words {
    title: &'static str,
    lead: &'static str,
    button: &'static str,
    action: &'static str,
    /// What opening the mail is for.
    purpose: &'static str,
}

fn words(about: About) -> Words {
    match about {
        About::Verification => Words {
            title: "Confirm your address",
            lead: "Type the address of your new account, and we send you the link again.",
            button: "Send link",
            action: "/check-mail",
            purpose: "finish signing up",
        },
        About::Reset => Words {
            title: "Reset your password",
            lead: "Type your address, and we send you a link to choose a new one.",
            button: "Send link",
            action: "/forgot-password",
            purpose: "choose a new password",
        },
        About::Link => Words {
            title: "Sign in with a link",
            lead: "Type your address, and we send you a link that signs you in. No password needed.",
            button: "Send link",
            action: "/magic-link",
            purpose: "sign in",
        },
        About::Code => Words {
            title: "Sign in with a code",
            lead: "Type your address, and we send you a code that signs you in. No password needed.",
            button: "Send code",
            action: "/email-code",
            purpose: "sign in",
        },
    }
}

fn page(frame: Frame, visit: &Visit, about: About, typed: Typed, problems: Problems, status: StatusCode) -> Response {
    let Words { title, lead, button, action, .. } = words(about);
    let email = if typed.email.is_empty() { visit.jar.asked_for().unwrap_or_default() } else { typed.email };
    let sign_in = keeping("/sign-in", onward(Some(&typed.next)).as_ref()).to_string();
    frame.page(title).status(status).render(move || {
        view! {
            <AuthCard title lead>
                <AddressLive>
                    <form method="post" action=action class="grid gap-1.5">
                        <input type="hidden" name="about" value=about.name()/>
                        <input type="hidden" name="next" value=typed.next/>
                        <TextField
                            name="email"
                            label="E-mail"
                            kind=Kind::Email
                            value=email
                            autocomplete="email"
                            enterkeyhint="send"
                            required=true
                            autofocus=true
                            problems=problems.clone()
                        />
                        <Button label=button width=Width::Full/>
                        <FormMessage problems/>
                    </form>
                </AddressLive>
                <p class="text-center text-muted"><Link href=sign_in label="Back to sign-in"/></p>
            </AuthCard>
        }
    })
}

/// "Check your mail", or the question for the address in a browser that didn't ask for one.
async fn check(visit: Visit, frame: Frame, Query(typed): Query<Typed>) -> Response {
    let about = typed.about;
    let Some(email) = visit.jar.asked_for() else {
        return page(frame, &visit, about, typed, Problems::default(), StatusCode::OK);
    };
    let Words { purpose, .. } = words(about);
    let elsewhere = if about == About::Verification { "/sign-up" } else { words(about).action };
    let elsewhere = keeping(elsewhere, onward(Some(&typed.next)).as_ref()).to_string();
    frame.page("Check your mail").render(move || {
        view! {
            <AuthCard title="Check your mail" glyph=Glyph::MAIL>
                <div class="grid gap-3 text-muted">
                    <p>"We sent a mail to "<strong class="font-medium text-text">{email}</strong>"."</p>
                    <p>{format!("Open the link in it to {purpose}. You can close this page.")}</p>
                </div>
                <div class="grid gap-2.5">
                    <p class="text-sm text-muted">"Nothing there? Look into the spam folder, too. It can take a minute."</p>
                    <form method="post" action="/check-mail">
                        <input type="hidden" name="about" value=about.name()/>
                        <input type="hidden" name="next" value=typed.next/>
                        <Button label="Send it again" variant=Variant::Secondary width=Width::Full/>
                    </form>
                    <ButtonLink href=elsewhere label="Use another address" variant=Variant::Quiet width=Width::Full/>
                </div>
            </AuthCard>
        }
    })
}

/// Sends it again: to the address that this browser asked for, or to the one that is typed.
async fn again(visit: Visit, frame: Frame, posted: Posted<Typed>) -> Response {
    let Form(mut typed) = posted.unwrap_or_default();
    if typed.email.is_empty() {
        typed.email = visit.jar.asked_for().unwrap_or_default();
    }
    let outcome = request(&visit, typed.about, &typed.email, Some(&typed.next)).await;
    let outcome = outcome.map(|next| next.saying(Flash::MailSent));
    answer(frame, outcome, |frame, problems, status| page(frame, &visit, typed.about, typed, problems, status))
}
