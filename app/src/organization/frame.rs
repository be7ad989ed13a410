//! What an organization's pages have in common: who asks and in which standing, the list at the side, the heading.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use domain::organization::{self, Access};
use domain::{Cx, Error};
use leptos::prelude::*;
use model::{LocalPath, OrganizationRefusal, Refusal, Slug};

use crate::member::Member;
use crate::problem::Trouble;
use crate::state::App;
use crate::ui::{BackLink, BesideNav, Glyph, Logo, PageHeading, Place};
use crate::words;

/// An extractor, for the routes below `/organizations/{slug}`: somebody who is signed in, and in that organization. Everybody else gets
/// the same page, whether there is such an organization or not (SECURITY 43, A38).
pub struct Inside {
    /// Who asks.
    pub member: Member,
    /// What they may do here.
    pub access: Access,
}

impl Inside {
    /// The world that the verbs need.
    pub fn cx(&self) -> &Cx {
        self.member.cx()
    }

    /// The address of one of the organization's pages; `rest` is empty or begins with a slash.
    pub fn path(&self, rest: &str) -> LocalPath {
        page_of(&self.access.organization.slug, rest)
    }

    /// The page for an error that no form can answer. What isn't here and what is another organization's look alike (A38).
    pub fn trouble(self, error: Error) -> Response {
        match error {
            Error::Refused(Refusal::Organization(
                refusal @ (OrganizationRefusal::MemberNotFound
                | OrganizationRefusal::TeamNotFound
                | OrganizationRefusal::RoleNotFound(_)),
            )) => {
                let text = words::refusal(&Refusal::Organization(refusal));
                Trouble::Refused { status: StatusCode::NOT_FOUND, text }.page(self.member.frame)
            }
            error => self.member.trouble(error),
        }
    }

    /// Renders a page: the list at the side, the heading, and `content`.
    pub fn page<V: IntoView + 'static>(
        &self,
        here: Here,
        status: StatusCode,
        content: impl FnOnce() -> V + 'static,
    ) -> Response {
        let heading = Heading { title: here.place(self).label.to_owned(), lead: Some(here.lead()), back: None };
        self.render(here, heading, status, content)
    }

    /// Renders a page about one thing; a link above its heading leads back to where it is listed.
    pub fn page_below<V: IntoView + 'static>(
        &self,
        here: Here,
        back: Back,
        title: String,
        status: StatusCode,
        content: impl FnOnce() -> V + 'static,
    ) -> Response {
        self.render(here, Heading { title, lead: None, back: Some(back) }, status, content)
    }

    fn render<V: IntoView + 'static>(
        &self,
        here: Here,
        heading: Heading,
        status: StatusCode,
        content: impl FnOnce() -> V + 'static,
    ) -> Response {
        let places = Here::ALL.into_iter().filter(|one| one.is_open(&self.access)).map(|one| one.place(self)).collect();
        let href = here.place(self).href;
        let Heading { title, lead, back } = heading;
        let (name, logo) = (self.access.organization.name.clone(), self.access.organization.logo.clone());
        let home = self.path("").to_string();
        self.member.page(format!("{title} · {name}")).status(status).render(move || {
            let content = content().into_any();
            view! {
                <p class="-mb-1">
                    <a href=home class="inline-flex min-h-11 max-w-full items-center gap-2.5 rounded-control font-medium">
                        <Logo image=logo name=name.clone()/>
                        <span class="min-w-0 wrap-anywhere">{name.clone()}</span>
                    </a>
                </p>
                <BesideNav name places current=href>
                    <div class="grid gap-1">
                        {back.map(|Back(href, label)| view! { <BackLink href=href.to_string() label/> })}
                        {match lead {
                            Some(lead) => view! { <PageHeading title lead/> },
                            None => view! { <PageHeading title/> },
                        }}
                    </div>
                    {content}
                </BesideNav>
            }
        })
    }
}

/// What stands above a page's content.
struct Heading {
    title: String,
    lead: Option<&'static str>,
    back: Option<Back>,
}

