//! Several accounts in one browser: it holds the tokens of several sessions, one a user, and one of them is active.
//!
//! A verb takes the tokens that the browser itself brought, and finds nothing beyond them: whoever names another session, by its token
//! or its id, is told that there is no such one (SECURITY A33).

mod store;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use db::Tx;
use model::Refusal;

use crate::audit::{self, Act, Entry};
use crate::session::{self, Current, Opened};
use crate::token::Token;
use crate::{Cx, Result};

/// How many tokens of one browser are looked at.
pub const MOST: usize = 16;

/// Whether a browser may hold more than one account.
pub fn allowed(cx: &Cx) -> bool {
    cx.settings.session.accounts_per_browser > 1
}

/// The live sessions among those that a browser holds, the one that was used last first.
///
/// # Errors
/// When the database can't be asked.
pub async fn live(cx: &Cx, held: &[Token]) -> Result<Vec<Current>> {
    if held.is_empty() || !allowed(cx) {
        return Ok(Vec::new());
    }
    let mut live = store::live(&mut cx.db.read().await?, held, cx.now()).await?;
    live.sort_by_key(|one| std::cmp::Reverse((one.session.seen_at, one.session.created_at)));
    for one in &mut live {
        one.elsewhere = session::binding::is_elsewhere(cx, &one.session);
    }
    Ok(live)
}

/// The first of each user: two tabs that signed in at once leave two sessions, and one account is shown once.
#[must_use]
pub fn one_a_user(mut live: Vec<Current>) -> Vec<Current> {
    let mut users = HashSet::new();
    live.retain(|one| users.insert(one.user.id.clone()));
    live
}

/// One of the sessions that a browser holds, named by its token or its id, to become the active one.
///
/// # Errors
/// [`Refusal::InvalidSessionToken`] when it holds no such live one.
pub async fn choose(cx: &Cx, held: &[Token], handle: &str) -> Result<Current> {
    let token = named(cx, held, handle).await?.ok_or(Refusal::InvalidSessionToken)?;
    // As any request finds it, and renewed if it is due.
    Ok(session::find(cx, token).await?.ok_or(Refusal::InvalidSessionToken)?)
}

/// The token of the live session that is named.
async fn named(cx: &Cx, held: &[Token], handle: &str) -> Result<Option<Token>> {
    Ok(live(cx, held).await?.into_iter().find(|one| is(one, handle)).map(|one| one.token))
}

fn is(one: &Current, handle: &str) -> bool {
    one.token.expose() == handle || one.session.id.as_str() == handle
}

/// What a browser that was just given a session gives up: it holds one session a user, and only so many, of which the oldest goes.
/// Those end. Gives their tokens, and those that had ended.
///
/// # Errors
/// When they can't be ended.
pub async fn settle(cx: &Cx, opened: &Opened, held: &[Token]) -> Result<Vec<Token>> {
    let others: Vec<_> = held.iter().filter(|token| token.expose() != opened.token.expose()).cloned().collect();
    if others.is_empty() {
        return Ok(others);
    }
    let mut tx = cx.db.begin().await?;
    let mut live = store::live(&mut tx, &others, cx.now()).await?;
    live.sort_by_key(|one| std::cmp::Reverse(one.session.created_at));
    let mut users = HashSet::from([opened.user.id.clone()]);
    let mut stay = HashSet::new();
    for one in live {
        if users.len() < cx.settings.session.accounts_per_browser && users.insert(one.user.id.clone()) {
            stay.insert(one.token.expose().to_owned());
        } else {
            end_one(&mut tx, cx, &one.token).await?;
        }
    }
    tx.commit().await?;
    Ok(others.into_iter().filter(|token| !stay.contains(token.expose())).collect())
}

/// Ends what a browser holds of the account whose session is named, by its token, also if it has ended, or by its id; gives the tokens.
///
/// # Errors
/// [`Refusal::InvalidSessionToken`] when it holds no such one.
pub async fn end(cx: &Cx, held: &[Token], handle: &str) -> Result<Vec<Token>> {
    let mut tx = cx.db.begin().await?;
    let live = store::live(&mut tx, held, cx.now()).await?;
    let ended: Vec<_> = match live.iter().find(|one| is(one, handle)) {
        Some(named) => live.iter().filter(|one| one.user.id == named.user.id).map(|one| one.token.clone()).collect(),
        None => held.iter().filter(|token| token.expose() == handle).cloned().collect(),
    };
    if ended.is_empty() {
        return Err(Refusal::InvalidSessionToken.into());
    }
    for token in &ended {
        end_one(&mut tx, cx, token).await?;
    }
    tx.commit().await?;
    Ok(ended)
}

/// Ends all that a browser holds.
///
/// # Errors
/// When they can't be ended.
pub async fn end_all(cx: &Cx, held: &[Token]) -> Result<()> {
    let mut tx = cx.db.begin().await?;
    for token in held {
        end_one(&mut tx, cx, token).await?;
    }
    Ok(tx.commit().await?)
}

async fn end_one(tx: &mut Tx, cx: &Cx, token: &Token) -> Result<()> {
    if let Some(user) = session::store::delete_by_token(tx, token.hash()).await? {
        audit::record(tx, cx, Entry::by(&user, Act::SignedOut));
    }
    Ok(())
}
