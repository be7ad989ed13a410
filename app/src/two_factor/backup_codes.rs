//! The backup codes: shown once, as what answers the press of a button.

use axum::Router;
use axum::extract::Query;
use axum::response::Response;
use axum::routing::get;
use domain::two_factor::{self, backup_codes};
use leptos::prelude::*;
use model::{LocalPath, Refusal};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::with_next;
use crate::form::{Form, Posted};
use crate::member::{ForSetup, Member};
use crate::outcome::onward;
use crate::state::App;
use crate::ui::{
    Alert, AuthCard, Button, ButtonLink, Confirm, CopyButton, Glyph, PrintButton, SaveLink, Variant, Width,
};
use crate::words::Flash;

/// Their page.
pub(crate) const PAGE: &str = "/settings/security/backup-codes";

pub(super) fn routes() -> Router<App> {
    Router::new().route(PAGE, get(show).post(make))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    next: String,
    /// How many were left when the button was shown: a page that is loaded again makes no second set.
    left: Option<u32>,
}

fn after(next: &str) -> LocalPath {
    onward(Some(next)).unwrap_or_else(|| LocalPath::known("/settings/security").into())
}

async fn show(ForSetup(member): ForSetup, Query(Typed { next, .. }): Query<Typed>) -> Response {
    let left = match two_factor::status(member.cx(), &member.current.user).await {
        Ok(status) if status.enabled() => status.backup_codes,
        // There is no second step to back up.
        Ok(_) => return member.frame.go(LocalPath::known("/settings/security"), None),
        Err(error) => return member.trouble(error),
    };
    if !member.current.is_fresh(member.cx()) {
        return member.trouble(Refusal::SessionNotFresh.into());
    }
    let back = after(&next).to_string();
    if left > 0 {
        return member.frame.page("Make new backup codes").render(move || {
            let lead = format!(
                "You have {left} of 10 left. New ones take their place: those that you saved before stop working at once."
            );
            view! {
                <Confirm title="Make new backup codes?" lead action=PAGE button="Make new codes" back>
                    <input type="hidden" name="next" value=next/>
                    <input type="hidden" name="left" value=left/>
                </Confirm>
            }
        });
    }
    member.frame.page("Save your backup codes").render(move || {
        view! {
            <AuthCard
                title="Save your backup codes"
                lead="For the day when your phone is lost or broken: you get ten codes, and each of them lets you in once in place of the second step. Without them, you could be locked out."
                glyph=Glyph::LIFE_BUOY
            >
                <form method="post" action=PAGE class="grid gap-2.5">
                    <input type="hidden" name="next" value=next/>
                    <input type="hidden" name="left" value=left/>
                    <Button label="Show my backup codes" width=Width::Full/>
                    <ButtonLink href=back label="Not now" variant=Variant::Quiet width=Width::Full/>
                </form>
            </AuthCard>
        }
    })
}

async fn make(ForSetup(member): ForSetup, posted: Posted<Typed>) -> Response {
    let Form(Typed { next, left }) = posted.unwrap_or_default();
    match two_factor::status(member.cx(), &member.current.user).await {
        Ok(status) if left.is_some_and(|left| left != status.backup_codes) => {
            return member.frame.go(with_next(PAGE, &next), None);
        }
        Ok(_) => {}
        Err(error) => return member.trouble(error),
    }
    match backup_codes::regenerate(member.cx(), &member.current).await {
        Ok(codes) => codes_page(&member, codes, after(&next), None),
        Err(error) => member.trouble(error),
    }
}

/// What is shown only once, and `done` above it.
pub(super) fn codes_page(member: &Member, codes: Vec<String>, next: LocalPath, done: Option<Flash>) -> Response {
    let name = member.frame.name().to_owned();
    let text = codes.join("\n");
    let file = format!("{name}: backup codes for {}\nEach works once.\n\n{text}\n", member.current.user.email);
    let file = format!("data:text/plain;charset=utf-8,{}", utf8_percent_encode(&file, NON_ALPHANUMERIC));
    let email = member.current.user.email.to_string();
    member.frame.clone().page("Your backup codes").render(move || {
        let codes = codes.into_iter().map(|code| view! { <li>{code}</li> }).collect_view();
        view! {
            <AuthCard
                title="Your backup codes"
                lead="Keep them where you find them without your phone: on paper, or in a password manager. They are shown only this once."
            >
                {done.map(|done| view! { <Alert tone=done.tone()>{done.text()}</Alert> })}
                <div class="grid gap-3">
                    <p class="hidden text-sm print:block">{name}" · "{email}</p>
                    <ul id="codes" aria-label="Backup codes" class="grid grid-cols-2 gap-x-6 gap-y-1.5 rounded-control border border-border bg-raised px-4 py-3 text-center font-mono select-all">
                        {codes}
                    </ul>
                    <div class="-mx-2.5 flex flex-wrap items-center gap-x-1 print:hidden">
                        <CopyButton text label="Copy all"/>
                        <PrintButton/>
                        <SaveLink href=file name="backup-codes.txt" label="Download"/>
                    </div>
                </div>
                <div class="print:hidden">
                    <ButtonLink href=next.to_string() label="I have saved them" width=Width::Full/>
                </div>
            </AuthCard>
        }
    })
}
