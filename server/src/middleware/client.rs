//! Who is at the other end. A header is believed only when a declared proxy sent it (SECURITY 57, A15).

use std::net::{IpAddr, SocketAddr};

use app::client::RequestId;
use http::HeaderMap;

use crate::settings::{Http, ProxyHeader};

/// What is known about the sender of a request.
pub struct Seen {
    /// The client's address.
    pub address: Option<IpAddr>,
    /// The proxy's own name for the request.
    pub request_id: Option<RequestId>,
}

/// Who sent a request that came over a socket from `peer`.
pub fn look(peer: Option<IpAddr>, headers: &HeaderMap, http: &Http) -> Seen {
    let Some(peer) = peer.map(|peer| peer.to_canonical()) else { return Seen { address: None, request_id: None } };
    if http.proxies.is_empty() || !declared(peer, http) {
        return Seen { address: Some(peer), request_id: None };
    }
    let request_id = headers
        .get("x-request-id")
        .and_then(|id| id.to_str().ok())
        .filter(|id| is_id(id))
        .map(|id| RequestId(id.into()));
    let name = match http.proxy_header {
        ProxyHeader::XForwardedFor => "x-forwarded-for",
        ProxyHeader::Forwarded => "forwarded",
    };
    // Each proxy appends whom it heard from: going back from the right, the first that isn't a declared proxy is the client. What
    // stands further left is the client's own word.
    let mut address = peer;
    let lines = headers.get_all(name).iter().collect::<Vec<_>>();
    // Hop by hop: what a client wrote at the beginning of a line, in whichever encoding, says nothing about its end.
    let hops = lines.iter().rev().flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    for hop in hops {
        let hop = std::str::from_utf8(hop).unwrap_or_default().trim();
        let text = if http.proxy_header == ProxyHeader::Forwarded { forwarded_for(hop) } else { Some(hop) };
        // What can't be read ends the chain: the last proxy that could be read is all that is known.
        let Some(next) = text.and_then(parse) else { break };
        address = next;
        if !declared(address, http) {
            break;
        }
    }
    Seen { address: Some(address), request_id }
}

fn declared(address: IpAddr, http: &Http) -> bool {
    http.proxies.iter().any(|net| net.contains(&address))
}

/// The `for` of one element of a Forwarded header (RFC 7239).
fn forwarded_for(element: &str) -> Option<&str> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| value.trim().trim_matches('"'))
    })
}

/// An address, with or without a port, as proxies write it.
fn parse(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse::<IpAddr>().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))?;
    Some(address.to_canonical())
}

fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::testing::http;

    fn seen(peer: &str, header: ProxyHeader, lines: &[&str]) -> String {
        let mut settings = http();
        settings.proxies = vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        settings.proxy_header = header;
        let mut headers = HeaderMap::new();
        for line in lines {
            let (name, value) = line.split_once(": ").unwrap();
            headers.append(http::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        look(Some(peer.parse().unwrap()), &headers, &settings).address.unwrap().to_string()
    }

    #[test]
    fn a15_the_client_is_whom_the_outermost_declared_proxy_heard_from() {
        use ProxyHeader::{Forwarded, XForwardedFor};
        let table: [(&str, ProxyHeader, &[&str], &str); 16] = [
            ("203.0.113.9", XForwardedFor, &[], "203.0.113.9"),
            ("203.0.113.9", XForwardedFor, &["x-forwarded-for: 1.2.3.4"], "203.0.113.9"),
            ("::ffff:203.0.113.9", XForwardedFor, &[], "203.0.113.9"),
            ("10.0.0.1", XForwardedFor, &[], "10.0.0.1"),
            ("10.0.0.1", XForwardedFor, &["x-forwarded-for: 203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", XForwardedFor, &["x-forwarded-for: 1.2.3.4, 203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", XForwardedFor, &["x-forwarded-for: é, 203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", XForwardedFor, &["x-forwarded-for: 1.2.3.4, 203.0.113.9, 10.0.0.2"], "203.0.113.9"),
            ("10.0.0.1", XForwardedFor, &["x-forwarded-for: 203.0.113.9", "x-forwarded-for: 10.0.0.2"], "203.0.113.9"),
            ("10.0.0.1", XForwardedFor, &["x-forwarded-for: 10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            ("10.0.0.1", XForwardedFor, &["x-forwarded-for: 1.2.3.4, unknown, 10.0.0.2"], "10.0.0.2"),
            ("::ffff:10.0.0.1", XForwardedFor, &["x-forwarded-for: ::ffff:203.0.113.9"], "203.0.113.9"),
            ("10.0.0.1", XForwardedFor, &["x-forwarded-for: 203.0.113.9:1234"], "203.0.113.9"),
            (
                "10.0.0.1",
                XForwardedFor,
                &["x_forwarded_for: 1.2.3.4", "forwarded: for=1.2.3.4", "x-real-ip: 1.2.3.4"],
                "10.0.0.1",
            ),
            (
                "fd00::1",
                Forwarded,
                &["forwarded: for=1.2.3.4, for=\"[2001:db8::7]:4711\";proto=https, for=10.0.0.9"],
                "2001:db8::7",
            ),
            (
                "10.0.0.1",
                Forwarded,
                &["x-forwarded-for: 1.2.3.4", "forwarded: proto=https;For=203.0.113.9"],
                "203.0.113.9",
            ),
        ];
        for (peer, header, lines, expected) in table {
            assert_eq!(seen(peer, header, lines), expected, "{peer} {lines:?}");
        }
    }

    #[test]
    fn a_request_id_is_taken_from_a_declared_proxy_only_and_only_if_it_is_plain() {
        let id = |peer: &str, id: &str| {
            let mut settings = http();
            settings.proxies = vec!["10.0.0.1/32".parse().unwrap()];
            let headers = HeaderMap::from_iter([(http::HeaderName::from_static("x-request-id"), id.parse().unwrap())]);
            look(Some(peer.parse().unwrap()), &headers, &settings).request_id.map(|id| id.0.to_string())
        };
        assert_eq!(id("10.0.0.1", "0198-ab_c.d").as_deref(), Some("0198-ab_c.d"));
        assert_eq!(id("10.0.0.2", "0198"), None);
        assert_eq!(id("10.0.0.1", "<script>"), None);
        assert_eq!(id("10.0.0.1", &"a".repeat(65)), None);
    }
}
