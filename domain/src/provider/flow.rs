//! From the button to the provider and back.

use std::time::Duration;

use model::{Email, ProviderFailure, ProviderRefusal, Timestamp};
use oauth2::{CsrfToken, PkceCodeChallenge, PkceCodeVerifier, Scope};
use secrecy::ExposeSecret;
use serde_json::Value;
use url::Url;

use super::known::Profile;
use super::link::{self, Arrived, Who};
use super::store::{self, Flow};
use super::{Issuer, Place, Provider, discovery, exchange, failed, id_token};
use crate::link::Callbacks;
use crate::session::{Current, Entered};
use crate::token::Token;
use crate::{Client, Cx, Error, Result, seal};

/// How long somebody may take at the provider.
const LIFETIME: Duration = Duration::from_secs(600);

/// What is to be begun.
#[derive(Default)]
pub struct Begin<'b> {
    /// With which provider.
    pub provider: &'b str,
    /// Where to go on; checked by the caller against the trusted origins.
    pub callbacks: Callbacks,
    /// What is asked for beside what is configured.
    pub scopes: &'b [String],
    /// The address that the provider's form is to be filled in with.
    pub hint: Option<&'b str>,
    /// What the browser's cookie holds, from a flow before.
    pub browser: Option<Token>,
    /// Who connects an account; nobody, to sign in.
    pub link: Option<&'b Current>,
}

/// What was begun.
#[derive(Debug)]
pub struct Begun {
    /// Where the browser goes.
    pub address: Url,
    /// What its cookie must hold when it comes back.
    pub browser: Token,
}

fn place(state: &str) -> seal::Place<'_> {
    seal::Place { column: seal::Column::FlowVerifier, row: state }
}

/// Begins signing in, or connecting an account.
///
/// # Errors
/// [`ProviderRefusal::NotFound`]; [`ProviderRefusal::NotSignedIn`] when the provider can't be reached; [`model::Refusal::SessionNotFresh`] for
/// connecting: it adds a way in.
pub async fn begin(cx: &Cx, begin: Begin<'_>) -> Result<Begun> {
    let provider = cx.settings.providers.get(begin.provider)?;
    if let Some(current) = begin.link {
        current.require_fresh(cx)?;
    }
    let client = exchange::client(cx, provider).await.map_err(|error| unreachable(provider, &error))?;
    let (state, browser) = (Token::generate(cx.random), begin.browser.unwrap_or_else(|| Token::generate(cx.random)));
    let nonce = provider.is_openid().then(|| format!("{}{}", id_token::OURS, Token::generate(cx.random).expose()));
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();

    let more =
        begin.scopes.iter().filter(|scope| exchange::is_scope(scope) && !provider.scopes.contains(*scope)).take(20);
    let scopes = provider.scopes.iter().chain(more).cloned().map(Scope::new);
    let mut asked = client
        .authorize_url(|| CsrfToken::new(state.expose().to_owned()))
        .add_scopes(scopes)
        .set_pkce_challenge(challenge);
    if let Some(nonce) = &nonce {
        asked = asked.add_extra_param("nonce", nonce);
    }
    for (name, value) in provider.known.ask {
        asked = asked.add_extra_param(*name, *value);
    }
    if let Some(hint) = begin.hint {
        asked = asked.add_extra_param("login_hint", hint);
    }
    let (address, _) = asked.url();

    let flow = Flow {
        state_hash: state.hash(),
        browser_hash: browser.hash(),
        provider_id: provider.id.clone(),
        verifier: seal::close(cx, place(&hex::encode(state.hash())), verifier.secret().as_bytes())?,
        nonce,
        user_id: begin.link.map(|current| current.user.id.clone()),
        session_id: begin.link.map(|current| current.session.id.clone()),
        done: begin.callbacks.done,
        new_user: begin.callbacks.new_user,
        error: begin.callbacks.error,
        expires_at: cx.now() + LIFETIME,
    };
    let mut tx = cx.db.begin().await?;
    store::begin(&mut tx, &flow).await?;
    tx.commit().await?;
    Ok(Begun { address, browser })
}

/// The log says why; the caller only that it can't be reached.
fn unreachable(provider: &Provider, error: &dyn std::error::Error) -> Error {
    tracing::warn!(provider = provider.id, %error, "a provider can't be reached");
    ProviderRefusal::NotSignedIn(ProviderFailure::Unreachable).into()
}

/// What the provider sent the browser back with.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "RFC 6749, 4.1.2; RFC 9207; `user` is Apple's")]
pub struct Returned {
    pub provider: String,
    pub state: Option<String>,
    pub code: Option<Code>,
    pub error: Option<String>,
    pub iss: Option<String>,
    pub user: Option<String>,
}

