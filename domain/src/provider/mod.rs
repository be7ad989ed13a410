//! Signing in through another service: an OpenID provider, or one that speaks OAuth 2.0.
//!
//! [`flow::begin`] gives the address at the provider where the browser goes; [`flow::finish`] takes what the provider sends back. In
//! between there is one row, found only with the `state` of the address and the cookie of the browser that began, and spent at the first
//! answer (SECURITY 65, A41). The code is exchanged with PKCE (66); an ID token is believed only after its signature, issuer, audience,
//! time and nonce were checked (68, A42). Who somebody is, is the provider's subject under its issuer, never an address (67).
//!
//! [`link`] decides whose account it is. An address opens an account that exists only where the provider is trusted with addresses and has
//! seen that it is theirs; otherwise its owner connects the two in the settings (A5, A6). An account that nobody has shown to be theirs is
//! emptied first (A4).
//!
//! The provider's tokens are kept sealed, and are given to who is signed in by [`tokens`].

mod configured;
mod discovery;
mod exchange;
mod failed;
pub mod flow;
mod id_token;
pub mod known;
pub mod link;
pub(crate) mod store;
#[cfg(test)]
mod tests;
pub mod tokens;

use std::fmt;
use std::sync::Arc;

use model::{AccountId, ConnectionView, ProviderRefusal, ProviderView, UserId};
use oauth2::ClientId;
use secrecy::SecretString;
use url::Url;

pub use configured::{Draft, Fault};
use known::Known;

use crate::outbound::Outbound;
use crate::{Cx, Result, Settings};

/// The providers that the operator offers, and how accounts are connected.
#[derive(Clone, Debug, Default)]
pub struct Providers {
    /// In the order in which they are shown.
    pub offered: Vec<Arc<Provider>>,
    /// Whether an account at a provider may have another address than the one here.
    pub different_emails: bool,
}

impl Providers {
    /// The provider of that id.
    ///
    /// # Errors
    /// [`ProviderRefusal::NotFound`].
    pub fn get(&self, id: &str) -> Result<&Arc<Provider>> {
        Ok(self.find(id).ok_or(ProviderRefusal::NotFound)?)
    }

    fn find(&self, id: &str) -> Option<&Arc<Provider>> {
        self.offered.iter().find(|provider| provider.id == id)
    }

    /// The provider of an account that is kept under its id and issuer, if it is offered.
    pub(crate) fn of_account(&self, id: &str, issuer: Option<&str>) -> Option<&Arc<Provider>> {
        self.find(id).filter(|provider| provider.has_issued(issuer))
    }

    /// What a provider is called, also one that isn't offered any more.
    pub fn name_of<'n>(&'n self, id: &'n str) -> &'n str {
        let known = known::find(id);
        self.find(id).map_or_else(|| if known.id == id { known.name } else { id }, |provider| &provider.name)
    }

    /// What the pages show, in their order.
    pub fn views(&self) -> Vec<ProviderView> {
        self.offered.iter().map(|provider| provider.view()).collect()
    }
}

/// A provider as the operator has set it up.
pub struct Provider {
    /// Its id in addresses and on the wire.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What is known of it.
    pub known: &'static Known,
    /// Whether its word on addresses opens accounts.
    pub trusted: bool,
    /// What is asked for.
    pub scopes: Vec<String>,
    client_id: ClientId,
    secret: ClientSecret,
    place: Place,
    discovered: discovery::Memory,
}

/// What Latchkey shows the provider.
enum ClientSecret {
    /// A text that the provider gave.
    Text(SecretString),
    /// The key with which assertions are signed (Apple).
    Key { team_id: String, key_id: String, key: Box<jsonwebtoken::EncodingKey> },
}

/// Where it is.
#[derive(Debug)]
enum Place {
    OpenId {
        /// Where its discovery document is, and the issuer that it must name.
        discovery: Url,
        issuer: Issuer,
        /// What takes the place of what is discovered.
        instead: Endpoints,
    },
    OAuth {
        authorize: Url,
        token: Url,
        profile: Url,
        emails: Option<Url>,
    },
}

