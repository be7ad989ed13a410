use domain::audit::{Actor, Kind, Told};
use leptos::prelude::*;
use model::{Timestamp, UserId};

use super::words;
use crate::ui::{Glyph, Row, Time};

/// Who reads.
#[derive(Clone)]
pub(super) enum Reader {
    /// Somebody their own trail.
    Oneself(UserId),
    /// Somebody an organization's.
    Organization,
}

/// One entry: what, who, from where and when.
#[component]
pub(super) fn Entry(told: Told, reader: Reader, now: Timestamp) -> AnyView {
    let who = reader.who(&told);
    let place = place(&told);
    let detail = words::of_detail(&told).or_else(|| reader.organization(&told));
    let at = told.at;
    // Beside it on wide screens, below it on phones.
    let action = view! {
        <div class="text-sm text-muted max-sm:-mt-3 max-sm:pl-8 sm:text-right">
            <p class="flex flex-wrap gap-x-1 sm:justify-end"><span>{at.words()}</span><span class="max-sm:hidden" aria-hidden="true">"·"</span><span><Time at now/></span></p>
            {place.map(|place| view! { <p class="wrap-anywhere">{place}</p> })}
        </div>
    }
    .into_any();
    view! {
        <Row glyph=glyph(&told) title=words::of_act(&told) action>
            {detail.map(|detail| view! { <p class="text-text wrap-anywhere">{detail}</p> })}
            {who.map(|who| view! { <p class="wrap-anywhere">{who}</p> })}
        </Row>
    }
    .into_any()
}

impl Reader {
    /// Who did it, and to whom, where that isn't the reader alone.
    fn who(&self, told: &Told) -> Option<String> {
        match self {
            Self::Oneself(user) => match &told.actor {
                Actor::User(actor) if actor == user => {
                    told.user.as_ref().filter(|other| *other != user)?;
                    Some(format!("By you, about {}", name(told.user_name.as_deref())))
                }
                Actor::User(_) => Some(match &told.organization_name {
                    Some(organization) => format!("By somebody who looks after {organization}"),
                    None => "By somebody else".to_owned(),
                }),
                Actor::Operator => Some("By the site’s operator".to_owned()),
                Actor::Server => Some("By the site itself".to_owned()),
                Actor::Guest => Some("By somebody who wasn’t signed in".to_owned()),
            },
            Self::Organization => {
                let by = match &told.actor {
                    Actor::User(_) => name(told.actor_name.as_deref()).to_owned(),
                    Actor::Operator => "The site’s operator".to_owned(),
                    Actor::Server => "The site itself".to_owned(),
                    Actor::Guest => "Somebody who wasn’t signed in".to_owned(),
                };
                let other = told.user.as_ref().filter(|user| told.actor != Actor::User((*user).clone()));
                let about = other.map(|_| format!(" · about {}", name(told.user_name.as_deref())));
                Some(format!("{by}{}", about.unwrap_or_default()))
            }
        }
    }

    /// In one's own trail: where.
    fn organization(&self, told: &Told) -> Option<String> {
        matches!(self, Self::Oneself(_)).then(|| told.organization_name.clone()).flatten()
    }
}

fn name(name: Option<&str>) -> &str {
    name.unwrap_or("a deleted account")
}

fn place(told: &Told) -> Option<String> {
    let address = Some(told.ip_address.clone()).filter(|address| !address.is_empty());
    let parts: Vec<_> = [told.device().map(|(device, _)| device), address].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

fn glyph(told: &Told) -> Glyph {
    if words::is_grave(told.act) {
        return Glyph::TRIANGLE_ALERT;
    }
    match told.act.map(domain::audit::Act::kind) {
        Some(Kind::SignIn) => Glyph::LOG_IN,
        Some(Kind::Ways) => Glyph::KEY_ROUND,
        Some(Kind::Account) => Glyph::USER,
        Some(Kind::Organization) => Glyph::USERS,
        Some(Kind::Operator) | None => Glyph::SETTINGS,
    }
}