/// A link that leads back: where, and its words.
pub struct Back(pub LocalPath, pub String);

impl FromRequestParts<App> for Inside {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let member = Member::from_request_parts(parts, app).await?;
        let params = RawPathParams::from_request_parts(parts, app).await.ok();
        let slug = params.as_ref().and_then(|params| params.iter().find(|(name, _)| *name == "slug"));
        match enter(&member, slug.map_or("", |(_, slug)| slug)).await {
            Ok(access) => Ok(Self { member, access }),
            Err(error) => Err(kept_out(member, error)),
        }
    }
}

/// The address of one of an organization's pages; `rest` is empty or begins with a slash.
pub(super) fn page_of(slug: &Slug, rest: &str) -> LocalPath {
    let path = format!("/organizations/{slug}{rest}");
    LocalPath::parse(&path).unwrap_or_else(|| LocalPath::known("/organizations").into())
}

/// The page for whom the door stays closed: the same for an organization that doesn't exist as for one that somebody isn't in.
pub(super) fn kept_out(member: Member, error: Error) -> Response {
    match error {
        Error::Refused(refusal @ Refusal::Organization(_)) => {
            let text = words::refusal(&refusal);
            Trouble::Refused { status: StatusCode::NOT_FOUND, text }.page(member.frame)
        }
        error => member.trouble(error),
    }
}

async fn enter(member: &Member, slug: &str) -> domain::Result<Access> {
    let slug = Slug::parse(slug).map_err(|_| OrganizationRefusal::NotFound)?;
    let id = organization::find(member.cx(), &slug).await?;
    Access::open(member.cx(), &member.current, &id).await
}

/// A page of an organization, in the order of the list at their side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Here {
    /// What it is, and what one is in it.
    Overview,
    /// Who is in it.
    Members,
    /// Who is asked to be.
    Invitations,
    /// The teams.
    Teams,
    /// The roles, and who has them.
    Roles,
    /// Whether somebody may do something, and why.
    Explain,
    /// What happened in it.
    Audit,
    /// Name, address, picture, rules; leaving and deleting it.
    Settings,
}

impl Here {
    const ALL: [Self; 8] = [
        Self::Overview,
        Self::Members,
        Self::Invitations,
        Self::Teams,
        Self::Roles,
        Self::Explain,
        Self::Audit,
        Self::Settings,
    ];

    fn place(self, inside: &Inside) -> Place {
        let (rest, label, glyph) = match self {
            Self::Overview => ("", "Overview", Glyph::HOUSE),
            Self::Members => ("/members", "Members", Glyph::USERS),
            Self::Invitations => ("/invitations", "Invitations", Glyph::MAIL),
            Self::Teams => ("/teams", "Teams", Glyph::NETWORK),
            Self::Roles => ("/roles", "Roles", Glyph::ID_CARD),
            Self::Explain => ("/explain", "Check access", Glyph::SEARCH_CHECK),
            Self::Audit => ("/audit", "Audit log", Glyph::HISTORY),
            Self::Settings => ("/settings", "Settings", Glyph::SETTINGS),
        };
        Place { href: inside.path(rest).to_string(), label, glyph }
    }

    fn lead(self) -> &'static str {
        match self {
            Self::Overview => "What you are here, and what is going on.",
            Self::Members => "Who is in it, and in which roles.",
            Self::Invitations => "Ask people in, by mail or with a link that works once.",
            Self::Teams => "Groups within it, with roles that count only there.",
            Self::Roles => "What each role may do, and who has it.",
            Self::Explain => "May somebody do something? The answer, and why.",
            Self::Audit => "Who did what here, when and from where.",
            Self::Settings => "Its name, its rules, and the way out.",
        }
    }

    /// Whether the page has something for this member.
    fn is_open(self, access: &Access) -> bool {
        match self {
            Self::Invitations => access.may("invitation:create"),
            Self::Roles => access.may("ac:read"),
            Self::Audit => access.may("audit:read"),
            Self::Explain | Self::Overview | Self::Members | Self::Teams | Self::Settings => true,
        }
    }
}
