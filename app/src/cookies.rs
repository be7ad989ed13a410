//! Cookies as the ecosystem writes them: `name=encodeURIComponent(value.signature)`, the signature being the base64 of an
//! HMAC-SHA256 under the operator's secret.

mod outgoing;
mod signature;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::known_device::KnownDevice;
use domain::session::Opened;
use domain::token::Token;
use domain::two_factor::challenge;
use domain::{Random, Secret, device_sessions};
use model::PhoneNumber;
use subtle::ConstantTimeEq;

pub use self::outgoing::Outgoing;
use self::signature::{borne, seal};
pub use self::signature::{sign, unsign};
use crate::session::copy;
use crate::state::App;

const SESSION: &str = "session_token";
const SESSION_DATA: &str = "session_data";
const DONT_REMEMBER: &str = "dont_remember";
const TWO_FACTOR: &str = "two_factor";
const TRUST_DEVICE: &str = "trust_device";
const KNOWN_DEVICE: &str = "known_device";
const PASSKEY: &str = "better-auth-passkey";
const STATE: &str = "state";
const LAST_USED: &str = "last_used_login_method";
/// Holds the address that a mail was sent to, in the browser that asked for it.
const ASKED: &str = "asked";

/// What a form is bound to where nobody is signed in.
const FORM: &str = "form";

/// Holds the number that a code was sent to.
const NUMBER: &str = "number";

/// Reads and writes the cookies of one request.
#[derive(Clone)]
pub struct Jar {
    secret: Secret,
    secure: bool,
    /// Where besides this host the cookies are sent.
    domain: Option<Arc<str>>,
    /// The domains that this host is in, where it has its cookies for itself.
    parents: Arc<[String]>,
    incoming: Vec<HeaderValue>,
    /// The session of whoever bears it in a header; stands before the cookie.
    borne: Option<Token>,
    outgoing: Outgoing,
    /// Whether the browser may hold several accounts.
    several: bool,
}

impl Jar {
    /// The jar of a request; without the guard's `Outgoing`, what is set goes nowhere.
    pub fn new(app: &App, headers: &HeaderMap, outgoing: Option<&Outgoing>) -> Self {
        let mut outgoing = outgoing.cloned().unwrap_or_default();
        outgoing.bearer &= app.cx.settings.session.bearer;
        let secret = app.cx.secret.clone();
        Self {
            secure: app.look.secure,
            domain: app.cookie_domain.clone(),
            parents: app.cookie_parents.clone(),
            several: device_sessions::allowed(&app.cx),
            incoming: headers.get_all(header::COOKIE).iter().cloned().collect(),
            borne: outgoing.bearer.then(|| borne(&secret, headers)).flatten(),
            outgoing,
            secret,
        }
    }

    /// The jar of a page's request, where there is no application around.
    pub(crate) fn of_page(secret: &Secret, secure: bool, headers: &HeaderMap, outgoing: &Outgoing) -> Self {
        let incoming = headers.get_all(header::COOKIE).iter().cloned().collect();
        Self {
            secret: secret.clone(),
            secure,
            domain: None,
            parents: Arc::default(),
            incoming,
            borne: None,
            outgoing: outgoing.clone(),
            several: false,
        }
    }

    /// The token that is borne in a header, or that of the session cookie, if its signature is ours.
    pub fn session(&self) -> Option<Token> {
        self.borne.clone().or_else(|| Token::parse(&self.signed(SESSION)?))
    }

    /// Hands a session to the browser, in place of the one that it had: the same, renewed or under another token.
    pub fn open(&self, opened: &Opened) {
        if let Some(old) = self.session().filter(|old| old.expose() != opened.token.expose()) {
            self.let_go(&old);
        }
        self.open_beside(opened);
    }

    /// Hands a session to the browser, which keeps the one that it had among its accounts.
    pub fn open_beside(&self, opened: &Opened) {
        self.outgoing.token(Some(&seal(&self.secret, opened.token.expose())));
        let lifetime = opened.session.expires_at.since(opened.session.updated_at);
        if opened.session.remember {
            self.set_signed(SESSION, opened.token.expose(), Some(lifetime));
            if self.raw(DONT_REMEMBER).is_some() {
                self.delete(DONT_REMEMBER);
            }
        } else {
            self.set_signed(SESSION, opened.token.expose(), None);
            self.set_signed(DONT_REMEMBER, "true", None);
        }
        if self.several {
            self.hold(opened, opened.session.remember.then_some(lifetime));
        }
    }

