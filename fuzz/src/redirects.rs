//! Where people are sent (SECURITY A1): only to this site, or where the operator says.

use std::sync::LazyLock;

use app::origins::{Callback, TrustedOrigins};
use http::HeaderValue;
use model::LocalPath;
use url::{Origin, Url};

static PAGE: LazyLock<Url> = LazyLock::new(|| address("https://auth.example.com/a/page?next=%2F"));
static ORIGINS: LazyLock<TrustedOrigins> = LazyLock::new(|| {
    origins(&["https://*.app.example", "http://localhost:*", "myapp://cb/done"])
        .unwrap_or_else(|| unreachable!("they are good"))
});

fn address(text: &str) -> Url {
    Url::parse(text).unwrap_or_else(|error| unreachable!("{text}: {error}"))
}

fn origins(patterns: &[&str]) -> Option<TrustedOrigins> {
    let patterns: Vec<_> = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
    TrustedOrigins::new(&PAGE, &patterns).ok()
}

/// For a fuzzer: targets, and on the first line a pattern.
pub fn check(data: &[u8]) {
    let lines = crate::lines(data);
    let [pattern, targets @ ..] = &lines[..] else { return };
    for target in targets {
        leads_home(target);
        an_origin_trusts_itself_alone(pattern, target);
    }
}

/// Whatever is taken as a target leads a browser to this site or to a trusted one, from whichever page it goes there.
///
/// # Panics
/// Where it doesn't.
pub fn leads_home(text: &str) {
    if let Some(path) = LocalPath::parse(text) {
        stays(path.as_str());
    }
    match ORIGINS.callback(text) {
        None => {}
        Some(Callback::Local(path)) => stays(path.as_str()),
        Some(Callback::Trusted(target)) => {
            let url = PAGE.join(&target).unwrap_or_else(|error| panic!("no browser reads {target:?}: {error}"));
            assert!(is_ours(&url) || is_theirs(&url), "{target:?} leads to {url}");
            assert!(url.username().is_empty() && url.password().is_none(), "{target:?} looks like another host");
            assert!(HeaderValue::from_str(&target).is_ok(), "{target:?} is no header");
        }
    }
}

fn stays(path: &str) {
    let url = PAGE.join(path).unwrap_or_else(|error| panic!("no browser reads {path:?}: {error}"));
    assert!(is_ours(&url), "{path:?} leads to {url}");
    // What a browser made of it is a path on this site too, when a page puts it into a link again.
    assert!(!url.path().starts_with("//"), "{path:?} is read as {url}");
    assert!(HeaderValue::from_str(path).is_ok(), "{path:?} is no header");
}

fn is_ours(url: &Url) -> bool {
    url.origin() == PAGE.origin()
}

/// What the three patterns say, in plain words.
fn is_theirs(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    match url.scheme() {
        "https" => {
            let label = host.strip_suffix(".app.example");
            url.port().is_none() && label.is_some_and(|label| !label.is_empty() && !label.contains('.'))
        }
        "http" => host == "localhost",
        "myapp" => host.eq_ignore_ascii_case("cb") && url.port().is_none() && url.path().starts_with("/done"),
        _ => false,
    }
}

/// A pattern without wildcards trusts what has the same origin, and nothing else.
///
/// # Panics
/// Where it doesn't.
pub fn an_origin_trusts_itself_alone(pattern: &str, other: &str) {
    let Some(trusted) = origins(&[pattern]) else { return };
    let allowed = trusted.allows_origin(other);
    let Ok(other) = Url::parse(other) else {
        assert!(!allowed, "{other:?} is no address");
        return;
    };
    let one = Url::parse(pattern).ok().filter(|_| !pattern.contains(['*', '?'])).map(|one| one.origin());
    if let Some(one @ Origin::Tuple(..)) = one {
        assert_eq!(allowed, other.origin() == one || is_ours(&other), "{pattern:?} and {other}");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    use super::*;

    /// What paths, hosts and tricks are made of.
    fn target() -> impl Strategy<Value = String> {
        let pieces = select(vec![
            "/",
            "//",
            "\\",
            "/..",
            "/.",
            "..",
            ".",
            "%2e",
            "%2f",
            "%2F",
            "%5c",
            "%09",
            "%0d%0a",
            "%00",
            "\t",
            "\n",
            "\r",
            " ",
            "@",
            ":",
            "?",
            "#",
            "http:",
            "https:",
            "https://",
            "HTTPS://",
            "javascript:",
            "data:",
            "file:///",
            "blob:",
            "myapp://",
            "myapp://cb/done",
            "evil.example",
            "a.app.example",
            "app.example",
            "auth.example.com",
            "localhost",
            ":443",
            ":8080",
            "[::1]",
            "127.0.0.1",
            "1.2",
            "0x7f",
            "。",
            "．",
            "ａ",
            "é",
            "a",
            "u:p@",
            ";",
            "&",
            "=",
            "*",
            "\u{200d}",
            "\u{feff}",
            "xn--",
            "%",
            "next=//evil.example",
        ]);
        let pieced = prop::collection::vec(pieces, 0..10).prop_map(|pieces| pieces.concat());
        prop_oneof![4 => pieced, 1 => any::<String>(), 1 => "/[ -~]{0,30}"]
    }

    fn origin() -> impl Strategy<Value = String> {
        let scheme = select(vec!["http", "https", "HTTPS", "myapp"]);
        let host = select(vec![
            "app.example",
            "a.app.example",
            "APP.example",
            "auth.example.com",
            "127.0.0.1",
            "[::1]",
            "localhost",
            "evil.example",
        ]);
        let port = select(vec!["", ":80", ":443", ":8443", ":0"]);
        (scheme, host, port).prop_map(|(scheme, host, port)| format!("{scheme}://{host}{port}"))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 5000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a1_no_redirect_leads_a_browser_away(target in target()) {
            leads_home(&target);
        }

        #[test]
        fn a_trusted_origin_trusts_itself_alone(pattern in prop_oneof![3 => origin(), 1 => target()], other in prop_oneof![3 => origin(), 1 => target()]) {
            an_origin_trusts_itself_alone(&pattern, &other);
        }

        #[test]
        fn no_bytes_break_the_reader_of_redirects(data in any::<Vec<u8>>()) {
            check(&data);
        }
    }

    #[test]
    fn what_is_tried_is_taken_often_enough() {
        let mut runner = TestRunner::deterministic();
        let made = (0..2000).map(|_| target().new_tree(&mut runner).unwrap().current());
        assert!(made.filter(|text| ORIGINS.callback(text).is_some()).count() > 50);
    }
}
