use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::{Error, export};
use leptos::prelude::*;
use model::{LocalPath, Refusal};

use crate::deletion;
use crate::member::Member;
use crate::outcome::confirm_for;
use crate::settings::Here;
use crate::state::App;
use crate::ui::{ButtonLink, Glyph, Section, Variant, Width};

const PAGE: &str = "/settings/data";
const EXPORT: &str = "/settings/data/export";

/// `/settings/data` and `/settings/data/export`.
pub fn routes() -> Router<App> {
    Router::new().route(PAGE, get(show)).route(EXPORT, get(download))
}

async fn show(member: Member) -> Response {
    let (fresh, deletable) = (member.current.is_fresh(member.cx()), member.cx().settings.deletion.enabled);
    // What is downloaded leaves its page where it is: who it is must be shown before.
    let href = if fresh { EXPORT.to_owned() } else { confirm_for(&LocalPath::known(PAGE).into()).to_string() };
    Here::Data.page(&member, StatusCode::OK, move || {
        view! {
            <Section title="Download your data" lead="One JSON file with all that is kept about you here: account, profile, answers and devices. Your password isn’t in it; it is kept in a form that can’t be read.">
                <div>
                    <ButtonLink
                        href
                        label="Download my data"
                        variant=Variant::Secondary
                        width=Width::FullOnPhones
                        glyph=Glyph::DOWNLOAD
                        download=fresh
                    />
                </div>
            </Section>
            {deletable.then(|| view! { <deletion::Offer/> })}
        }
    })
}

/// Everything as one file, written so that a person can read it.
async fn download(member: Member) -> Response {
    let all = export::all(member.cx(), &member.current).await;
    match all.and_then(|all| serde_json::to_string_pretty(&all).map_err(Error::broken)) {
        Ok(json) => {
            let headers = [
                (header::CONTENT_TYPE, "application/json"),
                (header::CONTENT_DISPOSITION, "attachment; filename=\"my-account.json\""),
                (header::CACHE_CONTROL, "no-store"),
            ];
            (headers, json).into_response()
        }
        Err(Error::Refused(Refusal::SessionNotFresh)) => {
            member.frame.go(confirm_for(&LocalPath::known(PAGE).into()), None)
        }
        Err(error) => member.trouble(error),
    }
}
