//! What is on, in order of worth, and the one thing to do next.

use domain::settings::MailCodes;
use leptos::prelude::*;
use model::TwoFactorStatus;

use crate::two_factor::{AUTHENTICATOR, BACKUP_CODES};
use crate::ui::{Badge, ButtonLink, Glyph, Icon, IconSize, Section, Width};

/// How an account is protected.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub status: TwoFactorStatus,
    /// How many passkeys there are; `None` where this site can have none.
    pub passkeys: Option<usize>,
    /// Whether there is a password.
    pub password: bool,
    /// Whether this site takes codes by mail.
    pub mail: MailCodes,
    /// Whether it sends text messages.
    pub sms: bool,
}

/// From how many backup codes on there are few.
pub(super) const FEW: u32 = 3;

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Passkey,
    Authenticator,
    BackupCodes,
}

impl Standing {
    /// Codes that run out come first, since without them a lost phone locks the owner out; then whatever is worth most.
    fn next(&self) -> Option<Step> {
        if self.status.enabled() && self.status.backup_codes <= FEW {
            Some(Step::BackupCodes)
        } else if self.passkeys == Some(0) {
            Some(Step::Passkey)
        } else if self.status.authenticator_since.is_none() && self.password {
            Some(Step::Authenticator)
        } else {
            None
        }
    }

    /// Whether codes by mail are asked for.
    pub(super) fn mail_is_on(&self) -> bool {
        match self.mail {
            MailCodes::Off => false,
            MailCodes::Chosen => self.status.mail,
            MailCodes::Everyone => self.status.enabled(),
        }
    }

    fn lead(&self) -> &'static str {
        match (self.next(), self.status.enabled(), self.passkeys.is_some_and(|many| many > 0)) {
            // Without a second step a link by mail signs in, too.
            (None, false, _) => {
                "Well protected while you use your passkey. Somebody who reads your mail still gets in."
            }
            (None, ..) => "Very safe. Nothing needs doing; look in now and then.",
            (Some(Step::BackupCodes), ..) => "Well protected, but a lost phone could lock you out. See what is marked.",
            (_, true, _) => "Well protected. One more thing would make signing in safer, and quicker.",
            (_, false, true) => "Well protected while you use your passkey. Somebody with your password still gets in.",
            (_, false, false) => {
                "Whoever finds out your password or reads your mail gets in. Take the marked step; it takes two minutes."
            }
        }
    }
}

/// The card at the top of the page.
#[component]
pub(super) fn Overview(standing: Standing) -> AnyView {
    let (next, lead) = (standing.next(), standing.lead());
    let is_next = |step| next == Some(step);
    let Standing { ref status, passkeys, sms, mail, .. } = standing;
    let codes = if status.enabled() { format!("{} of 10 left", status.backup_codes) } else { "Off".to_owned() };
    let passkey_step = is_next(Step::Passkey).then_some(("#passkeys", "Add a passkey"));
    let app_step = is_next(Step::Authenticator).then_some((AUTHENTICATOR, "Set up an authenticator app"));
    let codes_step = is_next(Step::BackupCodes).then_some((BACKUP_CODES, "Make new codes"));
    let (sms_state, mail_state) = (on_off(status.sms), on_off(standing.mail_is_on()));
    let (has_app, has_codes) = (status.authenticator_since.is_some(), status.backup_codes > 0 && status.enabled());
    let (sms_on, mail_on) = (status.sms, standing.mail_is_on());
    let passkeys = passkeys.map(|many| {
        let state = if many > 1 { format!("On · {many}") } else { on_off(many == 1) };
        view! {
            <Measure glyph=Glyph::KEY_ROUND title="Passkey" state on={many > 0} step=passkey_step>
                "You unlock your device, and you are in. The safest way: no false page can trick you out of it."
            </Measure>
        }
    });
    view! {
        <Section title="How safe your account is" lead>
            <ol class="grid gap-1">
                {passkeys}
                <Measure glyph=Glyph::SMARTPHONE title="Authenticator app" state=on_off(has_app) on=has_app step=app_step>
                    "An app on your phone shows a code, and you type it after your password."
                </Measure>
                <Measure glyph=Glyph::LIFE_BUOY title="Backup codes" state=codes on=has_codes step=codes_step>
                    "Ten codes on paper that let you in when your phone is lost."
                </Measure>
                {(sms || sms_on).then(|| view! {
                    <Measure glyph=Glyph::MESSAGE_SQUARE title="Text message" state=sms_state on=sms_on step=None>
                        "We send a code to your phone. Better than nothing, but numbers can be taken over."
                    </Measure>
                })}
                {(mail != MailCodes::Off).then(|| view! {
                    <Measure glyph=Glyph::MAIL title="Mail" state=mail_state on=mail_on step=None>
                        "We send a code by mail. The weaker choice: whoever reads your mail can also reset your password."
                    </Measure>
                })}
            </ol>
        </Section>
    }
    .into_any()
}

