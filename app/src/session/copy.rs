//! The signed copy of a session and its user that the browser keeps for a few minutes, `session_data`, byte for byte as the ecosystem
//! writes it (its strategy "compact"): programs beside Latchkey that know the secret read it too.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::session::{Current, revocation};
use domain::settings::Binding;
use domain::token::Token;
use domain::{Client, Cx, Secret, two_factor};
use model::{Timestamp, UserId};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

const VERSION: &str = "1";

/// The longest value of a cookie that browsers surely take: 4096 bytes with the name and the attributes. Longer copies would have to be
/// cut into several cookies: only a picture inside an address gets there, and then there is no copy.
pub(crate) const LONGEST: usize = 3600;

/// What get-session answers, as it was read from the database. It holds the session's token, so it isn't printed.
#[derive(Serialize, Deserialize)]
pub struct Copy {
    session: Box<RawValue>,
    user: Box<RawValue>,
    #[serde(skip_serializing, rename = "updatedAt")]
    read_at: i64,
    #[serde(skip_serializing)]
    version: String,
}

/// What is looked at of the session.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Session {
    token: String,
    user_id: UserId,
    ip_address: String,
    user_agent: String,
    expires_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Envelope {
    session: Box<RawValue>,
    expires_at: i64,
    signature: String,
}

impl Envelope {
    /// What is signed: the copy with its end as the last key. JavaScript gets there by writing anew what it has read.
    fn signed(copy: &RawValue, expires_at: i64) -> Option<String> {
        Some(format!(r#"{},"expiresAt":{expires_at}}}"#, copy.get().strip_suffix('}')?))
    }

    fn seal(secret: &Secret, copy: Box<RawValue>, expires_at: i64) -> Option<String> {
        let signature = URL_SAFE_NO_PAD.encode(secret.sign(Self::signed(&copy, expires_at)?.as_bytes()));
        let whole = Self { session: copy, expires_at, signature };
        Some(URL_SAFE_NO_PAD.encode(serde_json::to_vec(&whole).ok()?))
    }

    /// The copy and its end, if the signature is ours: nothing is read of it before.
    fn open(secret: &Secret, cookie: &str) -> Option<(Box<RawValue>, i64)> {
        let whole: Self = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(cookie).ok()?).ok()?;
        let signature = URL_SAFE_NO_PAD.decode(whole.signature).ok()?;
        let signed = Self::signed(&whole.session, whole.expires_at)?;
        secret.verify(signed.as_bytes(), &signature).then_some((whole.session, whole.expires_at))
    }
}

impl Copy {
    /// What was read of a session at `read_at`. None where copies are off, and for who owes the set-up of a second factor: whoever reads
    /// only the copy would let them in (SECURITY A22).
    pub(crate) fn of(cx: &Cx, current: &Current, read_at: Timestamp) -> Option<Self> {
        let wanted = !cx.settings.session.cookie_cache.is_zero() && !two_factor::owes_setup(cx, current);
        let raw = |json: serde_json::Result<String>| RawValue::from_string(json.ok()?).ok();
        wanted.then_some(())?;
        Some(Self {
            session: raw(serde_json::to_string(&current.view()))?,
            user: raw(serde_json::to_string(&current.user.view()))?,
            read_at: millis(read_at),
            version: VERSION.to_owned(),
        })
    }

    /// The cookie's value.
    pub(crate) fn seal(&self, cx: &Cx) -> Option<String> {
        let Self { session, user, read_at, version } = self;
        let copy = format!(r#"{{"session":{session},"user":{user},"updatedAt":{read_at},"version":"{version}"}}"#);
        let end = read_at + i64::try_from(cx.settings.session.cookie_cache.as_millis()).ok()?;
        Envelope::seal(&cx.secret, RawValue::from_string(copy).ok()?, end)
    }

    /// The copy in a cookie, if it is ours, of the session that has this token, and neither it nor the session is over.
    pub(crate) fn open(cx: &Cx, cookie: &str, token: &Token) -> Option<Brought> {
        let (copy, end) = Envelope::open(&cx.secret, cookie)?;
        let copy: Self = serde_json::from_str(copy.get()).ok()?;
        let session: Session = serde_json::from_str(copy.session.get()).ok()?;
        let now = cx.now();
        let good =
            copy.version == VERSION && session.token == token.expose() && millis(now) < end && now < session.expires_at;
        good.then_some(Brought { copy, session })
    }

    /// Whether both show the same.
    pub(crate) fn shows(&self, other: &Self) -> bool {
        self.session.get() == other.session.get() && self.user.get() == other.user.get()
    }
}

/// A copy that a browser has brought back, unharmed.
pub(crate) struct Brought {
    pub(crate) copy: Copy,
    session: Session,
}

impl Brought {
    /// Whether what it shows can still be believed, and is asked for from where the session is: whether another place is told, or
    /// refused, is the database's to say.
    pub(crate) fn is_trusted(&self, cx: &Cx, client: &Client) -> bool {
        let there = self.session.user_agent == client.user_agent_text() && self.session.ip_address == client.ip_text();
        let bound = cx.settings.session.binding != Binding::Off;
        (there || !bound)
            && revocation::trusts(
                cx,
                &self.session.user_id,
                Timestamp::from_micros(self.copy.read_at.saturating_mul(1000)),
            )
    }
}

fn millis(moment: Timestamp) -> i64 {
    moment.micros() / 1000
}

#[cfg(test)]
mod tests;
