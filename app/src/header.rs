//! The top of a page: the brand, the organization that one works in, the account's menu, the theme's switch; and `POST /theme`, which
//! the switch is without script.

#![expect(missing_docs, reason = "a component's properties are named by what they are")]

mod switcher;

use axum::extract::FromRef;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Router, http::HeaderValue, http::header};
use domain::Cx;
use domain::device_sessions as verbs;
use domain::organization::Membership;
use domain::session::Current;
use leptos::prelude::*;
use model::{LocalPath, OrganizationId};
use serde::Deserialize;

use self::switcher::Switcher;
use crate::device_sessions::{Account, AccountButton};
use crate::form::Form;
use crate::session::Term;
use crate::shell::{Look, see_other};
use crate::theme::Theme;
use crate::ui::{Avatar, ButtonLink, Glyph, Icon, ThemeSwitch, Variant};

/// What the header shows of who is signed in.
#[derive(Clone, Debug)]
pub struct Person {
    name: String,
    email: String,
    image: Option<String>,
    initials: String,
    organizations: Vec<Membership>,
    active: Option<OrganizationId>,
    /// The browser's other accounts; `None` where it may hold only one.
    others: Option<Vec<Account>>,
    /// How long the session lasts.
    pub(crate) term: Term,
}

impl Person {
    /// Who is signed in, where they are a member, and whom they can switch to.
    pub fn new(cx: &Cx, current: &Current, organizations: Vec<Membership>, others: Vec<Account>) -> Self {
        let user = current.user.view();
        let initials = user.initials();
        let active = current.session.active_organization_id.clone();
        Self {
            name: user.name,
            email: user.email.to_string(),
            image: user.image,
            initials,
            organizations,
            active,
            others: verbs::allowed(cx).then_some(others),
            term: Term::of(cx, current),
        }
    }

    /// "Ada Lovelace (ada@example.com)".
    pub(crate) fn words(&self) -> String {
        format!("{} ({})", self.name, self.email)
    }
}

/// What opens under the header's buttons.
const POPOVER: &str = "absolute inset-auto top-15 z-10 rounded-card border border-border bg-surface p-1.5 shadow-card overflow-y-auto max-h-[calc(100dvh-5rem)]";
/// One thing in it.
pub(crate) const ITEM: &str =
    "flex min-h-11 w-full items-center gap-2.5 rounded-control px-3 text-left hover:bg-raised sm:min-h-9";

/// The header of the wide pages.
#[component]
pub fn Header(name: String, theme: Theme, path: String, person: Option<Person>) -> AnyView {
    let mut short = false;
    let mut switcher = None;
    let account = match person {
        Some(mut person) => {
            let organizations = std::mem::take(&mut person.organizations);
            if !organizations.is_empty() {
                // On a phone there is room for one name only: that of where one works.
                short = true;
                switcher = Some(view! { <Switcher organizations active=person.active.take()/> });
            }
            view! { <Menu person/> }.into_any()
        }
        None => view! {
            <nav aria-label="Account" class="flex gap-1 sm:gap-2 [&>a]:whitespace-nowrap max-sm:[&>a]:px-3">
                <ButtonLink href="/sign-in" label="Sign in" variant=Variant::Quiet/>
                <ButtonLink href="/sign-up" label="Sign up"/>
            </nav>
        }
        .into_any(),
    };
    view! {
        <header class="border-b border-border bg-surface">
            <div class="mx-auto flex h-16 max-w-page items-center gap-1 px-4 sm:gap-2 sm:px-6">
                <Brand name short/>
                <div class="flex min-w-0 flex-1">{switcher}</div>
                <ThemeSwitch theme next=path/>
                {account}
            </div>
        </header>
    }
    .into_any()
}

/// The header of the pages with one card: the brand above the card, the switch in the corner.
#[component]
pub fn PlainHeader(name: String, theme: Theme, path: String) -> AnyView {
    view! {
        <header class="relative flex flex-col items-center px-4 pt-12 pb-4 sm:pt-[8vh]">
            <Brand name/>
            <div class="absolute top-2 right-2 sm:top-3 sm:right-4"><ThemeSwitch theme next=path/></div>
        </header>
    }
    .into_any()
}

