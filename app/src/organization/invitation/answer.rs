//! Where somebody who is invited looks and answers. The id in a mail is no secret, so who isn't the recipient reads nothing of the
//! invitation; the token of a link is one, so whoever has it may see to what it leads.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use domain::organization::invitation::{self, Offer};
use domain::session::Current;
use domain::token::Token;
use domain::{Error, Result};
use leptos::prelude::*;
use model::{InvitationId, OrganizationRefusal, Refusal, Timestamp};
use serde::Deserialize;

use crate::form::{Form, Posted};
use crate::organization::frame::page_of;
use crate::outcome::{Next, keeping, trouble};
use crate::problem::Trouble;
use crate::shell::Frame;
use crate::ui::{
    Alert, AuthCard, AvatarSize, Button, ButtonLink, Fact, Facts, Glyph, Logo, Time, Tone, Variant, Width,
};
use crate::visit::Visit;
use crate::words::{self, Flash};

/// Which invitation is meant.
enum Which {
    /// One that was mailed.
    Mailed(InvitationId),
    /// The one of a link.
    Link(Option<Token>),
}

impl Which {
    async fn look(&self, visit: &Visit, current: &Current) -> Result<Offer> {
        match self {
            Self::Mailed(id) => invitation::look(visit.cx(), current, id).await,
            Self::Link(token) => look_by_link(visit, token.as_ref()).await,
        }
    }

    async fn accept(&self, visit: &Visit, current: &Current) -> Result<()> {
        match self {
            Self::Mailed(id) => invitation::accept(visit.cx(), current, id).await.map(drop),
            Self::Link(Some(token)) => invitation::accept_by_token(visit.cx(), current, token).await.map(drop),
            Self::Link(None) => Err(OrganizationRefusal::InvitationNotFound.into()),
        }
    }
}

async fn look_by_link(visit: &Visit, token: Option<&Token>) -> Result<Offer> {
    match token {
        Some(token) => invitation::look_by_token(visit.cx(), token).await,
        None => Err(OrganizationRefusal::InvitationNotFound.into()),
    }
}

/// Which button was pressed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    act: String,
}

pub(super) async fn show(visit: Visit, frame: Frame, Path(id): Path<String>) -> Response {
    look(&visit, frame, &Which::Mailed(InvitationId::new(id))).await
}

pub(super) async fn show_link(visit: Visit, frame: Frame, Path(token): Path<String>) -> Response {
    look(&visit, frame, &Which::Link(Token::parse(&token))).await
}

pub(super) async fn decide(visit: Visit, frame: Frame, Path(id): Path<String>, posted: Posted<Typed>) -> Response {
    act(&visit, frame, &Which::Mailed(InvitationId::new(id)), posted).await
}

pub(super) async fn decide_by_link(
    visit: Visit,
    frame: Frame,
    Path(token): Path<String>,
    posted: Posted<Typed>,
) -> Response {
    act(&visit, frame, &Which::Link(Token::parse(&token)), posted).await
}

async fn look(visit: &Visit, frame: Frame, which: &Which) -> Response {
    let current = match visit.signed_in().await {
        Ok(current) => current,
        Err(Error::Refused(Refusal::Unauthorized)) => return guest(visit, frame, which).await,
        Err(error) => return trouble(frame, error),
    };
    match which.look(visit, &current).await {
        Ok(offer) => offer_page(visit, frame, which, &current, offer, None),
        Err(error) => closed(frame, Some(&current), error),
    }
}

async fn act(visit: &Visit, frame: Frame, which: &Which, posted: Posted<Typed>) -> Response {
    let Form(Typed { act }) = posted.unwrap_or_default();
    let current = match visit.signed_in().await {
        Ok(current) => current,
        Err(error) => return trouble(frame, error),
    };
    let offer = match which.look(visit, &current).await {
        Ok(offer) => offer,
        Err(error) => return closed(frame, Some(&current), error),
    };
    let outcome = match (act.as_str(), which) {
        ("accept", which) => accept(visit, which, &current, &offer).await,
        ("reject", Which::Mailed(id)) => invitation::reject(visit.cx(), &current, id)
            .await
            .map(|_| Next::to("/organizations").saying(Flash::InvitationDeclined)),
        // Whoever only has a link leaves it alone.
        _ => return Trouble::Unreadable.page(frame),
    };
    match outcome {
        Ok(next) => frame.go(next.to, next.flash),
        Err(Error::Refused(Refusal::Organization(OrganizationRefusal::MemberLimit))) => {
            offer_page(visit, frame, which, &current, offer, Some(OrganizationRefusal::MemberLimit))
        }
        Err(error) => closed(frame, Some(&current), error),
    }
}

