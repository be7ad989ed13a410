use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use humantime_serde::re::humantime;
use serde::{Deserialize, Serialize};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How often something may be done; written `5/1m`, or `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Rate {
    /// As often as one likes.
    Off,
    /// So many times.
    Most {
        /// How many.
        times: NonZeroU32,
        /// In which time.
        per: Duration,
    },
}

impl Rate {
    pub(crate) const fn most(times: u32, seconds: u64) -> Self {
        match NonZeroU32::new(times) {
            Some(times) => Self::Most { times, per: Duration::from_secs(seconds) },
            None => Self::Off,
        }
    }

    /// So many times as much.
    pub(super) fn by(self, factor: NonZeroU32) -> Self {
        match self {
            Self::Off => Self::Off,
            Self::Most { times, per } => Self::Most { times: times.saturating_mul(factor), per },
        }
    }
}

impl FromStr for Rate {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WANTED: &str = "a number and a span of time of at most a day, such as 5/1m, or off";
        if text.trim() == "off" {
            return Ok(Self::Off);
        }
        let (times, per) = text.split_once('/').ok_or(WANTED)?;
        let times = times.trim().parse().ok().filter(|times: &NonZeroU32| times.get() <= 1_000_000).ok_or(WANTED)?;
        let per = humantime::parse_duration(per.trim()).map_err(|_| WANTED)?;
        if (Duration::from_secs(1)..=DAY).contains(&per) { Ok(Self::Most { times, per }) } else { Err(WANTED) }
    }
}

impl TryFrom<String> for Rate {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::Most { times, per } => write!(f, "{times}/{}", humantime::format_duration(*per)),
        }
    }
}

impl From<Rate> for String {
    fn from(rate: Rate) -> Self {
        rate.to_string()
    }
}

/// The operator's decisions about how often something may be done.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimits {
    /// Whether anything is counted at all.
    pub enabled: bool,
    /// Signing in, by whichever first factor; all of them together.
    pub sign_in: Rate,
    /// Making an account.
    pub sign_up: Rate,
    /// Asking for a link or a code that sets a new password.
    pub password_reset: Rate,
    /// Asking for the mail that verifies an address, and following its link.
    pub verification: Rate,
    /// Asking for a link that signs in, and following it.
    pub magic_link: Rate,
    /// Asking for a code by mail, and what else is done with it beside signing in.
    pub email_code: Rate,
    /// Codes by text message.
    pub phone_number: Rate,
    /// The second factor, at sign-in and in the settings.
    pub two_factor: Rate,
    /// Each other route that changes something.
    pub sensitive: Rate,
    /// Each route that people use all day where they are signed in.
    pub work: Rate,
    /// How many times as much one account may take, from all addresses together.
    pub account_factor: NonZeroU32,
    /// Rules of the operator's own.
    pub routes: Vec<RouteRate>,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            enabled: true,
            sign_in: Rate::most(5, 60),
            sign_up: Rate::most(3, 5 * 60),
            password_reset: Rate::most(3, 15 * 60),
            verification: Rate::most(10, 60),
            magic_link: Rate::most(5, 60),
            email_code: Rate::most(3, 60),
            phone_number: Rate::most(10, 60),
            two_factor: Rate::most(3, 10),
            sensitive: Rate::most(10, 60),
            work: Rate::most(100, 10),
            account_factor: NonZeroU32::MIN.saturating_add(1),
            routes: Vec::new(),
        }
    }
}

/// What is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "RateLimits says it of each")]
pub enum Rule {
    SignIn,
    SignUp,
    PasswordReset,
    Verification,
    MagicLink,
    EmailCode,
    PhoneNumber,
    TwoFactor,
    Sensitive,
    Work,
}

impl Rule {
    /// Its name in the settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::SignUp => "sign_up",
            Self::PasswordReset => "password_reset",
            Self::Verification => "verification",
            Self::MagicLink => "magic_link",
            Self::EmailCode => "email_code",
            Self::PhoneNumber => "phone_number",
            Self::TwoFactor => "two_factor",
            Self::Sensitive => "sensitive",
            Self::Work => "work",
        }
    }
}

impl RateLimits {
    /// How often a rule allows it.
    pub fn of(&self, rule: Rule) -> Rate {
        match rule {
            Rule::SignIn => self.sign_in,
            Rule::SignUp => self.sign_up,
            Rule::PasswordReset => self.password_reset,
            Rule::Verification => self.verification,
            Rule::MagicLink => self.magic_link,
            Rule::EmailCode => self.email_code,
            Rule::PhoneNumber => self.phone_number,
            Rule::TwoFactor => self.two_factor,
            Rule::Sensitive => self.sensitive,
            Rule::Work => self.work,
        }
    }

    /// The operator's own rule for a path; the first that fits.
    pub fn own(&self, path: &str) -> Option<&RouteRate> {
        self.routes.iter().find(|own| own.pattern.fits(path))
    }
}

/// A rule of the operator's own; written `/api/auth/organization/* 60/1m`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RouteRate {
    /// Where.
    pub pattern: Pattern,
    /// How often.
    pub rate: Rate,
}

impl TryFrom<String> for RouteRate {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let wanted = "a path and a rate, such as \"/api/auth/organization/** 60/1m\"";
        let (pattern, rate) = text.trim().split_once(char::is_whitespace).ok_or(wanted)?;
        Ok(Self {
            pattern: pattern.to_owned().try_into().map_err(|_| wanted)?,
            rate: rate.parse().map_err(|_| wanted)?,
        })
    }
}

impl From<RouteRate> for String {
    fn from(RouteRate { pattern, rate }: RouteRate) -> Self {
        format!("{} {rate}", pattern.0)
    }
}

/// A path in which `*` is any one part, and `**` at the end any number of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl TryFrom<String> for Pattern {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.starts_with('/') { Ok(Self(text)) } else { Err("a path that begins with a slash") }
    }
}

impl Pattern {
    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a path is one of those that it describes.
    pub fn fits(&self, path: &str) -> bool {
        fits(&self.0, path)
    }
}

/// Whether `path` is one of those that `pattern` describes.
pub fn fits(pattern: &str, path: &str) -> bool {
    let Some((fixed, _)) = pattern.split_once('*') else { return pattern == path };
    if !path.starts_with(fixed) {
        return false;
    }
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern.next(), path.next()) {
            (Some("**"), Some(_)) | (None, None) => return true,
            (Some(wanted), Some(part)) if wanted == "*" || wanted == part => {}
            _ => return false,
        }
    }
}
