use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::Secret;
use domain::token::Token;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What JavaScript's `encodeURIComponent` leaves as it is.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// Signs a value as the ecosystem does, for a cookie.
pub fn sign(secret: &Secret, value: &str) -> String {
    utf8_percent_encode(&seal(secret, value), COMPONENT).to_string()
}

/// A value and its signature.
pub(super) fn seal(secret: &Secret, value: &str) -> String {
    format!("{value}.{}", STANDARD.encode(secret.sign(value.as_bytes())))
}

/// The value that was signed, as a cookie holds it or bare, if the signature is ours.
pub fn unsign(secret: &Secret, text: &str) -> Option<String> {
    let value = percent_decode_str(text).decode_utf8().ok()?;
    let (value, signature) = value.rsplit_once('.')?;
    let signature = STANDARD.decode(signature).ok().filter(|_| signature.len() == 44)?;
    secret.verify(value.as_bytes(), &signature).then(|| value.to_owned())
}

/// The token in `Authorization: Bearer`: signed, as we give it, or bare, as the ecosystem's JSON has it. What is neither is nobody's, and
/// the cookie counts.
pub(super) fn borne(secret: &Secret, headers: &HeaderMap) -> Option<Token> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| Token::parse(&unsign(secret, token).unwrap_or_else(|| token.to_owned())))?
}
