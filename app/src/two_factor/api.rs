//! `POST /two-factor/…`

use axum::response::Response;
use domain::two_factor::challenge::Challenge;
use model::Method;
use serde_json::json;

use crate::wire::ok;

/// What a sign-in answers when a second factor is owed: `{twoFactorRedirect: true, twoFactorMethods}`.
pub(crate) fn challenged(challenge: &Challenge) -> Response {
    let mut methods: Vec<_> = challenge.methods.iter().filter_map(|method| wire_name(*method)).collect();
    methods.dedup();
    ok(json!({ "twoFactorRedirect": true, "twoFactorMethods": methods }))
}

/// The wire knows two methods; backup codes always go.
fn wire_name(method: Method) -> Option<&'static str> {
    match method {
        Method::Totp => Some("totp"),
        Method::Mail | Method::Sms => Some("otp"),
        Method::BackupCode => None,
    }
}
