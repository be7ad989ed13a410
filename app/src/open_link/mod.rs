//! A link from a mail that signs in or proves an address, opened in a browser. Where the mail was asked for in this very browser, it
//! does what it says. Anywhere else a button has to be pressed first: programs that look at links in mails spend none, and nobody is
//! signed in to somebody else's account unawares (SECURITY A8).

use axum::Router;
use axum::extract::Query;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::routing::get;
use domain::token::{self, Purpose, Ticket, Token};
use domain::verification::{self, Verified};
use domain::{Error, magic_link};
use leptos::prelude::*;
use model::{LocalPath, UserId};
use serde::Deserialize;

use crate::form::{Form, Posted};
use crate::mail_request::WAITS;
use crate::origins::Callback;
use crate::outcome::{Failure, Next, destination, keeping, trouble};
use crate::problem::Trouble;
use crate::shell::{Frame, see_other};
use crate::state::App;
use crate::two_factor;
use crate::ui::{AuthCard, Button, ButtonLink, Glyph, Variant, Width};
use crate::visit::Visit;
use crate::wire::to_callback;
use crate::words::Flash;

/// `/magic-link/verify` and `/verify-email`: where the API sends browsers that follow a link of a mail.
pub fn routes() -> Router<App> {
    Router::new().route("/magic-link/verify", get(show).post(open)).route("/verify-email", get(show).post(open))
}

/// What the link holds.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Link {
    token: String,
    #[serde(rename = "callbackURL")]
    done: String,
    #[serde(rename = "newUserCallbackURL")]
    new_user: String,
    #[serde(rename = "errorCallbackURL")]
    error: String,
}

async fn show(visit: Visit, frame: Frame, Query(link): Query<Link>) -> Response {
    let Some(token) = Token::parse(&link.token) else { return spent(&visit, frame, &link) };
    let ticket = match token::peek(visit.cx(), &token).await {
        Ok(ticket) => ticket,
        Err(Error::Refused(_)) => return spent(&visit, frame, &link),
        Err(error) => return trouble(frame, error),
    };
    if visit.jar.asked_for().is_some_and(|asked| asked == ticket.email.as_str()) {
        return follow(&visit, frame, &token, &link).await;
    }
    button(&visit, frame, &ticket, link)
}

fn button(visit: &Visit, frame: Frame, ticket: &Ticket, link: Link) -> Response {
    let (title, label, action) = match ticket.purpose {
        Purpose::MagicLink => ("Sign in?", "Sign in", "/magic-link/verify"),
        Purpose::VerifyEmail => ("Confirm your address?", "Confirm address", "/verify-email"),
        Purpose::ConfirmEmailChange => ("Change your address?", "Change address", "/verify-email"),
        Purpose::VerifyNewEmail => ("Confirm your new address?", "Confirm address", "/verify-email"),
        Purpose::ResetPassword | Purpose::DeleteUser => return expired(false, None).page(frame),
    };
    let email = ticket.email.to_string();
    let targets =
        [&link.done, &link.new_user, &link.error].into_iter().filter_map(|target| visit.app.origins.callback(target));
    frame.page(title).private().leading_to(targets).render(move || {
        view! {
            <AuthCard title glyph=Glyph::MAIL>
                <p class="text-muted">
                    "This link was sent to " <strong class="font-medium text-text">{email}</strong>
                    ". Go on only if you asked for it."
                </p>
                <form method="post" action=action class="grid gap-2.5">
                    <input type="hidden" name="token" value=link.token/>
                    <input type="hidden" name="callbackURL" value=link.done/>
                    <input type="hidden" name="newUserCallbackURL" value=link.new_user/>
                    <input type="hidden" name="errorCallbackURL" value=link.error/>
                    <Button label width=Width::Full/>
                    <ButtonLink href="/" label="Cancel" variant=Variant::Quiet width=Width::Full/>
                </form>
            </AuthCard>
        }
    })
}

async fn open(visit: Visit, frame: Frame, posted: Posted<Link>) -> Response {
    let Form(link) = posted.unwrap_or_default();
    match Token::parse(&link.token) {
        Some(token) => follow(&visit, frame, &token, &link).await,
        None => spent(&visit, frame, &link),
    }
}

