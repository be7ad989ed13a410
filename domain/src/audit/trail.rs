use model::{OrganizationId, Timestamp, UserId};
use serde_json::Value;

use super::entry::Actor;
use super::{Act, store};
use crate::organization::Access;
use crate::session::Current;
use crate::{Cx, Error, Result, client};

/// A part of the audit log that somebody may read.
#[derive(Clone, Debug)]
pub struct Trail(Scope);

#[derive(Clone, Debug)]
pub(super) enum Scope {
    Everything,
    Own(UserId),
    Organization(OrganizationId),
}

impl Scope {
    pub(super) fn id(&self) -> &str {
        match self {
            Self::Everything => "",
            Self::Own(user) => user.as_str(),
            Self::Organization(organization) => organization.as_str(),
        }
    }
}

/// What is looked for; whatever is empty narrows nothing.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// One of these acts.
    pub acts: Vec<Act>,
    /// Done by this account, or to it.
    pub user: Option<UserId>,
    /// Not before this moment.
    pub since: Option<Timestamp>,
    /// Before this one.
    pub until: Option<Timestamp>,
    /// A part of the name or the address of who did it, or to whom.
    pub search: String,
}

/// An entry as it is read.
#[derive(Clone, Debug)]
pub struct Told {
    /// Its place in the chain.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// What was done; `None` where a newer version wrote something that this one doesn't know.
    pub act: Option<Act>,
    /// The same as it is written.
    pub act_name: String,
    /// Who did it.
    pub actor: Actor,
    /// Their name, while they have an account.
    pub actor_name: Option<String>,
    /// To whose account.
    pub user: Option<UserId>,
    /// Their name, while they have one.
    pub user_name: Option<String>,
    /// In which organization.
    pub organization: Option<OrganizationId>,
    /// What it is called, while it is there.
    pub organization_name: Option<String>,
    /// From which address; empty where that isn't known, or isn't the reader's business.
    pub ip_address: String,
    /// With which program, as it calls itself.
    pub user_agent: String,
    /// What else is known: a JSON object.
    pub detail: Value,
    /// The entry's hash in the chain, in hexadecimal.
    pub hash: String,
}

impl Told {
    fn read(named: store::Named) -> Self {
        let store::Named { row, actor_name, user_name, organization_name } = named;
        Self {
            number: row.number,
            at: row.at,
            act: Act::parse(&row.act),
            act_name: row.act,
            actor: Actor::read(row.actor),
            actor_name,
            user: row.user_id,
            user_name,
            organization: row.organization_id,
            organization_name,
            ip_address: row.ip_address,
            user_agent: row.user_agent,
            detail: row.detail.0,
            hash: hex::encode(row.hash),
        }
    }

    /// What the program calls itself in words that people know ("Firefox on Linux"), and whether it is on a phone; `None` where there was none.
    pub fn device(&self) -> Option<(String, bool)> {
        (!self.user_agent.is_empty()).then(|| client::device(&self.user_agent))
    }

    /// A text of the detail.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.detail.get(name)?.as_str()
    }
}

impl Trail {
    /// What somebody did, and what was done to their account. Where from, they see only of what they did themselves, or nobody who is known.
    pub fn own(current: &Current) -> Self {
        Self(Scope::Own(current.user.id.clone()))
    }

    /// An organization's part.
    ///
    /// # Errors
    /// [`model::OrganizationRefusal::Forbidden`] without `audit:read`.
    pub fn of(access: &Access) -> Result<Self> {
        access.require("audit:read")?;
        Ok(Self(Scope::Organization(access.organization.id.clone())))
    }

    /// All of it: for who runs the server.
    pub fn everything() -> Self {
        Self(Scope::Everything)
    }

    /// What an account did, and what was done to it: for who runs the server.
    pub fn of_account(user: UserId) -> Self {
        Self(Scope::Own(user))
    }

    /// An organization's part: for who runs the server.
    pub fn of_organization(organization: OrganizationId) -> Self {
        Self(Scope::Organization(organization))
    }

    /// The newest entries after the first `offset`, at most `most`, and how many there are in all.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn page(&self, cx: &Cx, filter: &Filter, most: u32, offset: u32) -> Result<(Vec<Told>, u64)> {
        let mut conn = cx.db.read().await?;
        let total = store::count(&mut conn, &self.0, filter).await?;
        let rows = store::newest(&mut conn, &self.0, filter, most, offset).await?;
        let told = rows.into_iter().map(|row| self.shown(Told::read(row))).collect();
        Ok((told, u64::try_from(total).map_err(Error::broken)?))
    }

    /// The entries after the one with that number, the oldest first, at most `most`.
    pub(super) async fn after(&self, cx: &Cx, filter: &Filter, number: i64, most: i64) -> Result<Vec<Told>> {
        let rows = store::after(&mut cx.db.read().await?, &self.0, filter, number, most).await?;
        Ok(rows.into_iter().map(|row| self.shown(Told::read(row))).collect())
    }

    fn shown(&self, mut told: Told) -> Told {
        let Scope::Own(reader) = &self.0 else { return told };
        if matches!(&told.actor, Actor::User(actor) if actor != reader) {
            told.ip_address.clear();
            told.user_agent.clear();
        }
        told
    }
}
