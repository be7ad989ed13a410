use domain::organization::{OWNER, role};
use leptos::prelude::*;

use super::edit::{self, Filled};
use crate::organization::{Inside, role_boxes};
use crate::ui::{Button, Card, ChoiceCards, FormMessage, Glyph, Kind, Problems, TextArea, TextField, Variant, Width};
use crate::words::capitalized;

pub(super) const LEAD: &str = "A permission is words between colons, from the general to the special, such as content:delete. A star stands for any word: content:* is everything about content.";
/// Ties buttons outside the form to it.
pub(super) const FORM: &str = "role";

/// What the form is made of.
pub(super) struct Told {
    filled: Filled,
    /// The roles that it can inherit from.
    cards: Vec<Card>,
    /// Permissions that the reader can give.
    suggestions: Vec<String>,
    /// Whether the role is there already, and so keeps its holders under another name.
    renames: bool,
    /// Whether what would change is shown, with the button that saves.
    previewed: bool,
    /// Whether a permission was just added.
    added: bool,
}

impl Told {
    pub(super) fn of(inside: &Inside, told: &edit::Told, filled: Filled, previewed: bool, added: bool) -> Self {
        let access = &inside.access;
        let itself = told.role.as_ref().map(|role| role.name.as_str());
        let is_ticked = |name: &str| filled.inherits.iter().any(|one| one == name);
        // What one doesn't have one can't give, so that it isn't offered; and owners are owners by their own name.
        let can_give = |name: &str| name != OWNER && access.may_give([name]).is_ok();
        let names = told.all.iter().map(|role| role.name.as_str()).filter(|name| Some(*name) != itself);
        let card = |name: &str| Card {
            value: name.to_owned(),
            label: capitalized(name),
            hint: role_boxes::gives(access, name),
            checked: is_ticked(name),
        };
        let cards = names.filter(|name| is_ticked(name) || can_give(name)).map(card).collect();
        let suggestions = role::suggestions(inside.cx(), access);
        Self { filled, cards, suggestions, renames: told.role.is_some(), previewed, added }
    }
}

#[component]
pub(super) fn RoleForm(action: String, told: Told, problems: Problems) -> AnyView {
    let Told { filled, cards, suggestions, renames, previewed, added } = told;
    let hint = if renames {
        "Whoever has the role keeps it under another name."
    } else {
        "Small letters, digits and dashes, such as auditor or shop-keeper."
    };
    let look = if previewed { Variant::Secondary } else { Variant::Primary };
    let rows = u8::try_from(filled.patterns.lines().count().clamp(4, 12)).unwrap_or(4);
    view! {
        // Leads to what would change, where that is shown.
        <form method="post" action=format!("{action}#changes") id=FORM class="grid gap-3">
            <TextField name="name" label="Name" kind=Kind::Plain hint value=filled.name problems=problems.clone() autocomplete="off" enterkeyhint="next" required=true max=64/>
            <TextArea name="patterns" label="Permissions" kind=Kind::Plain hint="One a line." value=filled.patterns rows problems=problems.clone()/>
            <div class="grid items-start gap-x-3 sm:grid-cols-[minmax(0,1fr)_auto]">
                <TextField name="add" label="Add a permission" kind=Kind::Plain problems=problems.clone() autocomplete="off" enterkeyhint="done" placeholder="content:*" autofocus=added suggestions/>
                <div class="-mt-3 mb-3 sm:mt-7.5 sm:mb-0">
                    <Button label="Add" name="act" value="add" variant=Variant::Secondary width=Width::FullOnPhones glyph=Glyph::PLUS skips_checks=true/>
                </div>
            </div>
            <ChoiceCards legend="It also has everything of" name="inherits" cards many=true problems=problems.clone()/>
            <div>
                <Button label="See what changes" name="act" value="preview" variant=look width=Width::FullOnPhones/>
            </div>
            <FormMessage problems/>
        </form>
    }
    .into_any()
}
