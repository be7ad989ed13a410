//! `create-team`, `list-teams`, `update-team`, `remove-team`, `set-active-team`, `list-user-teams`, `list-team-members`,
//! `add-team-member`, `remove-team-member`

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use domain::organization::{self, team};
use model::{TeamId, UserId};
use serde_json::{Value, json};

use super::{STRANGER, Words, enter};
use crate::state::App;
use crate::visit::Visit;
use crate::wire::{Answer, Body, Failure, Fields, Query, ok};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/create-team", post(create))
        .route("/list-teams", get(list))
        .route("/update-team", post(update))
        .route("/remove-team", post(remove))
        .route("/set-active-team", post(set_active))
        .route("/list-user-teams", get(of_user))
        .route("/list-team-members", get(members))
        .route("/add-team-member", post(add_member))
        .route("/remove-team-member", post(remove_member))
}

/// Takes `name, organizationId?`; gives the team.
async fn create(visit: Visit, Body(body): Body) -> Answer {
    const WORDS: Words = Words::forbidding("YOU_ARE_NOT_ALLOWED_TO_CREATE_TEAMS_IN_THIS_ORGANIZATION")
        .strangers(403, "YOU_ARE_NOT_ALLOWED_TO_INVITE_USERS_TO_THIS_ORGANIZATION");
    let current = visit.signed_in().await?;
    let mut fields = Fields::of(&body);
    let (Some(name), id) = (fields.text("name"), fields.optional_text("organizationId")) else {
        return Err(fields.failure());
    };
    fields.check()?;
    let access = enter(&visit, &current, id).await.map_err(|error| WORDS.of(error))?;
    Ok(ok(team::create(visit.cx(), &access, name).await.map_err(|error| WORDS.of(error))?))
}

/// Takes `organizationId?`; gives the teams.
async fn list(visit: Visit, query: Query) -> Answer {
    const CODE: &str = "YOU_ARE_NOT_ALLOWED_TO_ACCESS_THIS_ORGANIZATION";
    let words = Words::forbidding(CODE).strangers(403, CODE);
    let current = visit.signed_in().await?;
    let access = enter(&visit, &current, query.get("organizationId")).await.map_err(|error| words.of(error))?;
    Ok(ok(team::list(visit.cx(), &access).await?))
}

/// Takes `teamId, data: {name?}`; gives the team.
async fn update(visit: Visit, Body(body): Body) -> Answer {
    const CODE: &str = "YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_TEAM";
    const WORDS: Words = Words::forbidding(CODE).strangers(403, CODE);
    let current = visit.signed_in().await?;
    let mut fields = Fields::of(&body);
    let (Some(id), Some(data)) = (fields.text("teamId"), fields.optional_object("data")) else {
        return Err(fields.failure());
    };
    fields.check()?;
    let mut fields = Fields::of(data);
    let (name, organization) = (fields.optional_text("name"), fields.optional_text("organizationId"));
    fields.check()?;
    let access = enter(&visit, &current, organization).await.map_err(|error| WORDS.of(error))?;
    let id = TeamId::new(id);
    let team = match name {
        Some(name) => team::rename(visit.cx(), &access, &id, name).await.map_err(|error| WORDS.of(error))?,
        None => team::find(visit.cx(), &access, &id).await?,
    };
    Ok(ok(team))
}

/// Takes `teamId, organizationId?`; gives a message. The team that one is active in stays.
async fn remove(visit: Visit, Body(body): Body) -> Answer {
    const THIS: &str = "YOU_ARE_NOT_ALLOWED_TO_DELETE_THIS_TEAM";
    const WORDS: Words =
        Words::forbidding("YOU_ARE_NOT_ALLOWED_TO_DELETE_TEAMS_IN_THIS_ORGANIZATION").strangers(403, THIS);
    let current = visit.signed_in().await?;
    let mut fields = Fields::of(&body);
    let (Some(id), organization) = (fields.text("teamId"), fields.optional_text("organizationId")) else {
        return Err(fields.failure());
    };
    fields.check()?;
    let access = enter(&visit, &current, organization).await.map_err(|error| WORDS.of(error))?;
    let id = TeamId::new(id);
    if current.session.active_team_id.as_ref() == Some(&id) {
        return Err(Failure::Plain(StatusCode::FORBIDDEN, super::sentence(THIS), THIS));
    }
    team::delete(visit.cx(), &access, &id).await.map_err(|error| WORDS.of(error))?;
    Ok(ok(json!({ "message": "Team removed successfully." })))
}

