use domain::session::{Factor, SecondFactor};

/// What somebody showed first.
pub(crate) fn factor(factor: Factor) -> &'static str {
    match factor {
        Factor::Password => "a password",
        Factor::Link => "a link by mail",
        Factor::Code => "a code by mail",
        Factor::PhoneCode => "a code by text message",
        Factor::Provider => "another service",
        Factor::Passkey => "a passkey",
    }
}

/// What they showed then. A passkey is both, and told as the first.
pub(crate) fn second(second: SecondFactor) -> Option<&'static str> {
    Some(match second {
        SecondFactor::Totp => "an authenticator app",
        SecondFactor::Mail => "a code by mail",
        SecondFactor::Sms => "a code by text message",
        SecondFactor::BackupCode => "a backup code",
        SecondFactor::TrustedDevice => "a trusted browser",
        SecondFactor::Passkey => return None,
    })
}

/// "with a password, then an authenticator app".
pub(super) fn way_in(first: Factor, then: Option<SecondFactor>) -> String {
    let first = factor(first);
    then.and_then(second).map_or_else(|| format!("with {first}"), |then| format!("with {first}, then {then}"))
}
