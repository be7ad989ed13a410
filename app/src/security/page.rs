use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use domain::two_factor::{self, trusted_device};
use domain::{account, passkey, provider};
use leptos::prelude::*;
use model::{ConnectionView, PasskeyView, Timestamp, TrustedDeviceView};
use serde::Deserialize;

use super::browsers::{TrustedBrowsers, remove, to_page};
use super::factors::{BackupCodes, SecondStep};
use super::overview::{Overview, Standing};
use crate::form::{Form, Posted};
use crate::member::Member;
use crate::outcome::Failure;
use crate::passkey::PasskeysSection;
use crate::password_change::{self, PasswordSection};
use crate::provider::Connections;
use crate::settings::Here;
use crate::state::App;
use crate::ui::{ButtonLink, Glyph, Problems, Section, Variant, Width};

/// `/settings/security` and `/settings/security/browsers`.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/settings/security", get(show).post(change_password))
        .route("/settings/security/browsers", post(remove).get(to_page))
}

/// What is typed into the form for the password. The first password has no present one.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    current_password: Option<String>,
    password: String,
    end_others: Option<String>,
}

async fn show(member: Member) -> Response {
    page(member, true, Problems::default(), StatusCode::OK).await
}

async fn change_password(member: Member, posted: Posted<Typed>) -> Response {
    let Form(Typed { current_password, password, end_others }) = posted.unwrap_or_default();
    let (present, end_others) = (current_password.as_deref(), end_others.is_some());
    match password_change::change(&member.visit, &member.current, present, &password, end_others).await {
        Ok(next) => member.frame.go(next.to, next.flash),
        Err(Failure::Form(problems, status)) => page(member, end_others, problems, status).await,
        Err(Failure::Verb(error)) => member.trouble(error),
    }
}

/// What the page tells of an account.
struct Told {
    standing: Standing,
    /// When the password was set; `None` when there is none.
    password: Option<Timestamp>,
    passkeys: Vec<PasskeyView>,
    browsers: Vec<TrustedDeviceView>,
    connections: Vec<ConnectionView>,
}

impl Told {
    async fn of(member: &Member) -> domain::Result<Self> {
        let (cx, user) = (member.cx(), member.user());
        let accounts = account::list(cx, user).await?;
        let password = accounts.iter().find(|account| account.provider_id == "credential");
        let passkeys = passkey::list(cx, user).await?;
        let standing = Standing {
            status: two_factor::status(cx, &member.current.user).await?,
            passkeys: (passkey::is_available(cx) || !passkeys.is_empty()).then_some(passkeys.len()),
            password: password.is_some(),
            mail: cx.settings.two_factor.mail,
            sms: cx.settings.two_factor.sms,
        };
        let browsers = trusted_device::list(cx, user).await?;
        let connections = provider::connections(cx, user).await?;
        Ok(Self { standing, password: password.map(|account| account.updated_at), passkeys, browsers, connections })
    }
}

async fn page(member: Member, end_others: bool, problems: Problems, status: StatusCode) -> Response {
    let Told { standing, password, passkeys, browsers, connections } = match Told::of(&member).await {
        Ok(told) => told,
        Err(error) => return member.trouble(error),
    };
    let offered = member.cx().settings.providers.views();
    let (shown, now) = (password_change::Shown::of(&member, password), member.now());
    Here::Security.page(&member, status, move || {
        let codes = standing.status.enabled().then(|| view! { <BackupCodes left=standing.status.backup_codes/> });
        view! {
            <Overview standing=standing.clone()/>
            <PasswordSection shown end_others problems/>
            <Connections connections offered now/>
            {standing.passkeys.map(|_| view! { <PasskeysSection passkeys now/> })}
            <SecondStep standing now/>
            {codes}
            <TrustedBrowsers browsers now/>
            <Section title="Recent activity" lead="When and from where somebody signed in, and what was changed.">
                <div><ButtonLink href="/settings/security/activity" label="Show activity" variant=Variant::Secondary width=Width::FullOnPhones glyph=Glyph::HISTORY/></div>
            </Section>
        }
    })
}
