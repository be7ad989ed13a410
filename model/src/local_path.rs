use std::fmt;

use serde::{Deserialize, Serialize};

/// A path on this site to go on to (`/settings?tab=1`): the only thing pages ever redirect to.
///
/// It starts with one `/` and holds printable ASCII only, so that it is a header value, and no browser can read it as another
/// host (SECURITY A1: `//evil`, `/\evil`, `/%09/evil`, CR and LF).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LocalPath(String);

impl LocalPath {
    /// Reads a path; `None` when it is anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let path = text.split(['?', '#']).next()?;
        let lower = path.to_ascii_lowercase();
        let safe = text.len() <= 2048
            && text.starts_with('/')
            && text.bytes().all(|b| (0x21..0x7f).contains(&b) && b != b'\\')
            && !path.contains("//")
            && !["%2f", "%5c", "%0", "%1"].iter().any(|escape| lower.contains(escape));
        safe.then(|| Self(text.to_owned()))
    }

    /// A path that the program itself names.
    pub const fn known(path: &'static str) -> KnownPath {
        KnownPath(path)
    }

    /// The path with its query.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A path named by the program; turns into a [`LocalPath`].
#[derive(Clone, Copy, Debug)]
pub struct KnownPath(&'static str);

impl From<KnownPath> for LocalPath {
    fn from(known: KnownPath) -> Self {
        Self(known.0.to_owned())
    }
}

impl TryFrom<String> for LocalPath {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not a path on this site")
    }
}

impl From<LocalPath> for String {
    fn from(path: LocalPath) -> Self {
        path.0
    }
}

impl fmt::Display for LocalPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a1_nothing_but_a_path_on_this_site_is_a_local_path() {
        for good in ["/", "/settings", "/a/b?next=%2Fx&y=//z", "/a#b"] {
            assert!(LocalPath::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/%09/evil.example",
            "/%0d%0aLocation:x",
            "https:evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "http://ok@evil.example",
            "/////evil.example",
            "/a//b",
            "/\t/evil",
            "/a\r\nb",
            "/%2fevil.example",
            "/%5Cevil.example",
            "settings",
            "/é",
        ] {
            assert!(LocalPath::parse(bad).is_none(), "{bad:?}");
        }
    }
}
