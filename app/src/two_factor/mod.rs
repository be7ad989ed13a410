//! The second factor: asked for after the first one ([`page`]), set up in the settings, and before anything else by whoever must have one.

#[cfg(feature = "ssr")]
pub mod api;
#[cfg(feature = "ssr")]
mod ask;
#[cfg(feature = "ssr")]
mod authenticator;
#[cfg(feature = "ssr")]
mod backup_codes;
mod island;
#[cfg(feature = "ssr")]
mod page;
#[cfg(feature = "ssr")]
mod qr;
#[cfg(feature = "ssr")]
mod required;
mod server;
#[cfg(feature = "ssr")]
mod switch;

pub use island::{AuthenticatorLive, TwoFactorLive};

#[cfg(feature = "ssr")]
pub(crate) use self::ask::{Carried, FactorCard, OTHER, Place, Question, code_sent, proof};
#[cfg(feature = "ssr")]
pub(crate) use self::authenticator::PAGE as AUTHENTICATOR;
#[cfg(feature = "ssr")]
pub(crate) use self::backup_codes::PAGE as BACKUP_CODES;
#[cfg(feature = "ssr")]
pub(crate) use self::switch::{AUTHENTICATOR_OFF, MAIL_CODES, TEXT_CODES, is_only};

#[cfg(feature = "ssr")]
use axum::Router;
#[cfg(feature = "ssr")]
use model::LocalPath;

#[cfg(feature = "ssr")]
use crate::state::App;

/// The pages of the second factor.
#[cfg(feature = "ssr")]
pub fn routes() -> Router<App> {
    page::routes()
        .merge(required::routes())
        .merge(authenticator::routes())
        .merge(backup_codes::routes())
        .merge(switch::routes())
}

/// The page that asks for the second factor, and leads on to `target` (a path of this site, or a trusted address) then.
#[cfg(feature = "ssr")]
pub fn page_for(target: Option<&str>) -> String {
    with_next("/two-factor", target.unwrap_or_default()).to_string()
}

/// A page of this site that leads on to `next`, whatever that is; its reader judges it. Without it where both are too long together.
#[cfg(feature = "ssr")]
fn with_next(page: &'static str, next: &str) -> LocalPath {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    let and = if page.contains('?') { '&' } else { '?' };
    let path = format!("{page}{and}next={}", utf8_percent_encode(next, NON_ALPHANUMERIC));
    LocalPath::parse(&path).filter(|_| !next.is_empty()).unwrap_or_else(|| LocalPath::known(page).into())
}