/// The issuer of ID tokens, as the operator names it.
#[derive(Clone, Debug)]
enum Issuer {
    /// This one.
    Exactly(String),
    /// One for each tenant: [`TENANT`] stands for the claim `tid` (Microsoft's shared endpoints).
    OfTenant {
        issuer: String,
        /// The tenant of private accounts, where only organizations may sign in.
        except: Option<&'static str>,
    },
}

const TENANT: &str = "{tenantid}";

/// Addresses that take the place of those of a discovery document.
#[derive(Clone, Debug, Default)]
struct Endpoints {
    authorize: Option<Url>,
    token: Option<Url>,
    profile: Option<Url>,
    keys: Option<Url>,
}

impl Provider {
    /// What the pages show of it.
    pub fn view(&self) -> ProviderView {
        ProviderView { id: self.id.clone(), name: self.name.clone(), mark: self.known.id.to_owned() }
    }

    /// Whether it gives ID tokens.
    pub fn is_openid(&self) -> bool {
        matches!(self.place, Place::OpenId { .. })
    }

    /// Where it sends the browser back to: what the operator registers there.
    pub fn redirect_address(&self, settings: &Settings) -> String {
        settings.link(&format!("/api/auth/callback/{}", self.id))
    }

    /// The issuer, for people.
    pub fn issuer(&self) -> Option<&str> {
        match &self.place {
            Place::OpenId { issuer: Issuer::Exactly(issuer) | Issuer::OfTenant { issuer, .. }, .. } => Some(issuer),
            Place::OAuth { .. } => None,
        }
    }

    /// Asks an OpenID provider what it tells about itself, as the first sign-in would. Others have nothing to tell.
    ///
    /// # Errors
    /// What is wrong, in words for the operator.
    pub async fn check(&self, outbound: &Outbound) -> std::result::Result<(), String> {
        if self.is_openid() { discovery::check(outbound, self).await } else { Ok(()) }
    }

    /// Whether an account that is kept under `issuer` can be one of its own: the operator may have given its id to another provider since.
    fn has_issued(&self, issuer: Option<&str>) -> bool {
        let plain = |issuer: &str| issuer.trim_end_matches('/').to_owned();
        match (&self.place, issuer) {
            (Place::OAuth { .. }, None) => true,
            (Place::OpenId { issuer: Issuer::Exactly(own), .. }, Some(issuer)) => plain(own) == plain(issuer),
            (Place::OpenId { issuer: Issuer::OfTenant { issuer: own, .. }, .. }, Some(issuer)) => {
                let ends = own.split_once(TENANT);
                ends.is_some_and(|(start, end)| issuer.starts_with(start) && issuer.ends_with(end))
            }
            _ => false,
        }
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider").field("id", &self.id).field("place", &self.place).finish_non_exhaustive()
    }
}

/// The accounts at providers that are connected with a user's account, the first one first.
///
/// # Errors
/// When the database can't be asked.
pub async fn connections(cx: &Cx, user: &UserId) -> Result<Vec<ConnectionView>> {
    let rows = store::of_user(&mut cx.db.read().await?, user).await?;
    let providers = &cx.settings.providers;
    let view = |row: store::Connection| ConnectionView {
        provider: ProviderView {
            name: providers.name_of(&row.provider_id).to_owned(),
            mark: known::find(&row.provider_id).id.to_owned(),
            id: row.provider_id.clone(),
        },
        offered: providers.of_account(&row.provider_id, row.issuer.as_deref()).is_some(),
        id: row.id,
        email: row.email,
        created_at: row.created_at,
        last_used_at: row.last_used_at,
    };
    Ok(rows.into_iter().map(view).collect())
}

/// The account at a provider of that id, if it is the user's.
async fn own(cx: &Cx, user: &UserId, id: &AccountId) -> Result<store::Connection> {
    let rows = store::of_user(&mut cx.db.read().await?, user).await?;
    let found = rows.into_iter().find(|row| &row.id == id);
    Ok(found.ok_or(model::Refusal::AccountNotFound)?)
}
