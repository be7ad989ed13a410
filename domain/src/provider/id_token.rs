//! ID tokens (OpenID Connect Core 1.0, 3.1.3.7): believed only when everything about them fits.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{
    CoreGenderClaim, CoreIdTokenVerifier, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
};
use openidconnect::{
    AccessToken, AccessTokenHash, AdditionalClaims, ClaimsVerificationError, IdToken, IssuerUrl, Nonce,
    SignatureVerificationError,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::discovery::{self, Silence};
use super::{Issuer, Place, Provider, TENANT};
use crate::Cx;

/// Every claim that the standard doesn't name: profiles of providers have their own.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Others {
    #[serde(flatten)]
    claims: HashMap<String, Value>,
}

impl AdditionalClaims for Others {}

type Token = IdToken<Others, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

/// What a provider may sign with: public keys only. A token that is signed with the client's secret, or with nothing, is none.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// How far a provider's clock and ours may be apart (SECURITY 82).
const SKEW: chrono::TimeDelta = chrono::TimeDelta::seconds(300);

/// How the nonces of our own flows begin.
pub(super) const OURS: &str = "latchkey.";

/// Why a token isn't believed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unbelievable {
    /// It is none, or doesn't fit.
    #[error("the ID token can't be trusted: {0}")]
    Token(String),
    /// The provider's keys can't be had.
    #[error(transparent)]
    Silence(#[from] Silence),
}

/// What must be in it, beside what its provider determines.
pub(super) struct Expected<'e> {
    /// Its nonce.
    pub nonce: Sent<'e>,
    /// The access token that came with it.
    pub access_token: Option<&'e str>,
}

/// Who sent a nonce, and which.
#[derive(Clone, Copy)]
pub(super) enum Sent<'e> {
    /// A flow of ours sent this one.
    ByUs(&'e str),
    /// An app that got the token by itself sent this one, or none. A token of our own flows, which its user can read, is none that an
    /// app got by itself: it would sign in anew until it ends.
    ByApp(Option<&'e str>),
    /// The token was refreshed: it has none, or the first one's (OpenID Connect Core, 12.2).
    Before,
}

impl Sent<'_> {
    fn fits(self, found: Option<&Nonce>) -> Result<(), String> {
        let found = found.map(|nonce| nonce.secret().as_str());
        let right = match self {
            Self::ByUs(nonce) => found == Some(nonce),
            Self::ByApp(nonce) => found == nonce && !found.is_some_and(|found| found.starts_with(OURS)),
            Self::Before => true,
        };
        if right { Ok(()) } else { Err("its nonce is another one".to_owned()) }
    }
}

/// The claims of a token that is `provider`'s, meant for us, and still good.
pub(super) async fn believe(
    cx: &Cx,
    provider: &Provider,
    text: &str,
    expected: &Expected<'_>,
) -> Result<Value, Unbelievable> {
    let token: Token = text.parse().map_err(|_| Unbelievable::Token("it isn't one".to_owned()))?;
    let metadata = discovery::metadata(cx, provider).await?;
    let keys = discovery::keys(cx, provider, false).await?;
    match verify(cx, provider, &token, &metadata.issuer, keys, expected) {
        // The provider may have changed its keys.
        Err(ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::NoMatchingKey | SignatureVerificationError::CryptoError(_),
        )) => {
            let keys = discovery::keys(cx, provider, true).await?;
            verify(cx, provider, &token, &metadata.issuer, keys, expected)
        }
        verified => verified,
    }
    .map_err(|error| Unbelievable::Token(error.to_string()))
}

fn verify(
    cx: &Cx,
    provider: &Provider,
    token: &Token,
    issuer: &str,
    keys: Arc<CoreJsonWebKeySet>,
    expected: &Expected<'_>,
) -> Result<Value, ClaimsVerificationError> {
    let wrong = |what: &str| ClaimsVerificationError::Other(what.to_owned());
    let of_tenant = match &provider.place {
        Place::OpenId { issuer: Issuer::OfTenant { except, .. }, .. } => Some(except),
        _ => None,
    };
    let named = IssuerUrl::new(issuer.replace(TENANT, "common")).map_err(|error| wrong(&error.to_string()))?;
    let now = chrono::DateTime::from_timestamp_micros(cx.now().micros()).unwrap_or_default();
    let in_time = move |at| if at <= now + SKEW { Ok(()) } else { Err("it is of the future".to_owned()) };
    let verifier =
        CoreIdTokenVerifier::new_public_client(provider.client_id.clone(), named, Arc::unwrap_or_clone(keys))
            .set_allowed_algs(ALGORITHMS)
            .require_issuer_match(of_tenant.is_none())
            .set_time_fn(move || now - SKEW)
            .set_issue_time_verifier_fn(in_time);
    let claims = token.claims(&verifier, |found: Option<&Nonce>| expected.nonce.fits(found))?;
    if let (Some(hash), Some(access)) = (claims.access_token_hash(), expected.access_token) {
        let key = token.signing_key(&verifier).map_err(ClaimsVerificationError::SignatureVerification)?;
        let algorithm = token.signing_alg().map_err(ClaimsVerificationError::SignatureVerification)?;
        let right = AccessTokenHash::from_token(&AccessToken::new(access.to_owned()), algorithm, key);
        if right.map_err(|error| wrong(&error.to_string()))? != *hash {
            return Err(wrong("it belongs to another access token"));
        }
    }
    // The crate leaves these to us.
    if claims.authorized_party().is_some_and(|party| *party != provider.client_id) {
        return Err(wrong("it was issued to another party"));
    }
    let others = &claims.additional_claims().claims;
    if others.get("nbf").and_then(Value::as_i64).is_some_and(|from| from > (now + SKEW).timestamp()) {
        return Err(wrong("it isn't good yet"));
    }
    if let Some(except) = of_tenant {
        let tenant = others.get("tid").and_then(Value::as_str).unwrap_or_default();
        let plain = !tenant.is_empty() && tenant.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !plain || claims.issuer().as_str() != issuer.replace(TENANT, tenant) {
            return Err(wrong("its issuer isn't the tenant's"));
        }
        if *except == Some(tenant) {
            return Err(wrong("it is of a private account"));
        }
    }
    serde_json::to_value(claims).map_err(|error| wrong(&error.to_string()))
}

/// The claims of a token that was believed when it came.
pub(super) fn claims(token: &str) -> Option<Value> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&claims).ok()
}
