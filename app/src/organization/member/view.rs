//! The sections of a member's page. Whoever lacks a right reads the facts, and sees no form that would be refused.

use domain::organization::{member, team};
use leptos::prelude::*;

use super::page::{Again, Told};
use super::{assigned, path};
use crate::organization::people::{self, PersonCard, RoleBadges};
use crate::organization::role_boxes::{self, RoleBoxes, RoleRows};
use crate::organization::{Inside, team as team_pages};
use crate::ui::{
    Alert, Button, ButtonLink, Empty, Glyph, Icon, IconSize, Link, Rows, Section, SelectField, Time, Tone, Variant,
    Width,
};

/// All of them, one under the other.
pub(super) fn content(inside: &Inside, told: &Told, again: &Again) -> AnyView {
    let (member, you, now) = (told.member.clone(), told.you, told.now);
    let (roles, since) = (member.role.clone(), member.created_at);
    // Where the form isn't on the page, or is a button alone, the page says at its top what is wrong.
    let in_form =
        again.is("roles") && may_set_roles(inside, told) || again.is("assign") && assigned::may_assign(inside, told);
    let refused = again.any().filter(|_| !in_form).map(|text| view! { <Alert tone=Tone::Danger>{text}</Alert> });
    view! {
        {refused}
        <PersonCard member you roles>"Joined "<Time at=since now/></PersonCard>
        {roles_section(inside, told, again)}
        {teams_section(inside, told, again)}
        {assigned::section(inside, told, again)}
        {hand_over(inside, told)}
        {end(inside, told)}
    }
    .into_any()
}

fn may_set_roles(inside: &Inside, told: &Told) -> bool {
    inside.access.may("member:update") && (inside.access.is_owner() || !told.owns())
}

fn roles_section(inside: &Inside, told: &Told, again: &Again) -> AnyView {
    let access = &inside.access;
    if !may_set_roles(inside, told) {
        let rows = view! { <RoleRows name="Roles" access roles=told.member.role.as_str()/> };
        let why = access
            .may("member:update")
            .then(|| view! { <p class="text-muted">"Only an owner changes an owner’s roles."</p> });
        return view! {
            <Section title="Roles" lead="What these roles give, they give everywhere in the organization.">
                {rows}
                {why}
            </Section>
        }
        .into_any();
    }
    let ticked = if again.is("roles") {
        again.typed.all(role_boxes::FIELD)
    } else {
        member::roles(&told.member.role).map(str::to_owned).collect()
    };
    let boxes = role_boxes::boxes(access, None, &told.member.role, &ticked);
    let (action, problems) = (path(inside, &told.member.id).to_string(), again.problems("roles"));
    let warning = told.you.then(|| view! { <p class="text-muted">"These are your own roles. What you give up, somebody else has to give you again."</p> });
    view! {
        <Section title="Roles" lead="They count everywhere in the organization, at once and without an end.">
            {warning}
            <form method="post" action=action class="grid gap-1.5">
                <input type="hidden" name="act" value="roles"/>
                <RoleBoxes legend="Roles" boxes problems/>
                <div><Button label="Save roles" width=Width::FullOnPhones/></div>
            </form>
        </Section>
    }
    .into_any()
}

fn teams_section(inside: &Inside, told: &Told, again: &Again) -> Option<AnyView> {
    let standings = told.teams.as_ref()?;
    let action = path(inside, &told.member.id).to_string();
    let rows: Vec<_> = standings
        .iter()
        .filter_map(|one| one.roles.as_ref().map(|roles| team_row(inside, told, one, roles, &action)))
        .collect();
    let list = if rows.is_empty() {
        let text = if told.you { "You are in no team." } else { "In no team yet." };
        view! { <Empty glyph=Glyph::NETWORK title="No teams" text/> }
    } else {
        view! { <Rows name="Teams">{rows.collect_view()}</Rows> }
    };
    let open = standings.iter().filter(|one| one.roles.is_none() && inside.access.may_in(&one.team.id, "team:update"));
    let options: Vec<_> = open.map(|one| (one.team.id.as_str().to_owned(), one.team.name.clone())).collect();
    let join = (!options.is_empty()).then(|| {
        let value = if again.is("join") { again.typed.text("team") } else { String::new() };
        view! { <Join action=action.clone() options value/> }
    });
    Some(
        view! {
            <Section title="Teams" lead="In a team, somebody may have more roles, which count only there.">
                {list}
                {join}
            </Section>
        }
        .into_any(),
    )
}

