//! What each role may do, who has it, and what a change would give and take.

mod changes;
mod delete;
mod edit;
mod form;
mod list;
mod picture;
mod show;
mod tree;

use axum::Router;
use axum::routing::get;
use leptos::prelude::*;
use model::{LocalPath, RoleView};

use super::Inside;
use crate::state::App;
use crate::ui::counted;

/// The pages.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/organizations/{slug}/roles", get(list::page))
        .route("/organizations/{slug}/roles/new", get(edit::new).post(edit::create))
        .route("/organizations/{slug}/roles/{role}", get(edit::open).post(edit::update))
        .route("/organizations/{slug}/roles/{role}/delete", get(delete::ask).post(delete::delete))
}

/// The page of a role. What a browser would read as another address goes by its id.
fn page_of(inside: &Inside, role: &RoleView) -> LocalPath {
    let taken = role.name == "new" || role.name.bytes().all(|b| b == b'.');
    let id = role.id.as_ref().filter(|_| taken);
    inside.path(&format!("/roles/{}", id.map_or(role.name.as_str(), |id| id.as_str())))
}

/// Whether `asked`, from an address, means this role.
fn is_meant(role: &RoleView, asked: &str) -> bool {
    role.name == asked || role.id.as_ref().is_some_and(|id| id.as_str() == asked)
}

/// "Nobody", "1 person", "1,200 people".
fn people(count: u64) -> String {
    match count {
        0 => "Nobody".to_owned(),
        count => counted(count, "person").replace("persons", "people"),
    }
}

/// Permissions as they are written, the first `most` of them.
#[component]
pub(super) fn Patterns(patterns: Vec<String>, #[prop(default = usize::MAX)] most: usize) -> AnyView {
    let more = patterns.len().saturating_sub(most);
    let items = patterns
        .into_iter()
        .take(most)
        .map(|pattern| view! { <li class="max-w-full rounded-control bg-raised px-1.5 font-mono text-sm wrap-anywhere">{pattern}</li> })
        .collect_view();
    view! {
        <ul class="flex flex-wrap gap-1.5">
            {items}
            {(more > 0).then(|| view! { <li class="text-sm text-muted">{format!("and {more} more")}</li> })}
        </ul>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_told_in_words() {
        assert_eq!([people(0), people(1), people(1200)].join(", "), "Nobody, 1 person, 1,200 people");
    }
}
