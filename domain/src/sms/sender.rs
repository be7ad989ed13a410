//! The ways out: a service that speaks Twilio's API, or in development the mailbox page.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use model::PhoneNumber;
use reqwest::{Client, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::mail::{Fault, Undelivered};
use crate::outbound;

/// Most of an answer that is read: all that matters is a number in it.
const LONGEST_ANSWER: usize = 16 * 1024;

/// Where text messages go.
#[derive(Clone)]
pub enum Sender {
    /// To a service; made by [`Sender::http`].
    Http(Http),
    /// Nowhere: they stay, readable, for the development mailbox.
    Mailbox,
    /// Nowhere: this site sends none.
    None,
}

/// A service that speaks Twilio's API; cheap to clone, the clones share their connections.
#[derive(Clone)]
pub struct Http {
    client: Client,
    messages: Url,
    account_sid: String,
    auth_token: SecretString,
    from: String,
    timeout: Duration,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("messages", &self.messages.as_str()).finish_non_exhaustive()
    }
}

/// How the service is reached.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmsSettings {
    /// Its address.
    pub api: String,
    /// The account there; empty when there is none.
    pub account_sid: String,
    /// The account's secret.
    #[serde(skip_serializing)]
    pub auth_token: SecretString,
    /// The sender: a number, a name, or the id of a messaging service (`MG…`).
    pub from: String,
    /// How long handing over one message may take.
    #[serde(with = "humantime_serde")]
    pub timeout: Duration,
}

impl Default for SmsSettings {
    fn default() -> Self {
        Self {
            api: "https://api.twilio.com".to_owned(),
            account_sid: String::new(),
            auth_token: SecretString::default(),
            from: String::new(),
            timeout: Duration::from_secs(15),
        }
    }
}

impl SmsSettings {
    /// Whether the operator wants a service at all.
    pub fn is_configured(&self) -> bool {
        !(self.account_sid.is_empty() && self.auth_token.expose_secret().is_empty() && self.from.is_empty())
    }

    fn faults(&self) -> Vec<Fault> {
        let fault = |setting, found: &str, wanted| {
            let found = if found.is_empty() { "nothing".to_owned() } else { format!("{found:?}") };
            Fault { setting, found, wanted }
        };
        let mut faults = Vec::new();
        let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if self.account_sid.is_empty() || !self.account_sid.chars().all(name) {
            faults.push(fault("account_sid", &self.account_sid, "the account's id at the service, such as AC0123…"));
        }
        if self.auth_token.expose_secret().is_empty() {
            faults.push(fault("auth_token", "", "the account's secret at the service"));
        }
        if self.from.trim().is_empty() {
            let wanted = "the sender: a number such as +4915112345678, a name, or a messaging service's id (MG…)";
            faults.push(fault("from", "", wanted));
        }
        if !(Duration::from_secs(1)..=Duration::from_secs(60)).contains(&self.timeout) {
            faults.push(Fault {
                setting: "timeout",
                found: format!("{:?}", self.timeout),
                wanted: "a span from 1s to 1m",
            });
        }
        faults
    }

    /// The secret travels there: plain http only to this machine.
    fn messages(&self) -> Result<Url, Fault> {
        let wanted = "an https address without a query, such as https://api.twilio.com (http only to this machine)";
        // What stands before an @ may be a secret.
        let shown = self.api.rsplit('@').next().unwrap_or_default();
        let fault = || Fault { setting: "api", found: format!("{shown:?}"), wanted };
        let mut url = Url::parse(&self.api).map_err(|_| fault())?;
        let bare =
            url.username().is_empty() && url.password().is_none() && url.query().is_none() && url.fragment().is_none();
        if !bare || !(url.scheme() == "https" || url.scheme() == "http" && loopback(&url)) {
            return Err(fault());
        }
        let mut path = url.path_segments_mut().map_err(|()| fault())?;
        path.pop_if_empty().extend(["2010-04-01", "Accounts", &self.account_sid, "Messages.json"]);
        drop(path);
        Ok(url)
    }
}

