use axum::Router;
use axum::extract::Form;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use domain::password::Password;
use domain::session::Current;
use domain::{account, password_change};
use leptos::prelude::*;
use model::{LocalPath, Timestamp};
use serde::Deserialize;

use super::form::PasswordForm;
use crate::member::Member;
use crate::new_password::Rules;
use crate::outcome::{Failure, Next, Posted, confirm_for};
use crate::settings::Here;
use crate::state::App;
use crate::ui::{Alert, ButtonLink, Glyph, Link, Problems, Row, Rows, Section, Time, Tone, Width};
use crate::visit::Visit;
use crate::words::Flash;

/// `/settings/security`.
pub fn routes() -> Router<App> {
    Router::new().route("/settings/security", get(show).post(submit))
}

/// What is typed into the form. The first password has no present one.
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

async fn submit(member: Member, posted: Posted<Typed>) -> Response {
    let Form(Typed { current_password, password, end_others }) = posted.unwrap_or_default();
    let end_others = end_others.is_some();
    match change(&member.visit, &member.current, current_password.as_deref(), &password, end_others).await {
        Ok(next) => member.frame.go(next.to, next.flash),
        Err(Failure::Form(problems, status)) => page(member, end_others, problems, status).await,
        Err(Failure::Verb(error)) => member.trouble(error),
    }
}

/// The act, for the page and for the island.
pub(super) async fn change(
    visit: &Visit,
    current: &Current,
    present: Option<&str>,
    new: &str,
    end_others: bool,
) -> Result<Next, Failure> {
    let (cx, new) = (visit.cx(), Password::new(new));
    let here = Next::to("/settings/security");
    let Some(present) = present else {
        if !current.is_fresh(cx) {
            return Ok(confirm_for(&here.to).into());
        }
        password_change::set_first(cx, current, &new).await?;
        return Ok(here.saying(Flash::PasswordSet));
    };
    if let Some(opened) = password_change::change(cx, current, &Password::new(present), &new, end_others).await? {
        visit.jar.open(&opened);
    }
    Ok(here.saying(Flash::PasswordChanged))
}

async fn page(member: Member, end_others: bool, problems: Problems, status: StatusCode) -> Response {
    let accounts = match account::list(member.cx(), member.user()).await {
        Ok(accounts) => accounts,
        Err(error) => return member.trouble(error),
    };
    let changed = accounts.iter().find(|account| account.provider_id == "credential").map(|account| account.updated_at);
    let fresh = member.current.is_fresh(member.cx());
    let (name, email, now) = (member.current.user.name.clone(), member.current.user.email.to_string(), member.now());
    let (first, rules) = (changed.is_none(), Rules::from(&member.cx().settings.password));
    Here::Security.page(&member, status, move || {
        let form = if first && !fresh {
            let confirm = confirm_for(&LocalPath::known("/settings/security").into()).to_string();
            view! {
                <p class="text-muted">"You signed in a while ago. Confirm that it’s you, then set your password here."</p>
                <div><ButtonLink href=confirm label="Confirm and go on" width=Width::FullOnPhones/></div>
            }
            .into_any()
        } else {
            view! { <PasswordForm first name email end_others rules problems/> }.into_any()
        };
        let lead = if first {
            "You have none yet. With one, you can sign in when your mail is slow."
        } else {
            "Change it when you used it somewhere else, or when somebody may know it."
        };
        view! {
            <NextStep has_password=!first/>
            <Section title="Password" lead>{form}</Section>
            <WaysIn changed now/>
        }
    })
}

/// Where things stand, and what to do about it.
#[component]
fn NextStep(has_password: bool) -> AnyView {
    if has_password {
        view! {
            <Alert tone=Tone::Success>
                "Nothing needs doing. Now and then, "<Link href="/settings/sessions" label="look through your devices"/>" and end what you don’t use any more."
            </Alert>
        }
        .into_any()
    } else {
        view! { <Alert tone=Tone::Info>"You sign in by mail only. Next: set a password, as a second way in."</Alert> }
            .into_any()
    }
}

#[component]
fn WaysIn(
    /// When the password was set; `None` when there is none.
    changed: Option<Timestamp>,
    now: Timestamp,
) -> AnyView {
    let password = match changed {
        Some(at) => view! { <Row glyph=Glyph::LOCK title="Password" badge="On">"Set "<Time at now/></Row> }.into_any(),
        None => view! { <Row glyph=Glyph::LOCK title="Password">"Not set"</Row> }.into_any(),
    };
    view! {
        <Section title="Ways in" lead="Each of these lets you in. The mails go to your address, so keep that one safe, too.">
            <Rows name="Ways in">
                {password}
                <Row glyph=Glyph::LINK title="Link by mail" badge="On">"For when you don’t want to type a password"</Row>
                <Row glyph=Glyph::HASH title="Code by mail" badge="On">"For when you read your mail on another device"</Row>
            </Rows>
        </Section>
    }
    .into_any()
}
