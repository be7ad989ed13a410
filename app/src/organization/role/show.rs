//! What stands on a role's page beside its form: all that it gives, who has it, and how to be rid of it.

use domain::organization::Access;
use leptos::prelude::*;
use model::{HolderView, MemberUser, RoleView};

use super::edit::Told;
use super::{Patterns, page_of, people};
use crate::organization::{Inside, held};
use crate::ui::{Alert, Avatar, Badge, ButtonLink, Empty, Glyph, Link, Section, Tone, Variant, Width};
use crate::words::capitalized;

/// Why the reader can't change a role; `None` where they can.
pub(super) fn locked(access: &Access, role: &RoleView) -> Option<String> {
    if role.id.is_none() {
        return Some(
            "This role is the same in every organization. Only the people who run this site change it.".to_owned(),
        );
    }
    if !access.may("ac:update") {
        return Some("You can look at it. Who may change roles can change it.".to_owned());
    }
    let lacking = access.not_held(access.roles().patterns(&role.name));
    let told = || format!("It gives what you don’t have, so you can’t change it: {}.", lacking.join(", "));
    (!lacking.is_empty()).then(told)
}

/// Everything that a role gives, and from where it has that.
pub(super) struct Whole {
    /// The role itself first, then those that it inherits from: name and patterns.
    pub parts: Vec<(String, Vec<String>)>,
}

impl Whole {
    pub(super) fn of(access: &Access, role: &RoleView) -> Self {
        let roles = access.roles();
        let part = |name: &str| {
            let own = roles.get(name).map(|role| role.patterns.iter().map(ToString::to_string).collect());
            (name.to_owned(), own.unwrap_or_default())
        };
        Self { parts: roles.heritage(&role.name).map(part).collect() }
    }

    pub(super) fn view(self) -> AnyView {
        let parts = self.parts.into_iter().enumerate().map(|(place, (name, patterns))| {
            let from = if place == 0 { "Its own".to_owned() } else { format!("From {}", capitalized(&name)) };
            let nothing = patterns.is_empty();
            view! {
                <div class="grid gap-1.5 py-3 sm:grid-cols-[11rem_minmax(0,1fr)] sm:gap-4">
                    <dt class="text-sm text-muted wrap-anywhere">{from}</dt>
                    <dd>{if nothing { "Nothing".into_any() } else { view! { <Patterns patterns/> }.into_any() }}</dd>
                </div>
            }
        });
        view! { <dl class="-my-3 divide-y divide-border">{parts.collect_view()}</dl> }.into_any()
    }
}

/// Instead of the form, for who can't change the role.
#[component]
pub(super) fn Locked(why: String, refused: Option<String>, whole: Whole) -> AnyView {
    view! {
        {refused.map(|text| view! { <Alert tone=Tone::Danger>{text}</Alert> })}
        <Section title="What it may do" lead=why>{whole.view()}</Section>
    }
    .into_any()
}

/// Who has a role.
pub(super) struct Holding {
    name: String,
    holders: Vec<HolderView>,
    total: u64,
    members: String,
}

impl Holding {
    pub(super) fn of(inside: &Inside, told: &Told) -> Self {
        let name = told.role.as_ref().map(|role| role.name.clone()).unwrap_or_default();
        let members = inside.path("/members").to_string();
        Self { name, holders: told.holders.clone(), total: told.total, members }
    }

