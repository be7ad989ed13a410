//! Whose address a request comes from (SECURITY A15): nobody chooses their own.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::LazyLock;

use http::{HeaderMap, HeaderName, HeaderValue};
use server::middleware::look;
use server::settings::{Http, ProxyHeader, Settings, Sources};

/// The network of the declared proxies, and one of them.
const PROXIES: &str = "10.0.0.0/8";
const PROXY: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));

static HTTP: LazyLock<Http> = LazyLock::new(|| {
    let environment = [("LATCHKEY_SERVER__TRUSTED_PROXIES".to_owned(), PROXIES.to_owned())];
    let sources = Sources { file: None, folder: "/nonexistent".into(), environment: environment.into() };
    Settings::load(&sources).unwrap_or_else(|problems| unreachable!("{problems}")).http
});

/// For a fuzzer: four bytes of the client's address, one that says how it goes through, and the lines that the client sends.
pub fn check(data: &[u8]) {
    let [a, b, c, d, way, rest @ ..] = data else { return };
    let client = IpAddr::from([*a, *b, *c, *d]);
    let lines: Vec<_> =
        rest.split(|byte| *byte == b'\n').filter_map(|line| HeaderValue::from_bytes(line).ok()).collect();
    nobody_chooses(client, &lines, usize::from(*way) % 4);
}

/// The client's address is what the outermost declared proxy saw, whatever the client has sent before; and without a proxy, what the
/// socket says.
///
/// # Panics
/// Where it isn't.
pub fn nobody_chooses(client: IpAddr, sent: &[HeaderValue], proxies: usize) {
    if is_proxy(client) {
        return;
    }
    for header in [ProxyHeader::XForwardedFor, ProxyHeader::Forwarded] {
        let http = Http { proxy_header: header, ..HTTP.clone() };
        for appended in [false, true] {
            let mut headers = headers(sent);
            pass(&mut headers, header, client, appended, proxies);
            assert_eq!(look(Some(PROXY), &headers, &http).address, Some(client.to_canonical()), "{headers:?}");
        }
        assert_eq!(look(Some(client), &headers(sent), &http).address, Some(client.to_canonical()), "{sent:?}");
    }
}

fn is_proxy(address: IpAddr) -> bool {
    matches!(address.to_canonical(), IpAddr::V4(address) if address.octets()[0] == 10)
}

/// What the client sends, under every name that it may hope for.
fn headers(sent: &[HeaderValue]) -> HeaderMap {
    let names = ["x-forwarded-for", "forwarded", "x-real-ip", "x-client-ip", "cf-connecting-ip"];
    let named = |name: &'static str| sent.iter().map(move |line| (HeaderName::from_static(name), line.clone()));
    let mut headers = HeaderMap::new();
    names.into_iter().flat_map(named).for_each(|(name, line)| _ = headers.append(name, line));
    headers
}

/// As declared proxies pass it on: each one puts whom it heard from at the end, on the last line or on one of its own.
fn pass(headers: &mut HeaderMap, header: ProxyHeader, client: IpAddr, appended: bool, proxies: usize) {
    let name = match header {
        ProxyHeader::XForwardedFor => "x-forwarded-for",
        ProxyHeader::Forwarded => "forwarded",
    };
    let heard = std::iter::once(client).chain((0..proxies).map(|_| PROXY));
    for address in heard {
        let hop = match (header, address) {
            (ProxyHeader::XForwardedFor, address) => address.to_string(),
            (ProxyHeader::Forwarded, IpAddr::V4(address)) => format!("for={address};proto=https"),
            (ProxyHeader::Forwarded, IpAddr::V6(address)) => format!("for=\"[{address}]:4711\""),
        };
        let mut lines: Vec<_> = headers.get_all(name).iter().cloned().collect();
        let last = if appended { lines.pop() } else { None };
        let line = last.map_or_else(Vec::new, |last| [last.as_bytes(), b", "].concat());
        lines.extend(HeaderValue::from_bytes(&[&line, hop.as_bytes()].concat()));
        headers.remove(name);
        lines.into_iter().for_each(|line| _ = headers.append(name, line));
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    fn line() -> impl Strategy<Value = HeaderValue> {
        let pieces = select(vec![
            "1.2.3.4",
            "10.0.0.9",
            "::1",
            "\"[2001:db8::7]:1\"",
            "for=",
            "For=1.2.3.4",
            "for=\"",
            "\"",
            ",",
            ", ",
            ";",
            "=",
            "unknown",
            "_hidden",
            "proto=https",
            "by=10.0.0.1",
            "\\",
            "[",
            "]",
            ":",
            " ",
            "\t",
            "é",
            "::ffff:10.0.0.1",
        ]);
        let pieced = prop::collection::vec(pieces, 0..8).prop_map(|pieces| pieces.concat().into_bytes());
        prop_oneof![pieced, prop::collection::vec(any::<u8>(), 0..30)]
            .prop_filter_map("a header", |bytes| HeaderValue::from_bytes(&bytes).ok())
    }

    fn client() -> impl Strategy<Value = IpAddr> {
        prop_oneof![any::<Ipv4Addr>().prop_map(IpAddr::from), any::<Ipv6Addr>().prop_map(IpAddr::from)]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a15_nobody_chooses_their_own_address(client in client(), sent in prop::collection::vec(line(), 0..4), proxies in 0usize..4) {
            nobody_chooses(client, &sent, proxies);
        }

        #[test]
        fn no_bytes_break_the_reader_of_proxies_headers(data in any::<Vec<u8>>()) {
            check(&data);
        }
    }
}
