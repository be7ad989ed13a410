use model::{PasskeyView, Refusal};
use serde_json::{Value, json};
use webauthn_rs::prelude::{CreationChallengeResponse, Uuid};

use super::ceremony::{self, Begun, Purpose};
use super::credential::Registering;
use super::store;
use crate::audit::{self, Act, Entry};
use crate::mail::{self, Letter, SecurityChange};
use crate::session::{self, Current};
use crate::token::Token;
use crate::{Cx, Error, Result, client, two_factor};

/// Where the authenticator is, if somebody cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attachment {
    /// In the device itself.
    Platform,
    /// A security key, or another device.
    CrossPlatform,
}

impl Attachment {
    /// As WebAuthn has it: `platform`, `cross-platform`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::CrossPlatform => "cross-platform",
        }
    }

    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Platform, Self::CrossPlatform].into_iter().find(|attachment| attachment.as_str() == name)
    }
}

/// Begins to add a passkey for somebody signed in. `name` is what their authenticator lists the account under, the address if it is
/// `None`.
///
/// # Errors
/// [`Refusal::SessionNotFresh`]; [`Refusal::PasskeysUnavailable`] where this site can't have them.
pub async fn begin_registration(
    cx: &Cx,
    current: &Current,
    name: Option<&str>,
    attachment: Option<Attachment>,
) -> Result<Begun> {
    current.require_fresh(cx)?;
    let user = &current.user;
    let own = store::of_user(&mut cx.db.read().await?, &user.id).await?;
    let handle = own.first().and_then(|passkey| Uuid::parse_str(&passkey.user_handle).ok());
    let account: String = name.unwrap_or_default().trim().chars().take(64).collect();
    let account = if account.is_empty() { user.email.as_str() } else { &account };
    let (registering, mut options) = begin(cx, handle.unwrap_or_else(|| new_handle(cx)), account, &user.name)?;
    // The library isn't told of those that are excluded: that somebody has it already is found when it is stored.
    options["excludeCredentials"] = own.iter().map(super::sign_in::descriptor).collect();
    options["authenticatorSelection"]["residentKey"] = json!("preferred");
    if let Some(attachment) = attachment {
        options["authenticatorSelection"]["authenticatorAttachment"] = json!(attachment.as_str());
    }
    ceremony::begin(cx, Purpose::Register, Some(&user.id), &registering, options).await
}

/// Adds the passkey; the owner hears of it. Without a name it has that of its model, or of the device. The session counts as having
/// shown it: whoever made it has just been verified by the authenticator.
///
/// # Errors
/// [`Refusal::CeremonyGone`]; [`Refusal::PasskeyNotRegistered`] when the answer isn't good; [`Refusal::PasskeyKnown`] when somebody has it;
/// [`Refusal::InvalidName`]; [`Refusal::SessionNotFresh`], [`Refusal::Unauthorized`] when the session is too old or ended meanwhile.
pub async fn finish_registration(
    cx: &Cx,
    current: &Current,
    ceremony: &Token,
    response: &Value,
    name: Option<&str>,
) -> Result<PasskeyView> {
    let registering: Registering = ceremony::take(cx, Purpose::Register, ceremony).await?.of(&current.user.id)?;
    let (device, _) = client::device(&current.session.user_agent);
    let new = registering.judge(cx, response, name, &device)?;
    let mut tx = cx.db.begin().await?;
    let user = two_factor::hold_fresh(&mut tx, cx, current).await?.user;
    if !session::store::show_passkey(&mut tx, &current.session.id, cx.now()).await? {
        return Err(Refusal::Unauthorized.into());
    }
    let passkey = store::insert(&mut tx, cx, &user.id, new).await?.ok_or(Refusal::PasskeyKnown)?;
    audit::record(&mut tx, cx, Entry::by(&user.id, Act::PasskeyAdded).with("passkey", &passkey.name));
    let letter = Letter::SecurityChanged { change: SecurityChange::PasskeyAdded };
    mail::send(&mut tx, cx, &user.email, &user.name, &letter).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(passkey)
}

/// A challenge for a new passkey, and the options that go with it.
pub(super) fn begin(cx: &Cx, user_handle: Uuid, account: &str, name: &str) -> Result<(Registering, Value)> {
    let (CreationChallengeResponse { public_key }, registration) =
        ceremony::webauthn(cx)?.start_passkey_registration(user_handle, account, name, None).map_err(Error::broken)?;
    Ok((Registering { registration, user_handle }, serde_json::to_value(public_key).map_err(Error::broken)?))
}

/// What authenticators know a user by: random, so that it tells nothing about them (WebAuthn 14.6.1).
pub(super) fn new_handle(cx: &Cx) -> Uuid {
    let mut bytes = [0; 16];
    cx.random.fill(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}
