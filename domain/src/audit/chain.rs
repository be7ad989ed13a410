//! The chain itself: how an entry is bound to the one before, and how it is found whole.

use db::Tx;
use model::{OrganizationId, Timestamp};
use serde_json::Value;
use subtle::ConstantTimeEq;

use super::entry::{Entry, ORGANIZATION};
use super::store::{self, Row};
use crate::{Client, Cx, Error, Result};

/// Adds an entry to the end of the chain. Writers take turns, for it has one end.
pub(super) async fn append(tx: &mut Tx, cx: &Cx, entry: Entry, client: &Client) -> db::Result<()> {
    tx.lock("audit").await?;
    let last = store::last(tx).await?;
    let detail = Value::Object(entry.detail);
    let mut row = Row {
        number: last.as_ref().map_or(1, |last| last.number + 1),
        at: cx.now(),
        act: entry.act.name().to_owned(),
        actor: entry.actor.name().to_owned(),
        user_id: entry.user,
        organization_id: organization(&detail),
        ip_address: client.ip_text(),
        user_agent: client.user_agent_text(),
        detail: sqlx::types::Json(detail),
        hash: Vec::new(),
    };
    let message = row.chained(last.as_ref().map_or(&[], |last| last.hash.as_slice()));
    row.hash = cx.secret.tag("audit", &message).to_vec();
    store::insert(tx, row).await
}

fn organization(detail: &Value) -> Option<OrganizationId> {
    Some(OrganizationId::new(detail.get(ORGANIZATION)?.as_str()?))
}

impl Row {
    /// What this entry's hash is made of: a JSON array with the hash of the one before, so that no two entries read alike. The
    /// organization is in it as a part of the detail.
    fn chained(&self, before: &[u8]) -> Vec<u8> {
        let Self { number, at, act, actor, user_id, organization_id: _, ip_address, user_agent, detail, hash: _ } =
            self;
        let at = Timestamp::micros(*at);
        serde_json::json!([hex::encode(before), number, at, act, actor, user_id, ip_address, user_agent, detail.0])
            .to_string()
            .into_bytes()
    }

    fn is_genuine(&self, cx: &Cx, before: &[u8]) -> bool {
        let message = self.chained(before);
        self.organization_id == organization(&self.detail.0)
            && cx.secret.tags("audit", &message).iter().any(|tag| tag.ct_eq(&self.hash).into())
    }
}

/// What reading the whole chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verified {
    /// Every entry is as it was written.
    Whole {
        /// How many there are.
        count: u64,
        /// The hash of the last one: kept elsewhere, it tells later whether the end was cut off. Empty without entries.
        last: String,
    },
    /// An entry isn't, or is missing; the first one.
    Broken {
        /// Its number.
        number: i64,
    },
    /// Every entry is, but none has the hash that was expected: the end was cut off.
    Cut {
        /// How many are left.
        count: u64,
    },
}

/// Reads the chain from its beginning. What was cut off at its end shows only to who has kept the hash that was the last one then, and
/// gives it as `expected`.
///
/// # Errors
/// When the database can't be asked.
pub async fn verify(cx: &Cx, expected: Option<&str>) -> Result<Verified> {
    let (mut before, mut next) = (Vec::new(), 1);
    let mut found = expected.is_none();
    // Whatever stands before the first one was put there.
    let mut from = i64::MIN;
    loop {
        let rows = match readable(cx, from).await? {
            Ok(rows) => rows,
            Err(number) => return Ok(Verified::Broken { number: number.unwrap_or(next) }),
        };
        for row in &rows {
            if row.number != next || !row.is_genuine(cx, &before) {
                return Ok(Verified::Broken { number: next });
            }
            found |= expected.is_some_and(|expected| hex::encode(&row.hash).eq_ignore_ascii_case(expected.trim()));
            (before, next) = (row.hash.clone(), next + 1);
        }
        if rows.is_empty() {
            let count = u64::try_from(next - 1).unwrap_or_default();
            let last = hex::encode(before);
            return Ok(if found { Verified::Whole { count, last } } else { Verified::Cut { count } });
        }
        from = next;
    }
}

/// The entries from a number on, or the number of one that can't even be read, if it is known: whoever changed it may have left what is no
/// time, or no JSON.
async fn readable(cx: &Cx, from: i64) -> Result<std::result::Result<Vec<Row>, Option<i64>>> {
    match store::from(&mut cx.db.read().await?, from, BATCH).await {
        Ok(rows) => return Ok(Ok(rows)),
        Err(Error::Broken(_)) => {}
        Err(error) => return Err(error),
    }
    for number in store::numbers(&mut cx.db.read().await?, from, BATCH).await? {
        match store::from(&mut cx.db.read().await?, number, 1).await {
            Ok(_) => {}
            Err(Error::Broken(_)) => return Ok(Err(Some(number))),
            Err(error) => return Err(error),
        }
    }
    Ok(Err(None))
}

/// How many entries are read at once.
const BATCH: i64 = 1000;
