//! From what is written to what is meant. Every problem is collected; none hides another.

mod address;
mod outside;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use app::theme::Accent;
use domain::limit;
use domain::mail::Ways;
use domain::session::revocation;
use domain::settings::{Hashing, Organizations, TwoFactor};
use domain::sms::Sender;
use secrecy::ExposeSecret;
use url::Url;

use self::address::loopback;
use super::file::File;
use super::keys::Key;
use super::problem::{Problem, Problems};
use super::secret::{self, SecretSource};
use super::sources::{Layers, masked};
use super::{Http, Mode, Settings, accent};

/// Chrome keeps no cookie longer, and the wire calls it an error.
const LONGEST_COOKIE: Duration = Duration::from_secs(400 * 24 * 3600);
const HOUR: Duration = Duration::from_secs(3600);

struct Check {
    file: File,
    layers: Layers,
    problems: Vec<Problem>,
    warnings: Vec<String>,
    folder: PathBuf,
}

pub(super) fn check(mut layers: Layers, folder: &Path) -> Result<Settings, Problems> {
    let mut problems = std::mem::take(&mut layers.problems);
    // Each value was tried by itself, so all of them together are good too.
    let file = layers.figment.extract::<File>().unwrap_or_else(|error| {
        problems.push(Problem {
            setting: "the configuration".to_owned(),
            found: error.to_string(),
            wanted: String::new(),
            from: String::new(),
        });
        File::default()
    });
    let mut check = Check { file, layers, problems, warnings: Vec::new(), folder: folder.to_path_buf() };
    let base_url = check.base_url();
    let mode = check.mode(base_url.as_ref());
    let secret = check.secret(mode);
    check.previous_secrets(mode);
    let accent = check.accent();
    let origins = check.origins(base_url.as_ref());
    let proxies = check.proxies();
    let mail = check.mail(mode);
    let sms = check.sms(mode);
    let questionnaire = check.questionnaire();
    check.passkeys(base_url.as_ref());
    check.cookie_domain(base_url.as_ref());
    let providers = check.providers();
    let catalog = check.roles();
    check.numbers(mode);
    check.spans();
    check.database();
    check.limits(mode);
    if !matches!(check.file.app_name.trim().chars().count(), 1..=60) || check.file.app_name.contains(char::is_control) {
        check.wrong("app_name", format!("{:?}", check.file.app_name), None);
    }
    let Check { file, layers, problems, warnings, .. } = check;
    match (base_url, origins, mail.zip(sms), questionnaire.zip(catalog)) {
        (Some(base_url), Some(origins), Some((mail, sms)), Some((questionnaire, catalog))) if problems.is_empty() => {
            Ok(Settings {
                mode,
                http: Http {
                    listen: SocketAddr::new(file.server.host, file.server.port),
                    origins,
                    proxies,
                    proxy_header: file.server.proxy_header,
                    body_limit: kib(file.server.body_limit_kib),
                    upload_limit: kib(file.server.upload_limit_kib),
                    header_limit: kib(file.server.header_limit_kib),
                    header_timeout: file.server.header_timeout,
                    request_timeout: file.server.request_timeout,
                    drain: file.server.drain,
                    max_connections: file.server.max_connections as usize,
                    https: base_url.scheme() == "https",
                },
                domain: domain::Settings {
                    app_name: file.app_name.trim().to_owned(),
                    base_url,
                    password: file.password,
                    breached_passwords: file.breached_passwords,
                    sign_up: file.sign_up,
                    session: file.session,
                    jwt: file.jwt,
                    links: file.links,
                    email_change: file.email_change,
                    reset: file.reset,
                    deletion: file.deletion,
                    two_factor: TwoFactor { sms: !matches!(sms, Sender::None), ..file.two_factor },
                    passkey: file.passkey,
                    organization: Organizations { catalog, ..file.organization },
                    providers,
                    outbound: file.outbound,
                    rate_limit: file.rate_limit,
                    lock_out: file.lock_out,
                    proof_of_work: file.proof_of_work,
                    hashing: file.hashing,
                    questionnaire,
                },
                accent,
                database_url: file.database.url,
                redis_url: file.redis.url,
                database: db::Options { max_connections: file.database.max_connections, ..db::Options::default() },
                ways: Ways { mail, sms },
                warnings,
                file: layers.file,
                secret,
                previous_secrets: file.previous_secrets,
            })
        }
        _ => Err(Problems(problems)),
    }
}

impl Check {
    /// A value that can be read and can't be meant; `None` wants what the setting's description says.
    fn wrong(&mut self, path: &str, found: impl Into<String>, wanted: Option<&str>) {
        if let Some(key) = Key::find(path) {
            let from = self.layers.origin(path);
            self.problems.push(Problem::of(&key, found, wanted.unwrap_or(key.wanted), from));
        }
    }

