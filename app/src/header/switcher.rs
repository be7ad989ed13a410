use domain::organization::Membership;
use leptos::prelude::*;
use model::OrganizationId;

use super::{ITEM, POPOVER};
use crate::ui::{AvatarSize, Glyph, Icon, Logo};

/// How many organizations the menu names; its last line leads to all of them.
const MOST: usize = 30;

/// Where one works: a popover as the account's menu, in which every organization is a button of one form.
#[component]
pub(super) fn Switcher(
    /// Where the user is a member; at least one.
    organizations: Vec<Membership>,
    /// Where the session works.
    active: Option<OrganizationId>,
) -> AnyView {
    let here = organizations.iter().find(|one| active.as_ref() == Some(&one.id)).cloned();
    let (name, label) = match &here {
        Some(here) => (here.name.clone(), format!("Organization: {}. Switch", here.name)),
        None => ("Organizations".to_owned(), "Organizations. Choose one".to_owned()),
    };
    let choices = organizations
        .into_iter()
        .take(MOST)
        .map(|one| {
            let is_here = active.as_ref() == Some(&one.id);
            view! {
                <li>
                    <button type="submit" name="organization" value=one.id.as_str().to_owned() class=ITEM aria-current=is_here.then_some("true")>
                        <Logo image=one.logo name=one.name.clone() size=AvatarSize::Tiny/>
                        <span class="min-w-0 flex-1 truncate">{one.name}</span>
                        {is_here.then(|| view! { <span class="text-success"><Icon glyph=Glyph::CHECK/></span> })}
                    </button>
                </li>
            }
        })
        .collect_view();
    view! {
        <span class="hidden self-center text-border sm:block" aria-hidden="true">"/"</span>
        <button
            type="button"
            popovertarget="organization-menu"
            class="flex min-h-11 min-w-0 items-center gap-2 rounded-control px-2 font-medium hover:bg-raised [anchor-name:--organizations] sm:ml-1 sm:max-w-72"
            aria-label=label
        >
            {here.map(|here| view! { <Logo image=here.logo name=here.name size=AvatarSize::Tiny/> })}
            <span class="truncate">{name}</span>
            <span class="text-muted"><Icon glyph=Glyph::CHEVRONS_UP_DOWN/></span>
        </button>
        // Under its button where the browser knows how, otherwise at the page's edge.
        <nav
            id="organization-menu"
            popover="auto"
            aria-label="Organizations"
            class=format!("{POPOVER} right-4 left-4 w-auto sm:right-auto sm:left-[max(1.5rem,calc((100vw-65rem)/2+1.5rem))] sm:w-72 sm:supports-[left:anchor(--a_left)]:left-[anchor(--organizations_left)]")
        >
            <form method="post" action="/organizations/switch">
                <ul>{choices}</ul>
            </form>
            <div class="mt-1.5 border-t border-border pt-1.5">
                <a href="/organizations" class=ITEM><Icon glyph=Glyph::BUILDING_2/>"All organizations"</a>
                <a href="/organizations/new" class=ITEM><Icon glyph=Glyph::PLUS/>"Create organization"</a>
            </div>
        </nav>
    }
    .into_any()
}
