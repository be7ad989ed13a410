use askama::Template;
use model::{Email, Method, Timestamp};
use serde::{Deserialize, Serialize};

use super::words::{self, Words};
use crate::{Error, Result, Settings};

/// What Latchkey writes to people. Links come from [`Settings::link`] (SECURITY A3). No `Debug`: most of it signs in.
#[expect(missing_docs, reason = "the fields' names say it")]
pub enum Letter {
    /// To somebody who signed up: confirm the address.
    Verify { link: String },
    /// To the owner of an account with whose address somebody signed up (SECURITY A12: the page tells nothing).
    AccountExists { sign_in: String, reset: String },
    /// To somebody who forgot the password.
    Reset { link: String },
    /// To somebody who wants to sign in without a password.
    MagicLink { link: String },
    /// Six digits to be typed where they were asked for.
    Code { code: String, purpose: CodePurpose },
    /// To the present address: agree to the change.
    ConfirmEmailChange { new_email: Email, link: String },
    /// To the new address: prove that it is yours.
    VerifyNewEmail { link: String },
    /// To the old address, after the change.
    EmailChanged { new_email: Email },
    /// To somebody who wants to delete the account: confirm it.
    Deletion { link: String },
    /// After the account was deleted.
    Deleted,
    /// To somebody who is invited to an organization.
    Invitation { organization: String, inviter: String, address: Email, until: Timestamp, link: String },
    /// To the new owner of an organization, after it was handed over by somebody called `by`.
    OwnershipGiven { organization: String, by: String, link: String },
    /// To each owner of an organization, after somebody called `by` deleted it.
    OrganizationDeleted { organization: String, by: String },
    /// A second factor.
    SecondFactorCode { code: String },
    /// After the ways into the account changed.
    SecurityChanged { change: SecurityChange },
    /// After the password was changed (ASVS 6.3.7).
    PasswordChanged { reset: String },
    /// After so many wrong passwords that none is taken for a while; from where the last one came.
    PasswordLocked { device: String, ip_address: String, at: Timestamp, reset: String, link: String },
    /// After a sign-in from a device that wasn't seen before (ASVS 6.3.5).
    NewDevice { device: String, ip_address: String, at: Timestamp, sessions: String },
    /// After a session was used on another device than the one `before`.
    SessionMoved { before: String, device: String, ip_address: String, at: Timestamp, sessions: String },
}

/// What changed about the ways into an account (ASVS 6.3.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecurityChange {
    /// A second factor was turned on.
    TwoFactorOn(Method),
    /// One was turned off.
    TwoFactorOff(Method),
    /// All were.
    TwoFactorDisabled,
    /// Another authenticator app took the place of the first.
    AuthenticatorReplaced,
    /// There are new backup codes.
    BackupCodesReplaced,
    /// A backup code was used; how many are left.
    BackupCodeUsed(u32),
    /// Too many wrong codes: somebody who has the first factor is trying.
    SecondFactorLocked,
    /// A passkey was added.
    PasskeyAdded,
    /// A passkey was removed.
    PasskeyRemoved,
    /// A passkey's counter went back: there may be a copy of it.
    PasskeyCopied,
    /// The operator removed every second factor.
    FactorsReset,
    /// The phone number was set or changed.
    PhoneChanged,
    /// It was removed.
    PhoneRemoved,
    /// An account at a provider of that name was connected.
    ProviderConnected(String),
    /// One was disconnected.
    ProviderDisconnected(String),
}

/// What a code is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum CodePurpose {
    SignIn,
    VerifyEmail,
    ResetPassword,
    ChangeEmail,
}

impl Letter {
    /// The name under which the outbox lists it; the ecosystem's names of templates where it has them.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Verify { .. } => "email-verification",
            Self::AccountExists { .. } => "account-exists",
            Self::Reset { .. } => "reset-password",
            Self::MagicLink { .. } => "magic-link",
            Self::Code { .. } => "otp",
            Self::ConfirmEmailChange { .. } => "change-email-confirmation",
            Self::VerifyNewEmail { .. } => "new-email-verification",
            Self::EmailChanged { .. } => "email-changed",
            Self::Deletion { .. } => "delete-account-verification",
            Self::Deleted => "account-deleted",
            Self::Invitation { .. } => "organization-invitation",
            Self::OwnershipGiven { .. } => "organization-ownership",
            Self::OrganizationDeleted { .. } => "organization-deleted",
            Self::SecondFactorCode { .. } => "two-factor-code",
            Self::SecurityChanged { .. } => "security-changed",
            Self::PasswordChanged { .. } => "password-changed",
            Self::PasswordLocked { .. } => "password-locked",
            Self::NewDevice { .. } => "new-device",
            Self::SessionMoved { .. } => "session-moved",
        }
    }

    /// Writes it out for a person called `name`.
    pub(super) fn write(&self, settings: &Settings, name: &str) -> Result<Content> {
        let app = words::plain(&settings.app_name);
        let greeting = words::greeting(name);
        let words = words::of(self, &app, settings);
        let text = Text { app: &app, greeting: &greeting, words: &words }.render().map_err(Error::broken)?;
        let html = Html { app: &app, greeting: &greeting, words: &words }.render().map_err(Error::broken)?;
        Ok(Content { subject: words.subject, text, html })
    }
}

/// A letter written out.
#[derive(Clone, Serialize, Deserialize)]
pub struct Content {
    /// One line.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The same as an HTML document.
    pub html: String,
}

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct Text<'a> {
    app: &'a str,
    greeting: &'a str,
    words: &'a Words,
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'a> {
    app: &'a str,
    greeting: &'a str,
    words: &'a Words,
}
