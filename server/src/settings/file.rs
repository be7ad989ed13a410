//! The shape of the configuration, as it is written; `check` makes [`super::Settings`] of it.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::Duration;

use domain::jwt::Jwts;
use domain::limit::RateLimits;
use domain::mail::SmtpSettings;
use domain::outbound::OutboundSettings;
use domain::password::BreachedPasswords;
use domain::proof_of_work::ProofOfWork;
use domain::provider::Draft;
use domain::settings::{
    Deletion, EmailChange, Hashing, Links, LockOut, Organizations, Passkeys, Reset, Sessions, SignUp, TwoFactor,
};
use domain::sms::SmsSettings;
use model::PasswordPolicy;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::Mode;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct File {
    pub(super) app_name: String,
    pub(super) base_url: Option<String>,
    pub(super) mode: Option<Mode>,
    #[serde(skip_serializing)]
    pub(super) secret: Option<SecretString>,
    #[serde(skip_serializing)]
    pub(super) previous_secrets: Vec<SecretString>,
    pub(super) secret_file: PathBuf,
    pub(super) accent: Option<String>,
    pub(super) server: Server,
    pub(super) database: Database,
    pub(super) redis: Redis,
    pub(super) mail: SmtpSettings,
    pub(super) sms: SmsSettings,
    pub(super) onboarding: Onboarding,
    pub(super) sign_up: SignUp,
    pub(super) password: PasswordPolicy,
    pub(super) breached_passwords: BreachedPasswords,
    pub(super) session: Sessions,
    pub(super) jwt: Jwts,
    pub(super) links: Links,
    pub(super) email_change: EmailChange,
    pub(super) reset: Reset,
    pub(super) deletion: Deletion,
    pub(super) two_factor: TwoFactor,
    pub(super) passkey: Passkeys,
    pub(super) organization: Organizations,
    pub(super) roles_file: Option<PathBuf>,
    pub(super) outbound: OutboundSettings,
    pub(super) account_linking: AccountLinking,
    pub(super) rate_limit: RateLimits,
    pub(super) lock_out: LockOut,
    pub(super) proof_of_work: ProofOfWork,
    pub(super) hashing: Hashing,
    /// By id.
    pub(super) providers: BTreeMap<String, Draft>,
}

impl Default for File {
    fn default() -> Self {
        Self {
            app_name: "Latchkey".to_owned(),
            base_url: None,
            mode: None,
            secret: None,
            previous_secrets: Vec::new(),
            secret_file: PathBuf::from("data/secret"),
            accent: None,
            server: Server::default(),
            database: Database::default(),
            redis: Redis::default(),
            mail: SmtpSettings::default(),
            sms: SmsSettings::default(),
            onboarding: Onboarding::default(),
            sign_up: SignUp::default(),
            password: PasswordPolicy::default(),
            breached_passwords: BreachedPasswords::default(),
            session: Sessions::default(),
            jwt: Jwts::default(),
            links: Links::default(),
            email_change: EmailChange::default(),
            reset: Reset::default(),
            deletion: Deletion::default(),
            two_factor: TwoFactor::default(),
            passkey: Passkeys::default(),
            organization: Organizations::default(),
            roles_file: None,
            outbound: OutboundSettings::default(),
            account_linking: AccountLinking::default(),
            rate_limit: RateLimits::default(),
            lock_out: LockOut::default(),
            proof_of_work: ProofOfWork::default(),
            hashing: Hashing::default(),
            providers: BTreeMap::new(),
        }
    }
}

/// How requests are taken.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Server {
    pub(super) host: IpAddr,
    pub(super) port: u16,
    pub(super) trusted_origins: Vec<String>,
    pub(super) trusted_proxies: Vec<String>,
    pub(super) proxy_header: ProxyHeader,
    pub(super) body_limit_kib: u32,
    pub(super) upload_limit_kib: u32,
    pub(super) header_limit_kib: u32,
    #[serde(with = "humantime_serde")]
    pub(super) header_timeout: Duration,
    #[serde(with = "humantime_serde")]
    pub(super) request_timeout: Duration,
    #[serde(with = "humantime_serde")]
    pub(super) drain: Duration,
    pub(super) max_connections: u32,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            host: Ipv4Addr::LOCALHOST.into(),
            port: 3000,
            trusted_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            proxy_header: ProxyHeader::XForwardedFor,
            body_limit_kib: 1024,
            upload_limit_kib: 5 * 1024,
            header_limit_kib: 32,
            header_timeout: Duration::from_secs(30),
            request_timeout: Duration::from_secs(30),
            drain: Duration::from_secs(10),
            max_connections: 8192,
        }
    }
}

/// The header in which the declared proxies name the client. Only one is read: a proxy that writes the one passes on whatever a
/// client wrote into the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProxyHeader {
    /// `X-Forwarded-For: client, proxy`.
    XForwardedFor,
    /// `Forwarded: for=client, for=proxy` (RFC 7239).
    Forwarded,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Database {
    pub(super) url: String,
    pub(super) max_connections: u32,
}

impl Default for Database {
    fn default() -> Self {
        Self { url: "sqlite:data/latchkey.db".to_owned(), max_connections: 8 }
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Redis {
    pub(super) url: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Onboarding {
    pub(super) questionnaire: Option<PathBuf>,
}

/// How accounts at providers are connected.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct AccountLinking {
    pub(super) different_emails: bool,
}
