use axum::http::StatusCode;
use axum::response::Response;
use domain::token::Token;
use leptos::prelude::*;
use model::InvitationView;

use crate::organization::{Here, Inside};
use crate::ui::{Alert, ButtonLink, CopyButton, Section, Time, Tone, Width};

/// What answers the press of "Make a link": the only time that the link is shown. It stands in no address and no cookie.
pub(super) fn page(inside: &Inside, made: &InvitationView, token: &Token) -> Response {
    let link = inside.cx().settings.link(&format!("/invitations/link/{}", token.expose()));
    let back = inside.path("/invitations").to_string();
    let (until, now) = (made.expires_at, inside.member.now());
    inside.page(Here::Invitations, StatusCode::OK, move || {
        view! {
            <Section title="Your link is ready" lead="Send it to the person whom you want to let in. Whoever opens it first, and signs in or makes an account, can join.">
                <div class="grid gap-2">
                    <p id="link" class="rounded-control border border-border bg-raised px-4 py-3 font-mono text-sm break-all select-all">{link.clone()}</p>
                    <div class="-mx-2.5"><CopyButton text=link label="Copy link"/></div>
                </div>
                <p>"It works once, and ends "<Time at=until now/>{format!(" ({}).", until.words())}</p>
                <Alert tone=Tone::Warning>"Copy it now: it is shown only this once. If it gets lost, or into wrong hands, cancel it in the list and make a new one."</Alert>
                <div><ButtonLink href=back label="Done" width=Width::FullOnPhones/></div>
            </Section>
        }
    })
}