fn team_row(inside: &Inside, told: &Told, one: &team::Standing, roles: &str, action: &str) -> AnyView {
    let team = &one.team;
    let href = team_pages::person_path(inside, &team.id, &told.member.id).to_string();
    let may_leave = told.you || inside.access.may_in(&team.id, "team:update");
    let label = if told.you { "Leave" } else { "Take out" };
    let leave = may_leave.then(|| view! {
        <form method="post" action=action.to_owned() class="relative shrink-0 [&_button]:w-full sm:[&_button]:w-auto">
            <input type="hidden" name="act" value="leave"/>
            <input type="hidden" name="team" value=team.id.as_str().to_owned()/>
            <Button label variant=Variant::Secondary aria_label=format!("{label}: {}", team.name)/>
        </form>
    });
    view! {
        <li class="relative flex flex-col gap-3 p-4 hover:bg-raised sm:flex-row sm:items-center">
            <div class="flex min-w-0 flex-1 items-start gap-3">
                <span class="mt-0.5 text-muted"><Icon glyph=Glyph::NETWORK size=IconSize::Medium/></span>
                <div class="min-w-0">
                    <a href=href class="font-medium wrap-anywhere after:absolute after:inset-0">{team.name.clone()}</a>
                    <p class="mt-1 flex flex-wrap gap-1.5 empty:hidden"><RoleBadges roles/></p>
                </div>
            </div>
            {leave}
        </li>
    }
    .into_any()
}

/// Puts the member into one more team.
#[component]
fn Join(action: String, options: Vec<(String, String)>, value: String) -> AnyView {
    view! {
        <form method="post" action=action class="grid grid-cols-1 items-start gap-x-3 sm:grid-cols-[minmax(0,1fr)_auto]">
            <input type="hidden" name="act" value="join"/>
            <SelectField name="team" label="Put into a team" options value/>
            <div class="sm:mt-7.5"><Button label="Put in" variant=Variant::Secondary width=Width::FullOnPhones/></div>
        </form>
    }
    .into_any()
}

fn hand_over(inside: &Inside, told: &Told) -> Option<AnyView> {
    (inside.access.is_owner() && !told.you).then(|| {
        let href = inside.path(&format!("/transfer?to={}", told.member.id)).to_string();
        let lead = format!("{} becomes an owner, and you become an admin.", people::name(&told.member));
        view! {
            <Section title="Hand over ownership" lead>
                <div><ButtonLink href label="Hand over ownership" variant=Variant::Secondary width=Width::FullOnPhones/></div>
            </Section>
        }
        .into_any()
    })
}

/// The last card: removing somebody, or leaving oneself.
fn end(inside: &Inside, told: &Told) -> Option<AnyView> {
    if told.you {
        let href = inside.path("/leave").to_string();
        return Some(
            view! { <p class="text-muted">"To get out of it: "<Link href label="Leave the organization"/></p> }
                .into_any(),
        );
    }
    let access = &inside.access;
    if !access.may("member:delete") {
        return None;
    }
    let control = if told.owns() && !access.is_owner() {
        view! { <p class="text-muted">"Only an owner removes an owner."</p> }.into_any()
    } else {
        let href = inside.path(&format!("/members/{}/remove", told.member.id)).to_string();
        view! { <div><ButtonLink href label="Remove" variant=Variant::Danger width=Width::FullOnPhones aria_label=format!("Remove {}", people::name(&told.member))/></div> }.into_any()
    };
    Some(
        view! {
            <Section title="Remove from the organization" lead="Their roles and teams here go, at once. Their account stays." danger=true>
                {control}
            </Section>
        }
        .into_any(),
    )
}