fn on_off(on: bool) -> String {
    if on { "On" } else { "Off" }.to_owned()
}

/// One protection: its name, its state in words, and, where it is the next thing to do, the way there.
#[component]
fn Measure(
    glyph: Glyph,
    title: &'static str,
    state: String,
    on: bool,
    step: Option<(&'static str, &'static str)>,
    children: Children,
) -> AnyView {
    // What asks for something isn't praised.
    let fine = on && step.is_none();
    let look = if step.is_some() { "border-accent bg-accent/8" } else { "border-transparent" };
    let step = step.map(|(href, label)| {
        view! {
            <div class="mt-3 grid gap-1.5 sm:flex sm:items-center sm:gap-3">
                <ButtonLink href label width=Width::FullOnPhones/>
                <span class="text-sm text-muted">"Your next step"</span>
            </div>
        }
    });
    view! {
        <li class=format!("flex items-start gap-3 rounded-control border p-3 {look}")>
            <span class="mt-0.5 text-muted"><Icon glyph size=IconSize::Medium/></span>
            <div class="min-w-0 flex-1">
                <p class="flex flex-wrap items-center gap-x-2 gap-y-1 font-medium">{title}<Badge label=state quiet=!fine/></p>
                <p class="text-sm text-muted">{children()}</p>
                {step}
            </div>
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use model::Timestamp;

    use super::*;

    fn standing(authenticator: bool, backup_codes: u32, passkeys: usize) -> Standing {
        let status = TwoFactorStatus {
            authenticator_since: authenticator.then(|| Timestamp::from_micros(0)),
            backup_codes,
            ..TwoFactorStatus::default()
        };
        Standing { status, passkeys: Some(passkeys), password: true, mail: MailCodes::Chosen, sms: false }
    }

    #[test]
    fn the_next_step_is_what_is_worth_most() {
        assert_eq!(standing(false, 0, 0).next(), Some(Step::Passkey));
        assert_eq!(standing(false, 0, 1).next(), Some(Step::Authenticator));
        assert_eq!(standing(true, 3, 0).next(), Some(Step::BackupCodes), "before somebody is locked out");
        assert_eq!(standing(true, 4, 0).next(), Some(Step::Passkey));
        assert_eq!(standing(true, 10, 1).next(), None);
        let keyless = Standing { password: false, ..standing(false, 0, 1) };
        assert_eq!(keyless.next(), None, "there is no password to protect");
        let none = Standing { passkeys: None, ..standing(false, 0, 0) };
        assert_eq!(none.next(), Some(Step::Authenticator), "where there are no passkeys");
    }

    #[test]
    fn codes_by_mail_are_what_the_operator_says() {
        let told = |mail, on| Standing { mail, ..standing(on, 10, 0) }.mail_is_on();
        assert!(!told(MailCodes::Chosen, true) && !told(MailCodes::Off, true));
        assert!(told(MailCodes::Everyone, true) && !told(MailCodes::Everyone, false));
    }
}
