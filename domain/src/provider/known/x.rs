use serde_json::Value;

use super::{Known, Place, Profile, Secret, id, text};

/// <https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code>
pub(super) static X: Known = Known {
    id: "twitter",
    name: "X",
    place: Place::OAuth {
        authorize: "https://x.com/i/oauth2/authorize",
        token: "https://api.x.com/2/oauth2/token",
        profile: "https://api.x.com/2/users/me?user.fields=profile_image_url,confirmed_email",
        emails: None,
    },
    scopes: &["users.read", "tweet.read", "offline.access", "users.email"],
    ask: &[],
    secret: Secret::Basic,
    trusted: false,
    profile,
};

/// Only an address that X has seen to be theirs is told.
fn profile(answer: &Value, _: Option<&Value>) -> Option<Profile> {
    let user = answer.get("data")?;
    let email = text(user, "confirmed_email");
    Some(Profile {
        subject: id(user, "id")?,
        email_verified: email.is_some(),
        email,
        name: text(user, "name").or_else(|| text(user, "username")).unwrap_or_default(),
        image: text(user, "profile_image_url"),
    })
}
