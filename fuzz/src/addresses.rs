//! The one spelling of an e-mail address (SECURITY A10, A11).

use model::Email;
use unicode_normalization::UnicodeNormalization;

/// The longest text that is read at all.
const LONGEST: usize = 1024;

/// For a fuzzer: an address as somebody types it.
pub fn check(data: &[u8]) {
    has_one_spelling(&String::from_utf8_lossy(data));
}

/// What is taken for an address is one mailbox in one spelling, and its other spellings are the same one.
///
/// # Panics
/// Where it isn't.
pub fn has_one_spelling(typed: &str) {
    let Ok(email) = Email::parse(typed) else { return };
    let text = email.as_str();
    assert_eq!(Email::parse(text).as_ref(), Ok(&email), "{typed:?} is read, and read again");
    let (local, domain) = text.split_once('@').unwrap_or_else(|| panic!("{text:?} has no @"));
    assert!(!local.is_empty() && text.len() <= 254, "{text:?}");
    // One mailbox, in whichever header or envelope it is put.
    let other = |c: char| c.is_control() || c.is_whitespace() || "@,;:<>()[]\"\\".contains(c);
    assert!(!local.contains(other) && !domain.contains(other), "{text:?} is more than one mailbox");
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    assert!(domain.contains('.') && domain.split('.').all(label), "{domain:?} is no domain");
    for spelling in spellings(typed).into_iter().filter(|spelling| spelling.len() <= LONGEST) {
        assert_eq!(Email::parse(&spelling).as_ref(), Ok(&email), "{spelling:?} and {typed:?} are two accounts");
    }
}

fn spellings(typed: &str) -> [String; 6] {
    let wide = |c: char| match c {
        '!'..='~' => char::from_u32(u32::from(c) - 0x21 + 0xff01).unwrap_or(c),
        other => other,
    };
    [
        typed.to_ascii_uppercase(),
        typed.to_ascii_lowercase(),
        typed.nfc().collect(),
        typed.nfd().collect(),
        typed.chars().map(wide).collect(),
        format!(" \t{typed}\n"),
    ]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 5000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a11_an_address_has_one_spelling(typed in prop_oneof![
            "[a-zA-Z0-9._+-]{1,20}@[a-zA-Z0-9-]{1,12}\\.[a-zA-Z]{2,6}",
            "\\PC{1,12}@[a-z]{1,8}\\.[a-z]{2}",
            "[a-zßΣσςſİıéàK①ﬁ\u{301}]{1,8}@[a-zßΣéà．]{1,8}[.。．][a-z]{2}",
        ]) {
            has_one_spelling(&typed);
        }

        #[test]
        fn no_text_breaks_the_reader_of_addresses(typed in any::<String>()) {
            has_one_spelling(&typed);
        }

        #[test]
        fn a10_what_is_put_into_an_address_makes_no_second_mailbox(
            before in "[a-z]{0,5}", between in "[\\x00-\\x20,;:<>()\\[\\]\"@\u{a0}\u{2028}＠，；]{1,3}", after in "[a-z]{0,5}", place in 0..3,
        ) {
            let odd = format!("{before}{between}{after}");
            let typed = match place {
                0 => format!("{odd}@example.com"),
                1 => format!("ada@{odd}.example.com"),
                _ => format!("ada@example.com{between}{after}@example.com"),
            };
            has_one_spelling(&typed);
        }
    }
}
