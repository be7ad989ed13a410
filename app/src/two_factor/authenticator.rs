//! Setting up an authenticator app, or another one in its place.

use axum::Router;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use domain::Error;
use domain::session::Current;
use domain::two_factor::totp::{self, Setup};
use domain::two_factor::{self, Asker, Proof};
use leptos::prelude::*;
use model::{LocalPath, Refusal};
use serde::Deserialize;

use super::qr::{Qr, QrPicture};
use super::{AuthenticatorLive, BACKUP_CODES, with_next};
use crate::form::{Form, Posted};
use crate::member::{ForSetup, Member};
use crate::outcome::{Failure, Next, onward, required_for};
use crate::state::App;
use crate::ui::{AuthCard, Button, ButtonLink, CodeField, CopyButton, FormMessage, LINK, Problems, Variant, Width};
use crate::visit::Visit;
use crate::words::Flash;

/// Its page.
pub(crate) const PAGE: &str = "/settings/security/authenticator";

pub(super) fn routes() -> Router<App> {
    Router::new().route(PAGE, get(show).post(submit))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    code: String,
    next: String,
}

/// Begins, unless this session is at it already: opening the page, from wherever, voids nothing.
async fn show(ForSetup(member): ForSetup, Query(Typed { next, .. }): Query<Typed>) -> Response {
    let begun = async {
        let status = two_factor::status(member.cx(), &member.current.user).await?;
        let replaces = status.authenticator_since.is_some();
        let setup = match totp::begun(member.cx(), &member.current).await {
            Err(Error::Refused(Refusal::TotpNotEnabled)) => {
                totp::begin(member.cx(), &member.current, replaces, None).await?
            }
            begun => begun?,
        };
        Ok((setup, replaces))
    };
    match begun.await {
        Ok((setup, replaces)) => page(member, &setup, replaces, next, Problems::default(), StatusCode::OK),
        Err(error) => member.trouble(error),
    }
}

async fn submit(ForSetup(member): ForSetup, posted: Posted<Typed>) -> Response {
    let Form(Typed { code, next }) = posted.unwrap_or_default();
    let (problems, status) = match confirm(&member.visit, &member.current, &code, &next).await {
        Ok(next) => return member.frame.go(next.to, next.flash),
        Err(Failure::Form(problems, status)) => (problems, status),
        Err(Failure::Verb(error)) => return member.trouble(error),
    };
    let begun = async {
        let status = two_factor::status(member.cx(), &member.current.user).await?;
        Ok((totp::begun(member.cx(), &member.current).await?, status.authenticator_since.is_some()))
    };
    match begun.await {
        Ok((setup, replaces)) => page(member, &setup, replaces, next, problems, status),
        // It was set up, or given up, in another tab.
        Err(Error::Refused(Refusal::TotpNotEnabled)) => member.frame.go(with_next(PAGE, &next), None),
        Err(error) => member.trouble(error),
    }
}

/// The act, for the page and for the island.
pub(super) async fn confirm(visit: &Visit, current: &Current, code: &str, next: &str) -> Result<Next, Failure> {
    let cx = visit.cx();
    let before = two_factor::status(cx, &current.user).await?;
    let admitted = two_factor::verify(cx, Asker::Session(current), Proof::Totp(code), false, &visit.client).await?;
    let opened = visit.admit(&admitted).await?;
    // The present app's codes are right, too, and change nothing.
    match totp::begun(cx, opened).await {
        Err(Error::Refused(Refusal::TotpNotEnabled)) => {}
        Ok(_) => {
            let text = "That code is of your present app. Type one of the new entry.";
            return Err(Failure::Form(Problems::field("code", text), StatusCode::BAD_REQUEST));
        }
        Err(error) => return Err(error.into()),
    }
    let replaced = before.authenticator_since.is_some();
    let flash = if replaced { Flash::AuthenticatorReplaced } else { Flash::AuthenticatorOn };
    let to = if before.backup_codes == 0 || !before.enabled() {
        with_next(BACKUP_CODES, next)
    } else {
        onward(Some(next)).unwrap_or_else(|| LocalPath::known("/settings/security").into())
    };
    Ok(Next::from(to).saying(flash))
}

fn page(
    member: Member,
    setup: &Setup,
    replaces: bool,
    next: String,
    problems: Problems,
    status: StatusCode,
) -> Response {
    let qr = match Qr::new(&setup.uri) {
        Ok(qr) => qr,
        Err(error) => return member.trouble(error),
    };
    let title = if replaces { "Replace your authenticator app" } else { "Set up an authenticator app" };
    let lead = if replaces {
        "Add a new entry to your app, or to another one. The present one works until you have typed a code of the new one."
    } else {
        "An app on your phone that shows a new six-digit code every half minute. We ask for it when you sign in."
    };
    let back = if two_factor::lacks(&member.current) && !next.is_empty() {
        required_for(&onward(Some(&next)).unwrap_or_else(|| LocalPath::known("/").into())).to_string()
    } else {
        "/settings/security".to_owned()
    };
    let (secret, uri) = (setup.secret.clone(), setup.uri.clone());
    member.frame.page(title).status(status).render(move || {
        view! {
            <AuthCard title lead>
                <ol class="grid gap-5">
                    <Step number=1 title="Open your app">
                        <p class="text-sm text-muted">
                            "No app yet? Passwords on the iPhone, Google Authenticator, Aegis and 1Password are some that work."
                        </p>
                    </Step>
                    <Step number=2 title="Add this site to it">
                        <p class="text-sm text-muted">"Let the app scan this picture."</p>
                        <QrPicture qr label="The picture that your authenticator app scans. The key below says the same."/>
                        <p><a href=uri class=LINK>"Open the app on this device"</a></p>
                        <p class="text-sm text-muted">"Or type this key into the app:"</p>
                        <div class="grid gap-1">
                            <code id="secret" class="font-mono break-words">{grouped(&secret)}</code>
                            <div class="-mx-2.5"><CopyButton text=secret label="Copy key"/></div>
                        </div>
                    </Step>
                    <Step number=3 title="Type the code that it shows">
                        <AuthenticatorLive>
                            <form method="post" action=PAGE class="grid gap-1.5">
                                <input type="hidden" name="next" value=next/>
                                // The reader begins at the top: the picture comes before the code.
                                <CodeField from="from your app" autofocus=false problems=problems.clone()/>
                                <Button label=if replaces { "Replace" } else { "Turn on" } width=Width::Full/>
                                <FormMessage problems/>
                            </form>
                        </AuthenticatorLive>
                    </Step>
                </ol>
                <ButtonLink href=back label="Cancel" variant=Variant::Quiet width=Width::Full/>
            </AuthCard>
        }
    })
}

#[component]
fn Step(number: u8, title: &'static str, children: Children) -> AnyView {
    view! {
        <li class="grid grid-cols-[auto_minmax(0,1fr)] gap-3">
            <span aria-hidden="true" class="flex size-6 items-center justify-center rounded-full bg-raised text-sm font-medium">{number}</span>
            <div class="grid gap-2.5">
                <h2 class="font-medium">{title}</h2>
                {children()}
            </div>
        </li>
    }
    .into_any()
}

/// A key as it is typed: in groups of four.
fn grouped(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().collect();
    letters.chunks(4).map(String::from_iter).collect::<Vec<_>>().join(" ")
}
