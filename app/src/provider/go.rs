use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use domain::Callbacks;
use domain::Error;
use domain::provider::flow::{self, Begin, Begun};
use domain::session::Current;
use leptos::prelude::*;
use model::{LocalPath, ProviderRefusal, ProviderView, Refusal};
use serde::Deserialize;

use super::failed::{self, Failed};
use crate::form::{Form, Posted};
use crate::member::Member;
use crate::outcome::{keeping, onward, trouble};
use crate::problem::Trouble;
use crate::shell::Frame;
use crate::state::App;
use crate::ui::{AuthCard, Button, ButtonLink, Glyph, Variant, Width};
use crate::visit::Visit;
use crate::words::Flash;

/// `/sign-in/with/{provider}`, and below `/settings/connections` what connects an account.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/sign-in/with/{provider}", post(sign_in).get(choose_again))
        .route("/settings/connections/{provider}", get(ask).post(connect))
        .route("/settings/connections/{provider}/done", get(done))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Onward {
    next: Option<String>,
}

const SECURITY: &str = "/settings/security";

async fn sign_in(visit: Visit, frame: Frame, Path(provider): Path<String>, posted: Posted<Onward>) -> Response {
    let next = posted.ok().and_then(|Form(Onward { next })| onward(next.as_deref()));
    // The sign-in page sends whoever is signed in on to where they wanted.
    let callbacks = Callbacks {
        done: Some(keeping("/sign-in", next.as_ref()).to_string()),
        new_user: None,
        error: Some(failed::address(&provider, next.as_ref(), false)),
    };
    go(&visit, frame, &provider, callbacks, None, next).await
}

/// The address of a form that was reloaded.
async fn choose_again(frame: Frame) -> Response {
    frame.go(LocalPath::known("/sign-in"), None)
}

/// Asks whether to connect: for who had to show again who they are on the way.
async fn ask(member: Member, Path(provider): Path<String>) -> Response {
    let Ok(ProviderView { id, name, .. }) = member.cx().settings.providers.get(&provider).map(|one| one.view()) else {
        return Trouble::NotFound.page(member.frame);
    };
    member.frame.page(format!("Connect {name}")).render(move || {
        view! {
            <AuthCard title=format!("Connect {name}?") lead=format!("You sign in at {name} next. From then on, you can sign in here with it.") glyph=Glyph::LINK>
                <form method="post" action=format!("/settings/connections/{id}") class="grid gap-2">
                    <Button label=format!("Go on to {name}") width=Width::Full/>
                    <ButtonLink href=SECURITY label="Cancel" variant=Variant::Quiet width=Width::Full/>
                </form>
            </AuthCard>
        }
    })
}

async fn connect(member: Member, Path(provider): Path<String>) -> Response {
    let callbacks = Callbacks {
        done: Some(format!("/settings/connections/{provider}/done")),
        new_user: None,
        error: Some(failed::address(&provider, None, true)),
    };
    go(&member.visit, member.frame, &provider, callbacks, Some(&member.current), None).await
}

async fn done(member: Member) -> Response {
    member.frame.go(LocalPath::known(SECURITY), Some(Flash::ProviderConnected))
}

/// Begins, and goes to the provider. By a page rather than a redirect: the browser holds a form's redirects to our policy, and where a
/// provider sends people further isn't known.
async fn go(
    visit: &Visit,
    frame: Frame,
    provider: &str,
    callbacks: Callbacks,
    link: Option<&Current>,
    next: Option<LocalPath>,
) -> Response {
    let browser = visit.jar.flow();
    let begun = flow::begin(visit.cx(), Begin { provider, callbacks, browser, link, ..Begin::default() }).await;
    let Begun { address, browser } = match begun {
        Ok(begun) => begun,
        Err(Error::Refused(Refusal::Provider(ProviderRefusal::NotFound))) => return Trouble::NotFound.page(frame),
        Err(Error::Refused(Refusal::Provider(ProviderRefusal::NotSignedIn(failure)))) => {
            let failed = Failed { provider: provider.to_owned(), failure, next, connecting: link.is_some() };
            return failed.page(visit, frame, StatusCode::SERVICE_UNAVAILABLE);
        }
        Err(error) => return trouble(frame, error),
    };
    visit.jar.begin_flow(&browser);
    let name = visit.cx().settings.providers.get(provider).map_or_else(|_| provider.to_owned(), |one| one.name.clone());
    let refresh = HeaderValue::from_str(&format!("0;url={address}"));
    let mut response = frame.page(format!("On to {name}")).render(move || {
        view! {
            <AuthCard title=format!("Taking you to {name}…") lead="It takes a moment. Press the button if nothing happens.">
                <ButtonLink href=address.to_string() label=format!("Go on to {name}") width=Width::Full/>
            </AuthCard>
        }
    });
    // Addresses are printable ASCII.
    if let Ok(refresh) = refresh {
        response.headers_mut().insert(HeaderName::from_static("refresh"), refresh);
    }
    response
}
