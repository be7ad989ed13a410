use std::net::IpAddr;

use woothee::parser::Parser;

use crate::known_device::KnownDevice;
use crate::limit;
use crate::token::Token;

/// Who is at the other end, as far as it says: shown to the account's owner, never trusted.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// The address of the socket, or what a declared proxy says.
    pub ip: Option<IpAddr>,
    /// The User-Agent header.
    pub user_agent: String,
    /// What it was given when somebody said that it needn't be asked for a second factor.
    pub trust: Option<Token>,
    /// What it was given when somebody signed in before; only read where a password is taken.
    pub known: Option<KnownDevice>,
}

tokio::task_local! {
    static ASKING: Client;
}

impl Client {
    /// Does `work` at the word of this client: what it writes into the audit log is said to come from here.
    pub async fn asks<T>(self, work: impl Future<Output = T>) -> T {
        ASKING.scope(self, work).await
    }

    /// At whose word the present task works; nobody's that is known, where it isn't a request.
    pub(crate) fn asking() -> Self {
        ASKING.try_with(Clone::clone).unwrap_or_default()
    }

    /// Looks at the client at whose word the present task works; `None` where it isn't a request.
    pub(crate) fn with_asking<T>(look: impl FnOnce(&Self) -> T) -> Option<T> {
        ASKING.try_with(look).ok()
    }

    /// The address as text; empty when unknown.
    pub fn ip_text(&self) -> String {
        self.ip.map(|ip| ip.to_string()).unwrap_or_default()
    }

    /// Whether that address, in text, is of the network that this one comes from.
    pub fn shares_network(&self, address: &str) -> bool {
        self.ip.is_some() && address.parse().is_ok_and(|other| limit::network(Some(other)) == limit::network(self.ip))
    }

    /// The User-Agent header, cut to what is worth keeping.
    pub fn user_agent_text(&self) -> String {
        self.user_agent.chars().filter(|c| !c.is_control()).take(512).collect()
    }

    /// "Firefox on Linux", or "Unknown device".
    pub fn device(&self) -> String {
        device(&self.user_agent).0
    }
}

/// What a User-Agent header calls itself, and whether that is a phone or a tablet.
pub fn device(user_agent: &str) -> (String, bool) {
    let Some(agent) = Parser::new().parse(user_agent).filter(|agent| !matches!(agent.name, "UNKNOWN" | "HTTP Library"))
    else {
        return ("Unknown device".to_owned(), false);
    };
    let system = match agent.os {
        "Mac OSX" => "macOS",
        os if os.starts_with("Windows") => "Windows",
        "iPhone" => "an iPhone",
        "iPad" => "an iPad",
        os => os,
    };
    let mobile = matches!(agent.category, "smartphone" | "mobilephone");
    if system == "UNKNOWN" { (agent.name.to_owned(), mobile) } else { (format!("{} on {system}", agent.name), mobile) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_have_names_that_people_know() {
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        assert_eq!(device(firefox), ("Firefox on Linux".into(), false));
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
        assert_eq!(device(phone), ("Safari on an iPhone".into(), true));
        assert_eq!(device("curl/8"), ("Unknown device".into(), false));
        assert_eq!(device(""), ("Unknown device".into(), false));
    }

    #[test]
    fn a_network_is_an_address_or_what_one_connection_gets_of_ipv6() {
        let from = |ip: Option<&str>| Client { ip: ip.map(|ip| ip.parse().unwrap()), ..Client::default() };
        assert!(from(Some("192.0.2.1")).shares_network("192.0.2.1"));
        assert!(from(Some("::ffff:192.0.2.1")).shares_network("192.0.2.1"));
        assert!(!from(Some("192.0.2.1")).shares_network("192.0.2.2"));
        assert!(from(Some("2001:db8:1:2::a")).shares_network("2001:db8:1:2:3::b"));
        assert!(!from(Some("2001:db8:1:2::a")).shares_network("2001:db8:1:3::a"));
        assert!(!from(None).shares_network("") && !from(Some("192.0.2.1")).shares_network(""));
    }
}
