//! `POST /sign-in/social`, `GET|POST /callback/{provider}`, `POST /link-social`, `POST /get-access-token`, `POST /refresh-token`,
//! `GET /account-info`

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::{get, post};
use domain::provider::flow::{self, Begin, Begun, Finished, Returned};
use domain::provider::link::{self, Given};
use domain::provider::tokens;
use domain::session::{Admitted, Current, Entered};
use domain::{Callbacks, Error};
use model::{AccountId, ProviderFailure, ProviderRefusal, Refusal, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use super::failed;
use crate::origins::Callback;
use crate::state::App;
use crate::two_factor;
use crate::visit::Visit;
use crate::wire::{Answer, Body, Failure, Fields, FormBody, Query, found, ok, to_callback};

/// The endpoints.
pub fn router() -> Router<App> {
    Router::new()
        .route("/sign-in/social", post(sign_in))
        .route("/link-social", post(link_account))
        .route("/callback/{provider}", get(callback).post(posted_callback))
        .route("/get-access-token", post(access_token))
        .route("/refresh-token", post(refresh_token))
        .route("/account-info", get(account_info))
}

/// What both ways to begin take. `additionalParams` is left alone: it could change what is asked for.
struct Asked<'b> {
    provider: &'b str,
    callbacks: Callbacks,
    scopes: Vec<String>,
    hint: Option<&'b str>,
    stay: bool,
    id_token: Option<IdToken<'b>>,
}

struct IdToken<'b> {
    token: &'b str,
    nonce: Option<&'b str>,
    access: Option<&'b str>,
    refresh: Option<&'b str>,
    until: Option<Timestamp>,
    user: Option<String>,
}

impl<'b> Asked<'b> {
    fn read(visit: &Visit, body: &'b Map<String, Value>) -> Result<Self, Failure> {
        let mut fields = Fields::of(body);
        let mut target = |name| fields.callback(&visit.app.origins, name).map(|callback| callback.as_str().to_owned());
        let callbacks = Callbacks {
            done: target("callbackURL"),
            new_user: target("newUserCallbackURL"),
            error: target("errorCallbackURL"),
        };
        let (stay, hint) = (fields.optional_bool("disableRedirect"), fields.optional_text("loginHint"));
        let scopes = match body.get("scopes") {
            None => Vec::new(),
            Some(Value::Array(scopes)) => scopes.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Some(_) => {
                fields.problem("scopes", "Invalid input: expected array");
                Vec::new()
            }
        };
        let id_token = fields.optional_object("idToken").and_then(|given| IdToken::read(given, &mut fields));
        let Some(provider) = fields.text("provider") else { return Err(fields.failure()) };
        fields.check()?;
        Ok(Self { provider, callbacks, scopes, hint, stay: stay.unwrap_or(false), id_token })
    }

    /// Sends the browser to the provider: `{url, redirect}`, with a `Location` that the ecosystem's browser client follows by itself.
    async fn begin(self, visit: &Visit, link: Option<&Current>) -> Answer {
        let Self { provider, callbacks, scopes, hint, stay, .. } = self;
        let begin = Begin { provider, callbacks, scopes: &scopes, hint, browser: visit.jar.flow(), link };
        let Begun { address, browser } = flow::begin(visit.cx(), begin).await?;
        visit.jar.begin_flow(&browser);
        let mut response = ok(json!({ "url": address.as_str(), "redirect": !stay }));
        if let Some(location) = HeaderValue::from_str(address.as_str()).ok().filter(|_| !stay) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        Ok(response)
    }
}

impl<'b> IdToken<'b> {
    fn read(given: &'b Map<String, Value>, fields: &mut Fields<'_>) -> Option<Self> {
        let text = |name: &str| given.get(name).and_then(Value::as_str);
        let Some(token) = text("token") else {
            fields.problem("idToken.token", "Invalid input: expected string");
            return None;
        };
        let until = given.get("expiresAt").and_then(Value::as_i64);
        Some(Self {
            token,
            nonce: text("nonce"),
            access: text("accessToken"),
            refresh: text("refreshToken"),
            until: until.and_then(|millis| millis.checked_mul(1000)).map(Timestamp::from_micros),
            user: given.get("user").map(Value::to_string),
        })
    }

    fn given(&self) -> Given<'_> {
        let secret = |text: &str| SecretString::from(text.to_owned());
        Given {
            token: secret(self.token),
            nonce: self.nonce,
            access_token: self.access.map(secret),
            refresh_token: self.refresh.map(secret),
            access_until: self.until,
            user: self.user.as_deref(),
        }
    }
}

