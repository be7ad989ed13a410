//! Roles that count in every organization that somebody is in: for people who look after all of them. Only the operator gives them,
//! on the command line; nobody in an organization can, nor take them back.

use model::{AssignmentId, AssignmentView, Email, OrganizationRefusal, Refusal, Timestamp, UserId};

use super::{OWNER, store};
use crate::account::{self, User};
use crate::audit::{self, Act, Entry};
use crate::{Cx, Result};

/// Who has given such a role, where a user's id is told otherwise.
const OPERATOR: &str = "operator";

/// From when on and until when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "see above")]
pub struct Window {
    pub starts_at: Option<Timestamp>,
    pub ends_at: Option<Timestamp>,
}

/// Gives one of the configuration's roles to the account with this address, for that time; in place of the same role given before. It
/// counts in every organization that the account is in, and in those that it joins, and makes it a member of none.
///
/// # Errors
/// [`Refusal::UserNotFound`]; [`OrganizationRefusal::RoleNotFound`] for what isn't in the configuration: an organization's own roles mean
/// nothing elsewhere; [`OrganizationRefusal::Forbidden`] for the owner's role, whose holders an organization must know;
/// [`OrganizationRefusal::InvalidWindow`], also when it is over already.
pub async fn assign_everywhere(cx: &Cx, email: &Email, role: &str, window: Window) -> Result<AssignmentView> {
    if !cx.settings.organization.catalog.has(role) {
        return Err(OrganizationRefusal::RoleNotFound(role.to_owned()).into());
    }
    if role == OWNER {
        return Err(OrganizationRefusal::Forbidden("member:update".to_owned()).into());
    }
    let now = cx.now();
    if window.ends_at.is_some_and(|end| end <= window.starts_at.unwrap_or(now).max(now)) {
        return Err(OrganizationRefusal::InvalidWindow.into());
    }
    let mut tx = cx.db.begin().await?;
    let user = account::hold(&mut tx, email).await?.ok_or(Refusal::UserNotFound)?;
    store::revoke_everywhere(&mut tx, &user.id, role).await?;
    let view = AssignmentView {
        id: AssignmentId::new(cx.random.id(now)),
        user_id: user.id.clone(),
        role: role.to_owned(),
        team_id: None,
        resource: None,
        starts_at: window.starts_at,
        ends_at: window.ends_at,
        granted_by: UserId::new(OPERATOR),
        created_at: now,
    };
    store::assign(&mut tx, None, &view).await?;
    audit::record(&mut tx, cx, entry(&user, Act::RoleAssigned).with("assignment", &view));
    tx.commit().await?;
    Ok(view)
}

/// Takes such a role back, also one that is over or hasn't begun, or that isn't in the configuration any more.
///
/// # Errors
/// [`Refusal::UserNotFound`]; [`OrganizationRefusal::AssignmentNotFound`] when the account doesn't have it in this way.
pub async fn revoke_everywhere(cx: &Cx, email: &Email, role: &str) -> Result<()> {
    let mut tx = cx.db.begin().await?;
    let user = account::hold(&mut tx, email).await?.ok_or(Refusal::UserNotFound)?;
    if !store::revoke_everywhere(&mut tx, &user.id, role).await? {
        return Err(OrganizationRefusal::AssignmentNotFound.into());
    }
    audit::record(&mut tx, cx, entry(&user, Act::AssignmentRevoked).with("role", role));
    Ok(tx.commit().await?)
}

/// What somebody has in every organization, the first one first; also what is over or hasn't begun.
///
/// # Errors
/// When the database can't be asked.
pub async fn of_user_everywhere(cx: &Cx, user: &UserId) -> Result<Vec<AssignmentView>> {
    store::of_user_everywhere(&mut cx.db.read().await?, user).await
}

/// Everybody who has something in every organization, by their addresses.
///
/// # Errors
/// When the database can't be asked.
pub async fn all_everywhere(cx: &Cx) -> Result<Vec<(Email, AssignmentView)>> {
    store::all_everywhere(&mut cx.db.read().await?).await
}

fn entry(user: &User, act: Act) -> Entry {
    Entry::by_operator(act).about(&user.id).with("everywhere", true)
}
