//! What an OpenID provider tells about itself (OpenID Connect Discovery 1.0): fetched when it is first needed, asked again after a failure,
//! remembered for an hour, and for a day while it can't be asked again. Keys that aren't known are looked for again, so that a provider can change them at any time. Whoever asks
//! while somebody else is being answered gets the same answer, so that a provider that is down keeps nobody waiting in a queue.

use std::sync::Arc;
use std::time::Duration;

use model::Timestamp;
use oauth2::http::header::ACCEPT;
use oauth2::http::{HeaderValue, Request, StatusCode};
use openidconnect::core::CoreJsonWebKeySet;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;
use url::Url;

use super::{Issuer, Place, Provider};
use crate::Cx;
use crate::outbound::{self, Outbound};

const GOOD_FOR: Duration = Duration::from_secs(3600);
/// How long what was found serves while nothing newer can be had.
const SERVES_FOR: Duration = Duration::from_secs(24 * 3600);
/// How long a provider of which something is known isn't asked again, whoever shows a token with an unknown key, and whether it answered
/// or not.
const REST: Duration = Duration::from_secs(10);

/// What was found, one lookup at a time.
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<Answers>);

#[derive(Debug, Default)]
struct Answers {
    found: Option<Found>,
    /// The last failure, and when it was known.
    failed: Option<(Timestamp, Silence)>,
}

#[derive(Clone, Debug)]
struct Found {
    metadata: Arc<Metadata>,
    keys: Arc<CoreJsonWebKeySet>,
    at: Timestamp,
    keys_at: Timestamp,
}

/// The part of the discovery document that is needed, with the operator's own addresses in it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Metadata {
    /// As ID tokens name it; `{tenantid}` stands for the tenant's id in Microsoft's shared one.
    pub(super) issuer: String,
    pub(super) authorization_endpoint: Url,
    pub(super) token_endpoint: Url,
    pub(super) userinfo_endpoint: Option<Url>,
    jwks_uri: Url,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
    /// RFC 9207.
    #[serde(default)]
    pub(super) authorization_response_iss_parameter_supported: bool,
}

impl Metadata {
    /// Whether the secret goes into the body: where HTTP Basic, the standard's default, isn't taken.
    pub(super) fn wants_secret_in_body(&self) -> bool {
        let methods = &self.token_endpoint_auth_methods_supported;
        !methods.is_empty() && !methods.iter().any(|method| method == "client_secret_basic")
    }
}

/// Why a provider told nothing.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum Silence {
    #[error(transparent)]
    Fault(#[from] outbound::Fault),
    #[error("{0} answered {1}")]
    Status(String, StatusCode),
    #[error("{0} answered what can't be read: {1}")]
    Unreadable(String, String),
    #[error("the discovery document names the issuer {found:?} where {wanted:?} is configured")]
    Issuer { wanted: String, found: String },
}

impl Silence {
    /// Whether it is worth trying again later.
    pub(super) fn may_pass(&self) -> bool {
        matches!(self, Self::Fault(_)) || matches!(self, Self::Status(_, status) if status.is_server_error())
    }
}

/// What the document says.
pub(super) async fn metadata(cx: &Cx, provider: &Provider) -> Result<Arc<Metadata>, Silence> {
    Ok(found(cx, provider, false).await?.metadata)
}

/// The keys that sign its ID tokens; with `renewed`, asked for anew, unless that was a moment ago.
pub(super) async fn keys(cx: &Cx, provider: &Provider, renewed: bool) -> Result<Arc<CoreJsonWebKeySet>, Silence> {
    Ok(found(cx, provider, renewed).await?.keys)
}

