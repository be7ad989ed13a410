//! Calls to other servers. There is one client for them, made at the first call: no redirects, a limit of time and size, and no way
//! into the operator's own network unless they open it (SECURITY 62, A46). Addresses are judged when a connection is made, by
//! what the name means at that moment: a name that first means one address and then another is no way around it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ipnet::IpNet;
use oauth2::http::{Request, Response};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};
use rustls::{ClientConfig, RootCertStore};
use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// How other servers are reached.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutboundSettings {
    /// Host names, addresses and networks (`10.0.0.0/8`) that may be reached though they are private; plain http is good enough for them.
    pub allow: Vec<String>,
    /// How long one call may take.
    #[serde(with = "humantime_serde")]
    pub timeout: Duration,
}

impl Default for OutboundSettings {
    fn default() -> Self {
        Self { allow: Vec::new(), timeout: Duration::from_secs(10) }
    }
}

/// Most of an answer that is read, in bytes.
const LONGEST_ANSWER: usize = 1024 * 1024;

/// Why a call gave nothing. It names the host, never the path: secrets travel there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The address is none that is called: not https, with a name and password in it, or without a host.
    #[error("{0} can't be called: only https addresses are (http where outbound.allow names the host)")]
    Address(String),
    /// The host is in a private network.
    #[error("{0} is in a private network; name it in outbound.allow if it is meant")]
    Private(String),
    /// It took too long.
    #[error("{0} took too long to answer")]
    Late(String),
    /// The answer is longer than is read.
    #[error("{0} answered more than {LONGEST_ANSWER} bytes")]
    Long(String),
    /// It couldn't be reached, or broke off.
    #[error("{0} can't be reached: {1}")]
    Unreachable(String, String),
}

/// The client; cheap to clone, the clones share their connections.
#[derive(Clone)]
pub struct Outbound {
    client: Arc<OnceLock<Client>>,
    allowed: Arc<Allowed>,
    timeout: Duration,
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbound").field("allowed", &self.allowed).finish_non_exhaustive()
    }
}

impl Outbound {
    /// A client by these settings; what can't be read as a network is a host's name.
    pub fn new(settings: &OutboundSettings) -> Self {
        let proxies = PROXIES.iter().filter_map(|name| std::env::var(name).ok()).filter_map(|proxy| host_of(&proxy));
        let allowed = Allowed { proxies: proxies.collect(), ..Allowed::read(&settings.allow) };
        Self { client: Arc::default(), allowed: Arc::new(allowed), timeout: settings.timeout }
    }

    /// Sends a request and reads the whole answer, whatever its status.
    ///
    /// # Errors
    /// [`Fault`], as it says.
    pub async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Fault> {
        let host = self.checked(&request)?;
        let request = reqwest::Request::try_from(request).map_err(|_| Fault::Address(host.clone()))?;
        let fault = |error: reqwest::Error| self.judge(&host, &error);
        let mut answer = self.client(&host)?.execute(request).await.map_err(fault)?;
        let mut response = Response::builder().status(answer.status());
        if let Some(headers) = response.headers_mut() {
            headers.clone_from(answer.headers());
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(fault)? {
            if body.len() + chunk.len() > LONGEST_ANSWER {
                return Err(Fault::Long(host));
            }
            body.extend_from_slice(&chunk);
        }
        response.body(body).map_err(|error| Fault::Unreachable(host.clone(), error.to_string()))
    }

    /// The host of an address that may be called. A literal address is judged here, a name when it is looked up.
    fn checked(&self, request: &Request<Vec<u8>>) -> Result<String, Fault> {
        let address = request.uri().to_string();
        let url = Url::parse(&address).map_err(|_| Fault::Address("an address that isn't one".to_owned()))?;
        self.may_call(&url)
    }

    /// Whether an address may be called, as far as it tells by itself; gives its host.
    ///
    /// # Errors
    /// [`Fault::Address`], [`Fault::Private`].
    pub fn may_call(&self, url: &Url) -> Result<String, Fault> {
        let host = url.host_str().unwrap_or_default().to_owned();
        let named = self.allowed.has_name(&host);
        let ip = match url.host() {
            Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
            Some(Host::Domain(_)) | None => None,
        };
        let opened = named || ip.is_some_and(|ip| self.allowed.has(ip));
        let scheme = url.scheme() == "https" || url.scheme() == "http" && opened;
        if host.is_empty() || !scheme || !url.username().is_empty() || url.password().is_some() {
            return Err(Fault::Address(host));
        }
        match ip {
            Some(ip) if !opened && !is_public(ip) => Err(Fault::Private(host)),
            // It may be looked up to be gone through, not to be called itself.
            None if !opened && self.allowed.is_proxy(&host) => Err(Fault::Private(host)),
            _ => Ok(host),
        }
    }

    fn client(&self, host: &str) -> Result<&Client, Fault> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let made = self.build().map_err(|error| Fault::Unreachable(host.to_owned(), error))?;
        Ok(self.client.get_or_init(|| made))
    }

