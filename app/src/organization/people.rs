//! How people stand in lists, and how lists are walked through.

use axum::response::Response;
use domain::organization::member;
use leptos::prelude::*;
use model::{LocalPath, MemberUser, MemberView};
use serde::Deserialize;

use crate::ui::{Avatar, AvatarSize, Badge, ButtonLink, Empty, Glyph, Part, Variant};
use crate::words;

/// How many people stand on one page.
pub(super) const SIZE: u32 = 50;

/// Which part of a list an address asks for; what can't be read asks for nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// A part of the name or the address.
    pub search: String,
    /// Who has this role.
    pub role: String,
    /// In which order.
    pub order: String,
    /// Which page, from 1.
    pub page: String,
}

impl Asked {
    /// How many people stand on the pages before.
    pub(super) fn offset(&self) -> u32 {
        Part::offset(Part::page_of(&self.page), SIZE)
    }

    /// The part of the list that is shown.
    pub(super) fn part(&self, total: u64) -> Part {
        Part { page: Part::page_of(&self.page), size: SIZE, total }
    }

    /// Whether something narrows the list.
    pub(super) fn narrows(&self) -> bool {
        !(self.search.trim().is_empty() && self.role.is_empty())
    }

    /// The address of another page of the same list.
    pub(super) fn href(&self, path: &LocalPath, page: u32) -> String {
        let page = if page > 1 { page.to_string() } else { String::new() };
        let parts = [("search", self.search.trim()), ("role", &self.role), ("order", &self.order), ("page", &page)];
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(parts.into_iter().filter(|(_, value)| !value.is_empty()));
        match query.finish() {
            query if query.is_empty() => path.to_string(),
            query => format!("{path}?{query}"),
        }
    }
}

/// Who a member is, for a heading or a button's words.
pub(super) fn name(member: &MemberView) -> String {
    member.user.as_ref().map_or_else(String::new, |user| user.name.clone())
}

/// Roles as marks beside a name; the list as it is stored.
#[component]
pub(super) fn RoleBadges(#[prop(into)] roles: String) -> AnyView {
    member::roles(&roles)
        .map(|role| view! { <Badge label=words::capitalized(role) quiet=true/> })
        .collect_view()
        .into_any()
}

/// One person of a list; all of the row leads to `href`.
#[component]
pub(super) fn PersonRow(
    member: MemberView,
    #[prop(into)] href: String,
    /// Whether it is the reader.
    you: bool,
    /// The roles that are shown, as they are stored.
    #[prop(into)]
    roles: String,
    /// A form at the end.
    #[prop(optional)]
    action: Option<AnyView>,
    /// One more line.
    #[prop(optional)]
    children: Option<Children>,
) -> AnyView {
    let (name, email, image) = match member.user {
        Some(MemberUser { name, email, image, .. }) => (name, email.to_string(), image),
        None => Default::default(),
    };
    let initials = model::initials(&name);
    view! {
        <li class="relative flex flex-wrap items-center gap-x-3 gap-y-1 p-4 first:rounded-t-control last:rounded-b-control hover:bg-raised sm:flex-nowrap">
            <div class="flex min-w-0 flex-1 items-start gap-3">
                <Avatar image initials/>
                <div class="min-w-0 flex-1">
                    <p class="flex flex-wrap items-center gap-x-2 gap-y-1">
                        <a href=href class="min-w-0 rounded-control font-medium wrap-anywhere after:absolute after:inset-0 after:rounded-control">{name}</a>
                        {you.then(|| view! { <Badge label="You"/> })}
                        <RoleBadges roles/>
                    </p>
                    <p class="text-sm text-muted break-all">{email}</p>
                </div>
            </div>
            // On phones it stands below the name.
            {children.map(|children| view! { <div class="text-sm text-muted max-sm:order-last max-sm:w-full max-sm:pl-12 sm:text-right">{children()}</div> })}
            {action.map(|action| view! { <div class="relative shrink-0">{action}</div> })}
        </li>
    }
    .into_any()
}

/// The card at the top of a person's page.
#[component]
pub(super) fn PersonCard(member: MemberView, you: bool, #[prop(into)] roles: String, children: Children) -> AnyView {
    let (email, image) = match &member.user {
        Some(user) => (user.email.to_string(), user.image.clone()),
        None => Default::default(),
    };
    let initials = model::initials(&name(&member));
    view! {
        <div class="flex items-start gap-4 rounded-card border border-border bg-surface p-5 shadow-card sm:p-6">
            <Avatar image initials size=AvatarSize::Large/>
            <div class="grid min-w-0 flex-1 gap-1.5">
                <p class="font-medium break-all">{email}</p>
                <p class="flex flex-wrap gap-1.5 empty:hidden">
                    {you.then(|| view! { <Badge label="You"/> })}
                    <RoleBadges roles/>
                </p>
                <div class="text-sm text-muted">{children()}</div>
            </div>
        </div>
    }
    .into_any()
}

/// Instead of a list in which nobody stands: why, and the way back.
#[component]
pub(super) fn Nobody(
    asked: Asked,
    #[prop(into)] path: String,
    /// How many there are on other pages.
    total: u64,
) -> AnyView {
    let (title, text) = if total > 0 {
        ("This page is past the end", "The list has become shorter.".to_owned())
    } else if asked.search.trim().is_empty() {
        ("Nobody here", "Nobody has this role.".to_owned())
    } else {
        ("Nobody found", format!("No name and no address has “{}” in it.", asked.search.trim()))
    };
    view! {
        <Empty glyph=Glyph::SEARCH_X title text>
            <ButtonLink href=path label="Show everybody" variant=Variant::Secondary/>
        </Empty>
    }
    .into_any()
}

/// The page for a posted act that its form knows nothing of.
pub(super) fn unreadable(inside: super::Inside) -> Response {
    crate::problem::Trouble::Unreadable.page(inside.member.frame)
}
