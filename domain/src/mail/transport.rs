//! The ways out: an SMTP server, or in development a mailbox page.

use std::net::IpAddr;
use std::time::Duration;

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use model::{Email, MailId, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize};

use super::Channel;
use super::letter::Content;
use super::words::plain;
use crate::sms;

/// The ways out, one for each channel; cheap to clone.
#[derive(Clone)]
pub struct Ways {
    /// Where mails go.
    pub mail: Transport,
    /// Where text messages go.
    pub sms: sms::Sender,
}

impl Ways {
    /// Everything stays for the development mailbox.
    pub fn mailbox() -> Self {
        Self { mail: Transport::Mailbox, sms: sms::Sender::Mailbox }
    }

    /// Whether messages of this channel stay readable.
    pub(super) fn keeps(&self, channel: Channel) -> bool {
        match channel {
            Channel::Mail => matches!(self.mail, Transport::Mailbox),
            Channel::Sms => matches!(self.sms, sms::Sender::Mailbox),
        }
    }

    /// How long one message may take.
    pub(super) fn timeout(&self) -> Duration {
        self.mail.timeout().max(self.sms.timeout())
    }
}

/// Where mails go.
#[derive(Clone)]
pub enum Transport {
    /// To an SMTP server; made by [`Transport::smtp`].
    Smtp(Smtp),
    /// Nowhere: they stay, readable, for the development mailbox.
    Mailbox,
}

/// An SMTP server and the sender's name; cheap to clone, the clones share their connections.
#[derive(Clone)]
pub struct Smtp {
    mailer: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    timeout: Duration,
}

/// How the SMTP server is reached.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmtpSettings {
    /// Its name or address; empty when there is none.
    pub host: String,
    /// Its port; without one 465 for `tls`, 25 for `none`, 587 otherwise.
    pub port: Option<u16>,
    /// How the connection is protected.
    pub security: Security,
    /// The user's name; empty to send without signing in.
    pub user: String,
    /// The user's password.
    #[serde(skip_serializing)]
    pub password: SecretString,
    /// The sender's name; empty for the product's.
    pub from_name: String,
    /// The sender's address.
    pub from_address: String,
    /// How long one mail may take, from connecting to the server's word that it has it.
    #[serde(with = "humantime_serde")]
    pub timeout: Duration,
}

impl Default for SmtpSettings {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: None,
            security: Security::Auto,
            user: String::new(),
            password: SecretString::default(),
            from_name: String::new(),
            from_address: String::new(),
            timeout: Duration::from_secs(30),
        }
    }
}

/// How the connection to the SMTP server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// TLS on port 465, plain to this machine, STARTTLS elsewhere.
    Auto,
    /// TLS from the first byte.
    Tls,
    /// STARTTLS; a server that doesn't offer it gets no mail.
    StartTls,
    /// Plain: the operator's word that the way there is safe.
    None,
}

impl<'de> Deserialize<'de> for Security {
    /// Besides the names, `true` is `tls` and `false` is `auto`: what the ecosystem writes into `SMTP_SECURE`.
    fn deserialize<D: Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Flag(bool),
            Word(String),
        }
        let word = match Written::deserialize(de)? {
            Written::Flag(flag) => flag.to_string(),
            Written::Word(word) => word.to_lowercase(),
        };
        match word.as_str() {
            "auto" | "false" => Ok(Self::Auto),
            "tls" | "true" => Ok(Self::Tls),
            "starttls" => Ok(Self::StartTls),
            "none" => Ok(Self::None),
            _ => Err(serde::de::Error::custom(format!("{word:?} is none of auto, tls, starttls, none"))),
        }
    }
}

/// A setting that can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Its name among the [`SmtpSettings`].
    pub setting: &'static str,
    /// What it is.
    pub found: String,
    /// What it should be.
    pub wanted: &'static str,
}

impl Transport {
    /// Prepares the way to an SMTP server; connects at the first mail. Call it on a Tokio runtime, which keeps the connections.
    ///
    /// # Errors
    /// Every setting that can't be used.
    pub fn smtp(settings: &SmtpSettings, app_name: &str) -> Result<Self, Vec<Fault>> {
        let mut faults = settings.faults();
        let wanted = "an address such as hello@example.com";
        let address = settings.from_address.parse::<Address>();
        let address =
            address.map_err(|_| Fault { setting: "from_address", found: quoted(&settings.from_address), wanted });
        let tls = settings.protection().map_err(|error| Fault {
            setting: "host",
            found: format!("{}: {error}", quoted(&settings.host)),
            wanted: "the SMTP server's name or address",
        });
        match (address, tls) {
            (Ok(address), Ok(tls)) if faults.is_empty() => Ok(Self::Smtp(settings.connect(address, tls, app_name))),
            (address, tls) => {
                faults.extend(address.err());
                faults.extend(tls.err());
                Err(faults)
            }
        }
    }

