//! Renaming and removing a passkey: a page for each, since what can be refused is shown again with its form.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use domain::passkey;
use leptos::prelude::*;
use model::{LocalPath, PasskeyId, PasskeyView, Refusal};
use serde::Deserialize;

use crate::form::{Form, Posted};
use crate::member::Member;
use crate::outcome::{Failure, Next, answer, confirm_for};
use crate::ui::{AuthCard, Button, ButtonLink, Confirm, FormMessage, Kind, Problems, TextField, Variant, Width};
use crate::words::Flash;

const RENAME: &str = "/settings/security/passkeys/rename";
const REMOVE: &str = "/settings/security/passkeys/remove";
const BACK: &str = "/settings/security";

/// Which passkey, and what is typed into the form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    passkey: String,
    name: String,
}

impl Typed {
    fn id(&self) -> PasskeyId {
        // What no database keeps names nothing.
        PasskeyId::new(&*self.passkey)
    }
}

/// The passkey, if it is the member's.
async fn find(member: &Member, typed: &Typed) -> domain::Result<PasskeyView> {
    let passkeys = passkey::list(member.cx(), member.user()).await?;
    Ok(passkeys.into_iter().find(|passkey| passkey.id.as_str() == typed.passkey).ok_or(Refusal::PasskeyNotFound)?)
}

pub(super) async fn show_rename(member: Member, Query(typed): Query<Typed>) -> Response {
    match find(&member, &typed).await {
        Ok(passkey) => rename_page(member, Typed { name: passkey.name, ..typed }, Problems::default(), StatusCode::OK),
        Err(error) => member.trouble(error),
    }
}

pub(super) async fn rename(member: Member, posted: Posted<Typed>) -> Response {
    let Form(typed) = posted.unwrap_or_default();
    let outcome = async {
        passkey::rename(member.cx(), member.user(), &typed.id(), &typed.name).await?;
        Ok(Next::to(BACK).saying(Flash::PasskeyRenamed))
    };
    answer(member.frame.clone(), outcome.await, |_, problems, status| rename_page(member, typed, problems, status))
}

fn rename_page(member: Member, typed: Typed, problems: Problems, status: StatusCode) -> Response {
    member.frame.page("Rename passkey").status(status).render(move || {
        view! {
            <AuthCard title="Rename passkey" lead="Give it a name that tells you where it is kept.">
                <form method="post" action=RENAME class="grid gap-1.5">
                    <input type="hidden" name="passkey" value=typed.passkey/>
                    <TextField
                        name="name"
                        label="Name"
                        kind=Kind::Text
                        value=typed.name
                        autocomplete="off"
                        enterkeyhint="done"
                        required=true
                        autofocus=true
                        max=100
                        problems=problems.clone()
                    />
                    <Button label="Save name" width=Width::Full/>
                    <ButtonLink href=BACK label="Cancel" variant=Variant::Quiet width=Width::Full/>
                    <FormMessage problems/>
                </form>
            </AuthCard>
        }
    })
}

pub(super) async fn show_remove(member: Member, Query(typed): Query<Typed>) -> Response {
    if !member.current.is_fresh(member.cx()) {
        return member.frame.go(confirm_for(member.frame.path()), None);
    }
    remove_page(member, typed, Problems::default(), StatusCode::OK).await
}

pub(super) async fn remove(member: Member, posted: Posted<Typed>) -> Response {
    let Form(typed) = posted.unwrap_or_default();
    match passkey::delete(member.cx(), &member.current, &typed.id()).await.map_err(Failure::from) {
        Ok(()) => member.frame.go(LocalPath::known(BACK), Some(Flash::PasskeyRemoved)),
        Err(Failure::Form(problems, status)) => remove_page(member, typed, problems, status).await,
        Err(Failure::Verb(error)) => member.trouble(error),
    }
}

async fn remove_page(member: Member, typed: Typed, problems: Problems, status: StatusCode) -> Response {
    let passkey = match find(&member, &typed).await {
        Ok(passkey) => passkey,
        Err(error) => return member.trouble(error),
    };
    let title = format!("Remove “{}”?", passkey.name);
    member.frame.page("Remove passkey").status(status).render(move || {
        view! {
            <Confirm
                title
                lead="You can’t sign in with it here any more. It stays in your password manager or on your device, of no use; delete it there, too."
                action=REMOVE
                button="Remove passkey"
                back=BACK
                problems=problems.clone()
            >
                <input type="hidden" name="passkey" value=typed.passkey/>
                {(!problems.is_empty()).then(|| view! { <FormMessage problems/> })}
            </Confirm>
        }
    })
}
