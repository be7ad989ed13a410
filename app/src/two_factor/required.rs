//! Where whoever must have a second factor is led, before anything else opens: on this site, or in an organization.

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
use crate::ui::{AuthCard, Button, ButtonLink, Glyph, Link, Variant, Width};

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
    if !two_factor::lacks(&member.current) {
        return member.frame.go(next, None);
    }
    // Who has a passkey shows it; anything else would let in whoever knows the password.
    let has_passkey = match passkey::list(member.cx(), member.user()).await {
        Ok(passkeys) => !passkeys.is_empty(),
        Err(error) => return member.trouble(error),
    };
    // An organization keeps only its own door closed.
    let everywhere = two_factor::owes_setup(member.cx(), &member.current);
    let asks = if everywhere { member.frame.name().to_owned() } else { "This organization".to_owned() };
    let way = if has_passkey { Way::Passkey } else { Way::SetUp { passkeys: passkey::is_available(member.cx()) } };
    let email = member.current.user.email.to_string();
    let title = if has_passkey { "Confirm with your passkey" } else { "Set up a second step" };
    member.frame.page(title).render(move || {
        let lead = if has_passkey {
            format!("{asks} asks for a second step when you sign in. Your passkey is one.")
        } else {
            format!(
                "{asks} asks for a second step when you sign in, so that somebody who finds out your password still stays outside. It takes two minutes; then you go on to where you were going."
            )
        };
        view! {
            <AuthCard title lead glyph=Glyph::SHIELD_CHECK>
                {way.view(&next)}
                <form method="post" action="/sign-out" class="grid gap-1">
                    <Button label="Sign out" variant=Variant::Quiet width=Width::Full/>
                    <p class="text-center text-sm break-words text-muted">"You are signed in as "{email}"."</p>
                </form>
                {(!everywhere).then(|| view! { <p class="text-center"><Link href="/" label="Back to the start"/></p> })}
            </AuthCard>
        }
    })
}

/// How the demand is met.
#[derive(Clone, Copy)]
enum Way {
    /// By the passkey that the account has.
    Passkey,
    /// By something new.
    SetUp {
        /// Also a passkey.
        passkeys: bool,
    },
}

impl Way {
    fn view(self, next: &LocalPath) -> AnyView {
        match self {
            Self::Passkey => {
                view! { <PasskeyButton act=Act::Confirm label="Use your passkey" next=next.to_string()/> }.into_any()
            }
            Self::SetUp { passkeys } => {
                let setup = with_next(AUTHENTICATOR, next.as_str()).to_string();
                view! {
                    <div class="grid gap-2.5">
                        <ButtonLink href=setup label="Set up an authenticator app" glyph=Glyph::SMARTPHONE width=Width::Full/>
                        <p class="text-sm text-muted">
                            "An authenticator app is a free app on your phone. It shows a new six-digit code every half minute, and you type it after your password."
                        </p>
                    </div>
                    {passkeys.then(|| view! { <PasskeyButton act=Act::Add label="Add a passkey instead" next=next.to_string()/> })}
                }
                .into_any()
            }
        }
    }
}
