use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use model::Email;
use serde_json::{Map, Value};

use super::Failure;
use crate::origins::{Callback, TrustedOrigins};
use crate::state::App;

/// A JSON object. Nothing, or no content type, is an empty one; of a key that occurs twice the last counts; unknown keys are left
/// alone, as in the ecosystem. Redirect targets in it are trusted: others were refused.
pub struct Body(pub Map<String, Value>);

/// The same, also taken from a form, for the two endpoints that a plain page may post to.
pub struct FormBody(pub Map<String, Value>);

impl FromRequest<App> for Body {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &App) -> Result<Self, Failure> {
        read(request, app, false).await.map(Self)
    }
}

impl FromRequest<App> for FormBody {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &App) -> Result<Self, Failure> {
        read(request, app, true).await.map(Self)
    }
}

async fn read(request: Request, app: &App, forms: bool) -> Result<Map<String, Value>, Failure> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.map(|kind| kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    let bytes = axum::body::Bytes::from_request(request, app).await;
    let bytes = bytes.map_err(|rejection| {
        let code =
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE { "PAYLOAD_TOO_LARGE" } else { "BAD_REQUEST" };
        Failure::Plain(rejection.status(), "The request body is too large or was cut off".to_owned(), code)
    })?;
    let body = read_object(kind.as_deref(), &bytes, forms)?;
    check_targets(&body, &app.origins)?;
    Ok(body)
}

/// Reads a body of that content type: an object, in which no text holds a NUL.
///
/// # Errors
/// 400 for what is no such object, 415 for another type; forms are taken where `forms` says so.
pub fn read_object(kind: Option<&str>, bytes: &[u8], forms: bool) -> Result<Map<String, Value>, Failure> {
    let body = match kind {
        None if bytes.is_empty() => Map::new(),
        Some("application/json") if bytes.is_empty() => Map::new(),
        Some("application/json") => match serde_json::from_slice(bytes) {
            Ok(Value::Object(body)) => body,
            Ok(other) => {
                return Err(Failure::validation(&[format!(
                    "[body] Invalid input: expected object, received {}",
                    kind_of(Some(&other))
                )]));
            }
            Err(_) => {
                return Err(Failure::Plain(
                    StatusCode::BAD_REQUEST,
                    "Invalid JSON in request body".to_owned(),
                    "BAD_REQUEST",
                ));
            }
        },
        Some("application/x-www-form-urlencoded") if forms => form(bytes),
        _ => {
            let wanted = if forms { "application/json, application/x-www-form-urlencoded" } else { "application/json" };
            let message = format!("Content-Type is not allowed. Allowed types: {wanted}");
            return Err(Failure::Plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, message, "UNSUPPORTED_MEDIA_TYPE"));
        }
    };
    check_texts(&body)?;
    Ok(body)
}