/// Takes `teamId`, or `null`; gives the team, or `null`.
async fn set_active(visit: Visit, Body(body): Body) -> Answer {
    let current = visit.signed_in().await?;
    let mut fields = Fields::of(&body);
    let id = fields.nullable_text("teamId");
    fields.check()?;
    let access = enter(&visit, &current, None).await?;
    let session = &current.session.id;
    let id = match id {
        Some(Some(id)) => TeamId::new(id),
        Some(None) => {
            organization::set_active_team(visit.cx(), &access, session, None).await?;
            return Ok(ok(Value::Null));
        }
        None => match &current.session.active_team_id {
            Some(id) => id.clone(),
            None => return Ok(ok(Value::Null)),
        },
    };
    let team = team::find(visit.cx(), &access, &id).await?;
    organization::set_active_team(visit.cx(), &access, session, Some(&id)).await?;
    Ok(ok(team))
}

/// Takes `userId?, organizationId?`; gives the teams that the user is in.
async fn of_user(visit: Visit, query: Query) -> Answer {
    const CODE: &str = "YOU_ARE_NOT_ALLOWED_TO_ACCESS_THIS_ORGANIZATION";
    let words = Words::forbidding(CODE);
    let current = visit.signed_in().await?;
    let access = enter(&visit, &current, query.get("organizationId")).await.map_err(|error| words.of(error))?;
    let user = query.get("userId").map_or_else(|| current.user.id.clone(), UserId::new);
    Ok(ok(team::of_user(visit.cx(), &access, &user).await.map_err(|error| words.of(error))?))
}

/// Takes `teamId?`, or means the active one; gives who is in it.
async fn members(visit: Visit, query: Query) -> Answer {
    const NONE: &str = "YOU_DO_NOT_HAVE_AN_ACTIVE_TEAM";
    let current = visit.signed_in().await?;
    let id = query.get("teamId").map(TeamId::new).or_else(|| current.session.active_team_id.clone());
    let id = id.ok_or_else(|| Failure::Plain(StatusCode::BAD_REQUEST, super::sentence(NONE), NONE))?;
    let access = enter(&visit, &current, None).await?;
    Ok(ok(team::members(visit.cx(), &access, &id).await?))
}

/// Takes `teamId, userId, organizationId?`; gives the entry, the older one where there was one.
async fn add_member(visit: Visit, Body(body): Body) -> Answer {
    const WORDS: Words = Words::forbidding("YOU_ARE_NOT_ALLOWED_TO_CREATE_A_NEW_TEAM_MEMBER").strangers(400, STRANGER);
    let (access, team, user) = entry(&visit, &body, WORDS).await?;
    Ok(ok(team::add_member(visit.cx(), &access, &team, &user).await.map_err(|error| WORDS.of(error))?))
}

/// Takes the same; gives a message.
async fn remove_member(visit: Visit, Body(body): Body) -> Answer {
    const WORDS: Words = Words::forbidding("YOU_ARE_NOT_ALLOWED_TO_REMOVE_A_TEAM_MEMBER").strangers(400, STRANGER);
    let (access, team, user) = entry(&visit, &body, WORDS).await?;
    team::remove_member(visit.cx(), &access, &team, &user).await.map_err(|error| WORDS.of(error))?;
    Ok(ok(json!({ "message": "Team member removed successfully." })))
}

async fn entry(
    visit: &Visit,
    body: &serde_json::Map<String, Value>,
    words: Words,
) -> Result<(organization::Access, TeamId, UserId), Failure> {
    let current = visit.signed_in().await?;
    let mut fields = Fields::of(body);
    let (team, user) = (fields.text("teamId"), fields.text("userId"));
    let organization = fields.optional_text("organizationId");
    fields.check()?;
    let (Some(team), Some(user)) = (team, user) else { return Err(fields.failure()) };
    let access = enter(visit, &current, organization).await.map_err(|error| words.of(error))?;
    Ok((access, TeamId::new(team), UserId::new(user)))
}