    /// Hands the browser a signed copy of what was read of its session; without one, or where it is too long for a cookie, an older one
    /// goes.
    pub(crate) fn hand_copy(&self, copy: Option<&str>, remember: bool, lifetime: Duration) {
        let max_age = if remember { format!("; Max-Age={}", lifetime.as_secs()) } else { String::new() };
        match copy.filter(|copy| copy.len() <= copy::LONGEST) {
            Some(copy) => self.set(SESSION_DATA, copy, &max_age),
            None if self.raw(SESSION_DATA).is_some() => self.delete(SESSION_DATA),
            None => {}
        }
    }

    /// The copy that the browser brings along, of which nothing is known yet. Whoever bears their session in a header has none.
    pub(crate) fn copy(&self) -> Option<&str> {
        self.raw(SESSION_DATA).filter(|_| self.borne.is_none())
    }

    /// Whether the session came in a cookie, so that a copy beside it makes sense.
    pub(crate) fn keeps_copies(&self) -> bool {
        self.borne.is_none()
    }

    /// Takes the session from the browser.
    pub fn close(&self) {
        self.set_aside();
        if let Some(token) = self.session() {
            self.let_go(&token);
        }
    }

    /// Makes it nobody's turn; the session stays among the browser's accounts.
    pub fn set_aside(&self) {
        self.outgoing.token(None);
        for name in [SESSION, SESSION_DATA, DONT_REMEMBER] {
            self.delete(name);
        }
    }

    /// Hands over a challenge: the first factor was shown, the second is owed.
    pub fn challenge(&self, token: &Token) {
        self.set_signed(TWO_FACTOR, token.expose(), Some(challenge::LIFETIME));
    }

    /// The token of [`Jar::challenge`].
    pub fn challenged(&self) -> Option<Token> {
        Token::parse(&self.signed(TWO_FACTOR)?)
    }

    /// Forgets it.
    pub fn forget_challenge(&self) {
        if self.raw(TWO_FACTOR).is_some() {
            self.delete(TWO_FACTOR);
        }
    }

    /// Spares this browser the second factor for `lifetime`.
    pub fn trust(&self, token: &Token, lifetime: Duration) {
        self.set_signed(TRUST_DEVICE, token.expose(), Some(lifetime));
    }

    /// The token of [`Jar::trust`].
    pub fn trusted(&self) -> Option<Token> {
        Token::parse(&self.signed(TRUST_DEVICE)?)
    }

    /// Forgets it.
    pub fn forget_trust(&self) {
        if self.raw(TRUST_DEVICE).is_some() {
            self.delete(TRUST_DEVICE);
        }
    }

    /// Remembers which WebAuthn ceremony this browser has begun.
    pub fn ceremony(&self, token: &Token, lifetime: Duration) {
        self.set_signed(PASSKEY, token.expose(), Some(lifetime));
    }

    /// The token of [`Jar::ceremony`]; a ceremony is good for one attempt, so it is forgotten.
    pub fn take_ceremony(&self) -> Option<Token> {
        let token = Token::parse(&self.signed(PASSKEY)?);
        self.delete(PASSKEY);
        token
    }

    /// Remembers in this browser that a mail was sent to `email`: the next page names it, and a link that is followed here needs no
    /// button to be pressed.
    pub fn asked(&self, email: &str) {
        self.set_signed(ASKED, email, Some(Duration::from_secs(3600)));
    }

    /// The address of [`Jar::asked`].
    pub fn asked_for(&self) -> Option<String> {
        self.signed(ASKED)
    }

    /// Forgets it.
    pub fn forget_asked(&self) {
        if self.raw(ASKED).is_some() {
            self.delete(ASKED);
        }
    }

    /// Remembers in this browser to which number a code was sent.
    pub fn texted(&self, number: &PhoneNumber, lifetime: Duration) {
        self.set_signed(NUMBER, number.as_str(), Some(lifetime));
    }

    /// The number of [`Jar::texted`].
    pub fn texted_to(&self) -> Option<PhoneNumber> {
        PhoneNumber::parse(&self.signed(NUMBER)?).ok()
    }

    /// Forgets it.
    pub fn forget_texted(&self) {
        if self.raw(NUMBER).is_some() {
            self.delete(NUMBER);
        }
    }

    /// Remembers that this browser is on its way to a provider, or on several.
    pub fn begin_flow(&self, token: &Token) {
        self.set_signed(STATE, token.expose(), Some(Duration::from_secs(600)));
    }

    /// The token of [`Jar::begin_flow`].
    pub fn flow(&self) -> Option<Token> {
        Token::parse(&self.signed(STATE)?)
    }

    /// Remembers by which way somebody signed in, for the next time: a provider's id, or the ecosystem's word for another way.
    pub fn used(&self, way: &str) {
        self.set(LAST_USED, way, "; Max-Age=2592000");
    }

    /// The way of [`Jar::used`].
    pub fn last_used(&self) -> Option<String> {
        self.raw(LAST_USED).map(str::to_owned)
    }

