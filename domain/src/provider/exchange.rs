//! The two calls to a provider's token endpoint: a code for tokens (RFC 6749, 4.1.3, with PKCE), and a refresh token for new ones (6).

use std::pin::Pin;
use std::time::Duration;

use model::Timestamp;
use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AsyncHttpClient, AuthType, AuthUrl, AuthorizationCode, ClientSecret, EndpointNotSet, EndpointSet, ExtraTokenFields,
    HttpRequest, HttpResponse, PkceCodeVerifier, RedirectUrl, RefreshToken, RequestTokenError, StandardRevocableToken,
    StandardTokenResponse, TokenResponse, TokenUrl,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use super::discovery::{self, Silence};
use super::known::Secret;
use super::{ClientSecret as Shown, Place, Provider};
use crate::Cx;
use crate::outbound::{self, Outbound};

/// What OpenID Connect and some providers add to RFC 6749's answer.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct More {
    id_token: Option<String>,
    refresh_token_expires_in: Option<u64>,
}

impl ExtraTokenFields for More {}

type Answer = StandardTokenResponse<More, BasicTokenType>;

/// A client of which the two addresses are known.
pub(super) type Client = oauth2::Client<
    BasicErrorResponse,
    Answer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

impl<'c> AsyncHttpClient<'c> for Outbound {
    type Error = outbound::Fault;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, outbound::Fault>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        let host = request.uri().host().unwrap_or_default().to_owned();
        Box::pin(async move {
            let answer = self.send(request).await?;
            // What a server says that is broken is no word on the code.
            let broken = answer.status().is_server_error();
            if broken { Err(outbound::Fault::Unreachable(host, answer.status().to_string())) } else { Ok(answer) }
        })
    }
}

/// What a provider gave.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// For its API.
    pub access: SecretString,
    /// For new ones.
    pub refresh: Option<SecretString>,
    /// Who it is, signed.
    pub id: Option<SecretString>,
    /// When the access token ends, if it is told.
    pub access_until: Option<Timestamp>,
    /// When the refresh token ends, if it is told.
    pub refresh_until: Option<Timestamp>,
    /// What may be done with it.
    pub scopes: Vec<String>,
}

/// Why the provider gave none.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    /// It doesn't take the code or the refresh token.
    #[error("the provider refused: {0}")]
    Theirs(String),
    #[error(transparent)]
    Silence(#[from] Silence),
    #[error("the provider's settings can't be used: {0}")]
    Settings(String),
}

/// A client for `provider`, whose addresses are looked up.
pub(super) async fn client(cx: &Cx, provider: &Provider) -> Result<Client, Refused> {
    let (authorize, token, auth, issuer) = match &provider.place {
        Place::OAuth { authorize, token, .. } => {
            (authorize.clone(), token.clone(), by(provider.known.secret, false), String::new())
        }
        Place::OpenId { .. } => {
            let found = discovery::metadata(cx, provider).await?;
            let auth = by(provider.known.secret, found.wants_secret_in_body());
            (found.authorization_endpoint.clone(), found.token_endpoint.clone(), auth, found.issuer.clone())
        }
    };
    let redirect = RedirectUrl::new(provider.redirect_address(&cx.settings));
    let redirect = redirect.map_err(|error| Refused::Settings(error.to_string()))?;
    let client = oauth2::Client::new(provider.client_id.clone());
    let client =
        client.set_client_secret(secret(cx, provider, &issuer)?).set_auth_type(auth).set_redirect_uri(redirect);
    Ok(client.set_auth_uri(AuthUrl::from_url(authorize)).set_token_uri(TokenUrl::from_url(token)))
}

fn by(secret: Secret, in_body: bool) -> AuthType {
    match secret {
        Secret::Body | Secret::Signed => AuthType::RequestBody,
        Secret::AsDiscovered if in_body => AuthType::RequestBody,
        Secret::Basic | Secret::AsDiscovered => AuthType::BasicAuth,
    }
}

/// Apple's secret is an assertion of ours for it, good for five minutes.
fn secret(cx: &Cx, provider: &Provider, aud: &str) -> Result<ClientSecret, Refused> {
    #[derive(Serialize)]
    struct Claims<'c> {
        iss: &'c str,
        sub: &'c str,
        aud: &'c str,
        iat: i64,
        exp: i64,
    }
    match &provider.secret {
        Shown::Text(secret) => Ok(ClientSecret::new(secret.expose_secret().to_owned())),
        Shown::Key { team_id, key_id, key } => {
            let iat = cx.now().micros() / 1_000_000;
            let claims = Claims { iss: team_id, sub: provider.client_id.as_str(), aud, iat, exp: iat + 300 };
            let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::ES256);
            header.kid = Some(key_id.clone());
            let signed = jsonwebtoken::encode(&header, &claims, key);
            signed.map(ClientSecret::new).map_err(|error| Refused::Settings(error.to_string()))
        }
    }
}