/// Does what the link says, and goes on to where the app that asked for the mail wanted.
async fn follow(visit: &Visit, frame: Frame, token: &Token, link: &Link) -> Response {
    let verification = frame.path().as_str().starts_with("/verify-email");
    let outcome = if verification { verify(visit, token, link).await } else { sign_in(visit, token, link).await };
    match outcome {
        Ok(Onward::Here(next)) => frame.go(next.to, next.flash),
        Ok(Onward::There(address)) => {
            let mut response = see_other(&model::LocalPath::known("/").into());
            // A trusted callback is printable ASCII.
            if let Ok(address) = HeaderValue::from_str(&address) {
                response.headers_mut().insert(header::LOCATION, address);
            }
            response
        }
        Err(Failure::Form(..)) => spent(visit, frame, link),
        Err(Failure::Verb(error)) => trouble(frame, error),
    }
}

/// Goes to the page that the app named for errors, or says so here.
fn spent(visit: &Visit, frame: Frame, link: &Link) -> Response {
    let verification = frame.path().as_str().starts_with("/verify-email");
    match visit.app.origins.callback(&link.error) {
        Some(target) => to_callback(&target, Some(("error", "INVALID_TOKEN"))),
        None => {
            let next = LocalPath::parse(&link.done).filter(|next| next.as_str() != "/");
            expired(verification, next.as_ref()).page(frame)
        }
    }
}

/// What is said of a link that doesn't work any more, and where to ask for a new one, which leads to `next`, too.
pub(crate) fn expired(verification: bool, next: Option<&LocalPath>) -> Trouble {
    let again = keeping(if verification { WAITS } else { "/magic-link" }, next);
    Trouble::LinkExpired { again: String::from(again).into(), button: "Send a new link" }
}

/// A page of this site, or an app's.
enum Onward {
    Here(Next),
    There(String),
}

async fn sign_in(visit: &Visit, token: &Token, link: &Link) -> Result<Onward, Failure> {
    let redeemed = magic_link::redeem(visit.cx(), token, &visit.client).await?;
    visit.jar.forget_asked();
    let wanted = if redeemed.new_user && !link.new_user.is_empty() { &link.new_user } else { &link.done };
    if visit.enter(&redeemed.entered).await?.is_none() {
        return Ok(Onward::Here(owed(visit, wanted)));
    }
    onward(visit, &redeemed.user_id, wanted, None).await
}

async fn verify(visit: &Visit, token: &Token, link: &Link) -> Result<Onward, Failure> {
    let verified = verification::redeem(visit.cx(), token, &visit.client).await?;
    visit.jar.forget_asked();
    Ok(match verified {
        Verified::Account(user, entered) => {
            let Some(entered) = entered else {
                return Ok(Onward::Here(Next::to("/sign-in").saying(Flash::Confirmed)));
            };
            if visit.enter(&entered).await?.is_none() {
                return Ok(Onward::Here(owed(visit, &link.done).saying(Flash::Confirmed)));
            }
            return onward(visit, &user.id, &link.done, Some(Flash::Confirmed)).await;
        }
        Verified::ChangeAgreed(_) => Onward::Here(Next::to("/settings").saying(Flash::EmailChangeApproved)),
        Verified::Changed(_) => Onward::Here(Next::to("/settings").saying(Flash::EmailChanged)),
    })
}

/// The page that asks for the second factor, and leads to `wanted` then.
fn owed(visit: &Visit, wanted: &str) -> Next {
    let target = visit.app.origins.callback(wanted);
    let page = two_factor::page_for(target.as_ref().map(Callback::as_str));
    LocalPath::parse(&page).unwrap_or_else(|| LocalPath::known("/two-factor").into()).into()
}

async fn onward(visit: &Visit, user: &UserId, wanted: &str, flash: Option<Flash>) -> Result<Onward, Failure> {
    Ok(match visit.app.origins.callback(wanted) {
        Some(Callback::Trusted(address)) => Onward::There(address),
        Some(Callback::Local(path)) => {
            Onward::Here(Next { flash, ..destination(visit, user, Some(path.as_str())).await? })
        }
        None => Onward::Here(Next { flash, ..destination(visit, user, None).await? }),
    })
}