/// Takes `provider, callbackURL?, newUserCallbackURL?, errorCallbackURL?, disableRedirect?, idToken?, scopes?, loginHint?`; gives
/// `{url, redirect}`, or for an ID token `{redirect: false, token, user}`, or `{twoFactorRedirect, twoFactorMethods}`.
async fn sign_in(visit: Visit, Body(body): Body) -> Answer {
    let asked = Asked::read(&visit, &body)?;
    let Some(token) = &asked.id_token else { return asked.begin(&visit, None).await };
    let (entered, _) = link::enter_with_token(visit.cx(), asked.provider, token.given(), &visit.client).await?;
    visit.enter(&entered).await?;
    visit.jar.used(asked.provider);
    Ok(match &entered {
        Entered::In(Admitted { opened, .. }) => {
            ok(json!({ "redirect": false, "token": opened.token.expose(), "user": opened.user.view() }))
        }
        Entered::Challenged(challenge) => two_factor::api::challenged(challenge),
    })
}

/// Takes the same from somebody signed in; gives `{url, redirect}`, or for an ID token `{url: "", status: true, redirect: false}`.
async fn link_account(visit: Visit, Body(body): Body) -> Answer {
    let current = visit.signed_in().await?;
    let asked = Asked::read(&visit, &body)?;
    let Some(token) = &asked.id_token else { return asked.begin(&visit, Some(&current)).await };
    link::connect_with_token(visit.cx(), &current, asked.provider, token.given()).await?;
    Ok(ok(json!({ "url": "", "status": true, "redirect": false })))
}

/// Apple answers with a form from its own site, which the browser posts without our cookies: the same address, got, has them.
async fn posted_callback(Path(provider): Path<String>, FormBody(body): FormBody) -> Answer {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for name in ["code", "state", "error", "iss", "user"] {
        if let Some(Value::String(value)) = body.get(name) {
            query.append_pair(name, value);
        }
    }
    let provider = percent_encoding::utf8_percent_encode(&provider, percent_encoding::NON_ALPHANUMERIC);
    Ok(found(&format!("/api/auth/callback/{provider}?{}", query.finish())))
}

/// Takes what the provider sends back; gives a redirect, whatever came of it.
async fn callback(visit: Visit, Path(provider): Path<String>, query: Query) -> Answer {
    let text = |name: &str| query.get(name).filter(|text| !text.is_empty()).map(str::to_owned);
    let returned = Returned {
        state: text("state"),
        code: text("code").map(SecretString::from),
        error: text("error"),
        iss: query.get("iss").map(str::to_owned),
        user: text("user"),
        provider,
    };
    Ok(finish(&visit, &returned).await.unwrap_or_else(|broken| {
        // It is a person who comes back, and reads no JSON.
        tracing::error!(?broken, "the way back from a provider broke");
        fail(&visit, &returned.provider, &ProviderFailure::InternalServerError, None, false)
    }))
}

async fn finish(visit: &Visit, returned: &Returned) -> Answer {
    let current = visit.current().await?;
    let finished =
        flow::finish(visit.cx(), returned, visit.jar.flow().as_ref(), current.as_ref(), &visit.client).await?;
    let trusted = |target: Option<String>| target.and_then(|target| visit.app.origins.callback(&target));
    Ok(match finished {
        Finished::Entered(entered, target, _) => arrive(visit, &returned.provider, &entered, trusted(target)).await?,
        Finished::Linked(target) => match trusted(target) {
            Some(target) => to_callback(&target, None),
            None => found("/settings/security"),
        },
        Finished::Waits(email, target) => {
            // The page that waits for the mail to be opened names the address, and sends it again.
            visit.jar.asked(email.as_str());
            fail(visit, &returned.provider, &ProviderFailure::EmailNotVerified, trusted(target), false)
        }
        Finished::Failed(failure, target, connecting) => {
            fail(visit, &returned.provider, &failure, trusted(target), connecting)
        }
    })
}

/// Hands over the session, and goes on: to the page for the second factor where one is owed.
async fn arrive(
    visit: &Visit,
    provider: &str,
    entered: &Entered,
    target: Option<Callback>,
) -> Result<Response, Failure> {
    let admitted = visit.enter(entered).await?.is_some();
    visit.jar.used(provider);
    if !admitted {
        return Ok(found(&two_factor::page_for(target.as_ref().map(Callback::as_str))));
    }
    // The sign-in page knows where somebody goes who is signed in.
    Ok(target.map_or_else(|| found("/sign-in"), |target| to_callback(&target, None)))
}

