use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use domain::Client;
use domain::session::{self, Device};
use leptos::prelude::*;
use model::{LocalPath, Timestamp};
use serde::Deserialize;

use super::words;
use crate::activity::Latest;
use crate::form::Form;
use crate::form::Posted;
use crate::member::Member;
use crate::settings::Here;
use crate::state::App;
use crate::ui::{Button, Glyph, Row, Rows, Section, Time, Variant, Width};
use crate::words::Flash;

/// `/settings/sessions`, and what pages ask of their session.
pub fn routes() -> Router<App> {
    Router::new().route("/settings/sessions", get(show).post(end)).merge(super::bar::routes())
}

/// Which sessions to end.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    /// One, by its id; all the others when there is none.
    session: Option<String>,
}

/// Ends one or all others. Who sees a stranger's device must get rid of it at once, and it gives nobody anything: the session need not be
/// fresh.
async fn end(member: Member, posted: Posted<Typed>) -> Response {
    let Ok(Form(typed)) = posted else { return member.frame.go(LocalPath::known("/settings/sessions"), None) };
    let (ended, flash) = match &typed.session {
        Some(id) => (session::end(member.cx(), member.user(), id).await, Flash::SessionEnded),
        None => (session::end_others(member.cx(), &member.current).await.map(drop), Flash::OthersEnded),
    };
    match ended {
        Ok(()) => member.frame.go(LocalPath::known("/settings/sessions"), Some(flash)),
        Err(error) => member.trouble(error),
    }
}

async fn show(member: Member) -> Response {
    let (devices, latest) = match found(&member).await {
        Ok(found) => found,
        Err(error) => return member.trouble(error),
    };
    let now = member.now();
    let alone = devices.len() < 2;
    let client = member.visit.client.clone();
    Here::Devices.page(&member, StatusCode::OK, move || {
        let rows = devices.into_iter().map(|device| view! { <Shown device client=client.clone() now/> }).collect_view();
        view! {
            <Section title="Signed in" lead="Each row is one browser. “Last seen” is exact to ten minutes.">
                <Rows name="Signed in">{rows}</Rows>
                {alone.then(|| view! { <p class="text-muted">"You are signed in nowhere else."</p> })}
            </Section>
            {(!alone).then(|| view! {
                <Section title="Sign out everywhere else" lead="If you see a device that isn’t yours, do this, then change your password." danger=true>
                    <form method="post" action="/settings/sessions">
                        <Button label="Sign out all other devices" variant=Variant::Danger width=Width::FullOnPhones/>
                    </form>
                </Section>
            })}
            {latest.section()}
        }
    })
}

async fn found(member: &Member) -> domain::Result<(Vec<Device>, Latest)> {
    Ok((session::devices(member.cx(), &member.current).await?, Latest::of(member).await?))
}

/// One session; `client` is who reads.
#[component]
fn Shown(device: Device, client: Client, now: Timestamp) -> AnyView {
    let Device { id, current, device, mobile, ip_address, factor, second_factor, created_at, last_seen, expires_at } =
        device;
    let glyph = if mobile { Glyph::SMARTPHONE } else { Glyph::LAPTOP };
    let here = if client.shares_network(&ip_address) { " · this network" } else { "" };
    let network = if ip_address.is_empty() { "Unknown network".to_owned() } else { ip_address };
    let way_in = words::way_in(factor, second_factor);
    let seen = (!current).then(|| view! { "Last seen "<Time at=last_seen now/>" · " });
    let ends = if current { "Ends " } else { "ends " };
    let details = view! {
        <p class="wrap-anywhere">{network}{here}</p>
        <p>"Signed in "<Time at=created_at now/>" "{way_in}</p>
        <p>{seen}{ends}<Time at=expires_at now/></p>
    };
    if current {
        return view! { <Row glyph title=device badge="This device">{details}</Row> }.into_any();
    }
    let aria_label = format!("Sign out {device}");
    let action = view! {
        <form method="post" action="/settings/sessions">
            <input type="hidden" name="session" value=id.as_str().to_owned()/>
            <Button label="Sign out" variant=Variant::Secondary aria_label/>
        </form>
    }
    .into_any();
    view! { <Row glyph title=device action>{details}</Row> }.into_any()
}
