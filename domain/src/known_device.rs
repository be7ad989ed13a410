//! Browsers in which somebody has signed in before. What one keeps signs nobody in: it only says that wrong passwords from here are
//! counted by themselves (OWASP's device cookies), so that nobody else can use up the owner's tries.
//!
//! Nothing is stored: a mark says when it was given, and is made under the operator's secret for one user and one browser. It dies with
//! the password that was there when it was given, and with time.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::{Timestamp, UserId};
use subtle::ConstantTimeEq;

use crate::Cx;

/// What a browser keeps: its name, which was made up here, and a mark for each of the last users who signed in.
#[derive(Clone, Debug)]
pub struct KnownDevice {
    name: String,
    marks: Vec<Mark>,
}

#[derive(Clone, Debug)]
struct Mark {
    given: Timestamp,
    tag: String,
}

/// Characters of a name: 95 bits.
const NAME: usize = 16;
/// Users for whom one browser is known.
const MOST: usize = 10;
/// How much of the tag is kept.
const TAG: usize = 16;

impl KnownDevice {
    /// How long a mark is good, from the last sign-in.
    pub const LIFETIME: Duration = Duration::from_secs(180 * 24 * 3600);

    /// Reads what [`KnownDevice::text`] wrote; whether its marks are ours is asked later.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.');
        let name = parts.next().filter(|name| name.len() == NAME && name.bytes().all(|b| b.is_ascii_alphanumeric()))?;
        let marks: Option<Vec<_>> = parts.map(Mark::parse).collect();
        Some(Self { name: name.to_owned(), marks: marks.filter(|marks| (1..=MOST).contains(&marks.len()))? })
    }

    /// As a cookie holds it.
    pub fn text(&self) -> String {
        let marks = self.marks.iter().map(|Mark { given, tag }| format!(".{}-{tag}", given.micros()));
        std::iter::once(self.name.clone()).chain(marks).collect()
    }

    /// What a browser is to keep in which `user` has just signed in, beside what it has.
    #[must_use]
    pub fn with(old: Option<Self>, cx: &Cx, user: &UserId) -> Self {
        let Self { name, mut marks } =
            old.unwrap_or_else(|| Self { name: cx.random.alphanumeric(NAME), marks: Vec::new() });
        marks.retain(|mark| !mark.is_of(cx, &name, user));
        let given = cx.now();
        let tag = URL_SAFE_NO_PAD.encode(&cx.secret.tag(PURPOSE, &message(&name, user, given))[..TAG]);
        marks.insert(0, Mark { given, tag });
        marks.truncate(MOST);
        Self { name, marks }
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether `user` has signed in here, with the password that was set at `since` or another way after it.
    pub(crate) fn is_of(&self, cx: &Cx, user: &UserId, since: Option<Timestamp>) -> bool {
        let now = cx.now();
        self.marks.iter().any(|mark| {
            now.since(mark.given) < Self::LIFETIME
                && since.is_none_or(|since| since <= mark.given)
                && mark.is_of(cx, &self.name, user)
        })
    }
}

const PURPOSE: &str = "known device";

fn message(name: &str, user: &UserId, given: Timestamp) -> Vec<u8> {
    format!("{name}\0{user}\0{}", given.micros()).into_bytes()
}

impl Mark {
    fn parse(text: &str) -> Option<Self> {
        let (given, tag) = text.split_once('-')?;
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let given = Timestamp::from_micros(given.parse().ok()?);
        (tag.len() == 22 && tag.bytes().all(plain)).then(|| Self { given, tag: tag.to_owned() })
    }

    fn is_of(&self, cx: &Cx, name: &str, user: &UserId) -> bool {
        let Ok(tag) = URL_SAFE_NO_PAD.decode(&self.tag) else { return false };
        let tags = cx.secret.tags(PURPOSE, &message(name, user, self.given));
        tags.iter().any(|ours| ours[..TAG].ct_eq(&tag).into())
    }
}
