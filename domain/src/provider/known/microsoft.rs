use serde_json::Value;

use super::openid::standard;
use super::{Known, Place, Profile, Secret, flag};

/// <https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc>
pub(super) static MICROSOFT: Known = Known {
    id: "microsoft",
    name: "Microsoft",
    place: Place::OpenId("https://login.microsoftonline.com/{tenant}/v2.0"),
    scopes: &["openid", "email", "profile", "offline_access"],
    ask: &[("prompt", "select_account")],
    secret: Secret::Body,
    trusted: true,
    profile,
};

/// Who runs a tenant writes any address into it: only one whose domain Microsoft has seen to be the tenant's (`xms_edov`), or one that is
/// named as verified, is.
fn profile(claims: &Value, none: Option<&Value>) -> Option<Profile> {
    let profile = standard(claims, none)?;
    let named = |list: &str| {
        let verified = claims.get(list).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        profile.email.as_deref().is_some_and(|email| verified.into_iter().any(|one| one.eq_ignore_ascii_case(email)))
    };
    let email_verified = flag(claims, "xms_edov")
        || profile.email_verified
        || named("verified_primary_email")
        || named("verified_secondary_email");
    Some(Profile { email_verified, ..profile })
}
