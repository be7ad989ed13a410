//! `assign-role`, `revoke-role-assignment`, `list-role-assignments`: roles for a time, in a team or for one thing. The ecosystem has no
//! words for them; these are this server's own.

use axum::Router;
use axum::routing::{get, post};
use domain::organization::role::{self, Assign};
use domain::organization::{Access, member};
use model::{AssignmentId, MemberId, TeamId, Timestamp, UserId};
use serde_json::{Map, Value};

use super::{NOBODY, Words, enter};
use crate::state::App;
use crate::visit::Visit;
use crate::wire::{Answer, Body, Fields, Query, ok, success_true};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/assign-role", post(assign))
        .route("/revoke-role-assignment", post(revoke))
        .route("/list-role-assignments", get(list))
}

/// The longest kind or id of a thing.
const LONGEST: usize = 255;

/// Takes `memberId` or `userId`, `role, teamId?` or `resourceKind?, resourceId?`, `startsAt?, endsAt?, organizationId?`; gives the
/// assignment.
async fn assign(visit: Visit, Body(body): Body) -> Answer {
    const WORDS: Words = Words::forbidding("YOU_ARE_NOT_ALLOWED_TO_ASSIGN_THIS_ROLE").strangers(403, NOBODY);
    let current = visit.signed_in().await?;
    let mut fields = Fields::of(&body);
    let (id, role) = (fields.optional_text("organizationId"), fields.text("role"));
    let who = if fields.has("userId") { fields.text("userId") } else { fields.text("memberId") };
    let team = given(&mut fields, "teamId");
    let thing = (given(&mut fields, "resourceKind"), given(&mut fields, "resourceId"));
    let (starts_at, ends_at) = (moment(&mut fields, &body, "startsAt"), moment(&mut fields, &body, "endsAt"));
    let resource = match thing {
        (Some(kind), Some(id)) if kind.len() <= LONGEST && id.len() <= LONGEST => {
            if team.is_some() {
                fields.problem("teamId", "Invalid input: a role is for a team or for one thing, not for both");
            }
            Some((kind.to_owned(), id.to_owned()))
        }
        (None, None) => None,
        (Some(_), Some(_)) => {
            fields.problem("resourceKind", &format!("Too big: expected at most {LONGEST} bytes, also of resourceId"));
            None
        }
        _ => {
            fields.problem("resourceKind", "Invalid input: resourceKind and resourceId belong together");
            None
        }
    };
    fields.check()?;
    let (Some(role), Some(who)) = (role, who) else { return Err(fields.failure()) };
    let access = enter(&visit, &current, id).await.map_err(|error| WORDS.of(error))?;
    let member = if fields.has("userId") { of_user(&visit, &access, who).await? } else { MemberId::new(who) };
    let wanted = Assign { member, role: role.to_owned(), team: team.map(TeamId::new), resource, starts_at, ends_at };
    let assigned = role::assign(visit.cx(), &current, &access, &wanted).await;
    Ok(ok(assigned.map_err(|error| WORDS.of(error))?))
}

async fn of_user(visit: &Visit, access: &Access, user: &str) -> domain::Result<MemberId> {
    Ok(member::of_user(visit.cx(), access, &UserId::new(user)).await?.id)
}

/// A text that may be missing, `null` or empty.
fn given<'b>(fields: &mut Fields<'b>, name: &str) -> Option<&'b str> {
    fields.nullable_text(name).flatten().filter(|text| !text.is_empty())
}

/// A moment that may be missing or `null`.
fn moment(fields: &mut Fields<'_>, body: &Map<String, Value>, name: &str) -> Option<Timestamp> {
    let value = body.get(name).filter(|value| !value.is_null())?;
    let moment = serde_json::from_value(value.clone()).ok();
    if moment.is_none() {
        fields.problem(name, "Invalid input: expected a moment such as 2026-01-31T12:00:00Z");
    }
    moment
}

/// Takes `assignmentId, organizationId?`; gives `{success: true}`.
async fn revoke(visit: Visit, Body(body): Body) -> Answer {
    const WORDS: Words = Words::forbidding("YOU_ARE_NOT_ALLOWED_TO_REVOKE_THIS_ROLE").strangers(403, NOBODY);
    let current = visit.signed_in().await?;
    let mut fields = Fields::of(&body);
    let (assignment, id) = (fields.text("assignmentId"), fields.optional_text("organizationId"));
    fields.check()?;
    let Some(assignment) = assignment else { return Err(fields.failure()) };
    let access = enter(&visit, &current, id).await.map_err(|error| WORDS.of(error))?;
    let revoked = role::revoke(visit.cx(), &current, &access, &AssignmentId::new(assignment)).await;
    revoked.map_err(|error| WORDS.of(error))?;
    Ok(success_true())
}

/// Takes `organizationId?`; gives what is assigned, the latest first; also what is over or hasn't begun.
async fn list(visit: Visit, query: Query) -> Answer {
    const WORDS: Words = Words::forbidding("YOU_ARE_NOT_ALLOWED_TO_LIST_A_ROLE").strangers(403, NOBODY);
    let current = visit.signed_in().await?;
    let access = enter(&visit, &current, query.get("organizationId")).await.map_err(|error| WORDS.of(error))?;
    Ok(ok(role::assignments(visit.cx(), &access).await.map_err(|error| WORDS.of(error))?))
}