/// A code, which is worth a session until it is exchanged. Its Debug prints nothing.
pub type Code = secrecy::SecretString;

/// How it ended.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one for a request, and it goes straight to the answer")]
pub enum Finished {
    /// Signed in, or as far as the second factor; where to go on, and whether the account is new.
    Entered(Entered, Option<String>, bool),
    /// The account is connected; where to go on.
    Linked(Option<String>),
    /// The address must be proved first, by the mail that is on its way to it; where to go on, as for a failure.
    Waits(Email, Option<String>),
    /// Nothing came of it; where to go on, if an app named a page for errors, and whether an account was to be connected.
    Failed(ProviderFailure, Option<String>, bool),
}

/// Takes what the provider sent back, in the browser that `browser` says it is, signed in as `current`.
///
/// # Errors
/// When the database can't be asked. What goes wrong with the provider is [`Finished::Failed`].
pub async fn finish(
    cx: &Cx,
    returned: &Returned,
    browser: Option<&Token>,
    current: Option<&Current>,
    client: &Client,
) -> Result<Finished> {
    let Some(state) = returned.state.as_deref().and_then(Token::parse) else {
        failed::record(cx, &returned.provider, &ProviderFailure::StateNotFound, None, None).await?;
        return Ok(Finished::Failed(ProviderFailure::StateNotFound, None, false));
    };
    let mut tx = cx.db.begin().await?;
    let browser = browser.map(Token::hash).unwrap_or_default();
    let flow = store::take(&mut tx, state.hash(), browser, &returned.provider, cx.now()).await?;
    // Spent, whatever comes of it.
    tx.commit().await?;
    let Some(flow) = flow else {
        let address = store::error_address(&mut cx.db.read().await?, state.hash(), &returned.provider).await?;
        failed::record(cx, &returned.provider, &ProviderFailure::StateMismatch, None, None).await?;
        return Ok(Finished::Failed(ProviderFailure::StateMismatch, address, false));
    };
    match conclude(cx, &flow, returned, &state, current, client).await? {
        Ok(finished) => Ok(finished),
        Err((failure, email)) => {
            failed::record(cx, &flow.provider_id, &failure, flow.user_id.as_ref(), email.as_ref()).await?;
            Ok(Finished::Failed(failure, flow.error, flow.user_id.is_some()))
        }
    }
}

/// What comes of an answer to a flow; of what fails, beside it, the address that the provider told.
async fn conclude(
    cx: &Cx,
    flow: &Flow,
    returned: &Returned,
    state: &Token,
    current: Option<&Current>,
    client: &Client,
) -> Result<std::result::Result<Finished, (ProviderFailure, Option<Email>)>> {
    let Ok(provider) = cx.settings.providers.get(&flow.provider_id) else {
        return Ok(Err((ProviderFailure::OauthProviderNotFound, None)));
    };
    let who = match identify(cx, provider, flow, returned, state).await? {
        Ok(who) => who,
        Err(failure) => return Ok(Err((failure, None))),
    };
    let done = || flow.done.clone();
    let concluded = if flow.user_id.is_some() {
        // Only in the session that began it, whose user has agreed here (SECURITY A6).
        match current.filter(|current| Some(&current.session.id) == flow.session_id.as_ref()) {
            Some(current) => link::connect(cx, current, &who).await?.map(|()| Finished::Linked(done())),
            None => Err(ProviderFailure::UnableToLinkAccount),
        }
    } else {
        link::enter(cx, &who, flow.done.as_deref(), client).await?.map(|arrived| match arrived {
            Arrived::Entered(entered, true) => Finished::Entered(entered, flow.new_user.clone().or_else(done), true),
            Arrived::Entered(entered, false) => Finished::Entered(entered, done(), false),
            Arrived::Waits(email) => Finished::Waits(email, flow.error.clone()),
        })
    };
    Ok(concluded.map_err(|failure| (failure, who.email())))
}