    /// How long one mail may take.
    fn timeout(&self) -> Duration {
        match self {
            Self::Smtp(smtp) => smtp.timeout,
            Self::Mailbox => Duration::ZERO,
        }
    }
}

impl SmtpSettings {
    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.host.trim().is_empty() {
            faults.push(Fault {
                setting: "host",
                found: "nothing".into(),
                wanted: "the SMTP server's name or address",
            });
        }
        let (user, password) = (!self.user.is_empty(), !self.password.expose_secret().is_empty());
        if user && !password {
            faults.push(Fault {
                setting: "password",
                found: "nothing".into(),
                wanted: "the password of mail.user, or no user",
            });
        }
        if password && !user {
            faults.push(Fault {
                setting: "user",
                found: "nothing".into(),
                wanted: "the user of mail.password, or no password",
            });
        }
        if !(Duration::from_secs(1)..=Duration::from_secs(300)).contains(&self.timeout) {
            faults.push(Fault {
                setting: "timeout",
                found: format!("{:?}", self.timeout),
                wanted: "a span from 1s to 5m",
            });
        }
        faults
    }

    fn protection(&self) -> Result<Tls, lettre::transport::smtp::Error> {
        let parameters = || TlsParameters::new(self.host.clone());
        Ok(match self.security {
            Security::None => Tls::None,
            Security::Auto if self.port != Some(465) && loopback(&self.host) => Tls::None,
            Security::Tls => Tls::Wrapper(parameters()?),
            Security::Auto if self.port == Some(465) => Tls::Wrapper(parameters()?),
            Security::Auto | Security::StartTls => Tls::Required(parameters()?),
        })
    }

    fn connect(&self, address: Address, tls: Tls, app_name: &str) -> Smtp {
        let port = match (self.port, &tls) {
            (Some(port), _) => port,
            (None, Tls::Wrapper(_)) => 465,
            (None, Tls::None) => 25,
            (None, _) => 587,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(self.host.as_str())
            .port(port)
            .tls(tls)
            .timeout(Some(self.timeout))
            .hello_name(ClientId::Domain(address.domain().to_owned()));
        if !self.user.is_empty() {
            let password = self.password.expose_secret().to_owned();
            builder = builder.credentials(Credentials::new(self.user.clone(), password));
        }
        let name = if self.from_name.trim().is_empty() { app_name } else { &self.from_name };
        Smtp { mailer: builder.build(), from: Mailbox::new(Some(plain(name)), address), timeout: self.timeout }
    }
}

fn quoted(text: &str) -> String {
    if text.is_empty() { "nothing".to_owned() } else { format!("{text:?}") }
}

fn loopback(host: &str) -> bool {
    host == "localhost" || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Why a message didn't leave.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Undelivered {
    /// It may leave later.
    ForNow(String),
    /// It never will.
    ForEver(String),
}

impl Smtp {
    /// Hands the mail to the server. Its Message-ID and Date are the outbox row's, so that a mail sent once more after a crash is
    /// recognised as the same one.
    pub(super) async fn deliver(
        &self,
        id: &MailId,
        to: &Email,
        written: Timestamp,
        content: Content,
    ) -> Result<(), Undelivered> {
        let message =
            self.message(id, to, written, content).map_err(|error| Undelivered::ForEver(error.to_string()))?;
        match tokio::time::timeout(self.timeout, self.mailer.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(judge(&error)),
            Err(_) => {
                Err(Undelivered::ForNow(format!("the SMTP server took longer than {} s", self.timeout.as_secs())))
            }
        }
    }

    fn message(
        &self,
        id: &MailId,
        to: &Email,
        written: Timestamp,
        content: Content,
    ) -> Result<Message, Box<dyn std::error::Error + Send + Sync>> {
        let to = Mailbox::new(None, to.as_str().parse()?);
        Ok(Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(content.subject)
            .date(written.date_time().into())
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            // Answering machines leave it unanswered (RFC 3834).
            .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()))
            .multipart(MultiPart::alternative_plain_html(content.text, content.html))?)
    }
}

/// Tells what the recipient's address will never take from what is wrong with the server or with our standing there.
fn judge(error: &lettre::transport::smtp::Error) -> Undelivered {
    let reason: String = plain(&error.to_string()).chars().take(500).collect();
    let code = error.status().map_or_else(String::new, |code| code.to_string());
    // RFC 3463: 5.1.x is about the address, 5.7.x about policy, which the operator may mend.
    let refused = match code.as_str() {
        "550" | "551" | "553" | "556" => !reason.contains(" 5.7."),
        _ => error.is_permanent() && reason.contains(" 5.1."),
    };
    if refused { Undelivered::ForEver(reason) } else { Undelivered::ForNow(reason) }
}
