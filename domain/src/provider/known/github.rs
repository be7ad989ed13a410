use serde_json::Value;

use super::{Known, Place, Profile, Secret, flag, id, text};

/// <https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps>
pub(super) static GITHUB: Known = Known {
    id: "github",
    name: "GitHub",
    place: Place::OAuth {
        authorize: "https://github.com/login/oauth/authorize",
        token: "https://github.com/login/oauth/access_token",
        profile: "https://api.github.com/user",
        emails: Some("https://api.github.com/user/emails"),
    },
    scopes: &["read:user", "user:email"],
    ask: &[],
    secret: Secret::Body,
    trusted: true,
    profile,
};

/// The address in the profile is the public one, which need not be theirs: the list says which one is primary and verified.
fn profile(user: &Value, emails: Option<&Value>) -> Option<Profile> {
    let emails = emails.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let primary = emails.iter().find(|email| flag(email, "primary")).or_else(|| emails.first());
    Some(Profile {
        subject: id(user, "id")?,
        email: primary.and_then(|email| text(email, "email")),
        email_verified: primary.is_some_and(|email| flag(email, "verified")),
        name: text(user, "name").or_else(|| text(user, "login")).unwrap_or_default(),
        image: text(user, "avatar_url"),
    })
}
