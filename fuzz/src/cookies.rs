//! What comes in a `Cookie` header (SECURITY A32): only what we signed, as we signed it.

use std::sync::LazyLock;

use app::cookies::{sent, sign, unsign};
use domain::Secret;
use http::HeaderValue;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, percent_encode};

static SECRET: LazyLock<Secret> = LazyLock::new(|| Secret::new("a-secret-0123456789-abcdefghijklmnopqrstuvwxyz"));
const PREFIX: &str = "better-auth.";
const NAME: &str = "session_token";

/// For a fuzzer: a header, as it stands.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    is_ours_or_nothing(&text);
    comes_back(&text);
    if let Ok(header) = HeaderValue::from_bytes(data) {
        sent(std::slice::from_ref(&header), PREFIX).for_each(|(_, value)| is_ours_or_nothing(value));
        is_found_behind(&header);
    }
    if let [at, other, rest @ ..] = data {
        a_change_is_noticed(&String::from_utf8_lossy(rest), usize::from(*at), *other);
    }
}

/// What is signed is read again, whatever it holds.
///
/// # Panics
/// Where it isn't.
pub fn comes_back(value: &str) {
    let signed = sign(&SECRET, value);
    assert_eq!(unsign(&SECRET, &signed).as_deref(), Some(value));
    let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.!~*'()%".contains(&byte);
    assert!(signed.bytes().all(harmless), "{signed:?} doesn't fit into a cookie");
}

/// What is taken for signed is, to the last character, what signing gives.
///
/// # Panics
/// Where it isn't.
pub fn is_ours_or_nothing(text: &str) {
    if let Some(value) = unsign(&SECRET, text) {
        let decoded = |text: &str| percent_decode_str(text).collect::<Vec<_>>();
        assert_eq!(decoded(text), decoded(&sign(&SECRET, &value)), "{text:?} isn't what we signed");
    }
}

/// One changed byte of a signed value, and it is nobody's.
///
/// # Panics
/// Where it isn't noticed.
pub fn a_change_is_noticed(value: &str, at: usize, byte: u8) {
    let signed = sign(&SECRET, value);
    let mut bytes: Vec<u8> = percent_decode_str(&signed).collect();
    let at = at % bytes.len();
    if bytes[at] == byte {
        return;
    }
    bytes[at] = byte;
    let encoded = percent_encode(&bytes, NON_ALPHANUMERIC).to_string();
    assert_eq!(unsign(&SECRET, &encoded), None, "{encoded:?} instead of {signed:?}");
}

/// A cookie is found behind others, whatever stands in theirs.
fn is_found_behind(others: &HeaderValue) {
    let signed = sign(&SECRET, "n25oPqpKc1RW6mamTSObHJOzd5CmmOIP");
    let ours = format!("; {PREFIX}{NAME}={signed}; last=1");
    let line = HeaderValue::from_bytes(&[others.as_bytes(), ours.as_bytes()].concat());
    let line = line.unwrap_or_else(|error| unreachable!("both were good: {error}"));
    let headers = [line];
    assert!(sent(&headers, PREFIX).any(|cookie| cookie == (NAME, signed.as_str())), "behind {others:?}");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn header() -> impl Strategy<Value = String> {
        let signed = any::<String>().prop_map(|value| sign(&SECRET, &value));
        let value = prop_oneof![any::<String>(), "[ -~]{0,60}", signed];
        let name =
            prop_oneof![Just(format!("{PREFIX}{NAME}")), Just(format!("__Secure-{PREFIX}{NAME}")), "[a-z._-]{0,12}"];
        prop::collection::vec((name, value), 0..5).prop_map(|pairs| {
            pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_signed_comes_back(value in any::<String>()) {
            comes_back(&value);
        }

        #[test]
        fn a32_one_changed_byte_is_noticed(value in any::<String>(), at in any::<usize>(), byte in any::<u8>()) {
            a_change_is_noticed(&value, at, byte);
        }

        #[test]
        fn a32_no_other_spelling_of_a_signature_is_taken(value in "[A-Za-z0-9.]{0,40}", cut in 0usize..6, tail in "[A-Za-z0-9+/=%.]{0,6}") {
            let signed = sign(&SECRET, &value);
            is_ours_or_nothing(&format!("{}{tail}", &signed[..signed.len() - cut]));
        }

        #[test]
        fn no_bytes_break_the_reader_of_cookies(data in prop_oneof![any::<Vec<u8>>(), header().prop_map(String::into_bytes)]) {
            check(&data);
        }
    }
}
