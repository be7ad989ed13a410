use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::Failure;
use crate::origins::Callback;
use crate::state::App;

/// The query of an address that somebody follows from a mail.
pub struct Query {
    /// The query as it came, for handing it on.
    pub text: String,
    pairs: Vec<(String, String)>,
    app: App,
}

impl Query {
    /// The value of a parameter; the first one when there are several.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that must be there.
    ///
    /// # Errors
    /// The wire's `VALIDATION_ERROR`.
    pub fn text(&self, name: &str) -> Result<&str, Failure> {
        self.get(name).ok_or_else(|| {
            Failure::validation(&[format!("[query.{name}] Invalid input: expected string, received undefined")])
        })
    }

    /// A redirect target that may be missing.
    ///
    /// # Errors
    /// 403 with `code` when it isn't trusted.
    pub fn callback(&self, name: &str) -> Result<Option<Callback>, Failure> {
        let Some(target) = self.get(name).filter(|target| !target.is_empty()) else { return Ok(None) };
        let (code, message) = match name {
            "errorCallbackURL" => ("INVALID_ERROR_CALLBACK_URL", "Invalid errorCallbackURL"),
            "newUserCallbackURL" => ("INVALID_NEW_USER_CALLBACK_URL", "Invalid newUserCallbackURL"),
            _ => ("INVALID_CALLBACK_URL", "Invalid callbackURL"),
        };
        self.app.origins.callback(target).map(Some).ok_or_else(|| Failure::untrusted(code, message))
    }
}

impl FromRequestParts<App> for Query {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let text = parts.uri.query().unwrap_or_default().to_owned();
        let pairs = url::form_urlencoded::parse(text.as_bytes()).into_owned().collect();
        Ok(Self { text, pairs, app: app.clone() })
    }
}