/// The key in its square, and the name; leads home.
#[component]
fn Brand(
    name: String,
    /// Whether a phone shows the key only.
    #[prop(optional)]
    short: bool,
) -> AnyView {
    let (room, hidden) = if short {
        ("max-sm:-ml-1.5 max-sm:w-11 max-sm:justify-center", "max-sm:sr-only")
    } else {
        ("", "max-[23rem]:sr-only")
    };
    view! {
        <a href="/" class=format!("inline-flex min-h-11 shrink-0 items-center gap-2.5 rounded-control text-lg font-bold tracking-tight {room}")>
            <span class="flex size-8 items-center justify-center rounded-control bg-accent text-accent-text"><Icon glyph=Glyph::KEY_ROUND/></span>
            <span class=hidden>{name}</span>
        </a>
    }
    .into_any()
}

/// The account's menu: a popover, so that it opens, and closes on Escape and on a press elsewhere, without any script.
#[component]
fn Menu(person: Person) -> AnyView {
    let several = person.others.as_ref().is_some_and(|others| !others.is_empty());
    let accounts = person.others.map(|others| view! { <Accounts others/> });
    view! {
        <button
            type="button"
            popovertarget="account-menu"
            class="flex size-11 shrink-0 items-center justify-center rounded-full"
            aria-label=format!("Account of {}", person.name)
        >
            <Avatar image=person.image initials=person.initials/>
        </button>
        <nav
            id="account-menu"
            popover="auto"
            aria-label="Account"
            class=format!("{POPOVER} right-[max(1rem,calc((100vw-65rem)/2+1.5rem))] w-64")
        >
            <div class="border-b border-border px-3 pt-1.5 pb-2.5">
                <p class="truncate font-medium">{person.name}</p>
                <p class="truncate text-sm text-muted">{person.email}</p>
            </div>
            {accounts}
            <div class="pt-1.5">
                <a href="/profile" class=ITEM><Icon glyph=Glyph::USER/>"Profile"</a>
                <a href="/settings" class=ITEM><Icon glyph=Glyph::SETTINGS/>"Settings"</a>
                <a href="/organizations" class=ITEM><Icon glyph=Glyph::BUILDING_2/>"Organizations"</a>
                <form method="post" action="/sign-out">
                    <button type="submit" class=ITEM><Icon glyph=Glyph::LOG_OUT/>"Sign out"</button>
                    {several.then(|| view! { <button type="submit" name="all" value="yes" class=ITEM><Icon glyph=Glyph::LOG_OUT/>"Sign out of all accounts"</button> })}
                </form>
            </div>
        </nav>
    }
    .into_any()
}

/// The browser's other accounts, each a button that switches, and the way to one more.
#[component]
fn Accounts(others: Vec<Account>) -> AnyView {
    let switch = (!others.is_empty()).then(|| {
        let buttons = others.into_iter().map(|account| view! { <AccountButton account class=ITEM/> }).collect_view();
        view! { <form method="post" action="/accounts/switch" aria-label="Switch to">{buttons}</form> }
    });
    view! {
        <div class="border-b border-border pt-1.5 pb-2.5">
            {switch}
            <a href="/sign-in?add=1" class=ITEM><Icon glyph=Glyph::PLUS/>"Add another account"</a>
        </div>
    }
    .into_any()
}

/// The switch's form.
#[derive(Debug, Deserialize)]
struct Choice {
    #[serde(default)]
    theme: String,
    #[serde(default)]
    next: String,
}

/// `POST /theme`.
pub fn routes<S>() -> Router<S>
where
    Look: FromRef<S>,
    S: Clone + Send + Sync + 'static,
{
    Router::new().route("/theme", post(choose))
}

/// Remembers the choice and goes back.
async fn choose(Form(choice): Form<Choice>) -> Response {
    let next = LocalPath::parse(&choice.next).unwrap_or_else(|| LocalPath::known("/").into());
    let mut response = see_other(&next).into_response();
    if let Ok(cookie) = HeaderValue::from_str(&Theme::parse(&choice.theme).cookie()) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_switch_leads_back_to_this_site_only() {
        for (next, location) in
            [("/settings?a=1", "/settings?a=1"), ("//evil.example", "/"), ("https://evil.example", "/"), ("", "/")]
        {
            let response = choose(Form(Choice { theme: "dark".into(), next: next.into() })).await;
            assert_eq!(response.headers()[header::LOCATION], location);
            assert!(
                response.headers()[header::SET_COOKIE].to_str().unwrap().starts_with("latchkey.theme=dark; Path=/")
            );
        }
    }
}
