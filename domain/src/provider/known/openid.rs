use serde_json::Value;

use super::{Known, Place, Profile, Secret, flag, id, text};

/// Any OpenID provider, by the standard's own claims (OpenID Connect Core, 5.1).
pub(super) static OPENID: Known = Known {
    id: "openid",
    name: "single sign-on",
    place: Place::Named,
    scopes: &["openid", "email", "profile"],
    ask: &[],
    secret: Secret::AsDiscovered,
    trusted: false,
    profile: standard,
};

/// Reads the standard claims.
pub(super) fn standard(claims: &Value, _: Option<&Value>) -> Option<Profile> {
    let given = [text(claims, "given_name"), text(claims, "family_name")].into_iter().flatten().collect::<Vec<_>>();
    let name = text(claims, "name").or_else(|| text(claims, "preferred_username"));
    Some(Profile {
        subject: id(claims, "sub")?,
        email: text(claims, "email"),
        email_verified: flag(claims, "email_verified"),
        name: name.unwrap_or_else(|| given.join(" ")),
        image: text(claims, "picture"),
    })
}