async fn found(cx: &Cx, provider: &Provider, renewed: bool) -> Result<Found, Silence> {
    let asked_at = cx.now();
    let mut answers = provider.discovered.0.lock().await;
    let now = cx.now();
    let known = answers.found.clone().filter(|found| now.since(found.at) < SERVES_FOR);
    let fresh = known.clone().filter(|found| now.since(found.at) < GOOD_FOR);
    let rests = |at: Timestamp| now.since(at) < REST;
    if let Some(found) = fresh.as_ref().filter(|found| !renewed || rests(found.keys_at)) {
        return Ok(found.clone());
    }
    // Old keys are better than none, but no answer to who wants new ones.
    let instead = known.clone().filter(|_| !renewed);
    if let Some((at, silence)) = &answers.failed
        && (*at >= asked_at || known.is_some() && rests(*at))
    {
        return instead.ok_or_else(|| silence.clone());
    }
    match look(cx, provider, fresh).await {
        Ok(found) => {
            answers.found = Some(found.clone());
            Ok(found)
        }
        Err(silence) => {
            tracing::warn!(provider = provider.id, error = %silence, "a provider doesn't tell about itself");
            answers.failed = Some((cx.now(), silence.clone()));
            instead.ok_or(silence)
        }
    }
}

/// Asks for the keys only where the document is known.
async fn look(cx: &Cx, provider: &Provider, known: Option<Found>) -> Result<Found, Silence> {
    let (metadata, at) = match known {
        Some(found) => (found.metadata, found.at),
        None => (Arc::new(ask(&cx.outbound, provider).await?), cx.now()),
    };
    let keys = Arc::new(get(&cx.outbound, &metadata.jwks_uri, None).await?);
    Ok(Found { metadata, keys, at, keys_at: cx.now() })
}

async fn ask(outbound: &Outbound, provider: &Provider) -> Result<Metadata, Silence> {
    let Place::OpenId { discovery, issuer, instead } = &provider.place else {
        // Nobody asks one that isn't.
        return Err(outbound::Fault::Address(provider.id.clone()).into());
    };
    let mut metadata: Metadata = get(outbound, discovery, None).await?;
    let (Issuer::Exactly(wanted) | Issuer::OfTenant { issuer: wanted, .. }) = issuer;
    // A document of somebody else must not lend its keys (OpenID Connect Discovery, 4.3). Operators may forget a slash.
    if metadata.issuer.trim_end_matches('/') != wanted.trim_end_matches('/') {
        return Err(Silence::Issuer { wanted: wanted.clone(), found: metadata.issuer });
    }
    metadata.userinfo_endpoint = instead.profile.clone().or(metadata.userinfo_endpoint);
    metadata.authorization_endpoint = instead.authorize.clone().unwrap_or(metadata.authorization_endpoint);
    metadata.token_endpoint = instead.token.clone().unwrap_or(metadata.token_endpoint);
    metadata.jwks_uri = instead.keys.clone().unwrap_or(metadata.jwks_uri);
    Ok(metadata)
}

/// Asks as the first sign-in would, and tells in words what is wrong.
pub(super) async fn check(outbound: &Outbound, provider: &Provider) -> Result<(), String> {
    let words = |silence: Silence| silence.to_string();
    let metadata = ask(outbound, provider).await.map_err(words)?;
    let keys: CoreJsonWebKeySet = get(outbound, &metadata.jwks_uri, None).await.map_err(words)?;
    if keys.keys().is_empty() {
        return Err(format!("{} gives no key that ID tokens could be checked with", metadata.jwks_uri));
    }
    outbound.may_call(&metadata.token_endpoint).map(drop).map_err(|fault| fault.to_string())
}

/// Gets JSON, with an access token where one is given.
pub(super) async fn get<T: DeserializeOwned>(
    outbound: &Outbound,
    url: &Url,
    bearer: Option<&str>,
) -> Result<T, Silence> {
    let host = url.host_str().unwrap_or_default().to_owned();
    let mut request = Request::builder().uri(url.as_str()).header(ACCEPT, "application/json");
    if let Some(bearer) = bearer {
        let value = HeaderValue::from_str(&format!("Bearer {bearer}"));
        let mut value = value.map_err(|_| outbound::Fault::Address(host.clone()))?;
        value.set_sensitive(true);
        request = request.header(oauth2::http::header::AUTHORIZATION, value);
    }
    let request = request.body(Vec::new()).map_err(|_| outbound::Fault::Address(host.clone()))?;
    let answer = outbound.send(request).await?;
    if !answer.status().is_success() {
        return Err(Silence::Status(host, answer.status()));
    }
    serde_json::from_slice(answer.body()).map_err(|error| Silence::Unreadable(host, error.to_string()))
}
