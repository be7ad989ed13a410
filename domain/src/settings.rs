//! What an operator decides about accounts, sessions and mails. The defaults are Latchkey's; each value may come from the
//! configuration file or the environment.

use std::time::Duration;

use model::PasswordPolicy;
use model::onboarding::Questionnaire;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::jwt::Jwts;
use crate::limit::RateLimits;
use crate::organization::Catalog;
use crate::outbound::OutboundSettings;
use crate::password::BreachedPasswords;
use crate::proof_of_work::ProofOfWork;
use crate::provider::Providers;

/// Everything the verbs ask for, complete and checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The product's name in pages and mails.
    pub app_name: String,
    /// Where people reach Latchkey, without a slash at the end; the only source of links in mails (SECURITY A3).
    pub base_url: Url,
    /// What a password must be.
    pub password: PasswordPolicy,
    /// Which passwords are refused though they keep the rules.
    pub breached_passwords: BreachedPasswords,
    /// How accounts come to be.
    pub sign_up: SignUp,
    /// How long sessions last.
    pub session: Sessions,
    /// The tokens that other services check by themselves.
    pub jwt: Jwts,
    /// How long links and codes are good.
    pub links: Links,
    /// How an address changes.
    pub email_change: EmailChange,
    /// What a reset of the password does.
    pub reset: Reset,
    /// How an account is deleted.
    pub deletion: Deletion,
    /// What is asked for after the first factor, and of whom.
    pub two_factor: TwoFactor,
    /// How passkeys are made and taken.
    pub passkey: Passkeys,
    /// How large organizations get, and which roles they have.
    pub organization: Organizations,
    /// Whom people can sign in with beside us.
    pub providers: Providers,
    /// How other servers are reached.
    pub outbound: OutboundSettings,
    /// How often something may be done.
    pub rate_limit: RateLimits,
    /// What wrong passwords in a row lead to.
    pub lock_out: LockOut,
    /// What a way in costs while somebody attacks.
    pub proof_of_work: ProofOfWork,
    /// What passwords cost to hash.
    pub hashing: Hashing,
    /// What new users are asked.
    pub questionnaire: Questionnaire,
}

/// How accounts come to be.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignUp {
    /// Whether anybody may make an account.
    pub enabled: bool,
    /// Whether the address must be verified before the first sign-in.
    pub require_verification: bool,
    /// Whether the link that verifies the address signs in.
    pub sign_in_after_verification: bool,
}

impl Default for SignUp {
    fn default() -> Self {
        Self { enabled: true, require_verification: true, sign_in_after_verification: true }
    }
}

/// How long sessions last. Durations are written like `7d`, `24h` or `10m`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sessions {
    /// From sign-in or renewal to the end.
    #[serde(with = "humantime_serde")]
    pub lifetime: Duration,
    /// The age from which a session in use is renewed.
    #[serde(with = "humantime_serde")]
    pub renew_after: Duration,
    /// The same for "remember me" off: never renewed.
    #[serde(with = "humantime_serde")]
    pub short_lifetime: Duration,
    /// How long after an authentication sensitive acts are allowed.
    #[serde(with = "humantime_serde")]
    pub fresh_for: Duration,
    /// How long who asks for their session again is answered from memory, unless something was changed on this node; other nodes'
    /// changes count after this time.
    #[serde(with = "humantime_serde")]
    pub recheck_after: Duration,
    /// How long get-session may answer from the signed copy that a browser keeps of its session; zero for never.
    #[serde(with = "humantime_serde")]
    pub cookie_cache: Duration,
    /// How many accounts one browser may hold, to switch between; with 1, who signs in as somebody else is signed out before.
    pub accounts_per_browser: usize,
    /// Whether a program may bear its session in a header instead of a cookie, over the API.
    pub bearer: bool,
    /// The domain whose hosts share the cookies; this host alone without one.
    pub cookie_domain: Option<String>,
    /// What happens when a session is used from another network or device than before.
    pub binding: Binding,
}

/// What happens when a session is used from another network or device than before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Binding {
    /// Nothing.
    Off,
    /// It is written down, and the owner hears of another device by mail.
    #[default]
    Warn,
    /// Its user has to show again who they are before anything else.
    Strict,
}

impl Default for Sessions {
    fn default() -> Self {
        Self {
            lifetime: days(7),
            renew_after: days(1),
            short_lifetime: days(1),
            fresh_for: minutes(10),
            recheck_after: Duration::from_secs(1),
            cookie_cache: minutes(5),
            accounts_per_browser: 5,
            bearer: true,
            cookie_domain: None,
            binding: Binding::default(),
        }
    }
}

/// How long links and codes are good.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Links {
    /// The link that verifies an address.
    #[serde(with = "humantime_serde")]
    pub verification: Duration,
    /// The link that resets a password (at most an hour: ASVS 6.5.5).
    #[serde(with = "humantime_serde")]
    pub reset: Duration,
    /// The link that signs in.
    #[serde(with = "humantime_serde")]
    pub magic_link: Duration,
    /// A code.
    #[serde(with = "humantime_serde")]
    pub code: Duration,
    /// How often a code may be tried.
    pub code_tries: u16,
}

impl Default for Links {
    fn default() -> Self {
        Self { verification: minutes(60), reset: minutes(60), magic_link: minutes(5), code: minutes(5), code_tries: 3 }
    }
}

