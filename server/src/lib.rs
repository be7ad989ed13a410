//! Composition: settings, middleware, router, background jobs, command line.

pub mod leptos;
pub mod settings;
pub mod site;