/// Tokens for a code.
pub(super) async fn code(cx: &Cx, provider: &Provider, code: String, verifier: String) -> Result<Tokens, Refused> {
    let client = client(cx, provider).await?;
    let asked = client.exchange_code(AuthorizationCode::new(code)).set_pkce_verifier(PkceCodeVerifier::new(verifier));
    let answer = asked.request_async(&cx.outbound).await.map_err(|error| refused(provider, error))?;
    Ok(tokens(cx, provider, &answer))
}

/// New tokens for a refresh token.
pub(super) async fn refresh(cx: &Cx, provider: &Provider, token: &SecretString) -> Result<Tokens, Refused> {
    let client = client(cx, provider).await?;
    let token = RefreshToken::new(token.expose_secret().to_owned());
    let asked = client.exchange_refresh_token(&token);
    let answer = asked.request_async(&cx.outbound).await.map_err(|error| refused(provider, error))?;
    Ok(tokens(cx, provider, &answer))
}

/// How long a token may be good; whoever says longer says nothing.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

fn tokens(cx: &Cx, provider: &Provider, answer: &Answer) -> Tokens {
    let secret = |text: &str| SecretString::from(text.to_owned());
    let after = |span: Option<Duration>| span.map(|span| cx.now() + span.min(LONGEST));
    let more = answer.extra_fields();
    // Some separate by commas. Who tells nothing has given what was asked for (RFC 6749, 5.1).
    let told = answer.scopes().map(|scopes| {
        let each = scopes.iter().flat_map(|scope| scope.split(','));
        each.filter(|scope| is_scope(scope)).map(str::to_owned).collect()
    });
    Tokens {
        access: secret(answer.access_token().secret()),
        refresh: answer.refresh_token().map(|token| secret(token.secret())),
        id: more.id_token.as_deref().map(secret),
        access_until: after(answer.expires_in()),
        refresh_until: after(more.refresh_token_expires_in.map(Duration::from_secs)),
        scopes: told.unwrap_or_else(|| provider.scopes.clone()),
    }
}

/// RFC 6749, 3.3.
pub(super) fn is_scope(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_graphic() && b != b'"' && b != b'\\';
    (1..=128).contains(&text.len()) && text.bytes().all(plain)
}

/// What the provider says may hold secrets: only its code is kept.
fn refused(provider: &Provider, error: RequestTokenError<outbound::Fault, BasicErrorResponse>) -> Refused {
    match error {
        RequestTokenError::ServerResponse(answer) => Refused::Theirs(answer.error().to_string()),
        RequestTokenError::Request(fault) => Silence::Fault(fault).into(),
        RequestTokenError::Parse(error, _) => {
            Refused::Theirs(format!("{} answered what can't be read: {}", provider.id, error.inner()))
        }
        RequestTokenError::Other(what) => Refused::Theirs(what),
    }
}

/// Whether there is an address where an access token tells who somebody is.
pub(super) async fn tells_profiles(cx: &Cx, provider: &Provider) -> Result<bool, Silence> {
    match &provider.place {
        Place::OAuth { .. } => Ok(true),
        Place::OpenId { .. } => Ok(discovery::metadata(cx, provider).await?.userinfo_endpoint.is_some()),
    }
}

/// Who somebody is, by an access token: the raw answer, and what the addresses' own endpoint says.
pub(super) async fn profile(
    cx: &Cx,
    provider: &Provider,
    access: &SecretString,
) -> Result<(serde_json::Value, Option<serde_json::Value>), Silence> {
    let bearer = Some(access.expose_secret());
    let (profile, emails): (Url, Option<&Url>) = match &provider.place {
        Place::OAuth { profile, emails, .. } => (profile.clone(), emails.as_ref()),
        Place::OpenId { .. } => {
            let found = discovery::metadata(cx, provider).await?;
            let none = || outbound::Fault::Address(format!("{} (no userinfo endpoint)", provider.id));
            (found.userinfo_endpoint.clone().ok_or_else(none)?, None)
        }
    };
    let told = discovery::get(&cx.outbound, &profile, bearer).await?;
    let emails = match emails {
        Some(emails) => Some(discovery::get(&cx.outbound, emails, bearer).await?),
        None => None,
    };
    Ok((told, emails))
}