    /// Marks this browser as one in which somebody has signed in.
    pub fn know(&self, device: &KnownDevice) {
        self.set(KNOWN_DEVICE, &device.text(), &format!("; Max-Age={}", KnownDevice::LIFETIME.as_secs()));
    }

    /// The marks of [`Jar::know`]; each is signed by itself.
    pub fn known(&self) -> Option<KnownDevice> {
        KnownDevice::parse(self.raw(KNOWN_DEVICE)?)
    }

    /// The token of this browser's forms (see [`crate::form_token`]).
    pub(crate) fn form_token(&self) -> String {
        let bond = self.form_bond().unwrap_or_else(|| {
            let bond = Token::generate(Random);
            self.set_signed(FORM, bond.expose(), None);
            bond
        });
        URL_SAFE_NO_PAD.encode(self.secret.tag("form token", bond.expose().as_bytes()))
    }

    /// Whether `token` is this browser's.
    pub(crate) fn knows_form(&self, token: &str) -> bool {
        let (Ok(token), Some(bond)) = (URL_SAFE_NO_PAD.decode(token), self.form_bond()) else { return false };
        let tags = self.secret.tags("form token", bond.expose().as_bytes());
        tags.iter().any(|tag| tag.ct_eq(&token).into())
    }

    /// Not the session: its token changes while other pages are open.
    fn form_bond(&self) -> Option<Token> {
        Token::parse(&self.signed(FORM)?)
    }

    fn signed(&self, name: &str) -> Option<String> {
        self.open_signed(self.raw(name)?)
    }

    /// The value in a signed cookie's, if the signature is ours.
    pub(crate) fn open_signed(&self, sent: &str) -> Option<String> {
        unsign(&self.secret, sent)
    }

    pub(crate) fn set_signed(&self, name: &str, value: &str, max_age: Option<Duration>) {
        let value = sign(&self.secret, value);
        let max_age = max_age.map(|age| format!("; Max-Age={}", age.as_secs())).unwrap_or_default();
        self.set(name, &value, &max_age);
    }

    pub(crate) fn delete(&self, name: &str) {
        self.set(name, "", "; Max-Age=0");
    }

    pub(crate) fn set(&self, name: &str, value: &str, max_age: &str) {
        let (prefix, secure) = if self.secure { ("__Secure-", "; Secure") } else { ("", "") };
        let push = |value: &str, max_age: &str, domain: &str| {
            self.outgoing.push(&format!(
                "{prefix}better-auth.{name}={value}{max_age}{domain}; Path=/; HttpOnly{secure}; SameSite=Lax"
            ));
        };
        match &self.domain {
            Some(domain) => {
                push(value, max_age, &format!("; Domain={domain}"));
                // One from before there was a domain would stay beside it.
                if self.raw(name).is_some() {
                    push("", "; Max-Age=0", "");
                }
            }
            None => {
                push(value, max_age, "");
                // One that is this host's alone is sent once: the other is of a domain, from when one was configured, or a neighbour's.
                if self.ours().filter(|(found, _)| *found == name).count() > 1 {
                    self.parents.iter().for_each(|parent| push("", "; Max-Age=0", &format!("; Domain={parent}")));
                }
            }
        }
    }

    /// The value as it was sent. Of several, browsers send the one last that was made last (RFC 6265, 5.4): where a domain shares the cookies
    /// it counts, and else the first, since a neighbour could add one for the domain later. A cookie without the prefix that https
    /// demands isn't ours: a page without https could have set it. What counts is signed.
    pub(crate) fn raw(&self, name: &str) -> Option<&str> {
        let mut found = self.ours().filter(|(found, _)| *found == name).map(|(_, value)| value);
        if self.domain.is_some() { found.next_back() } else { found.next() }
    }

    /// What was sent under our prefix, and the names without it.
    pub(crate) fn ours(&self) -> impl DoubleEndedIterator<Item = (&str, &str)> {
        let prefix = if self.secure { "__Secure-better-auth." } else { "better-auth." };
        sent(&self.incoming, prefix)
    }
}

/// The cookies whose names begin with `prefix`, and their names without it, in the order in which they were sent. What others on this
/// domain have put beside them, in whichever encoding, hides nothing.
pub fn sent<'h>(headers: &'h [HeaderValue], prefix: &str) -> impl DoubleEndedIterator<Item = (&'h str, &'h str)> {
    let cookies = headers.iter().flat_map(|header| header.as_bytes().split(|byte| *byte == b';'));
    cookies.filter_map(move |cookie| {
        let named = std::str::from_utf8(cookie.trim_ascii().strip_prefix(prefix.as_bytes())?).ok()?;
        named.split_once('=')
    })
}
