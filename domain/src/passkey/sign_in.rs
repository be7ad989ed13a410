use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use db::Tx;
use model::{Refusal, UserId};
use serde_json::{Value, json};
use webauthn_rs::prelude::{DiscoverableAuthentication, PublicKeyCredential, Uuid, WebauthnError};

use super::ceremony::{self, Begun, Purpose, Taken};
use super::store::{self, Stored};
use crate::account::{self, User};
use crate::audit::{self, Act, Entry};
use crate::mail::{self, Letter, SecurityChange};
use crate::session::{self, Current, Entered, Factor, Opened, SecondFactor, Shown};
use crate::sign_up::Pending;
use crate::token::Token;
use crate::{Client, Cx, Error, Result, verification};

/// A passkey as an entry of `allowCredentials` or `excludeCredentials`.
pub(super) fn descriptor(passkey: &Stored) -> Value {
    let mut descriptor = json!({ "type": "public-key", "id": passkey.credential_id });
    if !passkey.transports.is_empty() {
        descriptor["transports"] = passkey.transports.split(',').collect();
    }
    descriptor
}

/// Begins to sign in. Nobody says who they are: the authenticator does. For somebody who is signed in, only their own passkeys serve.
///
/// # Errors
/// [`Refusal::PasskeysUnavailable`] where this site can't have them.
pub async fn begin_sign_in(cx: &Cx, current: Option<&Current>) -> Result<Begun> {
    begin(cx, Purpose::SignIn, current.map(|current| &current.user.id)).await
}

/// Begins to make the session of somebody signed in fresh, for [`authenticate`].
///
/// # Errors
/// [`Refusal::UnknownPasskey`] when they have none; [`Refusal::PasskeysUnavailable`] where this site can't have them.
pub async fn begin_step_up(cx: &Cx, current: &Current) -> Result<Begun> {
    begin(cx, Purpose::StepUp, Some(&current.user.id)).await
}

async fn begin(cx: &Cx, purpose: Purpose, owner: Option<&UserId>) -> Result<Begun> {
    let (challenge, state) = ceremony::webauthn(cx)?.start_discoverable_authentication().map_err(Error::broken)?;
    let mut options = serde_json::to_value(challenge.public_key).map_err(Error::broken)?;
    if let Some(object) = options.as_object_mut() {
        object.remove("allowCredentials");
    }
    if let Some(owner) = owner {
        let own = store::of_user(&mut cx.db.read().await?, owner).await?;
        if own.is_empty() && purpose == Purpose::StepUp {
            return Err(Refusal::UnknownPasskey.into());
        }
        options["allowCredentials"] = own.iter().map(descriptor).collect();
    }
    ceremony::begin(cx, purpose, owner, &state, options).await
}

/// Signs in. No second factor is asked for: a passkey is both (SECURITY 13).
///
/// # Errors
/// [`Refusal::CeremonyGone`]; [`Refusal::UnknownPasskey`] when nobody has it; [`Refusal::PasskeyRefused`] when the answer doesn't prove it, it is not
/// the right user's, or its counter went back, of which the owner hears; [`Refusal::EmailNotVerified`], with a new link on its way.
pub async fn finish_sign_in(cx: &Cx, ceremony: &Token, response: &Value, client: &Client) -> Result<Entered> {
    let taken = ceremony::take(cx, Purpose::SignIn, ceremony).await?;
    let (mut tx, user) = prove(cx, taken, response).await?;
    if cx.settings.sign_up.require_verification && !user.email_verified {
        verification::write(&mut tx, cx, &user, &Pending::default(), None).await?;
        tx.commit().await?;
        mail::ring(cx);
        return Err(Refusal::EmailNotVerified.into());
    }
    let entered = session::enter(&mut tx, cx, user, Factor::Passkey, true, client).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(entered)
}

