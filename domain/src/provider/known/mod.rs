//! The providers that are known by name: each a small file that says where it is, what to ask for, and how its profile reads.

mod apple;
mod discord;
mod facebook;
mod github;
mod google;
mod microsoft;
mod openid;
mod x;

use serde_json::Value;

/// What is known of a provider.
#[derive(Debug)]
pub struct Known {
    /// Its id in addresses, settings and on the wire.
    pub id: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// Where it is.
    pub place: Place,
    /// What is asked for, unless the operator asks for more.
    pub scopes: &'static [&'static str],
    /// What else goes into the address that people are sent to.
    pub ask: &'static [(&'static str, &'static str)],
    /// How Latchkey shows the provider who it is.
    pub secret: Secret,
    /// Whether its word on addresses opens accounts, unless the operator says otherwise.
    pub trusted: bool,
    /// Reads its profile; the second value is what the address of [`Place::OAuth`]'s `emails` gave.
    pub profile: fn(&Value, Option<&Value>) -> Option<Profile>,
}

/// Where a provider is.
#[derive(Debug)]
pub enum Place {
    /// An OpenID provider by its issuer; `{tenant}` stands for the operator's. Everything else is in its discovery document.
    OpenId(&'static str),
    /// An OpenID provider that the operator names.
    Named,
    /// One that speaks OAuth 2.0 only.
    OAuth {
        /// Where people are sent.
        authorize: &'static str,
        /// Where codes are exchanged.
        token: &'static str,
        /// Where the profile is.
        profile: &'static str,
        /// Where the addresses are, if not in the profile.
        emails: Option<&'static str>,
    },
}

/// How Latchkey shows a provider who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secret {
    /// A secret in the body.
    Body,
    /// A secret by HTTP Basic (RFC 6749, 2.3.1).
    Basic,
    /// As its discovery document says.
    AsDiscovered,
    /// An assertion that is signed with the operator's key, in the secret's place (Apple).
    Signed,
}

/// Who somebody is at a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The account there: never changes, never used again.
    pub subject: String,
    /// The address, as it is told.
    pub email: Option<String>,
    /// Whether the provider has seen that the address is theirs.
    pub email_verified: bool,
    /// What they are called; empty when it isn't told.
    pub name: String,
    /// The address of a picture.
    pub image: Option<String>,
}

/// All of them.
pub static ALL: [&Known; 8] = [
    &google::GOOGLE,
    &apple::APPLE,
    &microsoft::MICROSOFT,
    &github::GITHUB,
    &discord::DISCORD,
    &facebook::FACEBOOK,
    &x::X,
    &openid::OPENID,
];

/// What is known under that id; any other id is an OpenID provider that the operator names.
pub fn find(id: &str) -> &'static Known {
    ALL.into_iter().find(|known| known.id == id).unwrap_or(&openid::OPENID)
}

/// A text of a profile; `None` when it isn't there, is empty, or isn't one line.
fn text(profile: &Value, name: &str) -> Option<String> {
    let text = profile.get(name).and_then(Value::as_str).map(str::trim);
    text.filter(|text| !text.is_empty() && !text.contains(char::is_control)).map(str::to_owned)
}

/// A flag, which some providers send as a text or a number.
fn flag(profile: &Value, name: &str) -> bool {
    match profile.get(name) {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::String(text)) => text == "true" || text == "1",
        Some(Value::Number(number)) => number.as_i64() == Some(1),
        _ => false,
    }
}

/// A subject, byte for byte (OpenID Connect Core, 2); some providers send a number.
fn id(profile: &Value, name: &str) -> Option<String> {
    let id = match profile.get(name)? {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => return None,
    };
    ((1..=255).contains(&id.len()) && !id.contains(char::is_control)).then_some(id)
}
