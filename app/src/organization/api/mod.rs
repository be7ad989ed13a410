//! `/organization/…`

mod assignment;
mod explain;
mod invitation;
mod member;
mod role;
mod standing;
mod team;

use axum::Router;
use axum::http::StatusCode;
use domain::organization::{self, Access};
use domain::session::Current;
use model::{OrganizationId, OrganizationRefusal, OrganizationView, Refusal, Slug};
use serde_json::{Value, json};

use crate::state::App;
use crate::visit::Visit;
use crate::wire::{Failure, Fields, Query};

/// The endpoints.
pub fn router() -> Router<App> {
    let routes = Router::new()
        .merge(standing::router())
        .merge(member::router())
        .merge(invitation::router())
        .merge(team::router())
        .merge(role::router())
        .merge(assignment::router())
        .merge(explain::router());
    Router::new().nest("/organization", routes).merge(explain::permissions())
}

/// What an endpoint calls a lack of permission, and gives to somebody who isn't in the organization: the wire's codes differ from one to
/// the next.
#[derive(Clone, Copy)]
struct Words {
    forbidden: (u16, &'static str),
    stranger: (u16, &'static str),
}

const STRANGER: &str = "USER_IS_NOT_A_MEMBER_OF_THE_ORGANIZATION";
const NOBODY: &str = "YOU_ARE_NOT_A_MEMBER_OF_THIS_ORGANIZATION";

impl Words {
    /// 403 with `code` for who may not.
    const fn forbidding(code: &'static str) -> Self {
        Self { forbidden: (403, code), stranger: (403, STRANGER) }
    }

    /// The same with another answer to who isn't in it.
    const fn strangers(mut self, status: u16, code: &'static str) -> Self {
        self.stranger = (status, code);
        self
    }

    /// The answer for a verb that failed.
    fn of(self, error: domain::Error) -> Failure {
        let plain = |(status, code): (u16, &'static str)| {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN);
            Failure::Plain(status, sentence(code), code)
        };
        match error {
            domain::Error::Refused(Refusal::Organization(OrganizationRefusal::Forbidden(_))) => plain(self.forbidden),
            domain::Error::Refused(Refusal::Organization(OrganizationRefusal::NotHeld(missing))) => {
                let (status, code) = self.forbidden;
                let body = json!({ "message": sentence(code), "code": code, "missingPermissions": missing });
                Failure::Body(StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN), body)
            }
            domain::Error::Refused(Refusal::Organization(OrganizationRefusal::NotAMember)) => plain(self.stranger),
            error => error.into(),
        }
    }
}

/// The ecosystem's messages are its codes, spelled out.
fn sentence(code: &str) -> String {
    let mut text = code.to_ascii_lowercase().replace('_', " ");
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

/// The standing of who asks in the organization that is named, or in the session's active one.
async fn enter(visit: &Visit, current: &Current, named: Option<&str>) -> domain::Result<Access> {
    let active = current.session.active_organization_id.clone();
    let id = named.filter(|id| !id.is_empty()).map(OrganizationId::new).or(active);
    Access::open(visit.cx(), current, &id.ok_or(OrganizationRefusal::NoneActive)?).await
}

/// The same, from `organizationId` or `organizationSlug` of a query; `None` where neither is there and nothing is active.
async fn enter_by_query(visit: &Visit, current: &Current, query: &Query) -> domain::Result<Option<Access>> {
    let id = match (query.get("organizationSlug"), query.get("organizationId")) {
        (Some(slug), _) => {
            // What can't be one is nobody's.
            let slug = Slug::parse(slug).map_err(|_| OrganizationRefusal::NotFound)?;
            organization::find(visit.cx(), &slug).await?
        }
        (None, Some(id)) => OrganizationId::new(id),
        (None, None) => match &current.session.active_organization_id {
            Some(id) => id.clone(),
            None => return Ok(None),
        },
    };
    Access::open(visit.cx(), current, &id).await.map(Some)
}

/// As the wire has it where it reads: the metadata as a text of JSON.
fn quoted(organization: &OrganizationView) -> Value {
    let mut body = json!(organization);
    if let Some(metadata) = &organization.metadata {
        body["metadata"] = Value::String(metadata.to_string());
    }
    body
}

/// One text, or several: `"a,b"` or `["a", "b"]`.
fn texts(fields: &mut Fields<'_>, body: &serde_json::Map<String, Value>, name: &str) -> Vec<String> {
    match body.get(name) {
        Some(Value::Array(items)) if items.iter().all(Value::is_string) => {
            items.iter().filter_map(Value::as_str).map(|text| text.trim().to_owned()).collect()
        }
        _ => {
            let text = fields.text(name).unwrap_or_default();
            text.split(',').map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect()
        }
    }
}

/// The wire's permissions `{resource: [actions]}` as patterns `resource:action`; its resource `organization` is `org` here, and
/// everything of everything is `*`. What isn't a list of texts is refused: overlooked, it would ask for less than was meant.
fn patterns(permissions: &serde_json::Map<String, Value>) -> std::result::Result<Vec<String>, Failure> {
    let mut patterns = Vec::new();
    for (resource, actions) in permissions {
        let texts: Option<Vec<&str>> =
            actions.as_array().and_then(|actions| actions.iter().map(Value::as_str).collect());
        let Some(texts) = texts else {
            return Err(Failure::validation(&[format!("[body.{resource}] Invalid input: expected array of strings")]));
        };
        let resource = if resource == "organization" { "org" } else { resource };
        patterns.extend(texts.into_iter().map(|action| match (resource, action) {
            ("*", "*") => "*".to_owned(),
            _ => format!("{resource}:{action}"),
        }));
    }
    Ok(patterns)
}
