//! Whom this site trusts: which origins may call the API with a session, and where people may be sent afterwards (SECURITY 49, 51).
//!
//! The site's own origin is always trusted; the operator adds patterns. What the ecosystem's pages call "trusted origins" is read
//! here, once, and both the origin check and every `callbackURL` go through it.

mod pattern;

use model::LocalPath;
use pattern::Pattern;
use url::Url;

/// The trusted origins, read and ready to be compared.
#[derive(Clone, Debug)]
pub struct TrustedOrigins {
    own: String,
    patterns: Vec<Pattern>,
}

/// A place where somebody may be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Callback {
    /// A path on this site.
    Local(LocalPath),
    /// An address at a trusted origin, or of a trusted app (`myapp://…`), as it was given: printable ASCII, so a header value.
    Trusted(String),
}

impl Callback {
    /// As it was given.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Local(path) => path.as_str(),
            Self::Trusted(url) => url,
        }
    }

    /// What a Content-Security-Policy calls the place; `None` for this site, which needs no name.
    pub fn source(&self) -> Option<String> {
        let Self::Trusted(address) = self else { return None };
        let url = Url::parse(address).ok()?;
        let source = match url.scheme() {
            "http" | "https" => url.origin().ascii_serialization(),
            scheme => format!("{scheme}:"),
        };
        // A host may hold what would end the directive.
        source.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-._:/[]".contains(&byte)).then_some(source)
    }
}

impl TrustedOrigins {
    /// Reads the operator's patterns; the origin of `base_url` is trusted without one.
    ///
    /// A pattern is an origin (`https://app.example.com`); one with wildcards, where `*` stands for a label or a part of one and
    /// `**` for one label or more (`https://*.example.com`, `http://localhost:*`, and without a scheme for both `*.example.com`);
    /// a range of addresses (`192.168.*`); or an app's own scheme, with a path if need be (`myapp://callback`).
    ///
    /// # Errors
    /// Each pattern that is none of these, with the reason.
    pub fn new(base_url: &Url, patterns: &[String]) -> Result<Self, Vec<(String, &'static str)>> {
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        for text in patterns {
            match Pattern::parse(text) {
                Ok(pattern) => good.push(pattern),
                Err(reason) => bad.push((text.clone(), reason)),
            }
        }
        if bad.is_empty() {
            Ok(Self { own: base_url.origin().ascii_serialization(), patterns: good })
        } else {
            Err(bad)
        }
    }

    /// The site's own origin.
    pub fn own(&self) -> &str {
        &self.own
    }

    /// Moves the site's own origin, when its port was chosen by the system.
    pub fn rebase(&mut self, base_url: &Url) {
        self.own = base_url.origin().ascii_serialization();
    }

    /// Whether an `Origin` header, or the address in a `Referer`, is of a trusted origin. `null` never is.
    pub fn allows_origin(&self, origin: &str) -> bool {
        // What a browser sends for its own page needs no parsing.
        origin == self.own || Url::parse(origin).is_ok_and(|url| self.trusts(&url))
    }

    /// Reads a redirect target: a path on this site, or an address at a trusted origin. `None` is for a refusal (SECURITY A1).
    pub fn callback(&self, text: &str) -> Option<Callback> {
        if text.starts_with('/') {
            return LocalPath::parse(text).map(Callback::Local);
        }
        // What a browser would silently repair could be read in two ways.
        let plain = text.len() <= 2048 && text.bytes().all(|byte| (0x21..0x7f).contains(&byte) && byte != b'\\');
        if !plain || !text.contains("://") {
            return None;
        }
        let url = Url::parse(text).ok()?;
        let anonymous = url.username().is_empty() && url.password().is_none();
        (anonymous && self.trusts(&url)).then(|| Callback::Trusted(text.to_owned()))
    }

    fn trusts(&self, url: &Url) -> bool {
        let web = matches!(url.scheme(), "http" | "https");
        (web && url.origin().ascii_serialization() == self.own)
            || self.patterns.iter().any(|pattern| pattern.matches(url))
    }
}

#[cfg(test)]
mod tests;
