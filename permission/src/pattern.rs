use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Error;

const MOST_WORDS: usize = 8;
const LONGEST: usize = 128;

/// What somebody may do: words between colons, from the general to the special, such as `content:delete:any`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Permission(String);

/// Permissions that are given together. `*` stands for one word; at the end, for one or more: `content:*` covers `content:read` and
/// `content:delete:any`, and `*` covers everything.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern {
    text: String,
    /// Where its first star is, or its end.
    head: usize,
}

impl Permission {
    /// Reads one; a star isn't taken.
    ///
    /// # Errors
    /// [`Error::Pattern`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        if well_formed(text) && !text.contains('*') {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::Pattern(text.to_owned()))
        }
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn first_word(&self) -> &str {
        split(&self.0).0
    }
}

impl Pattern {
    /// Reads one.
    ///
    /// # Errors
    /// [`Error::Pattern`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        if well_formed(text) { Ok(Self::of(text.to_owned())) } else { Err(Error::Pattern(text.to_owned())) }
    }

    fn of(text: String) -> Self {
        let head = text.find('*').unwrap_or(text.len());
        Self { text, head }
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn first_word(&self) -> &str {
        split(&self.text).0
    }

    /// Whether it gives `permission`.
    pub fn covers(&self, permission: &Permission) -> bool {
        // Most patterns have their only star, if any, at the end; and most questions are about something else from the first word on.
        let Some(rest) = permission.0.as_bytes().strip_prefix(&self.text.as_bytes()[..self.head]) else { return false };
        match self.text.len() - self.head {
            0 => rest.is_empty(),
            1 => !rest.is_empty(),
            _ => matches(&self.text, &permission.0),
        }
    }

    /// Whether everything that `other` covers is covered: who holds the one may give the other.
    pub fn includes(&self, other: &Self) -> bool {
        // A star of `other` reads as a word here, which only a star matches; its last star may stand for several words, so ours
        // must be a last one too, and come no later.
        let ends_open = |pattern: &str| pattern == "*" || pattern.ends_with(":*");
        if ends_open(&other.text) && !ends_open(&self.text) {
            return false;
        }
        matches(&self.text, &other.text)
    }
}

/// Word by word, without looking for the colons of `pattern` more than once.
fn matches(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern, text);
    loop {
        let (word, rest) = split(pattern);
        let (found, left) = split(text);
        match rest {
            // The last star takes everything that is left.
            None if word == "*" => return true,
            None => return left.is_none() && word == found,
            Some(rest) => {
                let Some(left) = left else { return false };
                if word != "*" && word != found {
                    return false;
                }
                (pattern, text) = (rest, left);
            }
        }
    }
}

/// The first word, and what is behind its colon.
fn split(text: &str) -> (&str, Option<&str>) {
    match text.as_bytes().iter().position(|byte| *byte == b':') {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

fn well_formed(text: &str) -> bool {
    let plain = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
    };
    text.len() <= LONGEST
        && text.split(':').count() <= MOST_WORDS
        && text.split(':').all(|word| word == "*" || plain(word))
}

macro_rules! text {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl TryFrom<String> for $name {
            type Error = Error;

            fn try_from(text: String) -> Result<Self, Error> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.as_str().to_owned()
            }
        }
    )*};
}

text!(Permission, Pattern);

impl From<Permission> for Pattern {
    fn from(permission: Permission) -> Self {
        Self::of(permission.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(pattern: &str, permission: &str) -> bool {
        Pattern::parse(pattern).unwrap().covers(&Permission::parse(permission).unwrap())
    }

    fn includes(one: &str, other: &str) -> bool {
        Pattern::parse(one).unwrap().includes(&Pattern::parse(other).unwrap())
    }

    #[test]
    fn a_star_is_one_word_and_at_the_end_one_or_more() {
        for (pattern, permission) in [
            ("*", "org:read"),
            ("*", "anything"),
            ("org:*", "org:read"),
            ("content:*", "content:delete:any"),
            ("content:*:any", "content:delete:any"),
            ("content:delete:any", "content:delete:any"),
        ] {
            assert!(covers(pattern, permission), "{pattern} {permission}");
        }
        for (pattern, permission) in [
            ("org:*", "org"),
            ("org:*", "organ:read"),
            ("org:read", "org:read:all"),
            ("org:read:all", "org:read"),
            ("content:*:any", "content:delete:own"),
            ("content:*:any", "content:delete:any:more"),
        ] {
            assert!(!covers(pattern, permission), "{pattern} {permission}");
        }
    }

    #[test]
    fn a_pattern_includes_those_that_cover_less() {
        for (one, other) in [
            ("*", "*"),
            ("*", "org:*"),
            ("org:*", "org:*:any"),
            ("org:*", "org:*"),
            ("a:*:c", "a:b:c"),
            ("a:*", "a:b:*"),
        ] {
            assert!(includes(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("org:*", "*"),
            ("org:read", "org:*"),
            ("a:*:c", "a:*"),
            ("a:*:*", "a:*"),
            ("a:b:*", "a:*"),
            ("a:b", "a:*"),
        ] {
            assert!(!includes(one, other), "{one} {other}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for bad in [
            "",
            ":",
            "org:",
            ":read",
            "Org:read",
            "org read",
            "org:**",
            "org:re*",
            "a:b:c:d:e:f:g:h:i",
            "ä",
            &"a".repeat(129),
        ] {
            assert_eq!(Pattern::parse(bad), Err(Error::Pattern(bad.to_owned())), "{bad}");
        }
        assert!(Permission::parse("org:*").is_err());
    }
}