/// Tells the app's page for errors, or ours where there is none.
fn fail(
    visit: &Visit,
    provider: &str,
    failure: &ProviderFailure,
    target: Option<Callback>,
    connecting: bool,
) -> Response {
    let own = || visit.app.origins.callback(&failed::address(provider, None, connecting));
    let target = target.or_else(own).unwrap_or_else(|| Callback::Local(model::LocalPath::known(failed::PAGE).into()));
    to_callback(&target, Some(("error", failure.code())))
}

/// Where a browser goes that comes back from a provider and can't be served, if `path` is where it comes back to.
pub(crate) fn on_trouble(path: &str) -> Option<String> {
    let provider = path.strip_prefix("/api/auth/callback/").filter(|provider| !provider.contains('/'))?;
    let provider = percent_encoding::percent_decode_str(provider).decode_utf8().ok()?;
    let code = ProviderFailure::InternalServerError;
    Some(format!("{}&error={}", failed::address(&provider, None, false), code.code()))
}

/// Whose account is meant: `accountId` is the row's id. This server keeps no account in a cookie.
fn account_id(id: Option<&str>) -> Result<AccountId, Failure> {
    Ok(AccountId::new(id.ok_or(Refusal::AccountNotFound)?))
}

fn account_in(body: &Map<String, Value>) -> Result<AccountId, Failure> {
    let mut fields = Fields::of(body);
    let id = fields.optional_text("accountId");
    fields.check()?;
    account_id(id)
}

/// Takes `accountId`; gives `{accessToken, accessTokenExpiresAt, scopes, idToken}`, good for a minute at least where the provider lets us.
async fn access_token(visit: Visit, Body(body): Body) -> Answer {
    let current = visit.signed_in().await?;
    let given = tokens::access(visit.cx(), &current, &account_in(&body)?).await?;
    Ok(ok(json!({
        "accessToken": given.access.expose_secret(),
        "accessTokenExpiresAt": given.access_until,
        "scopes": given.scopes,
        "idToken": given.id.as_ref().map(ExposeSecret::expose_secret),
    })))
}

/// Takes `accountId`; gives `{accessToken, refreshToken, accessTokenExpiresAt, refreshTokenExpiresAt, scope, idToken, providerId,
/// accountId}`.
async fn refresh_token(visit: Visit, Body(body): Body) -> Answer {
    let current = visit.signed_in().await?;
    let given = tokens::refresh(visit.cx(), &current, &account_in(&body)?).await?;
    Ok(ok(json!({
        "accessToken": given.access.expose_secret(),
        "refreshToken": given.refresh.as_ref().map(ExposeSecret::expose_secret),
        "accessTokenExpiresAt": given.access_until,
        "refreshTokenExpiresAt": given.refresh_until,
        "scope": given.scopes.join(","),
        "idToken": given.id.as_ref().map(ExposeSecret::expose_secret),
        "providerId": given.provider,
        "accountId": given.subject,
    })))
}

/// Takes `accountId` in the query; gives what the provider tells now, `{user, data, account: {id, providerId, accountId}}`.
async fn account_info(visit: Visit, query: Query) -> Answer {
    let current = visit.signed_in().await?;
    let id = account_id(query.get("accountId"))?;
    let (profile, data, given) = tokens::info(visit.cx(), &current, &id).await.map_err(as_info)?;
    Ok(ok(json!({
        "user": {
            "id": profile.subject,
            "name": profile.name,
            "email": profile.email,
            "emailVerified": profile.email_verified,
            "image": profile.image,
        },
        "data": data,
        "account": { "id": given.connection, "providerId": given.provider, "accountId": given.subject },
    })))
}

/// Some refusals read otherwise here than at the other endpoints.
fn as_info(error: Error) -> Failure {
    let (code, message) = match &error {
        Error::Refused(Refusal::Provider(ProviderRefusal::NotSupported)) => {
            ("PROVIDER_NOT_CONFIGURED", "Provider not configured")
        }
        Error::Refused(Refusal::Provider(ProviderRefusal::NoAccessToken)) => {
            ("ACCESS_TOKEN_NOT_FOUND", "Access token not found")
        }
        Error::Refused(Refusal::Provider(ProviderRefusal::NoUserInfo)) => {
            ("FAILED_TO_GET_USER_INFO", "Failed to get user info")
        }
        _ => return error.into(),
    };
    Failure::Plain(StatusCode::BAD_REQUEST, message.to_owned(), code)
}