/// How an address changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmailChange {
    /// Whether it can.
    pub enabled: bool,
    /// Whether the present address must agree first; the new one always must.
    pub confirm_current: bool,
}

impl Default for EmailChange {
    fn default() -> Self {
        Self { enabled: true, confirm_current: true }
    }
}

/// What a reset of the password does.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reset {
    /// Whether every session ends with it.
    pub end_sessions: bool,
}

impl Default for Reset {
    fn default() -> Self {
        Self { end_sessions: true }
    }
}

/// How an account is deleted.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Deletion {
    /// Whether users can delete their accounts.
    pub enabled: bool,
}

impl Default for Deletion {
    fn default() -> Self {
        Self { enabled: true }
    }
}

/// What is asked for after the first factor, and of whom.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TwoFactor {
    /// Who must have a second factor.
    pub required: RequiredFor,
    /// The roles of whom it is required, where it is required by role.
    pub required_roles: Vec<String>,
    /// Whether codes by mail are a second factor: the weaker choice (ASVS 6.3.6).
    pub mail: MailCodes,
    /// Whether text messages can be sent; follows from the sender that is configured.
    #[serde(skip)]
    pub sms: bool,
    /// How long a browser that is trusted isn't asked; 0 turns that off.
    #[serde(with = "humantime_serde")]
    pub trust_for: Duration,
}

impl Default for TwoFactor {
    fn default() -> Self {
        Self {
            required: RequiredFor::Roles,
            required_roles: vec!["owner".to_owned(), "admin".to_owned()],
            mail: MailCodes::Chosen,
            sms: false,
            trust_for: days(30),
        }
    }
}

/// Who must have a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RequiredFor {
    /// Nobody.
    Nobody,
    /// Whoever has one of the roles.
    Roles,
    /// Everyone.
    Everyone,
}

/// Whether codes by mail are a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailCodes {
    /// Never.
    Off,
    /// For whoever turned them on.
    Chosen,
    /// For everyone who has a second factor, as in the ecosystem.
    Everyone,
}

/// How passkeys are made and taken (WebAuthn).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Passkeys {
    /// The relying party's id: the host of the public address, or a domain above it; the host without one. Changing it makes every
    /// passkey useless.
    pub rp_id: Option<String>,
    /// Further origins whose pages may use the passkeys; the site's own always may.
    pub origins: Vec<Url>,
}

/// How large organizations get, and which roles they have. A limit of 0 is none.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Organizations {
    /// How many one user may own.
    pub limit: u32,
    /// How many members one has.
    pub members: u32,
    /// How many open invitations.
    pub invitations: u32,
    /// How many teams.
    pub teams: u32,
    /// How many roles of its own.
    pub roles: u32,
    /// Whether a new one has a team from the start, named like it.
    pub first_team: bool,
    /// How long an invitation is good.
    #[serde(with = "humantime_serde")]
    pub invitation_lifetime: Duration,
    /// The roles that every one has; from a file that the operator names.
    #[serde(skip)]
    pub catalog: Catalog,
}

impl Default for Organizations {
    fn default() -> Self {
        Self {
            limit: 5,
            members: 0,
            invitations: 100,
            teams: 100,
            roles: 50,
            first_team: true,
            invitation_lifetime: days(2),
            catalog: Catalog::default(),
        }
    }
}

/// What wrong passwords in a row lead to.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LockOut {
    /// After how many none is taken for a while; 0 takes any number.
    pub attempts: u32,
    /// How long the first time; each further wrong one doubles it.
    #[serde(with = "humantime_serde")]
    pub first: Duration,
    /// How long at most.
    #[serde(with = "humantime_serde")]
    pub longest: Duration,
}

impl Default for LockOut {
    fn default() -> Self {
        Self { attempts: 10, first: minutes(1), longest: minutes(15) }
    }
}

/// What passwords cost to hash: Argon2id, the OWASP cheat sheet's first choice or more.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Hashing {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
    /// How many run at once; 0 is one for each core.
    pub concurrency: usize,
    /// How many may wait in line before callers are told to come back.
    pub queue: usize,
}

impl Default for Hashing {
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, iterations: 2, parallelism: 1, concurrency: 0, queue: 64 }
    }
}

impl Settings {
    /// The product's own values for a site at `base_url`, with the questionnaire that ships.
    pub fn new(app_name: impl Into<String>, base_url: Url) -> Self {
        Self {
            app_name: app_name.into(),
            base_url,
            password: PasswordPolicy::default(),
            breached_passwords: BreachedPasswords::default(),
            sign_up: SignUp::default(),
            session: Sessions::default(),
            jwt: Jwts::default(),
            links: Links::default(),
            email_change: EmailChange::default(),
            reset: Reset::default(),
            deletion: Deletion::default(),
            two_factor: TwoFactor::default(),
            passkey: Passkeys::default(),
            organization: Organizations::default(),
            providers: Providers::default(),
            outbound: OutboundSettings::default(),
            rate_limit: RateLimits::default(),
            lock_out: LockOut::default(),
            proof_of_work: ProofOfWork::default(),
            hashing: Hashing::default(),
            questionnaire: crate::onboarding::shipped(),
        }
    }

    /// The address of `path` (which begins with `/`) on this site.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.base_url.as_str().trim_end_matches('/'))
    }
}

const fn days(n: u64) -> Duration {
    Duration::from_secs(n * 24 * 60 * 60)
}

const fn minutes(n: u64) -> Duration {
    Duration::from_secs(n * 60)
}
