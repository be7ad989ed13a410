//! `create`, `update`, `delete`, `set-active`, `get-organization`, `get-full-organization`, `list`, `check-slug`, `has-permission`

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use domain::organization::{self, Access, Change, New, invitation, member, team};
use model::{OrganizationId, OrganizationRefusal, Refusal, Slug};
use serde_json::{Value, json};

use super::{STRANGER, Words, enter, enter_by_query, patterns, quoted};
use crate::state::App;
use crate::visit::Visit;
use crate::wire::{Answer, Body, Failure, Fields, Query, ok, status_true};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/create", post(create))
        .route("/update", post(update))
        .route("/delete", post(delete))
        .route("/set-active", post(set_active))
        .route("/get-organization", get(get_organization))
        .route("/get-full-organization", get(get_full))
        .route("/list", get(list))
        .route("/check-slug", post(check_slug))
        .route("/has-permission", post(has_permission))
}

/// Takes `name, slug, logo?, metadata?, keepCurrentActiveOrganization?`; gives the organization with its `members`.
async fn create(visit: Visit, Body(body): Body) -> Answer {
    let current = visit.signed_in().await?;
    let mut fields = Fields::of(&body);
    let (name, slug) = (fields.text("name"), fields.text("slug"));
    let (logo, metadata) = (fields.nullable_text("logo").flatten(), fields.optional_object("metadata"));
    let stay = fields.optional_bool("keepCurrentActiveOrganization").unwrap_or_default();
    fields.check()?;
    let (Some(name), Some(slug)) = (name, slug) else { return Err(fields.failure()) };
    let new = New {
        name: name.to_owned(),
        slug: Slug::parse(slug).map_err(domain::Error::from)?,
        logo: logo.map(str::to_owned),
        metadata: metadata.cloned().map(Value::Object),
        stay,
    };
    let made = organization::create(visit.cx(), &current, new).await;
    let (organization, member) = made.map_err(|error| match error {
        domain::Error::Refused(Refusal::Organization(OrganizationRefusal::SlugTaken)) => {
            let code = "ORGANIZATION_ALREADY_EXISTS";
            Failure::Plain(StatusCode::BAD_REQUEST, super::sentence(code), code)
        }
        error => error.into(),
    })?;
    let mut answer = json!(organization);
    answer["members"] = json!([member]);
    Ok(ok(answer))
}

/// Takes `data: {name?, slug?, logo?, metadata?}, organizationId?`; gives the organization.
async fn update(visit: Visit, Body(body): Body) -> Answer {
    const WORDS: Words = Words::forbidding("YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_ORGANIZATION").strangers(400, STRANGER);
    let current = visit.signed_in().await?;
    let mut fields = Fields::of(&body);
    let (Some(data), id) = (fields.optional_object("data"), fields.optional_text("organizationId")) else {
        return Err(Failure::validation(
            &["[body.data] Invalid input: expected object, received undefined".to_owned()],
        ));
    };
    fields.check()?;
    let mut fields = Fields::of(data);
    let (name, slug, logo) = (fields.optional_text("name"), fields.optional_text("slug"), fields.nullable_text("logo"));
    let metadata = fields.optional_object("metadata");
    fields.check()?;
    let change = Change {
        name: name.map(str::to_owned),
        slug: slug.map(Slug::parse).transpose().map_err(domain::Error::from)?,
        logo: logo.map(|logo| logo.map(str::to_owned)),
        metadata: metadata.map(|metadata| Some(Value::Object(metadata.clone()))),
    };
    let access = enter(&visit, &current, id).await.map_err(|error| WORDS.of(error))?;
    let organization = organization::update(visit.cx(), &access, change).await.map_err(|error| WORDS.of(error))?;
    Ok(ok(organization))
}

/// Takes `organizationId`; gives what is gone.
async fn delete(visit: Visit, Body(body): Body) -> Answer {
    const WORDS: Words = Words::forbidding("YOU_ARE_NOT_ALLOWED_TO_DELETE_THIS_ORGANIZATION").strangers(400, STRANGER);
    let current = visit.signed_in().await?;
    let mut fields = Fields::of(&body);
    let Some(id) = fields.text("organizationId") else { return Err(fields.failure()) };
    let access = enter(&visit, &current, Some(id)).await.map_err(|error| WORDS.of(error))?;
    let gone = organization::delete(visit.cx(), &current, &access).await.map_err(|error| WORDS.of(error))?;
    Ok(ok(quoted(&gone)))
}

