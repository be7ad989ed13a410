//! Browsers that aren't asked for the second step for a while.

use axum::response::Response;
use domain::two_factor::trusted_device;
use leptos::prelude::*;
use model::{LocalPath, Timestamp, TrustedDeviceId, TrustedDeviceView};
use serde::Deserialize;

use crate::form::{Form, Posted};
use crate::member::Member;
use crate::ui::{Button, Glyph, Row, Rows, Section, Time, Variant, Width};
use crate::words::Flash;

const PAGE: &str = "/settings/security/browsers";

/// Which browsers.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    /// One, by its id; all of them when there is none.
    browser: Option<String>,
}

/// Ends one or all. It takes nothing from anybody, so that the session need not be fresh.
pub(super) async fn remove(member: Member, posted: Posted<Typed>) -> Response {
    let Ok(Form(Typed { browser })) = posted else { return to_page(member).await };
    let (removed, flash) = match browser {
        Some(id) => {
            // What no database keeps names nothing.
            let id = TrustedDeviceId::new(id);
            (trusted_device::remove(member.cx(), member.user(), &id).await, Flash::BrowserForgotten)
        }
        None => (trusted_device::remove_all(member.cx(), member.user()).await, Flash::BrowsersForgotten),
    };
    match removed {
        Ok(()) => member.frame.go(LocalPath::known("/settings/security"), Some(flash)),
        Err(error) => member.trouble(error),
    }
}

/// Whoever had to sign in first is led here.
pub(super) async fn to_page(member: Member) -> Response {
    member.frame.go(LocalPath::known("/settings/security"), None)
}

/// The section; nothing where there are none.
#[component]
pub(super) fn TrustedBrowsers(browsers: Vec<TrustedDeviceView>, now: Timestamp) -> AnyView {
    if browsers.is_empty() {
        return ().into_any();
    }
    let several = browsers.len() > 1;
    let rows = browsers.into_iter().map(|browser| view! { <Browser browser now/> }).collect_view();
    let all = several.then(|| {
        view! {
            <form method="post" action=PAGE>
                <Button label="Remove all browsers" variant=Variant::Danger width=Width::FullOnPhones/>
            </form>
        }
    });
    view! {
        <Section id="browsers" title="Trusted browsers" lead="In these you chose not to be asked for the second step for a while. Remove what you don’t know.">
            <Rows name="Trusted browsers">{rows}</Rows>
            {all}
        </Section>
    }
    .into_any()
}

#[component]
fn Browser(browser: TrustedDeviceView, now: Timestamp) -> AnyView {
    let TrustedDeviceView { id, device, mobile, used_at, expires_at, .. } = browser;
    let glyph = if mobile { Glyph::SMARTPHONE } else { Glyph::LAPTOP };
    let aria_label = format!("Remove {device}");
    let action = view! {
        <form method="post" action=PAGE>
            <input type="hidden" name="browser" value=id.as_str().to_owned()/>
            <Button label="Remove" variant=Variant::Secondary aria_label/>
        </form>
    }
    .into_any();
    view! {
        <Row glyph title=device action>
            "Last used "<Time at=used_at now/>" · ends "<Time at=expires_at now/>
        </Row>
    }
    .into_any()
}
