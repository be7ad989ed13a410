//! Composition: settings, middleware, router, background jobs, command line.

pub mod app;
mod audit;
pub mod cli;
mod desk;
pub mod health;
pub mod jobs;
mod keys;
pub mod leptos;
pub mod listener;
pub mod log;
pub mod middleware;
mod providers;
pub mod run;
pub mod settings;
pub mod site;
