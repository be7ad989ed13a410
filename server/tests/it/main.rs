//! HTTP tests of the built application, on both databases, and tests of the real process. One binary: linking is what costs.

#![expect(clippy::unwrap_used, reason = "a test stops where something is missing")]

mod api;
mod attacks;
mod client_address;
mod fresh_access;
mod hostile_input;
mod lock_out;
mod nodes;
mod operators;
mod origins;
mod pages_accounts;
mod pages_activity;
mod pages_invitations;
mod pages_members;
mod pages_onboarding;
mod pages_organizations;
mod pages_passkeys;
mod pages_phone_number;
mod pages_providers;
mod pages_roles;
mod pages_settings;
mod pages_teams;
mod pages_two_factor;
mod policies;
mod process;
mod proof_of_work;
mod rate_limits;
mod security_headers;
mod session_binding;
mod site;
mod sms;
mod sockets;
mod survival;
mod timing;
mod troubles;