/// Who came back, by the provider's word.
async fn identify<'p>(
    cx: &Cx,
    provider: &'p Provider,
    flow: &Flow,
    returned: &Returned,
    state: &Token,
) -> Result<std::result::Result<Who<'p>, ProviderFailure>> {
    if let Some(error) = &returned.error {
        return Ok(Err(ProviderFailure::theirs(error)));
    }
    let Some(code) = &returned.code else { return Ok(Err(ProviderFailure::NoCode)) };
    if let Err(failure) = check_issuer(cx, provider, returned.iss.as_deref()).await {
        return Ok(Err(failure));
    }
    let verifier = seal::open(cx, place(&hex::encode(state.hash())), &flow.verifier)?;
    let verifier = PkceCodeVerifier::new(String::from_utf8(verifier).map_err(Error::broken)?);
    let code = code.expose_secret().to_owned();
    let tokens = match exchange::code(cx, provider, code, verifier.into_secret()).await {
        Ok(tokens) => tokens,
        Err(error) => {
            tracing::warn!(provider = provider.id, %error, "a code wasn't exchanged");
            let silent = matches!(error, exchange::Refused::Silence(_));
            return Ok(Err(if silent { ProviderFailure::Unreachable } else { ProviderFailure::InvalidCode }));
        }
    };
    let who = if provider.is_openid() {
        let (Some(id), Some(nonce)) = (&tokens.id, &flow.nonce) else { return Ok(Err(ProviderFailure::InvalidToken)) };
        let id = id.expose_secret().to_owned();
        let expected = id_token::Expected {
            nonce: id_token::Sent::ByUs(nonce),
            access_token: Some(tokens.access.expose_secret()),
        };
        openid_profile(cx, provider, &id, &expected, Some(&tokens)).await
    } else {
        oauth_profile(cx, provider, &tokens).await.map(|profile| (None, profile))
    };
    Ok(who.map(|(issuer, profile)| {
        let profile = with_first_name(profile, returned.user.as_deref());
        Who { provider, issuer, profile, tokens: Some(tokens) }
    }))
}

/// RFC 9207: whoever names an issuer must name the right one, and whoever says that they do must.
async fn check_issuer(cx: &Cx, provider: &Provider, named: Option<&str>) -> std::result::Result<(), ProviderFailure> {
    let Place::OpenId { issuer: Issuer::Exactly(_), .. } = &provider.place else { return Ok(()) };
    let found = discovery::metadata(cx, provider).await.map_err(|error| {
        tracing::warn!(provider = provider.id, %error, "a provider can't be reached");
        ProviderFailure::Unreachable
    })?;
    let right = match named {
        Some(named) => named == found.issuer,
        None => !found.authorization_response_iss_parameter_supported,
    };
    if right { Ok(()) } else { Err(ProviderFailure::IssuerMismatch) }
}

/// The issuer and the profile in an ID token that is believed; what isn't in it is asked for with the access token.
pub(super) async fn openid_profile(
    cx: &Cx,
    provider: &Provider,
    token: &str,
    expected: &id_token::Expected<'_>,
    tokens: Option<&exchange::Tokens>,
) -> std::result::Result<(Option<String>, Profile), ProviderFailure> {
    let claims = id_token::believe(cx, provider, token, expected).await.map_err(|error| {
        tracing::warn!(provider = provider.id, %error, "an ID token isn't believed");
        match error {
            id_token::Unbelievable::Token(_) => ProviderFailure::InvalidToken,
            id_token::Unbelievable::Silence(_) => ProviderFailure::Unreachable,
        }
    })?;
    let issuer = claims.get("iss").and_then(Value::as_str).map(str::to_owned);
    let profile = (provider.known.profile)(&claims, None).ok_or(ProviderFailure::UnableToGetUserInfo)?;
    let Some(tokens) = tokens.filter(|_| profile.email.is_none()) else { return Ok((issuer, profile)) };
    let Ok((told, _)) = exchange::profile(cx, provider, &tokens.access).await else { return Ok((issuer, profile)) };
    let more = (provider.known.profile)(&told, None);
    // Another's must not be mixed in (OpenID Connect Core, 5.3.2).
    Ok((issuer, more.filter(|more| more.subject == profile.subject).unwrap_or(profile)))
}

async fn oauth_profile(
    cx: &Cx,
    provider: &Provider,
    tokens: &exchange::Tokens,
) -> std::result::Result<Profile, ProviderFailure> {
    let (told, emails) = exchange::profile(cx, provider, &tokens.access).await.map_err(|error| {
        tracing::warn!(provider = provider.id, %error, "a provider didn't tell who it is");
        if error.may_pass() { ProviderFailure::Unreachable } else { ProviderFailure::UnableToGetUserInfo }
    })?;
    (provider.known.profile)(&told, emails.as_ref()).ok_or(ProviderFailure::UnableToGetUserInfo)
}

/// Apple tells the name beside the code, and only once.
pub(super) fn with_first_name(profile: Profile, user: Option<&str>) -> Profile {
    let told: Option<Value> = user.and_then(|user| serde_json::from_str(user).ok());
    let part = |name: &str| told.as_ref()?.get("name")?.get(name)?.as_str().map(str::to_owned);
    let name = [part("firstName"), part("lastName")].into_iter().flatten().collect::<Vec<_>>().join(" ");
    if profile.name.is_empty() && !name.trim().is_empty() { Profile { name, ..profile } } else { profile }
}

pub(crate) async fn sweep(tx: &mut db::Tx, now: Timestamp) -> Result<u64> {
    store::delete_expired(tx, now).await
}
