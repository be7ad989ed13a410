//! `/permissions` and `/organization/explain`: what somebody may do, and why. The ecosystem has no words for them; these are this
//! server's own.

use axum::Router;
use axum::routing::get;
use domain::organization::explain::{self, Asked};
use domain::organization::member;
use model::{MemberId, OrganizationRefusal, TeamId, UserId};

use super::{NOBODY, Words, enter_by_query};
use crate::state::App;
use crate::visit::Visit;
use crate::wire::{Answer, Failure, Query, ok};

const WORDS: Words = Words::forbidding("YOU_ARE_NOT_ALLOWED_TO_EXPLAIN_THIS_MEMBER").strangers(403, NOBODY);

/// Below `/organization`.
pub(super) fn router() -> Router<App> {
    Router::new().route("/explain", get(answer))
}

/// Beside it.
pub(super) fn permissions() -> Router<App> {
    Router::new().route("/permissions", get(own))
}

/// Takes `organizationId?` or `organizationSlug?`, or means the active one; gives what the user may do there now: `{organizationId, role,
/// permissions, assignments, teams}`. Where none is named and none active: what they may do in each that they are in.
async fn own(visit: Visit, query: Query) -> Answer {
    let current = visit.signed_in().await?;
    let access = enter_by_query(&visit, &current, &query).await.map_err(|error| WORDS.of(error))?;
    Ok(ok(match access {
        Some(access) => explain::permissions(visit.cx(), &access).await?,
        None => explain::permissions_everywhere(visit.cx(), &current.user.id).await?,
    }))
}

/// Takes `permission`, `memberId?` or `userId?` (the user themselves without one; somebody else with `member:update`), `teamId?`,
/// `resourceKind?` and `resourceId?`, `organizationId?` or `organizationSlug?`; gives the decision with its chain, or what is missing.
async fn answer(visit: Visit, query: Query) -> Answer {
    let current = visit.signed_in().await?;
    let given = |name: &str| query.get(name).filter(|text| !text.is_empty());
    let resource = match (given("resourceKind"), given("resourceId")) {
        (Some(kind), Some(id)) => Some((kind.to_owned(), id.to_owned())),
        (None, None) => None,
        _ => {
            let told = "[query.resourceKind] Invalid input: resourceKind and resourceId belong together";
            return Err(Failure::validation(&[told.to_owned()]));
        }
    };
    let asked =
        Asked { permission: query.text("permission")?.to_owned(), team: given("teamId").map(TeamId::new), resource };
    let access = enter_by_query(&visit, &current, &query).await.map_err(|error| WORDS.of(error))?;
    let access = access.ok_or(OrganizationRefusal::NoneActive)?;
    let member = match (given("memberId"), given("userId")) {
        (Some(member), _) => MemberId::new(member),
        (None, Some(user)) if user != access.member.user_id.as_str() => {
            // Who may not ask learns nothing of who is here.
            access.require("member:update").map_err(|error| WORDS.of(error))?;
            member::of_user(visit.cx(), &access, &UserId::new(user)).await?.id
        }
        (None, _) => access.member.id.clone(),
    };
    let explained = explain::of_member(visit.cx(), &access, &member, &asked).await;
    Ok(ok(explained.map_err(|error| WORDS.of(error))?))
}
