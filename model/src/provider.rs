use serde::{Deserialize, Serialize};

use crate::{AccountId, Refusal, Timestamp};

/// A provider that people can sign in with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderView {
    /// The id in addresses and on the wire (`google`).
    pub id: String,
    /// What people call it (`Google`).
    pub name: String,
    /// Which mark it has; the id of one that is known, or `openid`.
    pub mark: String,
}

/// A user's account at a provider, as its owner reads it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names say it")]
pub struct ConnectionView {
    pub id: AccountId,
    pub provider: ProviderView,
    /// Whether the operator still offers the provider.
    pub offered: bool,
    /// The address that the provider tells.
    pub email: Option<String>,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
}

/// Why signing in with a provider, or connecting one, came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderFailure {
    /// It was begun in another browser, is over, or was finished before.
    StateMismatch,
    /// The answer has no `state`.
    StateNotFound,
    /// There is no such provider (any more).
    OauthProviderNotFound,
    /// The answer has neither a code nor an error.
    NoCode,
    /// The answer comes from another issuer (RFC 9207).
    IssuerMismatch,
    /// The provider didn't take the code, or can't be reached.
    InvalidCode,
    /// The provider can't be reached.
    #[serde(rename = "temporarily_unavailable")]
    Unreachable,
    /// The ID token can't be trusted: its signature, issuer, audience, time or nonce.
    InvalidToken,
    /// The provider didn't tell who it is.
    UnableToGetUserInfo,
    /// It told no address.
    EmailNotFound,
    /// The address must be proved first; a mail is on its way.
    EmailNotVerified,
    /// The address has an account, which the provider doesn't open by itself.
    AccountNotLinked,
    /// The session that began connecting has ended.
    UnableToLinkAccount,
    /// The account at the provider has another address.
    EmailDoesNotMatch,
    /// It is connected with somebody else's account.
    AccountAlreadyLinkedToDifferentUser,
    /// It is still connected from when the provider's id stood for another issuer.
    AccountOfEarlierIssuer,
    /// New accounts can't be made.
    SignupDisabled,
    /// Something went wrong here, not there.
    InternalServerError,
    /// What the provider says itself, such as `access_denied`.
    #[serde(untagged)]
    Theirs(String),
}

impl ProviderFailure {
    /// The wire's code, in `?error=`.
    pub fn code(&self) -> &str {
        match self {
            Self::StateMismatch => "state_mismatch",
            Self::StateNotFound => "state_not_found",
            Self::OauthProviderNotFound => "oauth_provider_not_found",
            Self::NoCode => "no_code",
            Self::IssuerMismatch => "issuer_mismatch",
            Self::InvalidCode => "invalid_code",
            Self::Unreachable => "temporarily_unavailable",
            Self::InvalidToken => "invalid_token",
            Self::UnableToGetUserInfo => "unable_to_get_user_info",
            Self::EmailNotFound => "email_not_found",
            Self::EmailNotVerified => "email_not_verified",
            Self::AccountNotLinked => "account_not_linked",
            Self::UnableToLinkAccount => "unable_to_link_account",
            Self::EmailDoesNotMatch => "email_does_not_match",
            Self::AccountAlreadyLinkedToDifferentUser => "account_already_linked_to_different_user",
            Self::AccountOfEarlierIssuer => "account_of_earlier_issuer",
            Self::SignupDisabled => "signup_disabled",
            Self::InternalServerError => "internal_server_error",
            Self::Theirs(code) => code,
        }
    }

    /// The failure of that code; what is ours is no one else's.
    pub fn parse(code: &str) -> Self {
        serde_json::from_value(serde_json::Value::String(code.to_owned())).unwrap_or(Self::InvalidCode)
    }

    /// What a provider said, if it can be a code of RFC 6749 or OpenID Connect.
    pub fn theirs(code: &str) -> Self {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-' || b == b'.';
        if !code.is_empty() && code.len() <= 64 && code.bytes().all(plain) {
            Self::Theirs(code.to_owned())
        } else {
            Self::InvalidCode
        }
    }
}

/// Why something about a provider is refused in the API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "about", content = "detail")]
pub enum ProviderRefusal {
    /// There is no such provider.
    NotFound,
    /// It gives no ID tokens.
    IdTokenNotSupported,
    /// The ID token can't be trusted.
    InvalidToken,
    /// It tells no address.
    EmailNotFound,
    /// Signing in came to nothing; the message says why.
    NotSignedIn(ProviderFailure),
    /// It can't be connected: the session has ended meanwhile, or it is still connected from when the provider's id stood for another
    /// issuer.
    LinkingNotAllowed,
    /// The account at the provider has another address.
    DifferentEmails,
    /// It is connected already, here or with somebody else's account.
    AlreadyLinked,
    /// The account is of a provider that isn't offered any more.
    NotSupported,
    /// There is no access token, and none can be had.
    NoAccessToken,
    /// There is no refresh token.
    RefreshTokenNotFound,
    /// The provider didn't give a new access token.
    RefreshFailed,
    /// The provider didn't tell.
    NoUserInfo,
}

impl From<ProviderRefusal> for Refusal {
    fn from(refusal: ProviderRefusal) -> Self {
        Self::Provider(refusal)
    }
}

impl ProviderRefusal {
    /// The wire's `code`, the HTTP status and the wire's `message`.
    pub(crate) fn wire(&self) -> (&'static str, u16, &'static str) {
        match self {
            Self::NotFound => ("PROVIDER_NOT_FOUND", 404, "Provider not found"),
            Self::IdTokenNotSupported => ("ID_TOKEN_NOT_SUPPORTED", 404, "id_token not supported"),
            Self::InvalidToken => ("INVALID_TOKEN", 401, "Invalid token"),
            Self::EmailNotFound => ("USER_EMAIL_NOT_FOUND", 401, "User email not found"),
            Self::NotSignedIn(ProviderFailure::Unreachable) => {
                ("PROVIDER_UNREACHABLE", 503, "The provider can't be reached just now. Try again in a few seconds.")
            }
            Self::NotSignedIn(failure) => ("OAUTH_LINK_ERROR", 401, spoken(failure)),
            Self::LinkingNotAllowed => ("LINKING_NOT_ALLOWED", 401, "Linking not allowed"),
            Self::DifferentEmails => {
                ("LINKING_DIFFERENT_EMAILS_NOT_ALLOWED", 401, "Linking different emails is not allowed")
            }
            Self::AlreadyLinked => ("SOCIAL_ACCOUNT_ALREADY_LINKED", 409, "Social account already linked"),
            Self::NotSupported => ("PROVIDER_NOT_SUPPORTED", 400, "The provider is not supported"),
            Self::NoAccessToken => ("FAILED_TO_GET_ACCESS_TOKEN", 400, "Failed to get a valid access token"),
            Self::RefreshTokenNotFound => ("REFRESH_TOKEN_NOT_FOUND", 400, "Refresh token not found"),
            Self::RefreshFailed => ("FAILED_TO_REFRESH_ACCESS_TOKEN", 400, "Failed to refresh the access token"),
            Self::NoUserInfo => ("FAILED_TO_GET_USER_INFO", 401, "Failed to get user info"),
        }
    }
}

/// The ecosystem's messages.
fn spoken(failure: &ProviderFailure) -> &'static str {
    match failure {
        ProviderFailure::AccountNotLinked => "account not linked",
        ProviderFailure::SignupDisabled => "signup disabled",
        _ => "unable to sign in",
    }
}