fn form(bytes: &[u8]) -> Map<String, Value> {
    let read = |(name, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| {
        // The only field that isn't a text.
        let value =
            if name == "rememberMe" { Value::Bool(value != "false") } else { Value::String(value.into_owned()) };
        (name.into_owned(), value)
    };
    url::form_urlencoded::parse(bytes).map(read).collect()
}

/// No database keeps a NUL in a text, and nobody types one (SECURITY A54).
fn check_texts(body: &Map<String, Value>) -> Result<(), Failure> {
    fn holds_nul(value: &Value) -> bool {
        match value {
            Value::String(text) => text.contains('\0'),
            Value::Array(items) => items.iter().any(holds_nul),
            Value::Object(fields) => fields.iter().any(|(name, value)| name.contains('\0') || holds_nul(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }
    let told = |name: &str| format!("[body.{name}] Invalid input: a text holds a NUL");
    let problems: Vec<String> = body
        .iter()
        .filter(|(name, value)| name.contains('\0') || holds_nul(value))
        .map(|(name, _)| told(&name.replace('\0', "")))
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(Failure::validation(&problems)) }
}

/// Every redirect target of a body is checked before anything is done (SECURITY A1).
fn check_targets(body: &Map<String, Value>, origins: &TrustedOrigins) -> Result<(), Failure> {
    let targets = [
        ("callbackURL", "INVALID_CALLBACK_URL", "Invalid callbackURL"),
        ("redirectTo", "INVALID_REDIRECT_URL", "Invalid redirectURL"),
        ("errorCallbackURL", "INVALID_ERROR_CALLBACK_URL", "Invalid errorCallbackURL"),
        ("newUserCallbackURL", "INVALID_NEW_USER_CALLBACK_URL", "Invalid newUserCallbackURL"),
    ];
    for (name, code, message) in targets {
        if let Some(Value::String(target)) = body.get(name)
            && origins.callback(target).is_none()
        {
            return Err(Failure::untrusted(code, message));
        }
    }
    Ok(())
}

/// Reads a body's fields and gathers what is wrong with them.
///
/// ```ignore
/// let mut fields = Fields::of(&body);
/// let remember = fields.optional_bool("rememberMe");
/// let (Some(email), Some(password)) = (fields.text("email"), fields.text("password")) else { return Err(fields.failure()) };
/// fields.check()?;
/// ```
pub struct Fields<'b> {
    body: &'b Map<String, Value>,
    problems: Vec<String>,
}

impl<'b> Fields<'b> {
    /// The fields of `body`.
    pub fn of(body: &'b Map<String, Value>) -> Self {
        Self { body, problems: Vec::new() }
    }

    fn wrong(&mut self, name: &str, expected: &str) {
        let found = kind_of(self.body.get(name));
        self.problems.push(format!("[body.{name}] Invalid input: expected {expected}, received {found}"));
    }

    /// A text that must be there.
    pub fn text(&mut self, name: &str) -> Option<&'b str> {
        let text = self.body.get(name).and_then(Value::as_str);
        if text.is_none() {
            self.wrong(name, "string");
        }
        text
    }

    /// An address that must be there and be one.
    pub fn email(&mut self, name: &str) -> Option<Email> {
        let email = Email::parse(self.text(name)?).ok();
        if email.is_none() {
            self.problems.push(format!("[body.{name}] Invalid email address"));
        }
        email
    }

    /// A text that may be missing. `null` isn't a text.
    pub fn optional_text(&mut self, name: &str) -> Option<&'b str> {
        if self.body.contains_key(name) { self.text(name) } else { None }
    }

    /// A text that may be missing, and may be `null` to take away what there is.
    pub fn nullable_text(&mut self, name: &str) -> Option<Option<&'b str>> {
        match self.body.get(name)? {
            Value::Null => Some(None),
            _ => self.text(name).map(Some),
        }
    }

    /// A boolean that may be missing.
    pub fn optional_bool(&mut self, name: &str) -> Option<bool> {
        match self.body.get(name)? {
            Value::Bool(value) => Some(*value),
            _ => {
                self.wrong(name, "boolean");
                None
            }
        }
    }

    /// An object that must be there.
    pub fn object(&mut self, name: &str) -> Option<&'b Value> {
        let object = self.body.get(name).filter(|value| value.is_object());
        if object.is_none() {
            self.wrong(name, "object");
        }
        object
    }

    /// An object that may be missing.
    pub fn optional_object(&mut self, name: &str) -> Option<&'b Map<String, Value>> {
        match self.body.get(name)? {
            Value::Object(object) => Some(object),
            _ => {
                self.wrong(name, "object");
                None
            }
        }
    }

    /// A redirect target that may be missing.
    pub fn callback(&mut self, origins: &TrustedOrigins, name: &str) -> Option<Callback> {
        origins.callback(self.optional_text(name)?)
    }

    /// Whether the key is there at all.
    pub fn has(&self, name: &str) -> bool {
        self.body.contains_key(name)
    }

    /// Adds a problem that the field's own parser found.
    pub fn problem(&mut self, name: &str, message: &str) {
        self.problems.push(format!("[body.{name}] {message}"));
    }

    /// # Errors
    /// Everything that was wrong so far.
    pub fn check(&self) -> Result<(), Failure> {
        if self.problems.is_empty() { Ok(()) } else { Err(self.failure()) }
    }

    /// Everything that was wrong so far, as an answer.
    pub fn failure(&self) -> Failure {
        Failure::validation(&self.problems)
    }
}

fn kind_of(value: Option<&Value>) -> &'static str {
    match value {
        None => "undefined",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Number(_)) => "number",
        Some(Value::String(_)) => "string",
        Some(Value::Array(_)) => "array",
        Some(Value::Object(_)) => "object",
    }
}
