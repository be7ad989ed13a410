use serde::{Deserialize, Serialize};

use crate::{PhoneNumber, Timestamp, TrustedDeviceId};

/// A second factor that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// The six digits that an authenticator app shows (RFC 6238).
    Totp,
    /// A code by mail: the weaker choice, since whoever reads the mails can also reset the password.
    Mail,
    /// A code by text message.
    Sms,
    /// One of the codes that were printed.
    BackupCode,
}

impl Method {
    /// As it stands in an address: `totp`, `mail`, `sms`, `backup-code`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::Mail => "mail",
            Self::Sms => "sms",
            Self::BackupCode => "backup-code",
        }
    }

    /// The method of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Totp, Self::Mail, Self::Sms, Self::BackupCode].into_iter().find(|method| method.as_str() == name)
    }
}

/// What is set up for an account beside its first factors.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TwoFactorStatus {
    /// When the authenticator app was set up, if one is.
    pub authenticator_since: Option<Timestamp>,
    /// How many backup codes are left.
    pub backup_codes: u32,
    /// Whether codes by mail are on.
    pub mail: bool,
    /// Whether codes by text message are on.
    pub sms: bool,
    /// The verified number.
    pub phone_number: Option<PhoneNumber>,
    /// Whether the operator (or, later, an organization) asks for a second factor.
    pub required: bool,
    /// Whether the password was reset by mail since another second factor was shown.
    pub mail_reset: bool,
    /// Whether there is a passkey.
    pub passkeys: bool,
}

impl TwoFactorStatus {
    /// Whether a second factor is asked for at sign-in.
    pub fn enabled(&self) -> bool {
        self.authenticator_since.is_some() || self.mail || self.sms
    }
}

/// A browser that isn't asked for the second factor for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustedDeviceView {
    /// Which.
    pub id: TrustedDeviceId,
    /// "Firefox on Linux", or "Unknown device".
    pub device: String,
    /// Whether it is a phone or a tablet, for the icon.
    pub mobile: bool,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last of use.
    pub used_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}
