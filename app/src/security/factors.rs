//! The second step and its backup codes.

use domain::settings::MailCodes;
use leptos::prelude::*;
use model::{Method, Timestamp};

use super::overview::{FEW, Standing};
use crate::two_factor::{AUTHENTICATOR, AUTHENTICATOR_OFF, BACKUP_CODES, MAIL_CODES, TEXT_CODES, is_only};
use crate::ui::{Alert, ButtonLink, Glyph, Link, Row, Rows, Section, Time, Tone, Variant, Width};

/// What is asked for after the password.
#[component]
pub(super) fn SecondStep(standing: Standing, now: Timestamp) -> AnyView {
    let status = standing.status.clone();
    let off = |method| !(status.required && is_only(&status, method));
    let required = status.required.then(|| {
        view! {
            <Alert tone=Tone::Info>
                "This site asks for a second step for your account, so the last one can’t be turned off."
            </Alert>
        }
    });
    let texts = (standing.sms || status.sms).then(|| {
        let number = status.phone_number.as_ref().map(ToString::to_string);
        view! { <TextMessages on=status.sms number may_turn_off=off(Method::Sms)/> }
    });
    let mail = (standing.mail != MailCodes::Off).then(|| {
        let everyone = standing.mail == MailCodes::Everyone;
        view! { <Mails on=standing.mail_is_on() everyone by_mail_only={!standing.password && status.phone_number.is_none()} may_turn_off=off(Method::Mail)/> }
    });
    let authenticator = view! { <Authenticator since=status.authenticator_since may_turn_off=off(Method::Totp) now/> };
    view! {
        <Section
            id="second-step"
            title="Two-step sign-in"
            lead="After your password, or a link from your mail, we ask for something that only you have. So a stolen password isn’t enough."
        >
            {required}
            <Rows name="Second steps">
                {authenticator}
                {texts}
                {mail}
            </Rows>
        </Section>
    }
    .into_any()
}

#[component]
fn Authenticator(since: Option<Timestamp>, may_turn_off: bool, now: Timestamp) -> AnyView {
    let Some(since) = since else {
        let action = view! { <ButtonLink href=AUTHENTICATOR label="Set up" aria_label="Set up an authenticator app" variant=Variant::Secondary width=Width::FullOnPhones/> };
        return view! {
            <Row glyph=Glyph::SMARTPHONE title="Authenticator app" action=action.into_any()>
                "Off. A free app on your phone, such as Google Authenticator or 1Password, shows a new code every half minute."
            </Row>
        }
        .into_any();
    };
    let action = view! {
        <div class="grid gap-2 sm:flex">
            <ButtonLink href=AUTHENTICATOR label="Replace" aria_label="Replace the authenticator app" variant=Variant::Secondary width=Width::FullOnPhones/>
            <TurnOff href=AUTHENTICATOR_OFF what="the authenticator app" offered=may_turn_off/>
        </div>
    };
    view! {
        <Row glyph=Glyph::SMARTPHONE title="Authenticator app" badge="On" action=action.into_any()>
            "Set up "<Time at=since now/>
        </Row>
    }
    .into_any()
}

#[component]
fn TextMessages(on: bool, number: Option<String>, may_turn_off: bool) -> AnyView {
    let glyph = Glyph::MESSAGE_SQUARE;
    match (on, number) {
        (true, number) => {
            let action =
                view! { <TurnOff href=TEXT_CODES what="codes by text message" offered=may_turn_off/> }.into_any();
            view! {
                <Row glyph title="Text message" badge="On" action>
                    "Codes go to "{number.unwrap_or_default()}
                </Row>
            }
            .into_any()
        }
        (false, Some(number)) => {
            let action = view! { <ButtonLink href=TEXT_CODES label="Turn on" aria_label="Turn on codes by text message" variant=Variant::Secondary width=Width::FullOnPhones/> };
            view! {
                <Row glyph title="Text message" action=action.into_any()>
                    "Off. We would send a code to "{number}
                </Row>
            }
            .into_any()
        }
        (false, None) => view! {
            <Row glyph title="Text message">
                "Off. Add your number first, under "<Link href="/settings" label="Account"/>"."
            </Row>
        }
        .into_any(),
    }
}

#[component]
fn Mails(on: bool, everyone: bool, by_mail_only: bool, may_turn_off: bool) -> AnyView {
    let (glyph, title) = (Glyph::MAIL, "Mail · the weaker choice");
    if everyone {
        return view! {
            <Row glyph title>"This site also sends codes by mail to everyone who has a second step."</Row>
        }
        .into_any();
    }
    if on {
        let action = view! { <TurnOff href=MAIL_CODES what="codes by mail" offered=may_turn_off/> }.into_any();
        return view! {
            <Row glyph title badge="On" action>
                "Codes go to your address. Whoever reads your mail can also reset your password, so an app is safer."
            </Row>
        }
        .into_any();
    }
    if by_mail_only {
        return view! {
            <Row glyph title>"Off. It serves only beside a password: a mail can’t be the first step and the second one."</Row>
        }
        .into_any();
    }
    let action = view! { <ButtonLink href=MAIL_CODES label="Turn on" aria_label="Turn on codes by mail" variant=Variant::Secondary width=Width::FullOnPhones/> };
    view! {
        <Row glyph title action=action.into_any()>
            "Off. Whoever reads your mail can also reset your password, so this adds little. An app is safer."
        </Row>
    }
    .into_any()
}

#[component]
fn TurnOff(href: &'static str, what: &'static str, offered: bool) -> AnyView {
    if !offered {
        return ().into_any();
    }
    view! { <ButtonLink href label="Turn off" aria_label=format!("Turn off {what}") variant=Variant::Quiet width=Width::FullOnPhones/> }.into_any()
}

/// How many are left, and how to get new ones.
#[component]
pub(super) fn BackupCodes(left: u32) -> AnyView {
    let warning = (left <= FEW).then(|| {
        let text = match left {
            0 => "You have none. If you lose your phone, you could be locked out.",
            1 => "Only one is left. Make new ones before you need it.",
            _ => "Only a few are left. Make new ones before you need them.",
        };
        view! { <Alert tone=Tone::Warning>{text}</Alert> }
    });
    let (label, variant) = if left == 0 {
        ("Get backup codes", Variant::Primary)
    } else {
        ("Make new codes", if left <= FEW { Variant::Primary } else { Variant::Secondary })
    };
    view! {
        <Section
            id="backup-codes"
            title="Backup codes"
            lead="Each of them lets you in once in place of the second step. Keep them where you find them without your phone."
        >
            {warning}
            <p>{left}" of 10 left"</p>
            <div><ButtonLink href=BACKUP_CODES label variant width=Width::FullOnPhones/></div>
        </Section>
    }
    .into_any()
}
