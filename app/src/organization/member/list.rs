use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use domain::organization::member::{self, Order, Page};
use leptos::prelude::*;

use crate::organization::people::{Asked, Nobody, PersonRow, SIZE};
use crate::organization::{Here, Inside};
use crate::ui::{ButtonLink, Filter, Glyph, Pager, Rows, SearchForm, Section, Time, Variant, Width, counted};
use crate::words;

/// `/organizations/{slug}/members`.
pub(super) async fn show(inside: Inside, Query(asked): Query<Asked>) -> Response {
    let wanted = Page {
        search: asked.search.clone(),
        role: Some(asked.role.clone()).filter(|role| !role.is_empty()),
        order: order(&asked.order),
        limit: SIZE,
        offset: asked.offset(),
    };
    let (members, total) = match member::list(inside.cx(), &inside.access, &wanted).await {
        Ok(found) => found,
        Err(error) => return inside.trouble(error),
    };
    let (filters, path, now) = (filters(&inside, &asked), inside.path("/members"), inside.member.now());
    let may_invite = inside.access.may("invitation:create");
    let (invite, me) = (inside.path("/invitations").to_string(), inside.access.member.id.clone());
    inside.page(Here::Members, StatusCode::OK, move || {
        let title = if asked.narrows() { format!("{} found", counted(total, "member")) } else { counted(total, "member") };
        let pages = view! { <Pager name="Members" part=asked.part(total) href=|page| asked.href(&path, page)/> };
        let list = if members.is_empty() {
            view! { <Nobody asked=asked.clone() path=path.as_str() total/> }
        } else {
            let rows = members
                .into_iter()
                .map(|member| {
                    let (href, you) = (format!("{path}/{}", member.id), member.id == me);
                    let (roles, since) = (member.role.clone(), member.created_at);
                    view! { <PersonRow member href you roles>"Joined "<Time at=since now/></PersonRow> }
                })
                .collect_view();
            view! { <Rows name="Members">{rows}</Rows> }
        };
        view! {
            {may_invite.then(|| view! {
                <div><ButtonLink href=invite label="Invite people" glyph=Glyph::USER_PLUS variant=Variant::Secondary width=Width::FullOnPhones/></div>
            })}
            <Section title>
                <SearchForm action=path.as_str() label="Name or address" value=asked.search.as_str() filters/>
                {list}
                {pages}
            </Section>
        }
    })
}

fn order(typed: &str) -> Order {
    match typed {
        "newest" => Order::Newest,
        "name" => Order::Name,
        _ => Order::Oldest,
    }
}

/// By role and by order. The roles came with the standing: they take no query of their own.
fn filters(inside: &Inside, asked: &Asked) -> Vec<Filter> {
    let pair = |sent: &str, read: &str| (sent.to_owned(), read.to_owned());
    let names = inside.access.roles().iter().map(|role| pair(&role.name, &words::capitalized(&role.name)));
    let roles = std::iter::once(pair("", "Every role")).chain(names).collect();
    let orders = vec![pair("", "Oldest first"), pair("newest", "Newest first"), pair("name", "By name")];
    vec![
        Filter { name: "role", label: "Role", options: roles, value: asked.role.clone() },
        Filter { name: "order", label: "Order", options: orders, value: asked.order.clone() },
    ]
}
