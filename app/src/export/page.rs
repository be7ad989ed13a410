use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::export;
use leptos::prelude::*;

use crate::deletion;
use crate::member::Member;
use crate::settings::Here;
use crate::state::App;
use crate::ui::{ButtonLink, Glyph, Section, Variant, Width};

/// `/settings/data` and `/settings/data/export`.
pub fn routes() -> Router<App> {
    Router::new().route("/settings/data", get(show)).route("/settings/data/export", get(download))
}

async fn show(member: Member) -> Response {
    let (fresh, deletable) = (member.current.is_fresh(member.cx()), member.cx().settings.deletion.enabled);
    Here::Data.page(&member, StatusCode::OK, move || {
        view! {
            <Section title="Download your data" lead="One JSON file with all that is kept about you here: account, profile, answers and devices. Your password isn’t in it; it is kept in a form that can’t be read.">
                <div>
                    <ButtonLink
                        href="/settings/data/export"
                        label="Download my data"
                        variant=Variant::Secondary
                        width=Width::FullOnPhones
                        glyph=Glyph::DOWNLOAD
                        download=true
                    />
                </div>
            </Section>
            {deletable.then(|| view! { <deletion::Offer fresh/> })}
        }
    })
}

/// Everything as one file, written so that a person can read it.
async fn download(member: Member) -> Response {
    let all = export::all(member.cx(), &member.current).await;
    match all.and_then(|all| serde_json::to_string_pretty(&all).map_err(domain::Error::broken)) {
        Ok(json) => {
            let headers = [
                (header::CONTENT_TYPE, "application/json"),
                (header::CONTENT_DISPOSITION, "attachment; filename=\"my-account.json\""),
                (header::CACHE_CONTROL, "no-store"),
            ];
            (headers, json).into_response()
        }
        Err(error) => member.trouble(error),
    }
}