    pub(super) fn view(self) -> AnyView {
        let Self { name, holders, total, members } = self;
        if holders.is_empty() {
            return view! {
                <Section title="Who has it">
                    <Empty glyph=Glyph::USERS title="Nobody" text="You give roles to people on their own pages.">
                        <ButtonLink href=members label="Members" variant=Variant::Secondary/>
                    </Empty>
                </Section>
            }
            .into_any();
        }
        let shown = holders.len();
        let rows = holders.into_iter().map(|holder| view! { <Holder holder members=members.clone()/> }).collect_view();
        let all = format!("{members}?role={name}");
        let is_part = u64::try_from(shown).is_ok_and(|shown| shown < total);
        let lead = if is_part {
            format!("{}; here are the first {shown} by name.", people(total))
        } else {
            format!("{}.", people(total))
        };
        view! {
            <Section title="Who has it" lead>
                <ul aria-label="Who has it" class="divide-y divide-border rounded-control border border-border">{rows}</ul>
                {is_part.then(|| view! { <p><Link href=all label="All who have it as a member of the organization"/></p> })}
            </Section>
        }
        .into_any()
    }
}

#[component]
fn Holder(holder: HolderView, members: String) -> AnyView {
    let href = format!("{members}/{}", holder.member.id);
    let (name, email, image) = match holder.member.user {
        Some(MemberUser { name, email, image, .. }) => (name, email.to_string(), image),
        None => Default::default(),
    };
    let initials = model::initials(&name);
    let ways = holder
        .held
        .iter()
        .map(|one| {
            let (label, counts) = held::state(one);
            view! {
                <p class="flex flex-wrap items-baseline gap-x-2 wrap-anywhere">
                    {held::way(one)}
                    {(!counts).then(|| view! { <Badge label quiet=true/> })}
                </p>
            }
        })
        .collect_view();
    view! {
        <li class="relative flex items-start gap-3 p-4 first:rounded-t-control last:rounded-b-control hover:bg-raised">
            <Avatar image initials/>
            <div class="min-w-0 flex-1">
                <a href=href class="rounded-control font-medium wrap-anywhere after:absolute after:inset-0 after:rounded-control">{name}</a>
                <p class="text-sm text-muted break-all">{email}</p>
                <div class="mt-1 text-sm">{ways}</div>
            </div>
        </li>
    }
    .into_any()
}

/// What keeps a role from being deleted; `None` where nothing does.
pub(super) fn kept_by(told: &Told) -> Option<String> {
    let names = told.holders.iter().filter_map(|one| one.member.user.as_ref().map(|user| user.name.clone()));
    let named = names.take(3).collect::<Vec<_>>();
    let heirs = told.heirs().iter().map(|heir| capitalized(heir)).collect::<Vec<_>>().join(", ");
    let more = told.total.saturating_sub(u64::try_from(named.len()).unwrap_or_default());
    let holders = match more {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    };
    match (told.total > 0, heirs.is_empty()) {
        (false, true) => None,
        (true, true) => Some(format!("These have it: {holders}. Take it from them first.")),
        (false, false) => Some(format!("These roles build on it: {heirs}. Change them first.")),
        (true, false) => {
            Some(format!("These have it: {holders}. These roles build on it: {heirs}. Change that first."))
        }
    }
}

/// The end of the page, for who may delete the role.
pub(super) struct Danger {
    href: String,
    kept_by: Option<String>,
}

impl Danger {
    pub(super) fn of(inside: &Inside, told: &Told) -> Option<Self> {
        let role = told.role.as_ref().filter(|role| role.id.is_some() && inside.access.may("ac:delete"))?;
        Some(Self { href: format!("{}/delete", page_of(inside, role)), kept_by: kept_by(told) })
    }

    pub(super) fn view(self) -> AnyView {
        let Self { href, kept_by } = self;
        let lead = if kept_by.is_some() {
            "It can’t be deleted while somebody or something needs it."
        } else {
            "Nobody has it, and nothing builds on it."
        };
        view! {
            <Section title="Delete this role" lead danger=true>
                {match kept_by {
                    Some(kept_by) => view! { <p class="max-w-prose wrap-anywhere">{kept_by}</p> }.into_any(),
                    None => view! { <div><ButtonLink href label="Delete this role" variant=Variant::Danger width=Width::FullOnPhones/></div> }.into_any(),
                }}
            </Section>
        }
        .into_any()
    }
}
