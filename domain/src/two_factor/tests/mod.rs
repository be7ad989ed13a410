mod authenticator;
mod backup;
mod enforcement;
mod fresh;
mod lock;
mod passing;
mod sending;
mod trust;

use std::time::Duration;

use super::*;
use crate::mail::CodePurpose;
use crate::password::Password;
use crate::session::{Admitted, Entered, Opened};
use crate::sign_in::{self, Identifier};
use crate::testing::{AuthenticatorApp, PASSWORD, World, challenged, email, refusal};
use crate::token::Token;
use crate::two_factor::challenge::Challenge;
use crate::{Callbacks, Client, code, magic_link};

const ADA: &str = "ada@example.com";
/// How long an app shows a code.
const STEP: Duration = Duration::from_secs(30);

/// Somebody with an authenticator app and backup codes, in a session that has shown the app. The step of the first code is spent; the
/// next one has begun.
struct Owner {
    session: Opened,
    app: AuthenticatorApp,
    backup: Vec<String>,
}

async fn ada(world: &World) -> Owner {
    owner(world, ADA).await
}

async fn owner(world: &World, address: &str) -> Owner {
    world.user(address).await;
    set_up(world, world.sign_in(address, PASSWORD).await.unwrap()).await
}

async fn set_up(world: &World, session: Opened) -> Owner {
    let app = AuthenticatorApp::scan(&totp::begin(&world.cx, &session, false, None).await.unwrap().uri);
    let backup = backup_codes::prepare(&world.cx, &session).await.unwrap();
    let admitted = show(&world.cx, &session, Proof::Totp(&shown(world, &app, 0))).await.unwrap();
    world.wait(STEP);
    Owner { session: admitted.opened, app, backup }
}

/// What the app shows, or showed or will show so many steps from now.
fn shown(world: &World, app: &AuthenticatorApp, steps: i64) -> String {
    app.shows(world.cx.now(), steps)
}

fn wrong(world: &World, app: &AuthenticatorApp) -> String {
    app.never_shows(world.cx.now())
}

/// A code that isn't `code`.
fn other(code: &str) -> &'static str {
    if code == "000000" { "111111" } else { "000000" }
}

async fn show(cx: &Cx, session: &Current, proof: Proof<'_>) -> Result<Admitted> {
    verify(cx, Asker::Session(session), proof, false, &Client::default()).await
}

async fn pass(cx: &Cx, challenge: &Challenge, proof: Proof<'_>) -> Result<Opened> {
    let asker = Asker::Challenge(&challenge.token);
    Ok(verify(cx, asker, proof, false, &Client::default()).await?.opened)
}

/// Shows the password, as whoever stole it can.
async fn enter(world: &World) -> Challenge {
    challenged(with_password(&world.cx, &Client::default()).await)
}

async fn with_password(cx: &Cx, client: &Client) -> Entered {
    let who = Identifier::Email(email(ADA));
    sign_in::with_password(cx, &who, &Password::new(PASSWORD), true, None, client).await.unwrap()
}

async fn by_link(world: &World) -> Entered {
    world.moment();
    magic_link::request(&world.cx, &email(ADA), None, &Callbacks::default()).await.unwrap();
    let token = world.link_token(ADA).await;
    magic_link::redeem(&world.cx, &token, &Client::default()).await.unwrap().entered
}

async fn by_code(world: &World) -> Entered {
    let digits = mailed(world, CodePurpose::SignIn).await;
    code::sign_in(&world.cx, &email(ADA), &digits, None, true, &Client::default()).await.unwrap()
}

/// A code of the kind that needs no session.
async fn mailed(world: &World, purpose: CodePurpose) -> String {
    world.moment();
    code::request(&world.cx, purpose, &email(ADA)).await.unwrap();
    world.code(ADA).await
}

/// Asks for a code as the second factor, and reads it.
async fn sent(world: &World, asker: Asker<'_>) -> String {
    world.moment();
    sent_code::send(&world.cx, asker, Some(Method::Mail)).await.unwrap();
    world.code(ADA).await
}

async fn sessions(world: &World) -> i64 {
    world.count("SELECT COUNT(*) FROM sessions").await
}

/// The subjects of the mails to Ada about changes, newest first.
async fn told(world: &World) -> Vec<String> {
    let mails = world.mails(ADA).await.into_iter().filter(|mail| mail.kind == "security-changed");
    mails.map(|mail| mail.content.subject.split(':').next().unwrap_or_default().to_owned()).collect()
}
