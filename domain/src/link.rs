//! The addresses in mails: always the configured one, never what a request says (SECURITY A3).

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::Cx;
use crate::token::Token;

/// Where people are sent after a link, as an app asked for it; checked by the caller against the trusted origins.
#[derive(Clone, Debug, Default)]
pub struct Callbacks {
    /// Everybody, unless one of the others applies.
    pub done: Option<String>,
    /// Somebody who has just got an account.
    pub new_user: Option<String>,
    /// After an error.
    pub error: Option<String>,
}

pub(crate) fn verify_email(cx: &Cx, token: &Token, callback: Option<&str>) -> String {
    build(cx, "verify-email", &[("token", Some(token.expose())), ("callbackURL", callback.or(Some("/")))])
}

pub(crate) fn magic_link(cx: &Cx, token: &Token, callbacks: &Callbacks) -> String {
    let query = [
        ("token", Some(token.expose())),
        ("callbackURL", callbacks.done.as_deref()),
        ("newUserCallbackURL", callbacks.new_user.as_deref()),
        ("errorCallbackURL", callbacks.error.as_deref()),
    ];
    build(cx, "magic-link/verify", &query)
}

pub(crate) fn reset_password(cx: &Cx, token: &Token, callback: Option<&str>) -> String {
    build(cx, &format!("reset-password/{}", token.expose()), &[("callbackURL", callback.or(Some("/reset-password")))])
}

pub(crate) fn delete_user(cx: &Cx, token: &Token, callback: Option<&str>) -> String {
    build(cx, "delete-user/callback", &[("token", Some(token.expose())), ("callbackURL", callback.or(Some("/")))])
}

/// The sign-in page, which leads to `callback` then if that is a path of this site.
pub(crate) fn sign_in(cx: &Cx, callback: Option<&str>) -> String {
    let next = callback.filter(|callback| callback.starts_with('/'));
    let next = next.map(|next| format!("?next={}", utf8_percent_encode(next, NON_ALPHANUMERIC)));
    cx.settings.link(&format!("/sign-in{}", next.unwrap_or_default()))
}

fn build(cx: &Cx, endpoint: &str, query: &[(&str, Option<&str>)]) -> String {
    let mut link = cx.settings.link(&format!("/api/auth/{endpoint}"));
    let given = query.iter().filter_map(|(name, value)| value.map(|value| (name, value)));
    for (place, (name, value)) in given.enumerate() {
        link.push(if place == 0 { '?' } else { '&' });
        link.push_str(name);
        link.push('=');
        link.extend(utf8_percent_encode(value, NON_ALPHANUMERIC));
    }
    link
}
