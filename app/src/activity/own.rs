use axum::Router;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use domain::audit::Trail;
use leptos::prelude::*;

use super::entry::Reader;
use super::list::{Asked, Entries, SIZE};
use super::words::OWN;
use crate::member::Member;
use crate::settings::Here;
use crate::state::App;
use crate::ui::{SearchForm, Section, counted};

pub(super) const PAGE: &str = "/settings/security/activity";

pub(super) fn routes() -> Router<App> {
    Router::new().route(PAGE, get(show))
}

async fn show(member: Member, Query(asked): Query<Asked>) -> Response {
    // There is nobody to look for but oneself.
    let asked = Asked { search: String::new(), ..asked };
    let found = Trail::own(&member.current).page(member.cx(), &asked.wanted(OWN), SIZE, asked.offset()).await;
    let (mut told, total) = match found {
        Ok(found) => found,
        Err(error) => return member.trouble(error),
    };
    // The log knows it by its id.
    for one in &mut told {
        if let Some(name) = one.text("provider").map(|id| member.cx().settings.providers.name_of(id).to_owned()) {
            one.detail["provider"] = name.into();
        }
    }
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
