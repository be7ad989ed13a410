use db::Tx;
use model::{OrganizationId, UserId};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Act, chain};
use crate::session::Factor;
use crate::{Client, Cx, Result};

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Somebody with an account.
    User(UserId),
    /// Whoever runs the command line on the server.
    Operator,
    /// The server by itself, when something was due.
    Server,
    /// Somebody who hasn't shown who they are.
    Guest,
}

const OPERATOR: &str = "operator";
const SERVER: &str = "server";
const GUEST: &str = "guest";

impl Actor {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::User(user) => user.as_str(),
            Self::Operator => OPERATOR,
            Self::Server => SERVER,
            Self::Guest => GUEST,
        }
    }

    pub(super) fn read(name: String) -> Self {
        match name.as_str() {
            OPERATOR => Self::Operator,
            SERVER => Self::Server,
            GUEST => Self::Guest,
            _ => Self::User(UserId::new(name)),
        }
    }
}

/// An entry as it is written. When and from where is found out when it is.
#[derive(Clone, Debug)]
pub struct Entry {
    pub(super) act: Act,
    pub(super) actor: Actor,
    pub(super) user: Option<UserId>,
    pub(super) detail: Map<String, Value>,
}

impl Entry {
    /// What somebody did to their own account, or in an organization.
    pub fn by(user: &UserId, act: Act) -> Self {
        let (actor, user) = (Actor::User(user.clone()), Some(user.clone()));
        Self { act, actor, user, detail: Map::new() }
    }

    /// What somebody did who hasn't shown who they are; to which account, [`Entry::about`] says, if there is one.
    pub fn by_guest(act: Act) -> Self {
        Self { act, actor: Actor::Guest, user: None, detail: Map::new() }
    }

    /// What the operator did on the command line.
    pub fn by_operator(act: Act) -> Self {
        Self { act, actor: Actor::Operator, user: None, detail: Map::new() }
    }

    /// The same of another act.
    #[must_use]
    pub(crate) fn rather(mut self, act: Act) -> Self {
        self.act = act;
        self
    }

    /// What the server did by itself.
    pub fn by_server(act: Act) -> Self {
        Self { act, actor: Actor::Server, user: None, detail: Map::new() }
    }

    /// To whose account.
    #[must_use]
    pub fn about<'u>(mut self, user: impl Into<Option<&'u UserId>>) -> Self {
        self.user = user.into().cloned();
        self
    }

    /// In which organization: its part of the trail shows the entry.
    #[must_use]
    pub fn within(self, organization: &OrganizationId) -> Self {
        self.with(ORGANIZATION, organization)
    }

    /// What else is worth knowing. No secret, and nothing that somebody typed who isn't known.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Serialize) -> Self {
        // What can't be written as JSON has no place here; ids, names and views can.
        self.detail.insert(name.to_owned(), serde_json::to_value(value).unwrap_or_default());
        self
    }

    /// To the account that somebody named; where there is none, what they typed is written so that it reads the same each time, and says
    /// nothing.
    #[must_use]
    pub(crate) fn about_named(self, cx: &Cx, user: Option<&UserId>, typed: &str) -> Self {
        match user {
            Some(user) => self.about(user),
            None => self.with("unknown", hex::encode(&cx.secret.tag("audit name", typed.as_bytes())[..8])),
        }
    }
}

/// Where the detail says to which organization an entry belongs.
pub(super) const ORGANIZATION: &str = "organization";

/// Writes an entry in the caller's transaction, as the last thing that it does: if that fails, what it tells of doesn't happen either.
pub fn record(tx: &mut Tx, cx: &Cx, entry: Entry) {
    let (cx, client) = (cx.clone(), Client::asking());
    tx.at_last(move |tx| Box::pin(async move { chain::append(tx, &cx, entry, &client).await }));
}

/// Writes down that a way in was tried in vain.
///
/// # Errors
/// When it can't be written.
pub(crate) async fn sign_in_failed(cx: &Cx, factor: Factor, user: Option<&UserId>, typed: &str) -> Result<()> {
    let entry = Entry::by_guest(Act::SignInFailed).with("factor", factor).about_named(cx, user, typed);
    record_alone(cx, entry).await
}

/// Writes an entry in a transaction of its own, for what comes to nothing else, such as a wrong password.
///
/// # Errors
/// When it can't be written.
pub async fn record_alone(cx: &Cx, entry: Entry) -> Result<()> {
    let mut tx = cx.db.begin().await?;
    record(&mut tx, cx, entry);
    Ok(tx.commit().await?)
}
