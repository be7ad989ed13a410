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
use crate::ui::{BackLink, SearchForm, Section};

pub(super) const PAGE: &str = "/settings/security/activity";

pub(super) fn routes() -> Router<App> {
    Router::new().route(PAGE, get(show))
}

async fn show(member: Member, Query(asked): Query<Asked>) -> Response {
    // There is nobody to look for but oneself.
    let asked = Asked { search: String::new(), ..asked };
    let found = Trail::own(&member.current).page(member.cx(), &asked.wanted(OWN), SIZE, asked.offset()).await;
    let (told, total) = match found {
        Ok(found) => found,
        Err(error) => return member.trouble(error),
    };
    let (reader, now) = (Reader::Oneself(member.user().clone()), member.now());
    Here::Security.page(&member, StatusCode::OK, move || {
        let filters = vec![asked.choice(OWN)];
        view! {
            <div class="-mt-4"><BackLink href="/settings/security" label="Security"/></div>
            <Section title="Recent activity" lead="Everything that had to do with your account’s safety, the latest first. If you see something that wasn’t you, change your password and sign out all other devices.">
                <SearchForm action=PAGE filters/>
                <Entries told total asked path=PAGE reader now/>
            </Section>
        }
    })
}
