use std::fmt;

use serde::Serialize;
use unicode_normalization::UnicodeNormalization;

use crate::Refusal;

/// One mailbox, in the one spelling under which it is stored, compared and written to.
///
/// NFKC, lower case, the domain in its ASCII form. Two spellings of one address are one account, and since mail only ever
/// goes to this spelling, a look-alike (`＠`, the Kelvin sign, an IDN homograph) can't receive another's mail (SECURITY A10, A11).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// Reads what a person typed.
    ///
    /// # Errors
    /// [`Refusal::InvalidEmail`] unless it is exactly one plain address (RFC 5321 lengths, no quoting, comments, lists or
    /// address literals) whose domain has a dot.
    pub fn parse(typed: &str) -> Result<Self, Refusal> {
        // No address of at most 254 ASCII characters needs more bytes than this; a longer text isn't worth normalising.
        if typed.len() > 1024 {
            return Err(Refusal::InvalidEmail);
        }
        let text: String = typed.trim().nfkc().collect::<String>().to_lowercase().nfkc().collect();
        let (local, domain) = text.split_once('@').ok_or(Refusal::InvalidEmail)?;
        let forbidden = |c: char| c.is_control() || c.is_whitespace() || "\"(),:;<>[\\]@".contains(c);
        if local.contains(forbidden) || domain.contains(forbidden) {
            return Err(Refusal::InvalidEmail);
        }
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| Refusal::InvalidEmail)?;
        let address = format!("{local}@{domain}");
        let options =
            email_address::Options::default().without_display_text().without_domain_literal().with_required_tld();
        match email_address::EmailAddress::parse_with_options(&address, options) {
            Ok(_) if address.len() <= 254 => Ok(Self(address)),
            _ => Err(Refusal::InvalidEmail),
        }
    }

    /// Takes an address that was parsed before it was stored.
    #[cfg(feature = "sql")]
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// The whole address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// For a page that somebody sees who has not shown everything yet: the first character and the domain.
    pub fn masked(&self) -> String {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or((&self.0, ""));
        let first: String = local.chars().take(1).collect();
        format!("{first}•••@{domain}")
    }

    /// What stands before the `@`.
    pub fn local_part(&self) -> &str {
        self.0.split_once('@').map_or(self.0.as_str(), |(local, _)| local)
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Email {
    fn deserialize<D: serde::Deserializer<'de>>(de: D) -> Result<Self, D::Error> {
        let text = String::deserialize(de)?;
        Self::parse(&text).map_err(|_| serde::de::Error::custom("not an e-mail address"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a11_spellings_of_one_address_are_one_address() {
        let canonical = Email::parse("kim@example.com").unwrap();
        for spelling in
            ["KIM@EXAMPLE.COM", " kim@example.com ", "kim＠example.com", "\u{212A}im@example.com", "ｋim@example.com"]
        {
            assert_eq!(Email::parse(spelling).as_ref(), Ok(&canonical), "{spelling}");
        }
        assert_eq!(Email::parse("e\u{301}@example.com"), Email::parse("é@example.com"));
        assert_eq!(Email::parse("a@bücher.example").unwrap().as_str(), "a@xn--bcher-kva.example");
    }

    #[test]
    fn a11_a_homograph_is_another_address() {
        assert_ne!(Email::parse("a@аpple.com"), Email::parse("a@apple.com"), "the first a is Cyrillic");
        assert_ne!(Email::parse("İ@example.com"), Email::parse("i@example.com"));
    }

    #[test]
    fn a10_more_than_one_mailbox_or_a_header_is_refused() {
        for bad in [
            "",
            "nope",
            "a@b",
            "a@x.com,b@y.com",
            "a@x.com;b@y.com",
            "a@x.com\r\nBcc: b@y.com",
            "a@b@c.com",
            "a b@x.com",
            "\"a b\"@x.com",
            "<a@x.com>",
            "A <a@x.com>",
            "a@[127.0.0.1]",
            "@x.com",
            "a@",
            "a@x..com",
            "a@-x.com",
            "a(c)@x.com",
            "a@x.com\0",
            ".a@x.com",
        ] {
            assert_eq!(Email::parse(bad), Err(Refusal::InvalidEmail), "{bad:?}");
        }
        assert!(Email::parse(&format!("{}@example.com", "a".repeat(64))).is_ok());
        assert!(Email::parse(&format!("{}@example.com", "a".repeat(65))).is_err());
        assert!(Email::parse(&"a".repeat(100_000)).is_err());
    }

    proptest! {
        #[test]
        fn what_was_parsed_parses_to_itself(typed in "\\PC{0,20}@\\PC{1,20}") {
            if let Ok(email) = Email::parse(&typed) {
                prop_assert_eq!(Email::parse(email.as_str()), Ok(email.clone()));
                prop_assert_eq!(email.as_str().matches('@').count(), 1);
            }
        }
    }
}
