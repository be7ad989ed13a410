use model::{Email, PersonName};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::ceremony::{self, Begun, Purpose};
use super::credential::Registering;
use super::registration;
use crate::sign_up::{self, Newcomer, SignedUp, Way};
use crate::token::Token;
use crate::{Client, Cx, Result};

/// A sign-up that is under way.
#[derive(Serialize, Deserialize)]
struct SigningUp {
    registering: Registering,
    name: PersonName,
    email: String,
}

/// Begins to sign up without a password. Whether the address has an account isn't looked up (SECURITY A12).
///
/// # Errors
/// [`model::Refusal::SignUpDisabled`]; [`model::Refusal::PasskeysUnavailable`] where this site can't have them.
pub async fn begin_sign_up(cx: &Cx, name: &PersonName, email: &Email) -> Result<Begun> {
    sign_up::require_open(cx)?;
    let handle = registration::new_handle(cx);
    let (registering, mut options) = registration::begin(cx, handle, email.as_str(), name.as_str())?;
    // Nobody will say whose passkey is looked for when it is the only way in: the authenticator has to know.
    options["authenticatorSelection"]["residentKey"] = json!("required");
    options["authenticatorSelection"]["requireResidentKey"] = json!(true);
    let state = SigningUp { registering, name: name.clone(), email: email.as_str().to_owned() };
    ceremony::begin(cx, Purpose::SignUp, None, &state, options).await
}

/// Signs up. Where addresses must be proved, the passkey travels with the link in the mail, and is the account's once that is
/// followed.
///
/// # Errors
/// [`model::Refusal::CeremonyGone`]; [`model::Refusal::PasskeyNotRegistered`]; [`model::Refusal::SignUpDisabled`]; [`model::Refusal::UserExists`] and [`model::Refusal::PasskeyKnown`] only
/// where addresses needn't be proved.
pub async fn finish_sign_up(
    cx: &Cx,
    ceremony: &Token,
    response: &Value,
    callback: Option<&str>,
    client: &Client,
) -> Result<SignedUp> {
    let SigningUp { registering, name, email } = ceremony::take(cx, Purpose::SignUp, ceremony).await?.state;
    let passkey = registering.judge(cx, response, None, &client.device())?;
    let newcomer = Newcomer {
        name,
        email: Email::parse(&email)?,
        username: None,
        image: None,
        remember: true,
        callback: callback.map(str::to_owned),
        way: Way::Passkey(Box::new(passkey)),
    };
    sign_up::enroll(cx, newcomer, client).await
}
