//! Organizations: their pages and their endpoints.

#[cfg(feature = "ssr")]
pub mod api;
#[cfg(feature = "ssr")]
mod explain;
#[cfg(feature = "ssr")]
mod frame;
#[cfg(feature = "ssr")]
mod held;
#[cfg(feature = "ssr")]
mod invitation;
#[cfg(feature = "ssr")]
mod member;
#[cfg(feature = "ssr")]
mod page;
#[cfg(feature = "ssr")]
mod people;
#[cfg(feature = "ssr")]
mod role;
#[cfg(feature = "ssr")]
mod role_boxes;
mod suggest;
#[cfg(feature = "ssr")]
mod team;
#[cfg(feature = "ssr")]
mod typed;

#[cfg(feature = "ssr")]
pub use frame::{Back, Here, Inside};
pub use suggest::SuggestSlug;

/// Their pages.
#[cfg(feature = "ssr")]
pub fn routes() -> axum::Router<crate::state::App> {
    axum::Router::new()
        .merge(page::routes())
        .merge(member::routes())
        .merge(invitation::routes())
        .merge(team::routes())
        .merge(role::routes())
        .merge(explain::routes())
}
