use super::openid::standard;
use super::{Known, Place, Secret};

/// <https://developer.apple.com/documentation/signinwithapple>: the name comes beside the code, and only at the first consent.
pub(super) static APPLE: Known = Known {
    id: "apple",
    name: "Apple",
    place: Place::OpenId("https://appleid.apple.com"),
    scopes: &["openid", "email", "name"],
    // Asked for a name or an address, Apple answers by a form only.
    ask: &[("response_mode", "form_post")],
    secret: Secret::Signed,
    trusted: true,
    profile: standard,
};
