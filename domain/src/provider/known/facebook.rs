use serde_json::Value;

use super::{Known, Place, Profile, Secret, id, text};

/// <https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow>
pub(super) static FACEBOOK: Known = Known {
    id: "facebook",
    name: "Facebook",
    place: Place::OAuth {
        authorize: "https://www.facebook.com/v25.0/dialog/oauth",
        token: "https://graph.facebook.com/v25.0/oauth/access_token",
        profile: "https://graph.facebook.com/me?fields=id,name,email,picture.width(200).height(200)",
        emails: None,
    },
    scopes: &["email", "public_profile"],
    ask: &[],
    secret: Secret::Body,
    trusted: false,
    profile,
};

/// Facebook doesn't say whether it has seen that the address is theirs, so it hasn't.
fn profile(user: &Value, _: Option<&Value>) -> Option<Profile> {
    Some(Profile {
        subject: id(user, "id")?,
        email: text(user, "email"),
        email_verified: false,
        name: text(user, "name").unwrap_or_default(),
        image: user.pointer("/picture/data").and_then(|picture| text(picture, "url")),
    })
}
