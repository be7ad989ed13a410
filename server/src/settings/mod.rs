//! The operator's decisions: one TOML file and the environment, read once at start.
//!
//! Layers, the later over the earlier: defaults, the file (`--config`, `LATCHKEY_CONFIG`, or `latchkey.toml` where it is), `.env`, the
//! environment. Everything that is wrong is told at once, with the setting's name, what was found, what is wanted and where it came
//! from; secrets are never shown. In production, what would be dangerous is refused (SECURITY 14).

mod accent;
mod check;
mod file;
mod keys;
mod problem;
mod providers;
mod secret;
mod show;
mod sources;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use app::origins::TrustedOrigins;
use app::theme::Accent;
use domain::mail::Ways;
pub use file::ProxyHeader;
use ipnet::IpNet;
pub use problem::Problems;
use secrecy::SecretString;
use secret::SecretSource;
use serde::{Deserialize, Serialize};
pub use show::show;
pub use sources::Sources;

/// What a mistake would cost here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// A developer's machine: secrets are made, mails are kept in a mailbox page.
    Development,
    /// Real people: what would be dangerous is refused.
    Production,
}

/// The configuration, complete and checked.
pub struct Settings {
    /// Development or production.
    pub mode: Mode,
    /// What the verbs ask for.
    pub domain: domain::Settings,
    /// The operator's colour, if it isn't ours.
    pub accent: Option<Accent>,
    /// How requests are taken.
    pub http: Http,
    /// The database's address; may hold a password.
    pub database_url: String,
    /// The address of the Redis that counts requests for several nodes; may hold a password.
    pub redis_url: Option<String>,
    /// How the database is opened.
    pub database: db::Options,
    /// Where mails and text messages go.
    pub ways: Ways,
    /// What isn't wrong, but worth a word at start.
    pub warnings: Vec<String>,
    /// The file that was read.
    pub file: Option<PathBuf>,
    secret: SecretSource,
    previous_secrets: Vec<SecretString>,
}

/// How requests are taken.
#[derive(Clone, Debug)]
pub struct Http {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Whom the site trusts.
    pub origins: TrustedOrigins,
    /// The proxies whose word on the client's address is taken.
    pub proxies: Vec<IpNet>,
    /// The header in which they give it.
    pub proxy_header: ProxyHeader,
    /// The largest body, in bytes.
    pub body_limit: usize,
    /// The largest upload, in bytes.
    pub upload_limit: usize,
    /// The most that a request's headers take, in bytes.
    pub header_limit: usize,
    /// How long headers may take.
    pub header_timeout: Duration,
    /// How long a request may take.
    pub request_timeout: Duration,
    /// How long running requests may go on at the end.
    pub drain: Duration,
    /// Most connections at once.
    pub max_connections: usize,
    /// Whether the public address is https.
    pub https: bool,
}

impl Settings {
    /// Reads and checks the configuration. Changes nothing on the disk. Call it on a Tokio runtime (the mail transport wants one).
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn load(sources: &Sources) -> Result<Self, Problems> {
        check::check(sources::Layers::read(sources), &sources.folder)
    }

    /// The secret: the configured one, or the one in the secret file, which development makes when it is missing.
    ///
    /// # Errors
    /// When the file can't be used; in words for the operator.
    pub fn secret(&self) -> Result<domain::Secret, Problems> {
        let present = self.secret.open().map_err(|problem| Problems(vec![problem]))?;
        Ok(present.after(self.previous_secrets.iter().cloned()))
    }

    /// Port 0 takes any free one: a public address that follows the port gets it when it is known.
    pub fn listening_on(&mut self, address: SocketAddr) {
        self.http.listen = address;
        let url = &mut self.domain.base_url;
        if url.port() == Some(0) && url.set_port(Some(address.port())).is_ok() {
            self.http.origins.rebase(url);
        }
    }

    /// The database's address without its password.
    pub fn database_shown(&self) -> String {
        sources::masked(&self.database_url)
    }

    /// The Redis' address without its password.
    pub fn redis_shown(&self) -> Option<String> {
        self.redis_url.as_deref().map(sources::masked)
    }

    /// The environment variables that configure the provider of that id.
    pub fn variables_of(provider: &str) -> Vec<String> {
        providers::variables(provider)
    }

    /// The file that holds the secret, unless it was configured.
    pub fn secret_file(&self) -> Option<&std::path::Path> {
        match &self.secret {
            SecretSource::Given(_) => None,
            SecretSource::File { path, .. } => Some(path),
        }
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::{Http, Settings, Sources};

    /// What an empty configuration gives.
    pub(crate) fn http() -> Http {
        let sources =
            Sources { file: None, folder: "/nonexistent".into(), environment: std::collections::BTreeMap::new() };
        Settings::load(&sources).unwrap().http
    }
}
