use model::{Email, ProviderFailure, UserId};

use crate::account;
use crate::audit::{self, Act, Entry};
use crate::session::Factor;
use crate::{Cx, Result};

/// Writes into the audit log that signing in came to nothing, or connecting for `connecting`, and why (SECURITY 78). The provider's id may be
/// anything that was typed into the address; `email` is the one that the provider told.
pub(super) async fn record(
    cx: &Cx,
    provider: &str,
    failure: &ProviderFailure,
    connecting: Option<&UserId>,
    email: Option<&Email>,
) -> Result<()> {
    // What a provider says, or a browser in its name, isn't kept.
    let why = if let ProviderFailure::Theirs(_) = failure { "refused_there" } else { failure.code() };
    let act = if connecting.is_some() { Act::ProviderNotConnected } else { Act::SignInFailed };
    let mut entry = Entry::by_guest(act).with("factor", Factor::Provider).with("why", why).about(connecting);
    if let Some(provider) = cx.settings.providers.find(provider) {
        entry = entry.with("provider", &provider.id);
    }
    if let (None, Some(email)) = (connecting, email) {
        let user = account::store::by_email(&mut cx.db.read().await?, email).await?;
        entry = entry.about_named(cx, user.as_ref().map(|user| &user.id), email.as_str());
    }
    audit::record_alone(cx, entry).await
}
