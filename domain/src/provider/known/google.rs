use super::openid::standard;
use super::{Known, Place, Secret};

/// <https://developers.google.com/identity/openid-connect/openid-connect>
pub(super) static GOOGLE: Known = Known {
    id: "google",
    name: "Google",
    place: Place::OpenId("https://accounts.google.com"),
    scopes: &["openid", "email", "profile"],
    // A refresh token is given only where both are asked for.
    ask: &[("access_type", "offline"), ("prompt", "select_account consent")],
    secret: Secret::Body,
    trusted: true,
    profile: standard,
};
