use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use domain::session;
use leptos::prelude::*;
use model::{DeviceView, LocalPath, Timestamp};
use serde::Deserialize;

use crate::form::Form;
use crate::form::Posted;
use crate::member::Member;
use crate::settings::Here;
use crate::state::App;
use crate::ui::{Button, Glyph, Row, Rows, Section, Time, Variant, Width};
use crate::words::Flash;

/// `/settings/sessions`.
pub fn routes() -> Router<App> {
    Router::new().route("/settings/sessions", get(show).post(end))
}

/// Which sessions to end.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    /// One, by its id; all the others when there is none.
    session: Option<String>,
}

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
    let devices = match session::devices(member.cx(), &member.current).await {
        Ok(devices) => devices,
        Err(error) => return member.trouble(error),
    };
    let now = member.now();
    let alone = devices.len() < 2;
    Here::Devices.page(&member, StatusCode::OK, move || {
        let rows = devices.into_iter().map(|device| view! { <Device device now/> }).collect_view();
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
        }
    })
}

#[component]
fn Device(device: DeviceView, now: Timestamp) -> AnyView {
    let DeviceView { id, current, device, mobile, ip_address, created_at, last_seen, .. } = device;
    let glyph = if mobile { Glyph::SMARTPHONE } else { Glyph::LAPTOP };
    let network = if ip_address.is_empty() { "Unknown network".to_owned() } else { ip_address };
    let details = view! {
        <p class="break-all">{network}</p>
        <p>"Signed in "<Time at=created_at now/>{(!current).then(|| view! { " · last seen "<Time at=last_seen now/> })}</p>
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
