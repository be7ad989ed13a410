use serde_json::Value;

use super::{Known, Place, Profile, Secret, flag, id, text};

/// <https://discord.com/developers/docs/topics/oauth2>
pub(super) static DISCORD: Known = Known {
    id: "discord",
    name: "Discord",
    place: Place::OAuth {
        authorize: "https://discord.com/oauth2/authorize",
        token: "https://discord.com/api/oauth2/token",
        profile: "https://discord.com/api/users/@me",
        emails: None,
    },
    scopes: &["identify", "email"],
    ask: &[],
    secret: Secret::Body,
    trusted: false,
    profile,
};

fn profile(user: &Value, _: Option<&Value>) -> Option<Profile> {
    let subject = id(user, "id")?;
    let image = text(user, "avatar").map(|hash| format!("https://cdn.discordapp.com/avatars/{subject}/{hash}.png"));
    Some(Profile {
        email: text(user, "email"),
        email_verified: flag(user, "verified"),
        name: text(user, "global_name").or_else(|| text(user, "username")).unwrap_or_default(),
        image,
        subject,
    })
}
