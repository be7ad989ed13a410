//! `get-active-member`, `get-active-member-role`, `list-members`, `remove-member`, `update-member-role`, `leave`

use axum::Router;
use axum::routing::{get, post};
use domain::organization::member::{self, Order, Page};
use model::{MemberId, OrganizationRefusal, UserId};
use serde_json::json;

use super::{NOBODY, Words, enter, enter_by_query, texts};
use crate::state::App;
use crate::visit::Visit;
use crate::wire::{Answer, Body, Failure, Fields, Query, ok};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/get-active-member", get(active))
        .route("/get-active-member-role", get(active_role))
        .route("/list-members", get(list))
        .route("/remove-member", post(remove))
        .route("/update-member-role", post(update_role))
        .route("/leave", post(leave))
}

/// Gives what the user is in the active organization.
async fn active(visit: Visit) -> Answer {
    const WORDS: Words = Words::forbidding(NOBODY).strangers(400, "MEMBER_NOT_FOUND");
    let current = visit.signed_in().await?;
    let access = enter(&visit, &current, None).await.map_err(|error| WORDS.of(error))?;
    Ok(ok(access.member))
}

/// Takes `userId?` and an organization; gives `{role}`.
async fn active_role(visit: Visit, query: Query) -> Answer {
    const WORDS: Words = Words::forbidding(NOBODY).strangers(403, NOBODY);
    let current = visit.signed_in().await?;
    let access = enter_by_query(&visit, &current, &query).await.map_err(|error| WORDS.of(error))?;
    let access = access.ok_or(OrganizationRefusal::NoneActive)?;
    let role = match query.get("userId") {
        Some(user) => member::of_user(visit.cx(), &access, &UserId::new(user)).await?.role,
        None => access.member.role,
    };
    Ok(ok(json!({ "role": role })))
}

/// Takes an organization, `limit?, offset?, sortBy?, sortDirection?, filterField?, filterValue?, filterOperator?`; gives
/// `{members, total}`. Filters by role (`eq`), and by a part of the name or address (`contains`).
async fn list(visit: Visit, query: Query) -> Answer {
    const WORDS: Words = Words::forbidding(NOBODY).strangers(403, NOBODY);
    let current = visit.signed_in().await?;
    let page = page(&query)?;
    let access = enter_by_query(&visit, &current, &query).await.map_err(|error| WORDS.of(error))?;
    let access = access.ok_or(OrganizationRefusal::NoneActive)?;
    let (members, total) = member::list(visit.cx(), &access, &page).await?;
    Ok(ok(json!({ "members": members, "total": total })))
}

fn page(query: &Query) -> Result<Page, Failure> {
    let number = |name: &str, default: u32| match query.get(name) {
        None => Ok(default),
        Some(text) => {
            text.parse().map_err(|_| Failure::validation(&[format!("[query.{name}] Invalid input: expected number")]))
        }
    };
    let newest = query.get("sortDirection") == Some("desc");
    let order = match query.get("sortBy") {
        None | Some("createdAt") if newest => Order::Newest,
        None | Some("createdAt") => Order::Oldest,
        Some("name" | "user.name") if !newest => Order::Name,
        Some("name" | "user.name") => {
            return Err(Failure::validation(&["[query.sortDirection] Invalid input: names are sorted asc".to_owned()]));
        }
        Some(_) => {
            return Err(Failure::validation(&["[query.sortBy] Invalid input: expected createdAt or name".to_owned()]));
        }
    };
    let value = query.get("filterValue").unwrap_or_default();
    let (mut search, mut role) = (String::new(), None);
    match (query.get("filterField"), query.get("filterOperator").unwrap_or("eq")) {
        (None, _) => {}
        (Some("role"), "eq") => role = Some(value.to_owned()),
        (Some("name" | "email" | "user.name" | "user.email"), "contains") => value.clone_into(&mut search),
        (Some(_), _) => {
            let told = "[query.filterField] Invalid input: expected role with eq, or name or email with contains";
            return Err(Failure::validation(&[told.to_owned()]));
        }
    }
    Ok(Page { search, role, order, limit: number("limit", 100)?, offset: number("offset", 0)? })
}

/// Takes `memberIdOrEmail, organizationId?`; gives `{member}`.
async fn remove(visit: Visit, Body(body): Body) -> Answer {
    const WORDS: Words =
        Words { forbidden: (401, "YOU_ARE_NOT_ALLOWED_TO_DELETE_THIS_MEMBER"), stranger: (400, "MEMBER_NOT_FOUND") };
    let current = visit.signed_in().await?;
    let mut fields = Fields::of(&body);
    let (Some(who), id) = (fields.text("memberIdOrEmail"), fields.optional_text("organizationId")) else {
        return Err(fields.failure());
    };
    fields.check()?;
    let access = enter(&visit, &current, id).await.map_err(|error| WORDS.of(error))?;
    let member = member::find(visit.cx(), &access, who).await?;
    let gone = member::remove(visit.cx(), &current, &access, &member.id).await.map_err(|error| WORDS.of(error))?;
    Ok(ok(json!({ "member": gone })))
}

/// Takes `memberId, role` (one, several, or several in one text), `organizationId?`; gives the member.
async fn update_role(visit: Visit, Body(body): Body) -> Answer {
    const WORDS: Words = Words::forbidding("YOU_ARE_NOT_ALLOWED_TO_UPDATE_THIS_MEMBER");
    let current = visit.signed_in().await?;
    let mut fields = Fields::of(&body);
    let (member, id) = (fields.text("memberId"), fields.optional_text("organizationId"));
    let roles = texts(&mut fields, &body, "role");
    fields.check()?;
    let Some(member) = member else { return Err(fields.failure()) };
    let access = enter(&visit, &current, id).await.map_err(|error| WORDS.of(error))?;
    let changed = member::set_roles(visit.cx(), &current, &access, &MemberId::new(member), &roles).await;
    Ok(ok(changed.map_err(|error| WORDS.of(error))?))
}

/// Takes `organizationId`; gives what the user was in it.
async fn leave(visit: Visit, Body(body): Body) -> Answer {
    const WORDS: Words = Words::forbidding(NOBODY).strangers(400, "MEMBER_NOT_FOUND");
    let current = visit.signed_in().await?;
    let mut fields = Fields::of(&body);
    let Some(id) = fields.text("organizationId") else { return Err(fields.failure()) };
    let access = enter(&visit, &current, Some(id)).await.map_err(|error| WORDS.of(error))?;
    Ok(ok(member::leave(visit.cx(), &current, &access).await?))
}
