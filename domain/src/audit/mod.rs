//! Who did what to which account, when and from where: written in the transaction that did it (SECURITY 78).
//!
//! Each entry's hash covers the one before and is made under the operator's secret, so that whoever can write the database alone can't
//! change, remove or reorder one unnoticed. Writers take turns by a lock, for
//! the chain has one end. No secret gets in here.

mod store;
#[cfg(test)]
mod tests;

use db::Tx;
use model::{Timestamp, UserId};
use serde_json::Value;

use crate::{Client, Cx, Error, Result};

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor<'a> {
    /// Somebody with an account.
    User(&'a UserId),
    /// Whoever runs the command line on the server.
    Operator,
}

impl Actor<'_> {
    fn name(self) -> String {
        match self {
            Self::User(user) => user.as_str().to_owned(),
            Self::Operator => "operator".to_owned(),
        }
    }
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, serde::Serialize)]
#[sqlx(rename_all = "snake_case", type_name = "text")]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Every second factor of an account was removed.
    FactorsReset,
    /// An organization was made.
    OrganizationCreated,
    /// One was deleted.
    OrganizationDeleted,
    /// It has another owner.
    OwnershipTransferred,
    /// Somebody was invited.
    MemberInvited,
    /// An invitation was taken back.
    InvitationCanceled,
    /// Somebody joined.
    InvitationAccepted,
    /// A member has other roles.
    MemberRolesChanged,
    /// A member was removed.
    MemberRemoved,
    /// A member left.
    MemberLeft,
    /// The roles of whom an organization demands a second factor were chosen.
    SecondFactorRuleChanged,
    /// One of an organization's own roles was made, changed or deleted.
    RoleChanged,
    /// A role was given for a time, in a team, or for one thing.
    RoleAssigned,
    /// Such a role was taken back.
    AssignmentRevoked,
}

/// Where the verb isn't told from where it is called.
pub(crate) fn nowhere() -> &'static Client {
    static NOWHERE: std::sync::LazyLock<Client> = std::sync::LazyLock::new(Client::default);
    &NOWHERE
}

/// An entry as it is written.
pub struct Entry<'a> {
    /// What was done.
    pub act: Act,
    /// By whom.
    pub actor: Actor<'a>,
    /// To whose account.
    pub user: Option<&'a UserId>,
    /// From where; empty for the command line.
    pub client: &'a Client,
    /// What else is worth knowing: a JSON object.
    pub detail: Value,
}

/// Writes an entry in the caller's transaction.
///
/// # Errors
/// When it can't be written; then what it tells of must not happen either.
pub async fn record(tx: &mut Tx, cx: &Cx, entry: Entry<'_>) -> Result<()> {
    tx.lock("audit").await?;
    let last = store::last(tx).await?;
    let mut row = store::Row {
        number: last.as_ref().map_or(1, |last| last.number + 1),
        at: cx.now(),
        act: entry.act,
        actor: entry.actor.name(),
        user_id: entry.user.cloned(),
        ip_address: entry.client.ip_text(),
        user_agent: entry.client.user_agent_text(),
        detail: sqlx::types::Json(entry.detail),
        hash: Vec::new(),
    };
    let message = row.chained(last.as_ref().map_or(&[], |last| last.hash.as_slice()))?;
    row.hash = cx.secret.tag("audit", &message).to_vec();
    store::insert(tx, row).await
}

/// What reading the whole chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verified {
    /// Every entry is as it was written; how many there are.
    Whole(u64),
    /// The first entry that isn't, or that is missing.
    Broken {
        /// Its number.
        number: i64,
    },
}

/// Reads the chain from its beginning. What was cut off at its end doesn't show; a copy of the last hash kept elsewhere tells that.
///
/// # Errors
/// When it can't be read.
pub async fn verify(cx: &Cx) -> Result<Verified> {
    let (mut before, mut next) = (Vec::new(), 1);
    loop {
        let rows = store::from(&mut cx.db.read().await?, next, 1000).await?;
        if rows.is_empty() {
            return Ok(Verified::Whole(u64::try_from(next - 1).unwrap_or_default()));
        }
        for row in rows {
            let message = row.chained(&before)?;
            let genuine = cx.secret.tags("audit", &message).iter().any(|tag| tag.as_slice() == row.hash);
            if row.number != next || !genuine {
                return Ok(Verified::Broken { number: next });
            }
            (before, next) = (row.hash, next + 1);
        }
    }
}

impl store::Row {
    /// What this entry's hash is made of: a JSON array with the hash of the one before, so that no two entries read alike.
    fn chained(&self, before: &[u8]) -> Result<Vec<u8>> {
        let Self { number, at, act, actor, user_id, ip_address, user_agent, detail, hash: _ } = self;
        serde_json::to_vec(&(
            hex::encode(before),
            number,
            Timestamp::micros(*at),
            act,
            actor,
            user_id,
            ip_address,
            user_agent,
            &detail.0,
        ))
        .map_err(Error::broken)
    }
}
