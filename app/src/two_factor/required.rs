//! Where whoever must have a second factor is led, before anything else opens.

use axum::Router;
use axum::extract::Query;
use axum::response::Response;
use axum::routing::get;
use domain::{passkey, two_factor};
use leptos::prelude::*;
use model::LocalPath;
use serde::Deserialize;

use super::{AUTHENTICATOR, with_next};
use crate::member::ForSetup;
use crate::outcome::onward;
use crate::passkey::{Act, PasskeyButton};
use crate::state::App;
use crate::ui::{AuthCard, Button, ButtonLink, Glyph, Variant, Width};

/// `/two-factor/required`.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/two-factor/required", get(show))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Onward {
    next: String,
}

async fn show(ForSetup(member): ForSetup, Query(Onward { next }): Query<Onward>) -> Response {
    let next = onward(Some(&next)).unwrap_or_else(|| LocalPath::known("/").into());
    if !two_factor::owes_setup(member.cx(), &member.current) {
        return member.frame.go(next, None);
    }
    let passkeys = passkey::is_available(member.cx());
    let name = member.frame.name().to_owned();
    let email = member.current.user.email.to_string();
    let setup = with_next(AUTHENTICATOR, next.as_str()).to_string();
    member.frame.page("Set up a second step").render(move || {
        let lead = format!(
            "{name} asks for a second step when you sign in, so that somebody who finds out your password still stays outside. It takes two minutes; then you go on to where you were going."
        );
        view! {
            <AuthCard title="Set up a second step" lead glyph=Glyph::SHIELD_CHECK>
                <div class="grid gap-2.5">
                    <ButtonLink href=setup label="Set up an authenticator app" glyph=Glyph::SMARTPHONE width=Width::Full/>
                    <p class="text-sm text-muted">
                        "An authenticator app is a free app on your phone. It shows a new six-digit code every half minute, and you type it after your password."
                    </p>
                </div>
                {passkeys.then(|| view! { <PasskeyButton act=Act::Add label="Add a passkey instead" next=next.to_string()/> })}
                <form method="post" action="/sign-out" class="grid gap-1">
                    <Button label="Sign out" variant=Variant::Quiet width=Width::Full/>
                    <p class="text-center text-sm break-words text-muted">"You are signed in as "{email}"."</p>
                </form>
            </AuthCard>
        }
    })
}