async fn accept(visit: &Visit, which: &Which, current: &Current, offer: &Offer) -> Result<Next> {
    let inside = page_of(&offer.organization.slug, "");
    match which.accept(visit, current).await {
        Ok(()) => Ok(Next::from(inside).saying(Flash::InvitationAccepted)),
        // There already: so was the wish.
        Err(Error::Refused(Refusal::Organization(OrganizationRefusal::AlreadyMember))) => Ok(inside.into()),
        Err(error) => Err(error),
    }
}

/// The way in for who isn't signed in. A mailed invitation is named only to the recipient.
async fn guest(visit: &Visit, frame: Frame, which: &Which) -> Response {
    let ways = Ways::of(visit, &frame);
    match which {
        Which::Mailed(_) => frame.page("You are invited").private().render(move || {
            view! {
                <AuthCard
                    title="You are invited"
                    lead="Sign in with the address that the mail went to, or make an account with it. Then you see who invites you, and decide."
                    glyph=Glyph::MAIL
                >
                    {ways.view()}
                </AuthCard>
            }
        }),
        Which::Link(token) => match look_by_link(visit, token.as_ref()).await {
            Ok(offer) => {
                let facts = facts(&offer, visit.cx().now(), false);
                frame.page("You are invited").private().render(move || {
                    view! {
                        <AuthCard title="You are invited" lead="Sign in or make an account to accept.">
                            {facts}
                            {ways.view()}
                        </AuthCard>
                    }
                })
            }
            Err(error) => closed(frame, None, error),
        },
    }
}

/// Where somebody signs in or up, each leading back.
struct Ways {
    sign_in: String,
    sign_up: Option<String>,
}

impl Ways {
    fn of(visit: &Visit, frame: &Frame) -> Self {
        let to = |page| keeping(page, Some(frame.path())).to_string();
        Self { sign_in: to("/sign-in"), sign_up: visit.cx().settings.sign_up.enabled.then(|| to("/sign-up")) }
    }

    fn view(self) -> AnyView {
        view! {
            <div class="grid gap-2.5">
                <ButtonLink href=self.sign_in label="Sign in" width=Width::Full/>
                {self.sign_up.map(|href| view! { <ButtonLink href label="Create account" variant=Variant::Secondary width=Width::Full/> })}
            </div>
        }
        .into_any()
    }
}

fn facts(offer: &Offer, now: Timestamp, with_address: bool) -> AnyView {
    let Offer { invitation, organization, teams, inviter: (name, email) } = offer;
    let inviter = if with_address { format!("{name} ({email})") } else { name.clone() };
    let roles: Vec<_> = invitation.role.split(',').map(words::capitalized).collect();
    let teams = (!teams.is_empty()).then(|| teams.join(", "));
    let until = invitation.expires_at;
    view! {
        <div class="grid gap-2 [&_dt]:w-full">
            <p class="flex items-center gap-3 text-lg">
                <Logo image=organization.logo.clone() name=organization.name.clone() size=AvatarSize::Small/>
                <span class="min-w-0 font-bold wrap-anywhere">{organization.name.clone()}</span>
            </p>
            <Facts>
                <Fact term="Invited by"><span class="wrap-anywhere">{inviter}</span></Fact>
                <Fact term=if roles.len() == 1 { "Your role" } else { "Your roles" }>{roles.join(", ")}</Fact>
                {teams.map(|teams| view! { <Fact term="Teams"><span class="wrap-anywhere">{teams}</span></Fact> })}
                <Fact term="Good until">{until.words()}" ("<Time at=until now/>")"</Fact>
            </Facts>
        </div>
    }
    .into_any()
}

