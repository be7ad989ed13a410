use axum::Router;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use domain::audit::{Filter, Told, Trail};
use leptos::prelude::*;
use model::Timestamp;

use super::entry::{Entry, Reader};
use super::list::{Asked, Entries, SIZE};
use super::words::OWN;
use crate::member::Member;
use crate::settings::Here;
use crate::state::App;
use crate::ui::{ButtonLink, Rows, SearchForm, Section, Variant, Width, counted};

pub(super) const PAGE: &str = "/settings/security/activity";

pub(super) fn routes() -> Router<App> {
    Router::new().route(PAGE, get(show))
}

async fn read(member: &Member, wanted: &Filter, most: u32, offset: u32) -> domain::Result<(Vec<Told>, u64)> {
    let (mut told, total) = Trail::own(&member.current).page(member.cx(), wanted, most, offset).await?;
    // The log knows it by its id.
    for one in &mut told {
        if let Some(name) = one.text("provider").map(|id| member.cx().settings.providers.name_of(id).to_owned()) {
            one.detail["provider"] = name.into();
        }
    }
    Ok((told, total))
}

/// The end of one's own trail, for other pages.
pub struct Latest {
    told: Vec<Told>,
    reader: Reader,
    now: Timestamp,
}

impl Latest {
    /// # Errors
    /// When the database can't be asked.
    pub async fn of(member: &Member) -> domain::Result<Self> {
        let (told, _) = read(member, &Filter::default(), 10, 0).await?;
        Ok(Self { told, reader: Reader::Oneself(member.user().clone()), now: member.now() })
    }

    /// A section of the settings, with the way to all of it.
    pub fn section(self) -> AnyView {
        let Self { told, reader, now } = self;
        let rows = told.into_iter().map(|told| view! { <Entry told reader=reader.clone() now/> }).collect_view();
        view! {
            <Section title="Recent activity" lead="What had to do with the safety of your account. Something that wasn’t you? Change your password, and sign out all other devices.">
                <Rows name="Recent activity">{rows}</Rows>
                <div><ButtonLink href=PAGE label="See all activity" variant=Variant::Secondary width=Width::FullOnPhones/></div>
            </Section>
        }
        .into_any()
    }
}

async fn show(member: Member, Query(asked): Query<Asked>) -> Response {
    // There is nobody to look for but oneself.
    let asked = Asked { search: String::new(), ..asked };
    let (told, total) = match read(&member, &asked.wanted(OWN), SIZE, asked.offset()).await {
        Ok(found) => found,
        Err(error) => return member.trouble(error),
    };
    let (reader, now) = (Reader::Oneself(member.user().clone()), member.now());
    let heading = ("Recent activity", "What had to do with the safety of your account, the latest first.");
    Here::Security.page_below(&member, heading, StatusCode::OK, move || {
        let title = counted(total, "event");
        let filters = vec![asked.choice(OWN)];
        view! {
            <Section title=title lead="Something that wasn’t you? Change your password, and sign out all other devices.">
                <SearchForm action=PAGE filters/>
                <Entries told total asked path=PAGE reader now/>
            </Section>
        }
    })
}
