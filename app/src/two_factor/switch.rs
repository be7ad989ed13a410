//! Turning the authenticator app off, and codes by text message or mail on and off: a page each, which asks first.

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use domain::settings::MailCodes;
use domain::two_factor::backup_codes;
use domain::{Error, account, two_factor};
use leptos::prelude::*;
use model::{LocalPath, Method, Refusal, TwoFactorStatus};
use serde::Deserialize;

use super::backup_codes::codes_page;
use crate::form::{Form, Posted};
use crate::member::Member;
use crate::state::App;
use crate::ui::{AuthCard, Button, ButtonLink, Confirm, Glyph, Variant, Width};
use crate::words::Flash;

/// The page that turns the authenticator app off.
pub(crate) const AUTHENTICATOR_OFF: &str = "/settings/security/authenticator/off";
/// The page that turns codes by text message on and off.
pub(crate) const TEXT_CODES: &str = "/settings/security/text-codes";
/// The page that turns codes by mail on and off.
pub(crate) const MAIL_CODES: &str = "/settings/security/mail-codes";

const BACK: &str = "/settings/security";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(
            AUTHENTICATOR_OFF,
            get(|member| show(member, Method::Totp)).post(|member, posted| act(member, posted, Method::Totp)),
        )
        .route(
            TEXT_CODES,
            get(|member| show(member, Method::Sms)).post(|member, posted| act(member, posted, Method::Sms)),
        )
        .route(
            MAIL_CODES,
            get(|member| show(member, Method::Mail)).post(|member, posted| act(member, posted, Method::Mail)),
        )
}

/// Whether `method` is all that is on.
pub(crate) fn is_only(status: &TwoFactorStatus, method: Method) -> bool {
    let on = |one| one == method || !is_on(status, one);
    is_on(status, method) && [Method::Totp, Method::Sms, Method::Mail].into_iter().all(on)
}

fn is_on(status: &TwoFactorStatus, method: Method) -> bool {
    match method {
        Method::Totp => status.authenticator_since.is_some(),
        Method::Sms => status.sms,
        Method::Mail => status.mail,
        Method::BackupCode => status.backup_codes > 0,
    }
}

fn page_of(method: Method) -> &'static str {
    match method {
        Method::Sms => TEXT_CODES,
        Method::Mail => MAIL_CODES,
        Method::Totp | Method::BackupCode => AUTHENTICATOR_OFF,
    }
}

fn name_of(method: Method) -> &'static str {
    match method {
        Method::Sms => "codes by text message",
        Method::Mail => "codes by mail",
        Method::Totp | Method::BackupCode => "your authenticator app",
    }
}

async fn show(member: Member, method: Method) -> Response {
    let status = match two_factor::status(member.cx(), &member.current.user).await {
        Ok(status) => status,
        Err(error) => return member.trouble(error),
    };
    let settings = &member.cx().settings.two_factor;
    let offered = match method {
        Method::Mail if settings.mail == MailCodes::Off => Ok(false),
        // Who only ever comes by mail could never show a code by mail beside it.
        Method::Mail if status.phone_number.is_some() => Ok(true),
        Method::Mail => account::has_password(member.cx(), member.user()).await,
        Method::Sms => Ok(settings.sms && status.phone_number.is_some()),
        Method::Totp | Method::BackupCode => Ok(false),
    };
    let offered = match offered {
        Ok(offered) => offered,
        Err(error) => return member.trouble(error),
    };
    let on = is_on(&status, method);
    if !on && !offered {
        return member.frame.go(LocalPath::known(BACK), None);
    }
    if !member.current.is_fresh(member.cx()) {
        return member.trouble(Refusal::SessionNotFresh.into());
    }
    if on { ask_off(member, &status, method) } else { ask_on(member, &status, method) }
}

fn ask_off(member: Member, status: &TwoFactorStatus, method: Method) -> Response {
    let only = is_only(status, method);
    let title = format!("Turn off {}?", name_of(method));
    if only && status.required {
        let lead = "This site asks for a second step for your account, and this is the only one you have. Set up another one first; then this one can go.";
        return member.frame.page(title.clone()).render(move || {
            view! {
                <AuthCard title lead glyph=Glyph::SHIELD>
                    <ButtonLink href=BACK label="Back to Security" width=Width::Full/>
                </AuthCard>
            }
        });
    }
    let lead = if only {
        "It is your only second step. Without it, whoever knows your password or reads your mail gets in, and your backup codes stop working."
    } else {
        "Your other second step goes on as it is."
    };
    member.frame.page(title.clone()).render(move || {
        view! {
            <Confirm title lead action=page_of(method) button="Turn off" back=BACK>
                <input type="hidden" name="act" value="off"/>
            </Confirm>
        }
    })
}

fn ask_on(member: Member, status: &TwoFactorStatus, method: Method) -> Response {
    let user = &member.current.user;
    let (title, lead) = match (method, &status.phone_number) {
        (Method::Sms, Some(number)) => (
            "Get codes by text message?",
            format!(
                "When you sign in, we send a code to {number}, and you type it. An authenticator app is safer: numbers can be taken over."
            ),
        ),
        _ => (
            "Get codes by mail?",
            format!(
                "When you sign in with your password, we send a code to {}, and you type it. It is the weaker choice: whoever reads your mail can also reset your password. An authenticator app is safer.",
                user.email
            ),
        ),
    };
    member.frame.page(title).render(move || {
        view! {
            <AuthCard title lead>
                <form method="post" action=page_of(method) class="grid gap-2.5">
                    <input type="hidden" name="act" value="on"/>
                    <Button label="Turn on" width=Width::Full/>
                    <ButtonLink href=BACK label="Cancel" variant=Variant::Quiet width=Width::Full/>
                </form>
            </AuthCard>
        }
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    act: String,
}

async fn act(member: Member, posted: Posted<Typed>, method: Method) -> Response {
    let Form(Typed { act }) = posted.unwrap_or_default();
    match switch(&member, method, act == "on").await {
        Ok(Some(codes)) => codes_page(&member, codes, LocalPath::known(BACK).into(), Some(flash(method, true))),
        Ok(None) => member.frame.go(LocalPath::known(BACK), Some(flash(method, act == "on"))),
        // Another tab was faster, or it is the last one where one is asked for: the page says how things are.
        Err(Error::Refused(Refusal::TwoFactorNotEnabled | Refusal::TwoFactorRequired)) => {
            member.frame.go(LocalPath::known(page_of(method)), None)
        }
        Err(error) => member.trouble(error),
    }
}

/// Does it. The first second factor comes with backup codes, made before it counts: afterwards it would have to be shown for them.
async fn switch(member: &Member, method: Method, on: bool) -> domain::Result<Option<Vec<String>>> {
    let (cx, current) = (member.cx(), &member.current);
    if !on {
        return two_factor::turn_off(cx, current, method).await.map(|()| None);
    }
    let first = !two_factor::status(cx, &current.user).await?.enabled();
    let codes = if first { Some(backup_codes::prepare(cx, current).await?) } else { None };
    two_factor::turn_on(cx, current, method).await?;
    Ok(codes)
}

fn flash(method: Method, on: bool) -> Flash {
    match (method, on) {
        (Method::Sms, true) => Flash::TextCodesOn,
        (Method::Sms, false) => Flash::TextCodesOff,
        (Method::Mail, true) => Flash::MailCodesOn,
        (Method::Mail, false) => Flash::MailCodesOff,
        (Method::Totp | Method::BackupCode, _) => Flash::AuthenticatorOff,
    }
}
