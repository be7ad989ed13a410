//! `create-role`, `update-role`, `delete-role`, `list-roles`, `get-role`

use std::collections::BTreeMap;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use domain::organization::role::{self, Draft, Holders};
use model::{OrganizationId, OrganizationRefusal, Refusal, RoleView};
use serde_json::{Value, json};

use super::{NOBODY, Words, enter, patterns};
use crate::state::App;
use crate::visit::Visit;
use crate::wire::{Answer, Body, Failure, Fields, Query, ok};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/create-role", post(create))
        .route("/update-role", post(update))
        .route("/delete-role", post(delete))
        .route("/list-roles", get(list))
        .route("/get-role", get(get_one))
}

/// A role as the wire shows it: its patterns of two words as `{resource: [actions]}`. Those of another form, and what it inherits, the
/// wire has no words for; the pages show them.
fn view(organization: &OrganizationId, role: &RoleView) -> Value {
    let mut permission: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for pattern in &role.patterns {
        let (resource, action) = pattern.split_once(':').unwrap_or((pattern, "*"));
        let resource = if resource == "org" { "organization" } else { resource };
        permission.entry(resource.to_owned()).or_default().push(action.to_owned());
    }
    json!({
        "id": role.id,
        "organizationId": organization,
        "role": role.name,
        "permission": permission,
        "createdAt": role.created_at,
        "updatedAt": role.updated_at,
    })
}

fn words(act: &'static str) -> Words {
    Words::forbidding(act).strangers(403, NOBODY)
}

/// Takes `role, permission: {resource: [actions]}, organizationId?`; gives `{success, roleData, statements}`.
async fn create(visit: Visit, Body(body): Body) -> Answer {
    let words = words("YOU_ARE_NOT_ALLOWED_TO_CREATE_A_ROLE");
    let current = visit.signed_in().await?;
    let mut fields = Fields::of(&body);
    let (name, permission) = (fields.text("role"), fields.object("permission").and_then(Value::as_object));
    let id = fields.optional_text("organizationId");
    fields.check()?;
    let (Some(name), Some(permission)) = (name, permission) else { return Err(fields.failure()) };
    let patterns = patterns(permission)?;
    let access = enter(&visit, &current, id).await.map_err(|error| match error {
        domain::Error::Refused(Refusal::Organization(OrganizationRefusal::NoneActive)) => {
            const CODE: &str = "YOU_MUST_BE_IN_AN_ORGANIZATION_TO_CREATE_A_ROLE";
            Failure::Plain(StatusCode::BAD_REQUEST, super::sentence(CODE), CODE)
        }
        error => words.of(error),
    })?;
    let draft = Draft { name: name.to_owned(), patterns, inherits: Vec::new() };
    let made = role::create(visit.cx(), &current, &access, &draft).await.map_err(|error| words.of(error))?;
    let data = view(&access.organization.id, &made);
    let statements = data["permission"].clone();
    Ok(ok(json!({ "success": true, "roleData": data, "statements": statements })))
}

/// Takes `roleName` or `roleId`, `data: {permission?, roleName?}, organizationId?`; gives `{success, roleData}`.
async fn update(visit: Visit, Body(body): Body) -> Answer {
    let words = words("YOU_ARE_NOT_ALLOWED_TO_UPDATE_A_ROLE");
    let current = visit.signed_in().await?;
    let mut fields = Fields::of(&body);
    let (named, data, id) =
        (named(&mut fields)?, fields.object("data").and_then(Value::as_object), fields.optional_text("organizationId"));
    fields.check()?;
    let Some(data) = data else { return Err(fields.failure()) };
    let mut fields = Fields::of(data);
    let (permission, name) = (fields.optional_object("permission"), fields.optional_text("roleName"));
    fields.check()?;
    let patterns = permission.map(patterns).transpose()?;
    let access = enter(&visit, &current, id).await.map_err(|error| words.of(error))?;
    let old = find(&visit, &access, named).await.map_err(|error| words.of(error))?;
    let draft = Draft {
        name: name.map_or_else(|| old.name.clone(), str::to_owned),
        patterns: patterns.unwrap_or_else(|| old.patterns.clone()),
        inherits: old.inherits.clone(),
    };
    let changed = role::update(visit.cx(), &current, &access, &old.name, &draft, Holders::Lose).await;
    let changed = changed.map_err(|error| words.of(error))?;
    Ok(ok(json!({ "success": true, "roleData": view(&access.organization.id, &changed) })))
}

/// Takes `roleName` or `roleId`, `organizationId?`; gives `{success: true}`.
async fn delete(visit: Visit, Body(body): Body) -> Answer {
    let words = words("YOU_ARE_NOT_ALLOWED_TO_DELETE_A_ROLE");
    let current = visit.signed_in().await?;
    let mut fields = Fields::of(&body);
    let (named, id) = (named(&mut fields)?, fields.optional_text("organizationId"));
    fields.check()?;
    let access = enter(&visit, &current, id).await.map_err(|error| words.of(error))?;
    role::delete(visit.cx(), &current, &access, named).await.map_err(|error| words.of(error))?;
    Ok(ok(json!({ "success": true })))
}

/// Takes `organizationId?`; gives the organization's own roles.
async fn list(visit: Visit, query: Query) -> Answer {
    let words = words("YOU_ARE_NOT_ALLOWED_TO_LIST_A_ROLE");
    let current = visit.signed_in().await?;
    let access = enter(&visit, &current, query.get("organizationId")).await.map_err(|error| words.of(error))?;
    let roles = role::list_own(visit.cx(), &access).await.map_err(|error| words.of(error))?;
    Ok(ok(roles.iter().map(|role| view(&access.organization.id, role)).collect::<Vec<_>>()))
}

/// Takes `roleName` or `roleId`, `organizationId?`; gives the role.
async fn get_one(visit: Visit, query: Query) -> Answer {
    let words = words("YOU_ARE_NOT_ALLOWED_TO_READ_A_ROLE");
    let current = visit.signed_in().await?;
    let named = query.get("roleName").map_or_else(|| query.text("roleId"), Ok)?;
    let access = enter(&visit, &current, query.get("organizationId")).await.map_err(|error| words.of(error))?;
    let role = find(&visit, &access, named).await.map_err(|error| words.of(error))?;
    Ok(ok(view(&access.organization.id, &role)))
}

fn named<'b>(fields: &mut Fields<'b>) -> Result<&'b str, Failure> {
    let name = if fields.has("roleId") { "roleId" } else { "roleName" };
    fields.text(name).filter(|named| !named.is_empty()).ok_or_else(|| fields.failure())
}

async fn find(visit: &Visit, access: &domain::organization::Access, named: &str) -> domain::Result<RoleView> {
    let roles = role::list_own(visit.cx(), access).await?;
    let found =
        roles.into_iter().find(|role| role.name == named || role.id.as_ref().is_some_and(|id| id.as_str() == named));
    Ok(found.ok_or_else(|| OrganizationRefusal::RoleNotFound(named.to_owned()))?)
}
