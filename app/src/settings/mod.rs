//! What somebody sets about their account: the frame of these pages, and the first of them.

mod page;

pub use page::routes;

use axum::http::StatusCode;
use axum::response::Response;
use leptos::prelude::*;

use crate::member::Member;
use crate::ui::{BackLink, BesideNav, Glyph, PageHeading, Place};

/// A page of the settings, in the order of the list at their side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Here {
    /// Names, picture, answers.
    Profile,
    /// Address and user name.
    Account,
    /// Password, passkeys and the second step.
    Security,
    /// Where the account is signed in.
    Devices,
    /// Export and deletion.
    Data,
}

impl Here {
    const ALL: [Self; 5] = [Self::Profile, Self::Account, Self::Security, Self::Devices, Self::Data];

    fn place(self) -> Place {
        let (href, label, glyph) = match self {
            Self::Profile => ("/profile", "Profile", Glyph::USER),
            Self::Account => ("/settings", "Account", Glyph::AT_SIGN),
            Self::Security => ("/settings/security", "Security", Glyph::SHIELD_CHECK),
            Self::Devices => ("/settings/sessions", "Devices", Glyph::LAPTOP),
            Self::Data => ("/settings/data", "Your data", Glyph::DOWNLOAD),
        };
        Place { href: href.to_owned(), label, glyph }
    }

    fn lead(self) -> &'static str {
        match self {
            Self::Profile => "How you appear to others, and what you told about yourself.",
            Self::Account => "The names that you sign in with.",
            Self::Security => "How you sign in, and how safe your account is.",
            Self::Devices => "Where you are signed in. End whatever you don’t know.",
            Self::Data => "Take it with you, or delete it.",
        }
    }

    /// Renders the page: the list at the side, the heading, and `content`.
    pub fn page<V: IntoView + 'static>(
        self,
        member: &Member,
        status: StatusCode,
        content: impl FnOnce() -> V + 'static,
    ) -> Response {
        self.render(member, None, (self.place().label, self.lead()), status, content)
    }

    /// Renders a page about a part of it, with a title and a lead of its own; a link above its heading leads back.
    pub fn page_below<V: IntoView + 'static>(
        self,
        member: &Member,
        heading: (&'static str, &'static str),
        status: StatusCode,
        content: impl FnOnce() -> V + 'static,
    ) -> Response {
        self.render(member, Some(self.place()), heading, status, content)
    }

    fn render<V: IntoView + 'static>(
        self,
        member: &Member,
        back: Option<Place>,
        (title, lead): (&'static str, &'static str),
        status: StatusCode,
        content: impl FnOnce() -> V + 'static,
    ) -> Response {
        let href = self.place().href;
        member.page(title).status(status).render(move || {
            let content = content().into_any();
            view! {
                <BesideNav name="Settings" places=Self::ALL.map(Self::place).to_vec() current=href>
                    <div class="grid gap-1">
                        {back.map(|Place { href, label, .. }| view! { <BackLink href label/> })}
                        <PageHeading title lead/>
                    </div>
                    {content}
                </BesideNav>
            }
        })
    }
}
