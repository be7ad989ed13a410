//! Several accounts in one browser: beside the active session's cookie, it has one for each session that it holds. They are listed
//! and switched between in the header's menu, at the sign-in page, and over the API.

#![expect(missing_docs, reason = "a component's properties are named by what they are")]

pub mod api;
mod jar;
mod page;

pub use page::routes;

use domain::Error;
use domain::device_sessions as verbs;
use domain::session::{self, Current, Opened};
use domain::token::Token;
use leptos::prelude::*;
use model::{LocalPath, SessionId, UserId};

use crate::ui::{Avatar, AvatarSize, Button, Variant, Width};
use crate::visit::Visit;

/// An account that the browser holds.
#[derive(Clone, Debug)]
pub struct Account {
    user: UserId,
    session: SessionId,
    name: String,
    email: String,
    image: Option<String>,
    initials: String,
}

impl From<Current> for Account {
    fn from(Current { session, user, .. }: Current) -> Self {
        let (id, user) = (user.id.clone(), user.view());
        let initials = user.initials();
        Self {
            user: id,
            session: session.id,
            name: user.name,
            email: user.email.to_string(),
            image: user.image,
            initials,
        }
    }
}

impl Account {
    /// Whether it is the one with this id.
    pub(crate) fn is_of(&self, user: &str) -> bool {
        self.user.as_str() == user
    }
}

fn same(one: &Token, other: &Token) -> bool {
    one.expose() == other.expose()
}

/// The tokens that the browser holds beside the active one.
fn held_beside(visit: &Visit, active: Option<&Token>) -> Vec<Token> {
    let mut held = visit.jar.held();
    held.retain(|token| active.is_none_or(|active| !same(token, active)));
    held
}

/// Which of them live, one a user; the dead ones' cookies go. No query where there are none.
async fn live(visit: &Visit, held: &[Token]) -> domain::Result<Vec<Current>> {
    let live = verbs::live(visit.cx(), held).await?;
    for dead in held.iter().filter(|token| !live.iter().any(|one| same(&one.token, token))) {
        visit.jar.let_go(dead);
    }
    Ok(verbs::one_a_user(live))
}

/// The accounts that the browser can switch to from this one.
///
/// # Errors
/// When the database can't be asked.
pub async fn others(visit: &Visit, current: &Current) -> domain::Result<Vec<Account>> {
    let others = live(visit, &held_beside(visit, Some(&current.token))).await?;
    Ok(others.into_iter().filter(|one| one.user.id != current.user.id && !one.elsewhere).map(Account::from).collect())
}

/// All accounts that the browser holds.
///
/// # Errors
/// When the database can't be asked.
pub async fn all(visit: &Visit) -> domain::Result<Vec<Account>> {
    let live = live(visit, &visit.jar.held()).await?;
    Ok(live.into_iter().filter(|one| !one.elsewhere).map(Account::from).collect())
}

/// Ends the session that the browser had, unless it stays among its accounts.
async fn end_unless_held(visit: &Visit, opened: Option<&Opened>) -> domain::Result<()> {
    let Some(old) = visit.jar.session() else { return Ok(()) };
    let stays = opened.is_some_and(|opened| same(&opened.token, &old))
        || visit.jar.held().iter().any(|token| same(token, &old));
    if stays { Ok(()) } else { session::sign_out(visit.cx(), &old).await }
}

/// Makes room for a session that was just opened: older ones of the same user end, and the oldest where there are too many.
///
/// # Errors
/// When they can't be ended.
pub async fn make_room(visit: &Visit, opened: &Opened) -> domain::Result<()> {
    end_unless_held(visit, Some(opened)).await?;
    for token in verbs::settle(visit.cx(), opened, &visit.jar.held()).await? {
        visit.jar.let_go(&token);
    }
    Ok(())
}

/// Nobody is active while somebody owes the second factor; the accounts stay.
///
/// # Errors
/// When a session can't be ended.
pub async fn set_aside(visit: &Visit) -> domain::Result<()> {
    if visit.jar.session().is_some() {
        end_unless_held(visit, None).await?;
        visit.jar.set_aside();
    }
    Ok(())
}

/// Makes another of the browser's sessions the active one, named by its token or its id.
///
/// # Errors
/// [`model::Refusal::InvalidSessionToken`] when the browser holds no such live one.
pub async fn switch(visit: &Visit, handle: &str) -> domain::Result<Current> {
    let held = visit.jar.held();
    let chosen = verbs::choose(visit.cx(), &held, handle).await;
    match &chosen {
        Ok(chosen) => {
            end_unless_held(visit, Some(chosen)).await?;
            visit.hand_beside(chosen);
        }
        Err(Error::Refused(_)) => {
            held.iter().filter(|token| token.expose() == handle).for_each(|token| visit.jar.let_go(token));
        }
        Err(_) => {}
    }
    chosen
}

/// Signs the active account out of this browser; gives the one that takes its place, if there is another.
///
/// # Errors
/// When it can't be ended.
pub async fn leave(visit: &Visit) -> domain::Result<Option<Current>> {
    let Some(active) = visit.jar.session() else { return Ok(None) };
    let mut held = held_beside(visit, Some(&active));
    held.insert(0, active.clone());
    verbs::end(visit.cx(), &held, active.expose()).await?;
    replace(visit, &active).await
}

/// Hands over the account that was used last, or nothing, where the active one has ended.
async fn replace(visit: &Visit, ended: &Token) -> domain::Result<Option<Current>> {
    let next = live(visit, &held_beside(visit, Some(ended))).await?.into_iter().next();
    match &next {
        Some(next) => {
            visit.jar.let_go(ended);
            visit.hand_beside(next);
        }
        None => visit.jar.close(),
    }
    Ok(next)
}

/// Ends every session that the browser holds.
///
/// # Errors
/// When they can't be ended.
pub async fn leave_all(visit: &Visit) -> domain::Result<()> {
    let active = visit.jar.session();
    let mut held = held_beside(visit, active.as_ref());
    held.iter().for_each(|token| visit.jar.let_go(token));
    held.extend(active);
    verbs::end_all(visit.cx(), &held).await?;
    visit.jar.close();
    Ok(())
}

/// A button of the form that switches: who one would be.
#[component]
pub fn AccountButton(account: Account, class: &'static str) -> AnyView {
    let Account { session, name, email, image, initials, .. } = account;
    view! {
        <button type="submit" name="session" value=session.as_str().to_owned() class=class>
            <Avatar image initials size=AvatarSize::Tiny/>
            <span class="min-w-0 flex-1">
                <span class="block truncate">{name}</span>
                <span class="block truncate text-sm text-muted">{email}</span>
            </span>
        </button>
    }
    .into_any()
}

/// A form that goes back to a page of another account, as that one.
#[component]
pub fn SwitchBack(account: Account, next: LocalPath) -> AnyView {
    let Account { session, name, .. } = account;
    view! {
        <form method="post" action="/accounts/switch" class="grid">
            <input type="hidden" name="next" value=next.to_string()/>
            <Button
                label=format!("Switch back to {name}")
                name="session"
                value=session.as_str()
                variant=Variant::Secondary
                width=Width::Full
            />
        </form>
    }
    .into_any()
}