    fn mode(&mut self, base_url: Option<&Url>) -> Mode {
        // Where one of the two can't be read, the mode is a guess, and nothing is refused on a guess.
        let unread = self.problems.iter().any(|problem| problem.setting.starts_with("mode "));
        let Some(base_url) = base_url.filter(|_| !unread) else { return Mode::Development };
        let (plain, here) = (base_url.scheme() == "http", loopback(base_url));
        let mode = self.file.mode.unwrap_or(if plain && here { Mode::Development } else { Mode::Production });
        if plain && mode == Mode::Production {
            let found = format!("{}, without encryption", base_url.as_str().trim_end_matches('/'));
            self.wrong(
                "base_url",
                found,
                Some("an https:// address in production; to try things out, set mode to development (LATCHKEY_MODE)"),
            );
        }
        if mode == Mode::Development && !here {
            self.warnings.push(
                "Development mode under a public address: everybody who reaches it can read the mails and text messages at /dev/mailbox."
                    .to_owned(),
            );
        }
        mode
    }

    fn secret(&mut self, mode: Mode) -> SecretSource {
        let from = self.layers.origin("secret_file");
        let path = self.folder.join(&self.file.secret_file);
        let Some(secret) = self.file.secret.clone() else {
            // The file that development made is no decision of the operator's.
            let chosen = from != "default";
            if mode == Mode::Production && !chosen {
                self.wrong("secret", "nothing", None);
            } else if path.exists() || mode == Mode::Production {
                match secret::read(&path, &from) {
                    Err(problem) => self.problems.push(problem),
                    Ok(secret) if mode == Mode::Production => self.strength(secret.expose_secret(), "secret_file"),
                    Ok(_) => {}
                }
            }
            return SecretSource::File { path, from, make: mode == Mode::Development };
        };
        match mode {
            Mode::Production => self.strength(secret.expose_secret(), "secret"),
            Mode::Development => {
                if let Some(weakness) = secret::weakness(secret.expose_secret()) {
                    self.warnings.push(format!("The secret would be refused in production: {weakness}."));
                }
            }
        }
        SecretSource::Given(secret)
    }

    /// They verify cookies as the present one does.
    fn previous_secrets(&mut self, mode: Mode) {
        for secret in self.file.previous_secrets.clone() {
            if mode == Mode::Production && secret::weakness(secret.expose_secret()).is_some() {
                self.wrong("previous_secrets", "a weak one", Key::find("secret").map(|key| key.wanted));
            }
        }
    }

    fn strength(&mut self, secret: &str, path: &str) {
        if let Some(weakness) = secret::weakness(secret) {
            let wanted = Key::find("secret").map(|key| key.wanted);
            self.wrong(path, weakness, wanted);
        }
    }

    fn accent(&mut self) -> Option<Accent> {
        let text = self.file.accent.clone()?;
        let accent = Accent::parse(&text);
        match (&accent, accent::better(&text)) {
            (None, _) => self.wrong("accent", format!("{text:?}"), None),
            (Some(_), Some(better)) => {
                let wanted =
                    format!("a colour that stands out from the page in light and in dark (3 to 1), such as {better}");
                self.wrong("accent", format!("{text:?}"), Some(&wanted));
            }
            (Some(_), None) => {}
        }
        accent
    }

    fn numbers(&mut self, mode: Mode) {
        let File { server, database, password, links, hashing, session, .. } = self.file.clone();
        let ranges: [(&str, u64, std::ops::RangeInclusive<u64>); 12] = [
            ("server.body_limit_kib", server.body_limit_kib.into(), 1..=1024 * 1024),
            ("server.upload_limit_kib", server.upload_limit_kib.into(), 1..=1024 * 1024),
            ("server.header_limit_kib", server.header_limit_kib.into(), 1..=64),
            ("server.max_connections", server.max_connections.into(), 1..=1024 * 1024),
            ("database.max_connections", database.max_connections.into(), 1..=10_000),
            ("password.min_length", password.min_length as u64, 1..=password.max_length as u64),
            // No policy may forbid a passphrase (ASVS 6.2.9), nor ask for more than is ever hashed.
            ("password.max_length", password.max_length as u64, 64..=domain::password::LONGEST as u64),
            ("links.code_tries", links.code_tries.into(), 1..=10),
            ("session.accounts_per_browser", session.accounts_per_browser as u64, 1..=10),
            ("hashing.memory_kib", hashing.memory_kib.into(), 8 * u64::from(hashing.parallelism)..=4 * 1024 * 1024),
            ("hashing.iterations", hashing.iterations.into(), 1..=64),
            ("hashing.parallelism", hashing.parallelism.into(), 1..=64),
        ];
        for (path, value, range) in ranges {
            if !range.contains(&value) {
                self.wrong(path, value.to_string(), None);
            }
        }
        if mode == Mode::Production && !owasp(&hashing) {
            let wanted = "19456 KiB and 2 iterations or an equal of it (OWASP): 47104 and 1, 12288 and 3, 9216 and 4, 7168 and 5";
            self.wrong(
                "hashing.memory_kib",
                format!("{} KiB and {} iterations", hashing.memory_kib, hashing.iterations),
                Some(wanted),
            );
        }
    }

