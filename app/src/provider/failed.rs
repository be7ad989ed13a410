use axum::Router;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use leptos::prelude::*;
use model::{LocalPath, ProviderFailure};
use serde::Deserialize;

use crate::mail_request::WAITS;
use crate::outcome::{keeping, onward};
use crate::shell::Frame;
use crate::state::App;
use crate::ui::{AuthCard, Button, ButtonLink, Glyph, Variant, Width};
use crate::visit::Visit;
use crate::words;

pub(super) const PAGE: &str = "/sign-in/failed";

/// `/sign-in/failed`: where the API sends browsers when nothing came of it and no app named a page.
pub(super) fn routes() -> Router<App> {
    Router::new().route(PAGE, get(show))
}

/// The page's address; the API adds the error.
pub(super) fn address(provider: &str, next: Option<&LocalPath>, connecting: bool) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("provider", provider);
    if let Some(next) = next {
        query.append_pair("next", next.as_str());
    }
    if connecting {
        query.append_pair("connecting", "true");
    }
    format!("{PAGE}?{}", query.finish())
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    provider: String,
    error: String,
    next: Option<String>,
    connecting: bool,
}

async fn show(visit: Visit, frame: Frame, Query(told): Query<Told>) -> Response {
    let Told { provider, error, next, connecting } = told;
    let (failure, next) = (ProviderFailure::parse(&error), onward(next.as_deref()));
    // The mail is on its way: as after signing up, it is waited for, and sent again.
    if failure == ProviderFailure::EmailNotVerified {
        return frame.go(keeping(WAITS, next.as_ref()), None);
    }
    Failed { provider, failure, next, connecting }.page(&visit, frame, StatusCode::OK)
}

/// What came to nothing.
pub(super) struct Failed {
    pub provider: String,
    pub failure: ProviderFailure,
    pub next: Option<LocalPath>,
    /// Whether an account was to be connected.
    pub connecting: bool,
}

impl Failed {
    /// What happened, and the way on.
    pub(super) fn page(self, visit: &Visit, frame: Frame, status: StatusCode) -> Response {
        let Self { provider, failure, next, connecting } = self;
        // The address names it, and may have been written by anybody: only what is offered is said.
        let offered = visit.cx().settings.providers.get(&provider).ok().map(|provider| provider.view());
        let (title, text) =
            words::provider_failure(&failure, offered.as_ref().map(|one| one.name.as_str()), connecting);
        let again = offered.filter(|_| may_help(&failure)).map(|provider| {
            let place = if connecting { "/settings/connections" } else { "/sign-in/with" };
            format!("{place}/{}", provider.id)
        });
        let link = (failure == ProviderFailure::AccountNotLinked)
            .then(|| keeping("/magic-link", Some(&LocalPath::known("/settings/security").into())).to_string());
        let back = if connecting {
            ("/settings/security".to_owned(), "Back to Security")
        } else {
            (keeping("/sign-in", next.as_ref()).to_string(), "Sign in another way")
        };
        let variant = if again.is_some() || link.is_some() { Variant::Secondary } else { Variant::Primary };
        let next = next.map(|next| next.to_string()).unwrap_or_default();
        frame.page(title.clone()).status(status).render(move || {
            view! {
                <AuthCard title lead=text glyph=Glyph::CIRCLE_ALERT>
                    <div class="grid gap-2.5">
                        {link.map(|href| view! { <ButtonLink href label="Send me a link" glyph=Glyph::LINK width=Width::Full/> })}
                        {again.map(|action| view! {
                            <form method="post" action=action class="grid">
                                <input type="hidden" name="next" value=next/>
                                <Button label="Try again" width=Width::Full/>
                            </form>
                        })}
                        <ButtonLink href=back.0 label=back.1 variant width=Width::Full/>
                    </div>
                </AuthCard>
            }
        })
    }
}

/// Whether the same way may lead somewhere the next time.
fn may_help(failure: &ProviderFailure) -> bool {
    use ProviderFailure as F;
    !matches!(
        failure,
        F::AccountNotLinked | F::AccountAlreadyLinkedToDifferentUser | F::AccountOfEarlierIssuer | F::SignupDisabled
    )
}