fn loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    }
}

impl Sender {
    /// Prepares the way to a service; connects at the first message.
    ///
    /// # Errors
    /// Every setting that can't be used.
    pub fn http(settings: &SmsSettings) -> Result<Self, Vec<Fault>> {
        let mut faults = settings.faults();
        let client = client(settings.timeout).map_err(|error| Fault {
            setting: "api",
            found: error,
            wanted: "a machine on which TLS works",
        });
        match (settings.messages(), client) {
            (Ok(messages), Ok(client)) if faults.is_empty() => Ok(Self::Http(Http {
                client,
                messages,
                account_sid: settings.account_sid.clone(),
                auth_token: settings.auth_token.clone(),
                from: settings.from.trim().to_owned(),
                timeout: settings.timeout,
            })),
            (messages, client) => {
                faults.extend(messages.err());
                faults.extend(client.err());
                Err(faults)
            }
        }
    }

    /// How long one message may take.
    pub(crate) fn timeout(&self) -> Duration {
        match self {
            Self::Http(http) => http.timeout,
            Self::Mailbox | Self::None => Duration::ZERO,
        }
    }

    /// Hands a message over.
    pub(crate) async fn deliver(&self, to: &PhoneNumber, text: &str) -> Result<(), Undelivered> {
        match self {
            Self::Http(http) => http.deliver(to, text).await,
            Self::Mailbox => Ok(()),
            Self::None => {
                Err(Undelivered::ForEver("no service for text messages is configured (sms.account_sid)".to_owned()))
            }
        }
    }
}

/// The operator has named the service, perhaps one on this machine: it is called as it stands.
fn client(timeout: Duration) -> Result<Client, String> {
    let builder = outbound::builder(timeout)?.no_proxy().pool_max_idle_per_host(1);
    builder.build().map_err(|error| error.to_string())
}

impl Http {
    async fn deliver(&self, to: &PhoneNumber, text: &str) -> Result<(), Undelivered> {
        let service = self.from.len() == 34 && self.from.starts_with("MG");
        let from = if service { "MessagingServiceSid" } else { "From" };
        let request = self
            .client
            .post(self.messages.clone())
            .basic_auth(&self.account_sid, Some(self.auth_token.expose_secret()))
            .form(&[("To", to.as_str()), (from, &self.from), ("Body", text)]);
        match request.send().await {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(judge(answer).await),
            Err(error) if error.is_timeout() => {
                Err(Undelivered::ForNow(format!("the SMS service took longer than {} s", self.timeout.as_secs())))
            }
            Err(error) => Err(Undelivered::ForNow(causes(&error.without_url()))),
        }
    }
}

/// Tells what the service will never take from what may go better later. Its own words stay out: they repeat the number.
async fn judge(answer: Response) -> Undelivered {
    let status = answer.status();
    let code = code(answer).await.map_or_else(String::new, |code| format!(", its error {code}"));
    let reason = format!("the SMS service answered {}{code}", status.as_u16());
    let never =
        status.is_client_error() && !matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT);
    if never { Undelivered::ForEver(reason) } else { Undelivered::ForNow(reason) }
}

/// The number of the service's own error, which its documentation explains.
async fn code(mut answer: Response) -> Option<u32> {
    #[derive(Deserialize)]
    struct Told {
        code: u32,
    }
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = answer.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST_ANSWER {
            return None;
        }
    }
    serde_json::from_slice::<Told>(&body).ok().map(|told| told.code)
}

/// An error with what is behind it: the outermost says only that sending failed.
fn causes(error: &dyn std::error::Error) -> String {
    let chain = std::iter::successors(Some(error), |error| error.source());
    let words: String = chain.map(ToString::to_string).collect::<Vec<_>>().join(": ");
    words.chars().take(500).collect()
}
