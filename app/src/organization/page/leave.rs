use axum::http::StatusCode;
use axum::response::Response;
use domain::organization::{self, Tally, member};
use leptos::prelude::*;
use model::OrganizationRefusal;

use super::{LIST, is_about, known};
use crate::organization::Inside;
use crate::ui::{AuthCard, Button, ButtonLink, Confirm, Glyph, InDialog, Section, Variant, Width};
use crate::words::Flash;

const LEAD: &str =
    "You lose your roles and teams in it at once, on every device. To come back, somebody has to invite you again.";

/// Whether nobody would own it any more without this member.
fn is_last_owner(inside: &Inside, tally: &Tally) -> bool {
    inside.access.is_owner() && tally.owners < 2
}

/// The card of the settings.
pub(super) struct Offer {
    href: String,
    back: String,
    title: String,
    /// Why they can't, if they can't.
    hint: Option<&'static str>,
}

impl Offer {
    pub(super) fn of(inside: &Inside, tally: &Tally) -> Self {
        let hint = is_last_owner(inside, tally).then_some(if tally.members > 1 {
            "You are the only owner. Hand it over first; then you can leave."
        } else {
            "You are alone here: there is nobody to leave it to. Delete it instead."
        });
        let path = |rest| inside.path(rest).to_string();
        Self { href: path("/leave"), back: path("/settings"), title: title(inside), hint }
    }

    pub(super) fn view(self) -> AnyView {
        let Self { href, back, title, hint } = self;
        let control = match hint {
            Some(hint) => view! { <p class="text-muted">{hint}</p> }.into_any(),
            None => view! {
                <InDialog name="leave".to_owned() href=href.clone() label="Leave the organization".to_owned() title>
                    <p class="mb-4 text-muted">{LEAD}</p>
                    <form method="post" action=href class="grid gap-3">
                        <Button label="Leave" variant=Variant::Danger width=Width::Full/>
                        <ButtonLink href=back label="Cancel" variant=Variant::Quiet width=Width::Full/>
                    </form>
                </InDialog>
            }
            .into_any(),
        };
        view! {
            <Section title="Leave" lead="You lose your roles and teams in it.">
                <div>{control}</div>
            </Section>
        }
        .into_any()
    }
}

fn title(inside: &Inside) -> String {
    format!("Leave {}?", inside.access.organization.name)
}

/// `/organizations/{slug}/leave`.
pub(super) async fn show(inside: Inside) -> Response {
    match organization::tally(inside.cx(), &inside.access).await {
        Ok(tally) if is_last_owner(&inside, &tally) => stay(&inside, StatusCode::OK),
        Ok(_) => {
            let (action, back) = (inside.path("/leave").to_string(), inside.path("/settings").to_string());
            let title = title(&inside);
            inside.member.frame.page(title.clone()).render(move || {
                view! { <Confirm title lead=LEAD action button="Leave" back/> }
            })
        }
        Err(error) => inside.trouble(error),
    }
}

pub(super) async fn post(inside: Inside) -> Response {
    match member::leave(inside.cx(), &inside.member.current, &inside.access).await {
        Ok(_) => inside.member.frame.go(known(LIST), Some(Flash::OrganizationLeft)),
        Err(error) if is_about(&error, &OrganizationRefusal::OnlyOwner) => stay(&inside, StatusCode::BAD_REQUEST),
        Err(error) => inside.trouble(error),
    }
}

/// What the last owner can do instead.
fn stay(inside: &Inside, status: StatusCode) -> Response {
    let path = |rest| inside.path(rest).to_string();
    let (transfer, delete, back) = (path("/transfer"), path("/delete"), path("/settings"));
    let lead = format!(
        "You are the only owner of {}, and without one nobody could look after it. Hand it over to another member first, or delete it.",
        inside.access.organization.name
    );
    inside.member.frame.clone().page("You can’t leave yet").status(status).render(move || {
        view! {
            <AuthCard title="You can’t leave yet" lead glyph=Glyph::USERS>
                <div class="grid gap-3">
                    <ButtonLink href=transfer label="Hand it over" width=Width::Full/>
                    <ButtonLink href=delete label="Delete it" variant=Variant::Danger width=Width::Full/>
                    <ButtonLink href=back label="Back to the settings" variant=Variant::Quiet width=Width::Full/>
                </div>
            </AuthCard>
        }
    })
}