/// Makes the session of somebody signed in fresh by one of their own passkeys; its token is a new one afterwards.
///
/// # Errors
/// As [`finish_sign_in`]; [`Refusal::Unauthorized`] when the session ended meanwhile.
pub async fn authenticate(cx: &Cx, current: &Current, ceremony: &Token, response: &Value) -> Result<Opened> {
    let taken = ceremony::take::<DiscoverableAuthentication>(cx, Purpose::StepUp, ceremony).await?;
    let owner = Some(current.user.id.clone());
    let state = taken.of(&current.user.id)?;
    let (mut tx, user) = prove(cx, Taken { owner, state }, response).await?;
    let current = Current { user, ..current.clone() };
    let opened = session::confirmed(&mut tx, cx, &current, Shown::Second(SecondFactor::Passkey, true)).await?;
    tx.commit().await?;
    Ok(opened)
}

/// Judges the browser's answer; gives whose passkey it is, and the transaction in which its use was written down and that holds their
/// lock.
async fn prove(cx: &Cx, taken: Taken<DiscoverableAuthentication>, response: &Value) -> Result<(Tx, User)> {
    let answer: PublicKeyCredential = serde_json::from_value(response.clone()).map_err(|_| Refusal::PasskeyRefused)?;
    let id = URL_SAFE_NO_PAD.encode(&answer.raw_id);
    // The connection goes back before the signature is checked.
    let stored = store::by_credential(&mut cx.db.read().await?, &id).await?.ok_or(Refusal::UnknownPasskey)?;
    let refused = || audit::sign_in_failed(cx, Factor::Passkey, Some(&stored.user_id), "");
    if !is_owner(&taken, &stored, &answer) || is_framed(&answer) {
        refused().await?;
        return Err(Refusal::PasskeyRefused.into());
    }
    let mut credential = stored.credential.0;
    let checked = ceremony::webauthn(cx)?.finish_discoverable_authentication_v2(&answer, taken.state, &credential);
    let result = match checked {
        Ok(result) => Some(result),
        Err(WebauthnError::CredentialPossibleCompromise) => None,
        Err(error) => {
            tracing::debug!(%error, "a passkey is refused");
            refused().await?;
            return Err(Refusal::PasskeyRefused.into());
        }
    };

    let mut tx = cx.db.begin().await?;
    tx.lock(stored.user_id.as_str()).await?;
    let user = account::store::by_id(&mut tx, &stored.user_id).await?.ok_or(Refusal::UnknownPasskey)?;
    let counted = match &result {
        Some(result) => {
            credential.update_credential(result);
            store::used(&mut tx, &stored.id, credential, result, cx.now()).await?
        }
        None => false,
    };
    if counted {
        return Ok((tx, user));
    }
    if store::owner(&mut tx, &stored.id).await?.is_none() {
        return Err(Refusal::UnknownPasskey.into());
    }
    // The signature was right and the counter behind: two authenticators have this key (WebAuthn 6.1.1).
    audit::record(&mut tx, cx, Entry::by_guest(Act::PasskeyCopied).about(&user.id).with("passkey", &stored.name));
    let letter = Letter::SecurityChanged { change: SecurityChange::PasskeyCopied };
    mail::send(&mut tx, cx, &user.email, &user.name, &letter).await?;
    tx.commit().await?;
    mail::ring(cx);
    Err(Refusal::PasskeyRefused.into())
}

/// Whether the passkey is that of whoever began the ceremony, if that is known, and its user is the one that the authenticator names
/// (WebAuthn 7.2, step 6). Only who was told which passkeys serve may leave out the name.
fn is_owner(taken: &Taken<DiscoverableAuthentication>, stored: &Stored, answer: &PublicKeyCredential) -> bool {
    let known = taken.owner.as_ref();
    let named = answer.get_user_unique_id();
    known.is_none_or(|user| user == &stored.user_id)
        && named.map_or(known.is_some(), |handle| {
            Uuid::from_slice(handle).is_ok_and(|handle| handle.to_string() == stored.user_handle)
        })
}

/// Whether the browser was asked by a page inside another site's page. The library looks at this only when a passkey is made.
fn is_framed(answer: &PublicKeyCredential) -> bool {
    let data: Option<Value> = serde_json::from_slice(&answer.response.client_data_json).ok();
    data.is_none_or(|data| data["crossOrigin"] == json!(true) || !data["topOrigin"].is_null())
}
