//! `GET /get-session`, `POST /sign-out`, `GET /list-sessions`, `POST /revoke-session`, `/revoke-sessions`, `/revoke-other-sessions`,
//! `/update-session`, `/verify-password`

use axum::Router;
use axum::extract::RawQuery;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use domain::password::Password;
use domain::session::{self, Current};
use domain::two_factor;
use model::{Refusal, SessionView, UserView};
use serde::Serialize;
use serde_json::json;

use crate::device_sessions;
use crate::jwt;
use crate::state::App;
use crate::visit::{Asked, Seen, Visit};
use crate::wire::{Answer, Body, Failure, Fields, json_text, ok, status_true};

/// The endpoints.
pub fn router() -> Router<App> {
    Router::new()
        .route("/get-session", get(get_session).post(defer))
        .route("/sign-out", post(sign_out))
        .route("/list-sessions", get(list))
        .route("/revoke-session", post(revoke))
        .route("/revoke-sessions", post(revoke_all))
        .route("/revoke-other-sessions", post(revoke_others))
        .route("/update-session", post(update))
        .route("/verify-password", post(verify_password))
}

/// A session with its user, as the wire shows them to who has its token.
#[derive(Serialize)]
pub(crate) struct Whole {
    session: SessionView,
    user: UserView,
}

impl Whole {
    /// For an app that shows somebody else just now: a token is told to nobody but its own session.
    pub(crate) fn beside(current: &Current) -> Self {
        Self { session: current.view_beside(), user: current.user.view() }
    }

    pub(crate) fn of(current: &Current) -> Self {
        Self { session: current.view(), user: current.user.view() }
    }
}

/// Gives `{session, user}`, or `null`. The query may ask for what the database has (`disableCookieCache`), and for no renewal
/// (`disableRefresh`).
async fn get_session(visit: Visit, RawQuery(query): RawQuery) -> Answer {
    let asks = |wanted: &str| {
        let mut pairs = url::form_urlencoded::parse(query.as_deref().unwrap_or_default().as_bytes());
        pairs.any(|(name, value)| name == wanted && !value.is_empty() && value != "false")
    };
    // No token is made of what is remembered (A30).
    let signs = visit.cx().settings.jwt.beside_sessions();
    let asked = Asked { anew: signs || asks("disableCookieCache"), renew: !asks("disableRefresh") };
    let mut response = match visit.recent(asked).await? {
        // An app that asks who is there must not let in somebody who owes a second factor.
        Some(Seen::Read(current)) if two_factor::owes_setup(visit.cx(), &current) => {
            return Err(domain::Error::from(Refusal::TwoFactorRequired).into());
        }
        Some(Seen::Read(current)) => {
            let shown = current.shown(|current| serde_json::to_string(&Whole::of(current)));
            let mut response = json_text(shown.map_err(domain::Error::broken)?.to_owned());
            if signs {
                Box::pin(jwt::api::attach(&visit, &mut response, &current)).await?;
            }
            response
        }
        Some(Seen::Copied(copy)) => ok(copy),
        None => ok(()),
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    Ok(response)
}

/// The wire's answer where sessions are renewed by GET.
async fn defer() -> Response {
    let message = "POST method requires deferSessionRefresh to be enabled in session config";
    Failure::Plain(StatusCode::METHOD_NOT_ALLOWED, message.to_owned(), "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED")
        .into_response()
}

/// Ends the session, if there is one, and those of the browser's other accounts; gives `{success: true}`.
async fn sign_out(visit: Visit, Body(_): Body) -> Answer {
    device_sessions::leave_all(&visit).await?;
    let mut response = ok(json!({ "success": true }));
    response.headers_mut().insert("clear-site-data", HeaderValue::from_static("\"cache\""));
    Ok(response)
}

/// Gives the live sessions; asks for a fresh one.
async fn list(visit: Visit) -> Answer {
    let current = visit.signed_in().await?;
    Ok(ok(session::list(visit.cx(), &current).await?))
}

/// Takes `token` (or the `id` under which another device's session is listed); gives `{status: true}` whatever it names.
async fn revoke(visit: Visit, Body(body): Body) -> Answer {
    let current = visit.signed_in().await?;
    let mut fields = Fields::of(&body);
    let Some(handle) = fields.text("token") else { return Err(fields.failure()) };
    session::end(visit.cx(), &current.user.id, handle).await?;
    Ok(status_true())
}

async fn revoke_all(visit: Visit) -> Answer {
    let current = visit.signed_in().await?;
    session::end_all(visit.cx(), &current.user.id).await?;
    visit.jar.close();
    Ok(status_true())
}

async fn revoke_others(visit: Visit) -> Answer {
    let current = visit.signed_in().await?;
    session::end_others(visit.cx(), &current).await?;
    Ok(status_true())
}

/// Sets additional fields of the session, of which there are none: always 400, as the wire has it for a body without any.
async fn update(visit: Visit, Body(_): Body) -> Answer {
    visit.signed_in().await?;
    Err(domain::Error::from(Refusal::NothingToUpdate).into())
}

/// Takes `password`; gives `{status: true}` when it is the user's.
async fn verify_password(visit: Visit, Body(body): Body) -> Answer {
    let current = visit.signed_in().await?;
    let mut fields = Fields::of(&body);
    let Some(password) = fields.text("password") else { return Err(fields.failure()) };
    let verdict =
        session::confirm_password(visit.cx(), &current.user.id, &Password::new(password), &visit.browser()).await;
    match verdict {
        // The wire doesn't tell a wrong password from none.
        Err(domain::Error::Refused(Refusal::NoPassword)) => Err(domain::Error::from(Refusal::InvalidPassword).into()),
        other => Ok(other.map(|_| status_true())?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_get_session_seldom_needs_is_not_moved_at_every_request() {
        fn size<F>(_: impl FnOnce(Visit, RawQuery) -> F) -> usize {
            size_of::<F>()
        }
        assert!(size(get_session) < 2048, "{}", size(get_session));
    }
}