    /// A proxy is taken from the environment (`HTTPS_PROXY`, `NO_PROXY`); then it is the proxy that looks names up, and that keeps them
    /// out of private networks. Its own name may be private.
    fn build(&self) -> Result<Client, String> {
        let builder = builder(self.timeout)?.dns_resolver(Guarded(self.allowed.clone())).user_agent("Latchkey");
        builder.pool_max_idle_per_host(2).build().map_err(|error| error.to_string())
    }

    fn judge(&self, host: &str, error: &reqwest::Error) -> Fault {
        if error.is_timeout() {
            return Fault::Late(host.to_owned());
        }
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
        let mut last = String::new();
        while let Some(error) = cause {
            if error.downcast_ref::<IsPrivate>().is_some() {
                return Fault::Private(host.to_owned());
            }
            // The outermost words repeat the address.
            last = error.to_string();
            cause = error.source();
        }
        Fault::Unreachable(host.to_owned(), last)
    }
}

/// What every client for other servers has in common. The roots are the binary's own, as for mails: it needs nothing of the machine it
/// runs on. A redirect would take secrets elsewhere.
pub(crate) fn builder(timeout: Duration) -> Result<ClientBuilder, String> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Client::builder().tls_backend_preconfigured(tls).redirect(Policy::none()).timeout(timeout))
}

/// What is private and may be reached all the same.
#[derive(Debug, Default)]
struct Allowed {
    names: Vec<String>,
    networks: Vec<IpNet>,
    /// The hosts that calls go through.
    proxies: Vec<String>,
}

/// Where the environment names proxies.
const PROXIES: [&str; 6] = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/// The host of a proxy, which may be written without `http://`.
fn host_of(proxy: &str) -> Option<String> {
    let named = |text: &str| Url::parse(text).ok()?.host_str().map(str::to_owned);
    named(proxy).or_else(|| named(&format!("http://{proxy}")))
}

impl Allowed {
    fn read(list: &[String]) -> Self {
        let mut allowed = Self::default();
        for one in list.iter().map(|one| one.trim().trim_start_matches('[').trim_end_matches(']')) {
            match (one.parse::<IpNet>(), one.parse::<IpAddr>()) {
                (Ok(network), _) => allowed.networks.push(network),
                (_, Ok(ip)) => allowed.networks.push(ip.into()),
                _ => allowed.names.push(one.to_ascii_lowercase()),
            }
        }
        allowed
    }

    fn has(&self, ip: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&ip.to_canonical()))
    }

    fn is_proxy(&self, host: &str) -> bool {
        self.proxies.iter().any(|name| name.eq_ignore_ascii_case(host))
    }

    fn has_name(&self, host: &str) -> bool {
        self.names.iter().any(|name| name.eq_ignore_ascii_case(host))
    }
}

/// Looks names up, and keeps of what they mean only what may be reached.
struct Guarded(Arc<Allowed>);

#[derive(Debug, thiserror::Error)]
#[error("every address of the name is in a private network")]
struct IsPrivate;

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.0.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let named = allowed.has_name(name.as_str()) || allowed.is_proxy(name.as_str());
            let may = |at: &SocketAddr| named || is_public(at.ip()) || allowed.has(at.ip());
            let reachable: Vec<_> = found.filter(may).collect();
            if reachable.is_empty() { Err(IsPrivate.into()) } else { Ok(Box::new(reachable.into_iter()) as Addrs) }
        })
    }
}

