use axum::Router;
use axum::response::Response;
use axum::routing::post;
use domain::account;
use leptos::prelude::*;
use model::{AccountId, ConnectionView, LocalPath, ProviderView, Refusal, Timestamp};
use serde::Deserialize;

use super::mark::Mark;
use crate::form::{Form, Posted};
use crate::member::Member;
use crate::state::App;
use crate::ui::{Button, Section, Time, Variant};
use crate::words::Flash;

const PAGE: &str = "/settings/connections";

/// `/settings/connections`
pub(super) fn routes() -> Router<App> {
    Router::new().route(PAGE, post(disconnect).get(to_security))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    connection: String,
}

async fn disconnect(member: Member, posted: Posted<Typed>) -> Response {
    let Ok(Form(Typed { connection })) = posted else { return to_security(member).await };
    // What no database keeps names nothing.
    let id = AccountId::new(connection);
    match account::unlink(member.cx(), &member.current, &id).await {
        Ok(()) => member.frame.go(LocalPath::known("/settings/security"), Some(Flash::ProviderDisconnected)),
        Err(domain::Error::Refused(Refusal::LastAccount)) => {
            member.frame.go(LocalPath::known("/settings/security"), Some(Flash::LastWayIn))
        }
        Err(error) => member.trouble(error),
    }
}

async fn to_security(member: Member) -> Response {
    member.frame.go(LocalPath::known("/settings/security"), None)
}

/// The section of the settings: what is connected, and what could be; nothing where no provider is offered and none connected.
#[component]
pub fn Connections(connections: Vec<ConnectionView>, offered: Vec<ProviderView>, now: Timestamp) -> AnyView {
    if connections.is_empty() && offered.is_empty() {
        return ().into_any();
    }
    let open: Vec<_> = offered
        .into_iter()
        .filter(|one| !connections.iter().any(|connected| connected.offered && connected.provider.id == one.id))
        .collect();
    let rows = connections.into_iter().map(|connection| view! { <Connected connection now/> }).collect_view();
    let more = open.into_iter().map(|provider| view! { <Offered provider/> }).collect_view();
    view! {
        <Section id="connections" title="Connected accounts" lead="Accounts elsewhere that sign you in here.">
            <ul aria-label="Connected accounts" class="divide-y divide-border rounded-control border border-border">{rows}{more}</ul>
        </Section>
    }
    .into_any()
}

#[component]
fn Connected(connection: ConnectionView, now: Timestamp) -> AnyView {
    let ConnectionView { id, provider, offered, email, created_at, last_used_at } = connection;
    let aria_label = format!("Disconnect {}", provider.name);
    let used = match last_used_at {
        Some(at) => view! { "Last used "<Time at now/> }.into_any(),
        None => view! { "Connected "<Time at=created_at now/> }.into_any(),
    };
    let action = view! {
        <form method="post" action=PAGE>
            <input type="hidden" name="connection" value=id.as_str().to_owned()/>
            <Button label="Disconnect" variant=Variant::Secondary aria_label/>
        </form>
    }
    .into_any();
    view! {
        <Line provider action stacked=true>
            {email.map(|email| view! { <span class="wrap-anywhere">{email}" · "</span> })}
            {used}
            {(!offered).then_some(" · not offered here any more")}
        </Line>
    }
    .into_any()
}

#[component]
fn Offered(provider: ProviderView) -> AnyView {
    let aria_label = format!("Connect {}", provider.name);
    let action = view! {
        <form method="post" action=format!("{PAGE}/{}", provider.id)>
            <Button label="Connect" variant=Variant::Secondary aria_label/>
        </form>
    }
    .into_any();
    view! { <Line provider action>"Not connected"</Line> }.into_any()
}

#[component]
fn Line(
    provider: ProviderView,
    action: AnyView,
    /// On a phone, the button stands below.
    #[prop(optional)]
    stacked: bool,
    children: Children,
) -> AnyView {
    let (direction, width) = if stacked {
        ("flex-col sm:flex-row sm:items-center", "[&_button]:w-full sm:[&_button]:w-auto")
    } else {
        ("items-center", "")
    };
    view! {
        <li class=format!("flex gap-3 p-4 {direction}")>
            <div class="flex min-w-0 flex-1 items-start gap-3">
                <span class="mt-1"><Mark id=provider.mark/></span>
                <div class="min-w-0">
                    <p class="font-medium wrap-anywhere">{provider.name}</p>
                    <p class="text-sm text-muted">{children()}</p>
                </div>
            </div>
            <div class=format!("shrink-0 {width}")>{action}</div>
        </li>
    }
    .into_any()
}
