use std::net::Ipv4Addr;

use url::Url;

/// One entry of the list of trusted origins.
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    /// `None` is http and https alike.
    scheme: Option<String>,
    host: Host,
    /// A glob; `None` is the scheme's own port (in a pattern without a scheme too).
    port: Option<String>,
    /// Only apps' own schemes have one: a prefix, segment by segment.
    path: Vec<String>,
}

#[derive(Clone, Debug)]
enum Host {
    /// Any, of an app's own scheme (`myapp://`).
    Any,
    /// Label by label.
    Labels(Vec<String>),
    /// `192.168.*`: must be a real address, or `192.168.attacker.example` would be one of them.
    Ipv4(Vec<String>),
    /// `[::1]`, as it stands.
    Ipv6(String),
}

/// Schemes that run or read something instead of going somewhere.
const DANGEROUS: [&str; 8] = ["javascript", "data", "vbscript", "file", "blob", "about", "filesystem", "view-source"];

impl Pattern {
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        if !text.bytes().all(|byte| (0x21..0x7f).contains(&byte)) {
            return Err("it has blanks or characters outside ASCII");
        }
        let text = text.to_ascii_lowercase();
        let (scheme, rest) =
            text.split_once("://").map_or((None, text.as_str()), |(scheme, rest)| (Some(scheme), rest));
        match scheme {
            Some(scheme) if DANGEROUS.contains(&scheme) => return Err("nobody can be sent to this scheme"),
            Some(scheme) if !is_scheme(scheme) => return Err("the scheme before :// must be plain, such as https"),
            None if !rest.contains(['*', '?']) => {
                return Err("write it with its scheme, such as https://app.example.com");
            }
            _ => {}
        }
        let web = matches!(scheme, None | Some("http" | "https"));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        if web && !path.is_empty() {
            return Err("an origin has no path: leave out what follows the host");
        }
        if rest.contains(['@', '#', '\\', '%']) {
            return Err("only a host, and a port if need be, may follow the scheme");
        }
        let (host, port) = split_port(authority)?;
        let host = match host {
            "" if web => return Err("the host is missing"),
            "" => Host::Any,
            "*" | "**" if web => return Err("this would trust every site there is"),
            host if host.starts_with('[') => Host::Ipv6(host.to_owned()),
            host if is_range(host) => Host::Ipv4(host.split('.').map(str::to_owned).collect()),
            host => Host::Labels(host.split('.').map(str::to_owned).collect()),
        };
        if let Host::Labels(labels) = &host
            && labels.iter().any(String::is_empty)
        {
            return Err("the host has an empty label (two dots, or one at an end)");
        }
        Ok(Self {
            scheme: scheme.map(str::to_owned),
            // A browser leaves out the scheme's own port.
            port: port
                .filter(|port| !matches!((scheme, *port), (Some("https"), "443") | (Some("http"), "80")))
                .map(str::to_owned),
            host,
            path: segments(path).ok_or("the path climbs out of itself")?,
        })
    }

    /// Whether an address is of this origin, or within this path of an app's own scheme.
    pub(super) fn matches(&self, url: &Url) -> bool {
        let web = matches!(url.scheme(), "http" | "https");
        let scheme = self.scheme.as_deref().map_or(web, |scheme| scheme == url.scheme());
        let port = match (&self.port, url.port()) {
            (Some(glob), Some(port)) => matches_glob(glob, &port.to_string()),
            // `http://localhost:*` is every port, the scheme's own too.
            (Some(glob), None) => glob == "*",
            (None, None) => true,
            (None, Some(_)) => {
                matches!(self.host, Host::Any) || (matches!(self.host, Host::Ipv4(_)) && self.scheme.is_none())
            }
        };
        let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
        scheme && port && self.host.matches(&host) && (web || self.path_matches(url.path()))
    }

    fn path_matches(&self, path: &str) -> bool {
        self.path.is_empty() || segments(path).is_some_and(|segments| segments.starts_with(&self.path))
    }
}

impl Host {
    fn matches(&self, host: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Ipv6(address) => address == host,
            Self::Labels(labels) => matches_labels(labels, &host.split('.').collect::<Vec<_>>()),
            Self::Ipv4(octets) => {
                host.parse::<Ipv4Addr>().is_ok() && matches_octets(octets, &host.split('.').collect::<Vec<_>>())
            }
        }
    }
}

/// `**` is one label or more.
fn matches_labels(pattern: &[String], host: &[&str]) -> bool {
    match (pattern.split_first(), host.split_first()) {
        (None, None) => true,
        (Some((first, rest)), Some((_, others))) if first == "**" => {
            matches_labels(rest, others) || matches_labels(pattern, others)
        }
        (Some((first, rest)), Some((label, others))) => matches_glob(first, label) && matches_labels(rest, others),
        _ => false,
    }
}

/// A `*` at the end is all octets that are left.
fn matches_octets(pattern: &[String], host: &[&str]) -> bool {
    match (pattern, host) {
        ([last], [_, ..]) if last == "*" || last == "**" => true,
        ([first, rest @ ..], [octet, others @ ..]) => matches_glob(first, octet) && matches_octets(rest, others),
        ([], []) => true,
        _ => false,
    }
}

/// `*` is any number of characters, `?` exactly one. Both texts are short and hold no dot.
fn matches_glob(pattern: &str, text: &str) -> bool {
    let (mut p, mut t) = (pattern.as_bytes(), text.as_bytes());
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        match (p.split_first(), t.split_first()) {
            (None, None) => return true,
            (Some((b'*', rest)), _) => {
                retry = Some((rest, t));
                p = rest;
            }
            (Some((a, rest)), Some((b, others))) if *a == b'?' || a == b => (p, t) = (rest, others),
            _ => {
                let Some((after, from)) = retry else { return false };
                let Some((_, others)) = from.split_first() else { return false };
                retry = Some((after, others));
                (p, t) = (after, others);
            }
        }
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b))
}

fn is_range(host: &str) -> bool {
    host.contains(|c: char| c.is_ascii_digit()) && host.bytes().all(|b| b.is_ascii_digit() || b".*?".contains(&b))
}

fn split_port(authority: &str) -> Result<(&str, Option<&str>), &'static str> {
    let host_end = authority.rfind(']').map_or(0, |end| end + 1);
    let Some(colon) = authority[host_end..].find(':') else { return Ok((authority, None)) };
    let (host, port) = (&authority[..host_end + colon], &authority[host_end + colon + 1..]);
    let good = !port.is_empty() && port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit() || b"*?".contains(&b));
    if good { Ok((host, Some(port))) } else { Err("the port after the host must be a number or *") }
}

/// The path's segments, decoded and with `.` and `..` resolved; `None` when it climbs above its root, or can't be read.
fn segments(path: &str) -> Option<Vec<String>> {
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8().ok()?;
    let mut segments = Vec::new();
    for segment in decoded.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop()?;
            }
            name => segments.push(name.to_owned()),
        }
    }
    Some(segments)
}
