//! "Sign in faster next time": whoever signed in with a password, on a device that keeps passkeys, is offered one.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use domain::passkey;
use domain::session::Entered;
use leptos::prelude::*;
use model::LocalPath;
use serde::Deserialize;

use super::{Act, PasskeyButton};
use crate::form::{Form, Posted};
use crate::member::Member;
use crate::outcome::{Failure, Next, answer, destination, leading_to, onward, second_factor};
use crate::ui::{AuthCard, Button, Glyph, Variant, Width};
use crate::visit::Visit;

const PAGE: &str = "/passkey-offer";

/// As [`enter`](crate::outcome::enter), by way of the offer if it is due; after a second factor that is owed, the page looks for itself.
///
/// # Errors
/// As [`destination`].
pub async fn enter_by_offer(visit: &Visit, entered: &Entered, next: Option<&str>) -> Result<Next, Failure> {
    let Some(opened) = visit.enter(entered).await? else {
        let next = onward(next).unwrap_or_else(|| LocalPath::known("/").into());
        return Ok(second_factor(Some(&leading_to(PAGE, &next))).into());
    };
    let next = destination(visit, &opened.user.id, next).await?;
    Ok(if passkey::offer_is_due(visit.cx(), opened).await? { leading_to(PAGE, &next.to).into() } else { next })
}

/// Where to go on, and which button was pressed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    next: String,
    never: Option<String>,
}

/// Shows the offer, once; whoever comes again goes on.
pub(super) async fn show(member: Member, Query(Typed { next, .. }): Query<Typed>) -> Response {
    match shows(&member).await {
        Ok(true) => page(&member, next),
        Ok(false) => go_on(member, &next).await,
        Err(error) => member.trouble(error),
    }
}

async fn shows(member: &Member) -> domain::Result<bool> {
    let (cx, current) = (member.cx(), &member.current);
    // In a browser that was spared the second factor, a passkey would cost more than a press.
    let due = current.is_fresh(cx) && passkey::offer_is_due(cx, current).await?;
    if due {
        passkey::offered(cx, member.user(), false).await?;
    }
    Ok(due)
}

/// "Not now", or "Don't ask again".
pub(super) async fn decide(member: Member, posted: Posted<Typed>) -> Response {
    let Form(typed) = posted.unwrap_or_default();
    if typed.never.is_some()
        && let Err(error) = passkey::offered(member.cx(), member.user(), true).await
    {
        return member.trouble(error);
    }
    go_on(member, &typed.next).await
}

async fn go_on(member: Member, next: &str) -> Response {
    let outcome = destination(&member.visit, member.user(), Some(next)).await;
    answer(member.frame, outcome, |frame, _, _| frame.go(LocalPath::known("/"), None))
}

fn page(member: &Member, next: String) -> Response {
    member.frame.clone().page("Sign in faster next time").status(StatusCode::OK).render(move || {
        view! {
            <AuthCard
                title="Sign in faster next time"
                lead="Add a passkey, and next time you sign in the way you unlock this device: by fingerprint, face or PIN. There is nothing to type, and nothing that somebody could steal from you by a false page."
                glyph=Glyph::KEY_ROUND
            >
                <div class="grid gap-1">
                    <PasskeyButton act=Act::Add next=next.clone() variant=Variant::Primary/>
                    <form method="post" action=PAGE class="grid gap-2.5">
                        <input type="hidden" name="next" value=next/>
                        <Button label="Not now" variant=Variant::Secondary width=Width::Full/>
                        <Button label="Don’t ask again" name="never" value="yes" variant=Variant::Quiet width=Width::Full/>
                    </form>
                </div>
            </AuthCard>
        }
    })
}
