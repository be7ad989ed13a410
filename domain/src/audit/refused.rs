//! What was refused to people who are known: they may not do it, or aren't in that organization.
//!
//! Nothing is written where something is refused, so there is no transaction to write the entry in, and a page that is opened again and
//! again must not fill the log. Refusals wait in memory, each once in a while, until a job writes them down.

use std::collections::HashMap;
use std::future::Future;
use std::mem;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use db::Tx;
use model::{OrganizationId, Timestamp, UserId};
use tokio::sync::Notify;

use super::{Act, Entry, record};
use crate::{Client, Cx, Result, organization};

/// How long the same refusal to the same person is told once.
const ONCE_IN: Duration = Duration::from_secs(600);
/// How many are remembered. Beyond it the memory begins anew, and some are told twice.
const MOST: usize = 10_000;

/// What was refused.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Refused {
    /// To whom.
    pub user: UserId,
    /// In which organization.
    pub organization: OrganizationId,
    /// What they would have needed; nothing for who isn't in it at all.
    pub permission: Option<String>,
}

/// Those that wait to be written down.
#[derive(Debug, Default)]
pub struct Refusals {
    memory: Mutex<Memory>,
    bell: Notify,
}

#[derive(Debug, Default)]
struct Memory {
    told: HashMap<Refused, Timestamp>,
    waiting: Vec<(Refused, Client)>,
}

impl Refusals {
    pub(crate) fn add(&self, refused: Refused, now: Timestamp) {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.told.get(&refused).is_some_and(|told| now.since(*told) < ONCE_IN) {
            return;
        }
        if memory.told.len() >= MOST {
            memory.told.clear();
        }
        if memory.waiting.len() < MOST {
            memory.told.insert(refused.clone(), now);
            memory.waiting.push((refused, Client::asking()));
            self.bell.notify_one();
        }
    }

    fn take(&self) -> Vec<(Refused, Client)> {
        mem::take(&mut self.memory.lock().unwrap_or_else(PoisonError::into_inner).waiting)
    }
}

/// Writes down what waits.
///
/// # Errors
/// When the database can't be written; what waited is lost then, but for the log.
pub async fn write_refused(cx: &Cx) -> Result<()> {
    for (refused, client) in cx.refusals.take() {
        tracing::debug!(?refused, "refused");
        client.asks(write(cx, refused)).await?;
    }
    Ok(())
}

async fn write(cx: &Cx, refused: Refused) -> Result<()> {
    let mut tx = cx.db.begin().await?;
    if let Some(entry) = entry(&mut tx, refused).await? {
        record(&mut tx, cx, entry);
    }
    Ok(tx.commit().await?)
}

async fn entry(tx: &mut Tx, Refused { user, organization, permission }: Refused) -> Result<Option<Entry>> {
    let entry = Entry::by(&user, Act::AccessRefused);
    Ok(match permission {
        Some(permission) => Some(entry.within(&organization).with("permission", permission)),
        // The organization isn't told who has knocked: it is no member of it. Where there is none, there was nothing to refuse.
        None if organization::exists(tx, &organization).await? => Some(entry.with("knocked", organization)),
        None => None,
    })
}

/// Writes refusals down as they come, until `stop`.
pub async fn run(cx: Cx, stop: impl Future<Output = ()>) {
    let mut stop = std::pin::pin!(stop);
    loop {
        let stopped = tokio::select! {
            () = &mut stop => true,
            () = cx.refusals.bell.notified() => false,
        };
        if let Err(error) = write_refused(&cx).await {
            tracing::warn!(%error, "what was refused can't be written into the audit log");
        }
        if stopped {
            return;
        }
    }
}
