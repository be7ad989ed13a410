use super::*;

fn origins(patterns: &[&str]) -> TrustedOrigins {
    let patterns: Vec<_> = patterns.iter().map(|text| (*text).to_owned()).collect();
    TrustedOrigins::new(&Url::parse("https://auth.example.com").unwrap(), &patterns).unwrap()
}

#[test]
fn the_site_s_own_origin_is_trusted_and_nothing_else() {
    let trusted = origins(&[]);
    assert!(trusted.allows_origin("https://auth.example.com"));
    assert!(trusted.allows_origin("https://auth.example.com/a/page?of=it"), "a Referer");
    for other in [
        "null",
        "",
        "http://auth.example.com",
        "https://auth.example.com:8443",
        "https://auth.example.com.evil.example",
        "https://evil.example",
        "https://example.com",
        "https://a.auth.example.com",
        "auth.example.com",
        "https://auth.example.com@evil.example",
    ] {
        assert!(!trusted.allows_origin(other), "{other}");
    }
}

#[test]
fn patterns_match_what_they_say_and_no_more() {
    let table: [(&str, &[&str], &[&str]); 13] = [
        (
            "https://app.example.com",
            &["https://app.example.com", "https://app.example.com:443"],
            &["http://app.example.com", "https://app.example.com:1"],
        ),
        ("https://APP.example.com:443", &["https://app.example.com"], &["https://app.example.com:444"]),
        (
            "https://*.example.com",
            &["https://a.example.com", "https://a-b.example.com"],
            &[
                "https://example.com",
                "https://a.b.example.com",
                "http://a.example.com",
                "https://a.example.com.evil.example",
                "https://evilexample.com",
                "https://a.example.com:8443",
            ],
        ),
        ("https://**.example.com", &["https://a.example.com", "https://a.b.example.com"], &["https://example.com"]),
        (
            "https://app-*.example.com",
            &["https://app-1.example.com", "https://app-.example.com"],
            &["https://xapp-1.example.com", "https://app-1.x.example.com"],
        ),
        (
            "https://pr-??.example.com",
            &["https://pr-12.example.com"],
            &["https://pr-1.example.com", "https://pr-123.example.com"],
        ),
        (
            "*.example.com",
            &["https://a.example.com", "http://a.example.com"],
            &["ftp://a.example.com", "myapp://a.example.com", "https://a.example.com:1"],
        ),
        (
            "http://localhost:*",
            &["http://localhost:5173", "http://localhost"],
            &["https://localhost:5173", "http://localhost.evil.example:1"],
        ),
        (
            "192.168.*",
            &["http://192.168.1.5", "http://192.168.1.5:5173", "https://192.168.0.1"],
            &["http://192.169.1.5", "http://192.168.evil.example", "http://192.168.1.5.evil.example"],
        ),
        ("http://10.0.*.7:80", &["http://10.0.3.7"], &["http://10.0.3.8", "http://10.1.3.7", "http://10.0.3.7:81"]),
        ("http://[::1]:3000", &["http://[::1]:3000"], &["http://[::1]", "http://[::2]:3000"]),
        ("myapp://", &["myapp://", "myapp://callback/x", "myapp:///x"], &["myapp2://callback", "https://myapp/"]),
        (
            "myapp://auth/cb",
            &["myapp://auth/cb", "myapp://auth/cb/done?x=1", "myapp://AUTH/cb"],
            &[
                "myapp://auth/cb/../evil",
                "myapp://auth/cb/%2e%2e/evil",
                "myapp://auth/cbx",
                "myapp://auth",
                "myapp://other/cb",
            ],
        ),
    ];
    for (pattern, good, bad) in table {
        let trusted = origins(&[pattern]);
        for origin in good {
            assert!(trusted.allows_origin(origin), "{pattern} should match {origin}");
        }
        for origin in bad {
            assert!(!trusted.allows_origin(origin), "{pattern} should not match {origin}");
        }
    }
}

#[test]
fn every_pattern_that_is_none_is_told_at_once() {
    let patterns = [
        "app.example.com",
        "*",
        "https://*",
        "javascript://x",
        "https://app.example.com/path",
        "https://u@app.example.com",
        "https://",
        "https://a..b",
        "https://a b",
        "https://app.example.com:http",
        "ht*p://x",
        "https://é.example",
    ];
    let patterns: Vec<_> = patterns.iter().map(|text| (*text).to_owned()).collect();
    let bad = TrustedOrigins::new(&Url::parse("https://auth.example.com").unwrap(), &patterns).unwrap_err();
    assert_eq!(bad.into_iter().map(|(pattern, _)| pattern).collect::<Vec<_>>(), patterns);
}

#[test]
fn a1_people_are_sent_to_this_site_or_a_trusted_one_only() {
    let trusted = origins(&["https://*.app.example", "myapp://cb"]);
    for good in [
        "/",
        "/settings?tab=1#x",
        "https://auth.example.com/x",
        "https://a.app.example/welcome?from=//mail",
        "myapp://cb/done",
    ] {
        assert_eq!(trusted.callback(good).as_ref().map(Callback::as_str), Some(good));
    }
    for bad in [
        "",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/%09/evil.example",
        "/%0d%0aLocation:x",
        "https:evil.example",
        "https:a.app.example",
        "javascript:alert(1)",
        "javascript://a.app.example/%0aalert(1)",
        "http://ok@evil.example",
        "/////evil.example",
        "https://evil.example",
        "https://a.app.example@evil.example",
        "https://u:p@a.app.example/",
        "https://a.app.example\\@evil.example",
        "https://a.app.example\r\nX: y",
        " https://a.app.example",
        "https://a.app.example\t.evil.example",
        "data:text/html,x",
        "settings",
        "HTTPS:/\\evil.example",
        "myapp://evil/cb",
        "myapp://cb@evil/cb",
        "/%2fevil.example",
        "/%5cevil.example",
        "https://a.app.example%2eevil.example",
        "https://ａ.evil.example",
    ] {
        assert_eq!(trusted.callback(bad), None, "{bad:?}");
    }
}