fn offer_page(
    visit: &Visit,
    frame: Frame,
    which: &Which,
    current: &Current,
    offer: Offer,
    problem: Option<OrganizationRefusal>,
) -> Response {
    if !current.user.email_verified {
        return unproved(frame, current);
    }
    let status = problem.as_ref().and_then(|refusal| StatusCode::from_u16(refusal.status()).ok());
    let (action, mailed) = (frame.path().to_string(), matches!(which, Which::Mailed(_)));
    let facts = facts(&offer, visit.cx().now(), mailed);
    let email = current.user.email.to_string();
    frame.opened_as(&current.user.id).page("You are invited").private().status(status.unwrap_or(StatusCode::OK)).render(move || {
        view! {
            <AuthCard title="You are invited">
                {problem.map(|problem| view! { <Alert tone=Tone::Danger>{words::refusal(&problem.into())}</Alert> })}
                {facts}
                <form method="post" action=action class="grid gap-2.5">
                    <Button label="Accept" name="act" value="accept" width=Width::Full/>
                    {if mailed {
                        view! { <Button label="Decline" name="act" value="reject" variant=Variant::Secondary width=Width::Full/> }
                    } else {
                        view! { <ButtonLink href="/" label="Not now" variant=Variant::Quiet width=Width::Full/> }
                    }}
                </form>
                <p class="text-center text-sm break-words text-muted">"You are signed in as "{email}"."</p>
            </AuthCard>
        }
    })
}

/// The page for whom an invitation doesn't let in as things are: why, and the way on.
fn closed(frame: Frame, current: Option<&Current>, error: Error) -> Response {
    let Error::Refused(Refusal::Organization(refusal)) = error else { return trouble(frame, error) };
    match (refusal, current) {
        (OrganizationRefusal::NotTheRecipient, Some(current)) => misdirected(frame, current),
        (OrganizationRefusal::EmailNotVerified, Some(current)) => unproved(frame, current),
        (OrganizationRefusal::InvitationNotFound, _) => spent(
            frame,
            current,
            "It was used or taken back, or its time is over. Ask whoever invited you to send a new one.",
        ),
        (OrganizationRefusal::InviterGone, _) => spent(
            frame,
            current,
            "Whoever invited you has left the organization, or may not invite any more. Ask somebody else there for a new one.",
        ),
        (refusal, _) => trouble(frame, refusal.into()),
    }
}

fn misdirected(frame: Frame, current: &Current) -> Response {
    let (email, next) = (current.user.email.to_string(), frame.path().to_string());
    frame.page("You are invited").private().status(StatusCode::FORBIDDEN).render(move || {
        view! {
            <AuthCard title="This invitation is for another address" glyph=Glyph::MAIL>
                <div class="grid gap-3 text-muted">
                    <p>"You are signed in as "<strong class="font-medium break-words text-text">{email}</strong>", and the mail went to another address."</p>
                    <p>"Sign out, then sign in with that one. You come back here."</p>
                </div>
                <form method="post" action="/sign-out" class="grid gap-2.5">
                    <input type="hidden" name="next" value=next/>
                    <Button label="Sign out and go on" width=Width::Full/>
                    <ButtonLink href="/" label="Stay signed in" variant=Variant::Quiet width=Width::Full/>
                </form>
            </AuthCard>
        }
    })
}

fn unproved(frame: Frame, current: &Current) -> Response {
    let (email, next) = (current.user.email.to_string(), frame.path().to_string());
    frame.page("You are invited").private().status(StatusCode::FORBIDDEN).render(move || {
        view! {
            <AuthCard title="Confirm your address first" glyph=Glyph::MAIL>
                <div class="grid gap-3 text-muted">
                    <p>"Only who shows that the address is theirs can join. We send a mail to "<strong class="font-medium break-words text-text">{email.clone()}</strong>"."</p>
                    <p>"Open the link in it, and you come back here."</p>
                </div>
                <form method="post" action="/check-mail" class="grid gap-2.5">
                    <input type="hidden" name="about" value="verification"/>
                    <input type="hidden" name="email" value=email/>
                    <input type="hidden" name="next" value=next/>
                    <Button label="Send the mail" width=Width::Full/>
                    <ButtonLink href="/" label="Not now" variant=Variant::Quiet width=Width::Full/>
                </form>
            </AuthCard>
        }
    })
}

fn spent(frame: Frame, current: Option<&Current>, lead: &'static str) -> Response {
    let (href, label) = match current {
        Some(_) => ("/organizations", "See your organizations"),
        None => ("/", "Go to the start"),
    };
    frame.page("Invitation").private().status(StatusCode::GONE).render(move || {
        view! {
            <AuthCard title="This invitation doesn’t work any more" lead glyph=Glyph::CLOCK>
                <ButtonLink href label variant=Variant::Secondary width=Width::Full/>
            </AuthCard>
        }
    })
}
