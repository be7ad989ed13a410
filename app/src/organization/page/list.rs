use axum::http::StatusCode;
use axum::response::Response;
use domain::organization::{Membership, invitation};
use leptos::prelude::*;
use model::{InvitationView, OrganizationRefusal, OrganizationView, Timestamp};

use super::{LIST, NEW, SWITCH, badges, is_about};
use crate::member::Member;
use crate::ui::{Badge, Button, ButtonLink, Empty, Glyph, Link, Logo, PageHeading, Section, Time, Variant, Width};

/// `/organizations`.
pub(super) async fn show(member: Member) -> Response {
    let invitations = match invitation::for_user(member.cx(), &member.current).await {
        Ok(invitations) => Some(invitations),
        // Whose address it is must be proved before anybody learns what it is invited to.
        Err(error) if is_about(&error, &OrganizationRefusal::EmailNotVerified) => None,
        Err(error) => return member.trouble(error),
    };
    let organizations = member.organizations.clone();
    let is_empty = organizations.is_empty();
    let (active, now) = (member.current.session.active_organization_id.clone(), member.now());
    member.page("Organizations").status(StatusCode::OK).render(move || {
        let unproved = invitations.is_none().then(|| {
            view! {
                <p class="text-muted">
                    "Were you invited? Confirm your address, then the invitation shows here. "
                    <Link href="/check-mail?about=verification" label="Send the mail again"/>
                </p>
            }
        });
        let invited = invitations.filter(|invitations| !invitations.is_empty()).map(|invitations| {
            let rows = invitations.into_iter().map(|(invitation, to)| view! { <Invited invitation to now/> }).collect_view();
            view! {
                <Section title="You are invited" lead="Accept, and you are a member with the role that is named. Decline what you don’t know.">
                    <ul aria-label="Invitations" class="divide-y divide-border rounded-control border border-border">{rows}</ul>
                </Section>
            }
        });
        let list = if organizations.is_empty() {
            view! {
                <section class="rounded-card border border-border bg-surface shadow-card">
                    <Empty glyph=Glyph::BUILDING_2 title="You are in no organization yet" text="An organization is a company or a group that works here together. Make one and invite people, or ask somebody to invite you.">
                        <ButtonLink href=NEW label="Create organization" glyph=Glyph::PLUS/>
                    </Empty>
                </section>
            }
            .into_any()
        } else {
            let rows = organizations
                .into_iter()
                .map(|one| {
                    let is_here = active.as_ref() == Some(&one.id);
                    view! { <Place one is_here/> }
                })
                .collect_view();
            view! {
                <ul aria-label="Your organizations" class="grid gap-3">{rows}</ul>
            }
            .into_any()
        };
        view! {
            <div class="flex flex-wrap items-end justify-between gap-4">
                <PageHeading title="Organizations" lead="The companies and groups you work with."/>
                {(!is_empty).then(|| view! { <ButtonLink href=NEW label="Create organization" variant=Variant::Secondary glyph=Glyph::PLUS width=Width::FullOnPhones/> })}
            </div>
            {invited}
            {list}
            {unproved}
        }
    })
}

/// One that the user is in.
#[component]
fn Place(one: Membership, is_here: bool) -> AnyView {
    let href = format!("{LIST}/{}", one.slug);
    let switch = (!is_here).then(|| {
        let aria_label = format!("Work here: {}", one.name);
        view! {
            <form method="post" action=SWITCH class="[&_button]:w-full sm:[&_button]:w-auto">
                <input type="hidden" name="organization" value=one.id.as_str().to_owned()/>
                <Button label="Work here" variant=Variant::Secondary aria_label/>
            </form>
        }
    });
    view! {
        <li class="flex flex-col gap-3 rounded-card border border-border bg-surface p-4 shadow-card sm:flex-row sm:items-center sm:p-5">
            <a href=href class="group flex min-h-11 min-w-0 flex-1 items-center gap-3.5 rounded-control">
                <Logo image=one.logo name=one.name.clone()/>
                <span class="grid min-w-0 gap-1">
                    <span class="font-bold wrap-anywhere group-hover:underline">{one.name}</span>
                    <span class="flex flex-wrap gap-1.5">
                        {is_here.then(|| view! { <Badge label="You work here"/> })}
                        {badges(&one.roles)}
                    </span>
                </span>
            </a>
            {switch}
        </li>
    }
    .into_any()
}

/// One that the user is asked into.
#[component]
fn Invited(invitation: InvitationView, to: OrganizationView, now: Timestamp) -> AnyView {
    let action = format!("/invitations/{}", invitation.id);
    let (accept, reject) =
        (format!("Accept the invitation to {}", to.name), format!("Decline the invitation to {}", to.name));
    view! {
        <li class="flex flex-col gap-3 p-4 sm:flex-row sm:items-center">
            <div class="flex min-w-0 flex-1 items-center gap-3.5">
                <Logo image=to.logo name=to.name.clone()/>
                <div class="grid min-w-0 gap-1">
                    <p class="font-bold wrap-anywhere">{to.name}</p>
                    <p class="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm text-muted">
                        {badges(&invitation.role)}
                        <span>"Ends "<Time at=invitation.expires_at now/></span>
                    </p>
                </div>
            </div>
            <form method="post" action=action class="grid grid-cols-2 gap-2 sm:flex">
                <Button label="Accept" name="act" value="accept" aria_label=accept/>
                <Button label="Decline" name="act" value="reject" variant=Variant::Quiet aria_label=reject/>
            </form>
        </li>
    }
    .into_any()
}
