use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use domain::Result;
use domain::organization::invitation::{self, New};
use domain::organization::team;
use leptos::prelude::*;
use model::{InvitationId, LocalPath};
use serde::Deserialize;

use super::form::{InviteForm, Outcome, Pairs, Typed, send};
use super::link;
use super::list::List;
use crate::form::{Form, Posted};
use crate::organization::{Here, Inside};
use crate::outcome::Failure;
use crate::problem::Trouble;
use crate::ui::{Alert, Pager, Part, Problems, Section, Tone, span};
use crate::words::Flash;

/// How many invitations a page lists.
const ROWS: u32 = 25;

/// Which part of the list.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    page: String,
}

impl Wanted {
    fn page(&self) -> u32 {
        Part::page_of(&self.page)
    }
}

/// What the page shows beside the list.
#[derive(Default)]
struct Sheet {
    typed: Typed,
    /// To whom mails went, when some others were refused.
    sent: Vec<String>,
    problems: Problems,
    /// What is wrong with an act on the list.
    trouble: Option<String>,
}

pub(super) async fn show(inside: Inside, Query(wanted): Query<Wanted>) -> Response {
    page(inside, wanted, Sheet::default(), StatusCode::OK).await
}

pub(super) async fn post(inside: Inside, Query(wanted): Query<Wanted>, posted: Posted<Pairs>) -> Response {
    if let Err(error) = inside.access.require("invitation:create") {
        return inside.trouble(error);
    }
    let Form(pairs) = posted.unwrap_or_default();
    let first = |name: &str| pairs.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value.as_str());
    match first("act") {
        "mail" => by_mail(inside, wanted, Typed::read(&pairs)).await,
        "link" => by_link(inside, wanted, Typed::read(&pairs)).await,
        "resend" => settle(inside, wanted, first("id"), Flash::InvitationSentAgain).await,
        "cancel" => settle(inside, wanted, first("id"), Flash::InvitationCanceled).await,
        _ => Trouble::Unreadable.page(inside.member.frame),
    }
}

async fn by_mail(inside: Inside, wanted: Wanted, typed: Typed) -> Response {
    match send(&inside, typed).await {
        Ok(Outcome::Sent(count)) => {
            let flash = if count == 1 { Flash::InvitationSent } else { Flash::InvitationsSent };
            inside.member.frame.go(inside.path("/invitations"), Some(flash))
        }
        Ok(Outcome::Refused { sent, left, problems, status }) => {
            page(inside, wanted, Sheet { typed: left, sent, problems, trouble: None }, status).await
        }
        Err(error) => inside.trouble(error),
    }
}

async fn by_link(inside: Inside, wanted: Wanted, typed: Typed) -> Response {
    let new = New { roles: typed.roles.clone(), teams: typed.teams.clone() };
    match invitation::link(inside.cx(), &inside.member.current, &inside.access, &new).await {
        Ok((made, token)) => link::page(&inside, &made, &token),
        Err(error) => match Failure::from(error) {
            Failure::Form(problems, status) => {
                page(inside, wanted, Sheet { typed, problems, ..Sheet::default() }, status).await
            }
            Failure::Verb(error) => inside.trouble(error),
        },
    }
}

/// Sends one again, or takes it back.
async fn settle(inside: Inside, wanted: Wanted, id: &str, done: Flash) -> Response {
    let (cx, current, access, id) = (inside.cx(), &inside.member.current, &inside.access, &InvitationId::new(id));
    let settled = match done {
        Flash::InvitationCanceled => invitation::cancel(cx, current, access, id).await,
        _ => invitation::resend(cx, current, access, id).await,
    };
    match settled.map_err(Failure::from) {
        Ok(_) => inside.member.frame.go(here(&inside, &wanted), Some(done)),
        Err(Failure::Form(problems, status)) => {
            let trouble = problems.any();
            page(inside, wanted, Sheet { trouble, ..Sheet::default() }, status).await
        }
        Err(Failure::Verb(error)) => inside.trouble(error),
    }
}

/// This part of the list.
fn here(inside: &Inside, wanted: &Wanted) -> LocalPath {
    inside.path(&place(wanted.page()))
}

fn place(page: u32) -> String {
    if page == 1 { "/invitations".to_owned() } else { format!("/invitations?page={page}") }
}

async fn page(inside: Inside, wanted: Wanted, sheet: Sheet, status: StatusCode) -> Response {
    match content(&inside, &wanted, sheet).await {
        Ok(content) => inside.page(Here::Invitations, status, content),
        Err(error) => inside.trouble(error),
    }
}

async fn content(inside: &Inside, wanted: &Wanted, sheet: Sheet) -> Result<impl FnOnce() -> AnyView + 'static> {
    let (cx, access) = (inside.cx(), &inside.access);
    let page = wanted.page();
    let listing = invitation::page(cx, access, ROWS, Part::offset(page, ROWS)).await?;
    let teams = team::list(cx, access).await?;
    let roles = invitation::roles(access);
    let list = List {
        action: here(inside, wanted).to_string(),
        now: inside.member.now(),
        may_cancel: access.may("invitation:cancel"),
        teams: teams.iter().map(|team| (team.id.clone(), team.name.clone())).collect(),
        rows: listing.rows,
    };
    let (part, base) = (Part { page, size: ROWS, total: listing.total }, inside.path("").to_string());
    let action = format!("{base}/invitations");
    let limits = limits(&cx.settings.organization, listing.open);
    Ok(move || {
        let Sheet { typed, sent, problems, trouble } = sheet;
        view! {
            <Section title="Invite people" lead=limits>
                {(!sent.is_empty()).then(|| view! { <Alert tone=Tone::Success>{format!("Sent to {}.", sent.join(", "))}</Alert> })}
                <InviteForm action typed roles teams problems/>
            </Section>
            <Section title="Invitations" id="invitations">
                {trouble.map(|text| view! { <Alert tone=Tone::Danger>{text}</Alert> })}
                {list.view()}
                <Pager name="Invitations" part href=move |page| format!("{base}{}", place(page))/>
            </Section>
        }
        .into_any()
    })
}

/// How long an invitation is good, and how many there may be.
fn limits(settings: &domain::settings::Organizations, open: u64) -> String {
    let good = format!("An invitation is good for {}.", span(settings.invitation_lifetime));
    match (settings.invitations, open) {
        (0, _) => good,
        (most, 0) => format!("{good} Up to {most} can be open at a time."),
        (most, open) => format!("{good} Up to {most} can be open at a time; {open} are now."),
    }
}
