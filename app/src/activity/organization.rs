use axum::Router;
use axum::body::Body;
use axum::extract::Query;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::audit::{self, Act, Entry, Export, Format, Trail};
use leptos::prelude::*;
use serde::Deserialize;

use super::entry::Reader;
use super::list::{Asked, Entries, SIZE};
use super::words::IN_ORGANIZATION;
use crate::organization::{Here, Inside};
use crate::state::App;
use crate::ui::{ButtonLink, Glyph, SearchForm, Section, Variant, Width, counted};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/organizations/{slug}/audit", get(show))
        .route("/organizations/{slug}/audit/export", get(download))
}

async fn show(inside: Inside, Query(asked): Query<Asked>) -> Response {
    let found = match Trail::of(&inside.access) {
        Ok(trail) => trail.page(inside.cx(), &asked.wanted(IN_ORGANIZATION), SIZE, asked.offset()).await,
        Err(error) => Err(error),
    };
    let (told, total) = match found {
        Ok(found) => found,
        Err(error) => return inside.trouble(error),
    };
    let (path, now) = (inside.path("/audit"), inside.member.now());
    let export = inside.path("/audit/export");
    inside.page(Here::Audit, StatusCode::OK, move || {
        let file = |format: Format| asked.href(export.as_str(), &[("format", format.extension())]);
        let (csv, json) = (file(Format::Csv), file(Format::Json));
        let (title, search) = (counted(total, "event"), asked.search.clone());
        let filters = vec![asked.choice(IN_ORGANIZATION)];
        view! {
            <Section title=title lead="The latest first. Every entry is bound to the one before, so that none can be changed or removed unnoticed.">
                <SearchForm action=path.as_str() label="Name or address of a person" value=search filters/>
                <Entries told total asked=asked.clone() path=path.as_str() reader=Reader::Organization now/>
            </Section>
            <Section title="Download" lead="What is listed above, all pages of it, the oldest first.">
                <div class="flex flex-wrap gap-3">
                    <ButtonLink href=csv label="Table (CSV)" variant=Variant::Secondary width=Width::FullOnPhones glyph=Glyph::DOWNLOAD download=true/>
                    <ButtonLink href=json label="JSON" variant=Variant::Secondary width=Width::FullOnPhones glyph=Glyph::DOWNLOAD download=true/>
                </div>
            </Section>
        }
    })
}

/// As what.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Wish {
    format: String,
}

/// The trail as one file; it goes out as it is read. That it was taken is itself told.
async fn download(inside: Inside, Query(wish): Query<Wish>, Query(asked): Query<Asked>) -> Response {
    let trail = match Trail::of(&inside.access) {
        Ok(trail) => trail,
        Err(error) => return inside.trouble(error),
    };
    let format = if wish.format == "csv" { Format::Csv } else { Format::Json };
    let entry = Entry::by(inside.member.user(), Act::TrailExported).within(&inside.access.organization.id);
    if let Err(error) = audit::record_alone(inside.cx(), entry.with("format", format.extension())).await {
        return inside.trouble(error);
    }
    let export = Export::new(inside.cx(), trail, asked.wanted(IN_ORGANIZATION), format);
    let pieces = futures_util::stream::unfold(export, |mut export| async {
        export.next().await.transpose().map(|piece| (piece, export))
    });
    let name = format!("attachment; filename=\"{}-audit.{}\"", inside.access.organization.slug, format.extension());
    let headers = [
        (header::CONTENT_TYPE, format.content_type().to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, Body::from_stream(pieces)).into_response()
}