/// Whether an address is one of the public Internet (IANA's special-purpose registries). An IPv4 address in the clothes of an IPv6 one
/// is judged as what it is.
fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        || a == 0
        || a >= 224
        || a == 100 && (64..128).contains(&b)
        || a == 192 && b == 0 && c == 0
        || a == 192 && b == 88 && c == 99
        || a == 198 && (b == 18 || b == 19);
    !special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    match ip.segments() {
        // NAT64 leads to the IPv4 address at its end.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low))),
        // Protocol assignments (Teredo and others), documentation, 6to4.
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        [0x2002, ..] | [0x3fff, 0..=0xfff, ..] => false,
        [first, ..] => (0x2000..0x4000).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    fn get(url: &str) -> Request<Vec<u8>> {
        Request::builder().uri(url).body(Vec::new()).unwrap()
    }

    fn client(allow: &[&str]) -> Outbound {
        let allow = allow.iter().map(ToString::to_string).collect();
        Outbound::new(&OutboundSettings { allow, ..OutboundSettings::default() })
    }

    #[test]
    fn a46_private_addresses_are_refused_in_whatever_clothes() {
        let outbound = client(&[]);
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.0.8",
            "[::1]",
            "[::]",
            "[::ffff:169.254.169.254]",
            "[::ffff:a9fe:a9fe]",
            "[::7f00:1]",
            "[64:ff9b::a9fe:a9fe]",
            "[fd00::1]",
            "[fe80::1]",
            "[ff02::1]",
            "[2002:7f00:1::]",
            "[2001::1]",
            "[2001:db8::1]",
        ] {
            let refused = outbound.checked(&get(&format!("https://{host}/")));
            assert!(matches!(refused, Err(Fault::Private(_))), "{host}: {refused:?}");
        }
        for host in ["1.1.1.1", "[2606:4700::1111]", "[::ffff:1.1.1.1]", "[64:ff9b::101:101]", "id.example.com"] {
            assert!(outbound.checked(&get(&format!("https://{host}/"))).is_ok(), "{host}");
        }
    }

    #[test]
    fn only_https_is_called_but_for_what_is_allowed() {
        for url in ["http://id.example.com/", "ftp://id.example.com/", "https://ada:pw@id.example.com/"] {
            assert!(matches!(client(&[]).checked(&get(url)), Err(Fault::Address(_))), "{url}");
        }
        let open = client(&["localhost", "10.0.0.0/8", "[::1]"]);
        for url in ["http://localhost:4555/", "http://10.2.3.4/", "http://[::1]/", "https://[::ffff:10.0.0.1]/"] {
            assert!(open.checked(&get(url)).is_ok(), "{url}");
        }
        assert!(open.checked(&get("http://127.0.0.1/")).is_err(), "localhost is a name, not an address");
    }

    #[tokio::test]
    async fn a46_a_name_that_means_a_private_address_is_refused_when_it_is_looked_up() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let refused = client(&[]).send(get(&format!("https://localhost:{port}/"))).await;
        assert_eq!(refused.map(drop), Err(Fault::Private("localhost".to_owned())));
        let accepted = tokio::time::timeout(Duration::from_millis(1), listener.accept()).await;
        assert!(accepted.is_err(), "nothing was even connected");
    }

    #[test]
    fn a_proxy_is_read_however_it_is_written() {
        for proxy in
            ["http://proxy.internal:3128", "http://ada:pw@proxy.internal", "proxy.internal:3128", "proxy.internal"]
        {
            assert_eq!(host_of(proxy).as_deref(), Some("proxy.internal"), "{proxy}");
        }
        assert_eq!(host_of(""), None);
    }

    /// The environment is a process's own, so this test runs itself in another one.
    #[tokio::test]
    async fn a_proxy_may_have_a_private_name_and_is_not_called_itself() {
        const INSIDE: &str = "LATCHKEY_TEST_BEHIND_PROXY";
        if std::env::var_os(INSIDE).is_some() {
            let answer = client(&[]).send(get("https://id.example.com/")).await;
            assert!(matches!(answer, Err(Fault::Unreachable(..))), "the proxy has refused: {answer:?}");
            assert_eq!(
                client(&[]).send(get("https://localhost/")).await.map(drop),
                Err(Fault::Private("localhost".to_owned()))
            );
            return;
        }
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let name = "outbound::tests::a_proxy_may_have_a_private_name_and_is_not_called_itself";
        let mut again = std::process::Command::new(std::env::current_exe().unwrap());
        again.args(["--exact", name]).env(INSIDE, "1").env("HTTPS_PROXY", proxy).env_remove("https_proxy");
        let mut again = again.env_remove("NO_PROXY").env_remove("no_proxy").spawn().unwrap();
        let (mut stream, _) = tokio::time::timeout(Duration::from_secs(20), listener.accept()).await.unwrap().unwrap();
        let mut asked = *b"CONNECT id.example.com:443 HTTP";
        let expected = asked;
        stream.read_exact(&mut asked).await.unwrap();
        assert_eq!(asked, expected);
        drop((stream, listener));
        assert!(again.wait().unwrap().success());
    }
}
