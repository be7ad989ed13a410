//! Everything that can be asked for, one line a feature.

use axum::Router;
use axum::middleware::from_fn_with_state;

use crate::state::App;
use crate::{
    activity, api, code, confirm_access, deletion, device_sessions, export, header, home, limits, mail_request,
    onboarding, open_link, organization, outcome, passkey, phone_number, profile, provider, reset, same_account,
    security, session, settings, sign_in, sign_up, two_factor,
};

/// The application's routes. What is around them (limits, origins, headers, the cookies that go out) is the server's matter.
pub fn router(app: App) -> Router {
    pages()
        .layer(from_fn_with_state(app.clone(), confirm_access::resume))
        .merge(confirm_access::routes())
        .layer(from_fn_with_state(app.clone(), same_account::guard))
        .nest("/api/auth", api::router())
        .merge(profile::api::pictures())
        .merge(outcome::routes())
        .layer(limits::guard(app.clone()))
        .with_state(app)
}

fn pages() -> Router<App> {
    Router::new()
        .merge(home::routes())
        .merge(header::routes())
        .merge(sign_in::routes())
        .merge(sign_up::routes())
        .merge(mail_request::routes())
        .merge(open_link::routes())
        .merge(reset::routes())
        .merge(code::routes())
        .merge(onboarding::routes())
        .merge(profile::routes())
        .merge(settings::routes())
        .merge(security::routes())
        .merge(activity::routes())
        .merge(two_factor::routes())
        .merge(passkey::routes())
        .merge(phone_number::routes())
        .merge(provider::routes())
        .merge(organization::routes())
        .merge(session::routes())
        .merge(device_sessions::routes())
        .merge(export::routes())
        .merge(deletion::routes())
}
