//! Where the server is reached, and who else counts as itself.

use app::origins::TrustedOrigins;
use ipnet::IpNet;
use url::{Host, Url};

use super::Check;

impl Check {
    pub(super) fn base_url(&mut self) -> Option<Url> {
        let Some(text) = self.file.base_url.clone() else {
            return Url::parse(&format!("http://localhost:{}", self.file.server.port)).ok();
        };
        let url = Url::parse(&text).ok().filter(|url| {
            let plain = url.username().is_empty()
                && url.password().is_none()
                && url.query().is_none()
                && url.fragment().is_none();
            matches!(url.scheme(), "http" | "https") && url.has_host() && plain
        });
        let Some(mut url) = url else {
            self.wrong("base_url", format!("{text:?}"), None);
            return None;
        };
        // The ecosystem's variable may end in the API's path.
        match url.path().trim_end_matches('/') {
            "" | "/api/auth" => url.set_path("/"),
            _ => self.wrong(
                "base_url",
                format!("{text:?}"),
                Some("an address without a path: Latchkey takes a host name of its own"),
            ),
        }
        Some(url)
    }

    pub(super) fn origins(&mut self, base_url: Option<&Url>) -> Option<TrustedOrigins> {
        match TrustedOrigins::new(base_url?, &self.file.server.trusted_origins) {
            Ok(origins) => Some(origins),
            Err(bad) => {
                for (pattern, reason) in bad {
                    self.wrong("server.trusted_origins", format!("{pattern:?}: {reason}"), None);
                }
                None
            }
        }
    }

    pub(super) fn proxies(&mut self) -> Vec<IpNet> {
        let mut proxies = Vec::new();
        for text in self.file.server.trusted_proxies.clone() {
            match text.parse::<IpNet>().or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from)) {
                Ok(net) if net.prefix_len() == 0 => {
                    self.wrong("server.trusted_proxies", format!("{text:?}: everybody"), None)
                }
                Ok(net) => proxies.push(net),
                Err(_) => self.wrong("server.trusted_proxies", format!("{text:?}"), None),
            }
        }
        proxies
    }

    /// Browsers drop cookies for a domain that the host isn't in, and for one as wide as a country's.
    pub(super) fn cookie_domain(&mut self, base_url: Option<&Url>) {
        let (Some(domain), Some(base_url)) = (self.file.session.cookie_domain.clone(), base_url) else { return };
        let inside = match base_url.host() {
            Some(Host::Domain(host)) => {
                host == domain || host.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.'))
            }
            _ => false,
        };
        if !inside || !domain.contains('.') || domain.starts_with('.') {
            self.wrong("session.cookie_domain", format!("{domain:?} with base_url {base_url}"), None);
        }
    }

    /// The browser takes a relying party's id only from pages at that domain or below it (WebAuthn, 5.1.2).
    pub(super) fn passkeys(&mut self, base_url: Option<&Url>) {
        let Some(host) = base_url.and_then(Url::host_str) else { return };
        let rp_id = self.file.passkey.rp_id.clone().unwrap_or_else(|| host.to_owned());
        let within = |host: &str| host == rp_id || host.strip_suffix(&rp_id).is_some_and(|rest| rest.ends_with('.'));
        if !within(host) {
            self.wrong("passkey.rp_id", format!("{rp_id:?}, but the public address is at {host}"), None);
        }
        for origin in self.file.passkey.origins.clone() {
            if !origin.host_str().is_some_and(within) {
                self.wrong("passkey.origins", format!("{:?}", origin.as_str()), None);
            }
        }
    }
}

pub(super) fn loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
