//! Composition: settings, middleware, router, background jobs, command line.

pub mod app;
pub mod cli;
mod desk;
pub mod health;
pub mod jobs;
pub mod leptos;
pub mod listener;
pub mod log;
pub mod middleware;
pub mod run;
pub mod settings;
pub mod site;