    fn spans(&mut self) {
        let File { server, session, jwt, links, two_factor, organization, outbound, lock_out, .. } = self.file.clone();
        let second = Duration::from_secs(1);
        let table = [
            ("server.header_timeout", server.header_timeout, second..=HOUR),
            ("server.request_timeout", server.request_timeout, second..=HOUR),
            ("server.drain", server.drain, Duration::ZERO..=HOUR),
            ("session.lifetime", session.lifetime, 10 * second..=LONGEST_COOKIE),
            ("session.renew_after", session.renew_after, Duration::ZERO..=session.lifetime),
            ("session.short_lifetime", session.short_lifetime, 10 * second..=LONGEST_COOKIE),
            ("session.fresh_for", session.fresh_for, 10 * second..=LONGEST_COOKIE),
            ("session.recheck_after", session.recheck_after, Duration::ZERO..=second),
            ("session.cookie_cache", session.cookie_cache, Duration::ZERO..=revocation::LONGEST),
            ("organization.invitation_lifetime", organization.invitation_lifetime, second..=24 * 90 * HOUR),
            ("outbound.timeout", outbound.timeout, second..=60 * second),
            ("two_factor.trust_for", two_factor.trust_for, Duration::ZERO..=LONGEST_COOKIE),
            ("jwt.lifetime", jwt.lifetime, second..=24 * HOUR),
            // What was signed last must be good as long as it says.
            ("jwt.grace", jwt.grace, jwt.lifetime..=9600 * HOUR),
            ("links.verification", links.verification, second..=168 * HOUR),
            // ASVS 6.5.5.
            ("links.reset", links.reset, second..=HOUR),
            ("links.magic_link", links.magic_link, second..=HOUR),
            ("links.code", links.code, second..=HOUR / 6),
            ("lock_out.first", lock_out.first, second..=lock_out.longest),
            // NIST SP 800-63B-4 3.2.2.
            ("lock_out.longest", lock_out.longest, second..=HOUR),
        ];
        if !jwt.rotate_after.is_zero() && jwt.rotate_after < 24 * HOUR {
            self.wrong("jwt.rotate_after", words(jwt.rotate_after), None);
        }
        for (path, value, range) in table {
            if !range.contains(&value) {
                let wanted = format!("a span of time from {} to {}", words(*range.start()), words(*range.end()));
                self.wrong(path, words(value), Some(&wanted));
            }
        }
    }

    fn limits(&mut self, mode: Mode) {
        if let Some(url) = self.file.redis.url.clone().filter(|url| !limit::is_redis(url)) {
            self.wrong("redis.url", format!("{:?}", masked(&url)), None);
        }
        let factor = self.file.rate_limit.account_factor.get();
        if factor > 1000 {
            self.wrong("rate_limit.account_factor", factor.to_string(), None);
        }
        let attempts = self.file.lock_out.attempts;
        if attempts > 100 {
            self.wrong("lock_out.attempts", attempts.to_string(), None);
        }
        let effort = self.file.proof_of_work.effort;
        if !(1000..=1_000_000).contains(&effort) {
            self.wrong("proof_of_work.effort", effort.to_string(), None);
        }
        if mode == Mode::Production && attempts == 0 {
            self.warnings.push("The lock-out is off: wrong passwords in a row don't make anybody wait.".to_owned());
        }
        if mode == Mode::Production && !self.file.rate_limit.enabled {
            self.warnings.push("Rate limits are off: nothing slows down who guesses passwords.".to_owned());
        }
    }

    fn database(&mut self) {
        let url = self.file.database.url.clone();
        let known = ["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme));
        if !known {
            let scheme = url.split(':').next().unwrap_or_default();
            self.wrong("database.url", format!("an address that begins with {scheme:?}"), None);
        }
    }
}

/// OWASP's password storage cheat sheet: any of these pairs, or more.
fn owasp(hashing: &Hashing) -> bool {
    [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)]
        .iter()
        .any(|(memory, passes)| hashing.memory_kib >= *memory && hashing.iterations >= *passes)
}

fn kib(n: u32) -> usize {
    n as usize * 1024
}

fn words(span: Duration) -> String {
    humantime_serde::re::humantime::format_duration(span).to_string()
}
