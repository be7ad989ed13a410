//! Seals anew under the present secret what is under an older one: beside a server that runs, a batch at a time, as often as it is begun
//! again. Which values are left is seen from the values themselves, so there is nothing to remember where it was.
//!
//! Each value is swapped by a statement of its own that compares the one that was read: whoever writes another meanwhile keeps theirs. It is
//! a transaction of its own too where others write at the same time, so that no two transactions wait for each other.

use super::{Column, HEADER, Place, Rows, close, header, open};
use crate::secret::KeyId;
use crate::{Cx, Error, Result};

/// How many values of a column are sealed under one secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The column.
    pub column: Column,
    /// The secret; `None` where the value isn't one that we sealed.
    pub under: Option<KeyId>,
    /// How many.
    pub number: u64,
}

/// Counts what is sealed, by column and secret.
///
/// # Errors
/// When the database can't be asked.
pub async fn census(cx: &Cx) -> Result<Vec<Kept>> {
    let mut all = Vec::new();
    for column in Column::ALL.iter().copied() {
        let mut conn = cx.db.read().await?;
        let counted: Vec<(Vec<u8>, i64)> = conn.query(column.statements().census).all().await?;
        for (header, number) in counted {
            let number = u64::try_from(number).map_err(Error::broken)?;
            all.push(Kept { column, under: super::under(&header), number });
        }
    }
    Ok(all)
}

/// How many values are read at once.
const BATCH: i64 = 100;

/// A row's key: names it where a value is bound to its place, and finds it.
#[derive(Clone, Debug)]
enum Key {
    Text(String),
    Hash(Vec<u8>),
}

impl Key {
    fn first(rows: Rows) -> Self {
        match rows {
            Rows::Named => Self::Text(String::new()),
            Rows::Hashed => Self::Hash(Vec::new()),
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Text(id) => id.clone(),
            Self::Hash(hash) => hex::encode(hash),
        }
    }
}

/// The way through all columns.
pub struct Rotation<'c> {
    cx: &'c Cx,
    left: std::slice::Iter<'static, Column>,
    at: Option<Pass>,
}

/// Once through a column. Where it found something there is a second one, for what was written in between.
#[derive(Clone, Debug)]
struct Pass {
    column: Column,
    after: Key,
    found: bool,
    again: bool,
}

/// What was done in one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// In which column.
    pub column: Column,
    /// How many values were sealed anew.
    pub number: u64,
}

impl<'c> Rotation<'c> {
    /// Begins, or goes on.
    pub fn new(cx: &'c Cx) -> Self {
        Self { cx, left: Column::ALL.iter(), at: None }
    }

    /// Does a batch; `None` when there is nothing left.
    ///
    /// # Errors
    /// [`Error::Broken`] when a value can't be opened: the table, and the secret that isn't configured, are named. What was done until
    /// then is done.
    pub async fn step(&mut self) -> Result<Option<Step>> {
        loop {
            let Some(mut pass) = self.at.take().or_else(|| self.next()) else { return Ok(None) };
            let batch = batch(self.cx, &pass).await?;
            let Some((last, _)) = batch.last() else {
                if pass.found && !pass.again {
                    let after = Key::first(pass.column.rows());
                    self.at = Some(Pass { after, found: false, again: true, ..pass });
                }
                continue;
            };
            (pass.after, pass.found) = (last.clone(), true);
            let column = pass.column;
            let together = if self.cx.db.has_one_writer() { batch.len() } else { 1 };
            let mut number = 0;
            for some in batch.chunks(together) {
                number += swap(self.cx, column, some).await?;
            }
            self.at = Some(pass);
            return Ok(Some(Step { column, number }));
        }
    }

    fn next(&mut self) -> Option<Pass> {
        let column = *self.left.next()?;
        Some(Pass { column, after: Key::first(column.rows()), found: false, again: false })
    }
}

/// The next values of the pass that aren't under the present secret: those that don't begin with its header.
async fn batch(cx: &Cx, pass: &Pass) -> Result<Vec<(Key, Vec<u8>)>> {
    let (from, to) = (header(cx).to_vec(), beyond(header(cx)).to_vec());
    let mut conn = cx.db.read().await?;
    let query = conn.query(pass.column.statements().batch);
    Ok(match pass.after.clone() {
        Key::Text(id) => {
            let rows: Vec<(String, Vec<u8>)> = query.bind(id).bind(from).bind(to).bind(BATCH).all().await?;
            rows.into_iter().map(|(id, sealed)| (Key::Text(id), sealed)).collect()
        }
        Key::Hash(hash) => {
            let rows: Vec<(Vec<u8>, Vec<u8>)> = query.bind(hash).bind(from).bind(to).bind(BATCH).all().await?;
            rows.into_iter().map(|(hash, sealed)| (Key::Hash(hash), sealed)).collect()
        }
    })
}

/// What comes right after everything that begins with `header`. Its first byte is the version, so there is something.
fn beyond(mut header: [u8; HEADER]) -> [u8; HEADER] {
    for byte in header.iter_mut().rev() {
        *byte = byte.wrapping_add(1);
        if *byte != 0 {
            break;
        }
    }
    header
}

/// Seals values anew, in one transaction; gives how many were still there.
async fn swap(cx: &Cx, column: Column, values: &[(Key, Vec<u8>)]) -> Result<u64> {
    let mut anew = Vec::with_capacity(values.len());
    for (key, sealed) in values {
        let row = key.name();
        let place = Place { column, row: &row };
        anew.push(close(cx, place, &open(cx, place, sealed)?)?);
    }
    let (mut tx, mut number) = (cx.db.begin().await?, 0);
    for ((key, sealed), anew) in values.iter().zip(anew) {
        let query = tx.query(column.statements().swap);
        let query = match key {
            Key::Text(id) => query.bind(id.clone()),
            Key::Hash(hash) => query.bind(hash.clone()),
        };
        number += query.bind(sealed.clone()).bind(anew).execute().await?;
    }
    tx.commit().await?;
    Ok(number)
}