/// Takes `organizationId` (or `null`) or `organizationSlug`; gives the organization, or `null`.
async fn set_active(visit: Visit, Body(body): Body) -> Answer {
    let current = visit.signed_in().await?;
    let mut fields = Fields::of(&body);
    let (id, slug) = (fields.nullable_text("organizationId"), fields.optional_text("organizationSlug"));
    fields.check()?;
    let id = match (id, slug) {
        (Some(None), _) => {
            organization::set_active(visit.cx(), &current, None).await?;
            return Ok(ok(Value::Null));
        }
        (Some(Some(id)), _) => OrganizationId::new(id),
        (None, Some(slug)) => {
            let slug = Slug::parse(slug).map_err(|_| domain::Error::from(OrganizationRefusal::NotFound))?;
            organization::find(visit.cx(), &slug).await?
        }
        (None, None) => match &current.session.active_organization_id {
            Some(id) => id.clone(),
            None => return Ok(ok(Value::Null)),
        },
    };
    let access = match Access::open(visit.cx(), &current, &id).await {
        Ok(access) => access,
        Err(error) => {
            organization::set_active(visit.cx(), &current, None).await?;
            return Err(error.into());
        }
    };
    organization::set_active(visit.cx(), &current, Some(&access)).await?;
    Ok(ok(quoted(&access.organization)))
}

/// Takes `organizationId` or `organizationSlug`, or means the active one; gives it, or `null`.
async fn get_organization(visit: Visit, query: Query) -> Answer {
    let current = visit.signed_in().await?;
    let access = enter_by_query(&visit, &current, &query).await?;
    Ok(ok(access.map(|access| quoted(&access.organization))))
}

/// The same with `members`, `invitations` (for who may invite) and `teams`.
async fn get_full(visit: Visit, query: Query) -> Answer {
    let current = visit.signed_in().await?;
    let Some(access) = enter_by_query(&visit, &current, &query).await? else { return Ok(ok(Value::Null)) };
    let limit = query.get("membersLimit").and_then(|limit| limit.parse().ok()).unwrap_or(100);
    let page = member::Page { limit, ..member::Page::default() };
    let (members, _) = member::list(visit.cx(), &access, &page).await?;
    let mut invitations = Vec::new();
    if access.may("invitation:create") {
        invitations = invitation::list(visit.cx(), &access).await?;
        // Only owners see who is invited to be one.
        invitations.retain(|one| access.is_owner() || !one.role.split(',').any(|role| role == organization::OWNER));
    }
    let mut answer = quoted(&access.organization);
    answer["members"] = json!(members);
    answer["invitations"] = json!(invitations);
    answer["teams"] = json!(team::list(visit.cx(), &access).await?);
    Ok(ok(answer))
}

/// Gives the organizations that the user is in.
async fn list(visit: Visit) -> Answer {
    let current = visit.signed_in().await?;
    let organizations = organization::list(visit.cx(), &current.user.id).await?;
    Ok(ok(organizations.iter().map(quoted).collect::<Vec<_>>()))
}

/// Takes `slug`; gives `{status: true}` when it is free.
async fn check_slug(visit: Visit, Body(body): Body) -> Answer {
    visit.signed_in().await?;
    let mut fields = Fields::of(&body);
    let Some(slug) = fields.text("slug") else { return Err(fields.failure()) };
    organization::check_slug(visit.cx(), &Slug::parse(slug).map_err(domain::Error::from)?).await?;
    Ok(status_true())
}

/// Takes `permissions: {resource: [actions]}, organizationId?`; gives `{error: null, success}`. Every one of them must be held.
async fn has_permission(visit: Visit, Body(body): Body) -> Answer {
    const WORDS: Words = Words::forbidding(STRANGER).strangers(401, STRANGER);
    let current = visit.signed_in().await?;
    let mut fields = Fields::of(&body);
    let (wanted, id) = (fields.optional_object("permissions"), fields.optional_text("organizationId"));
    fields.check()?;
    // The older `permission` is taken and never holds, as in the ecosystem; nor does a list that asks for nothing.
    let nothing = wanted.is_none_or(|wanted| wanted.values().any(|list| list.as_array().is_some_and(Vec::is_empty)));
    let wanted = wanted.map(patterns).transpose()?.unwrap_or_default();
    let access = enter(&visit, &current, id).await.map_err(|error| WORDS.of(error))?;
    let success = !nothing && !wanted.is_empty() && wanted.iter().all(|permission| access.may(permission));
    Ok(ok(json!({ "error": null, "success": success })))
}
