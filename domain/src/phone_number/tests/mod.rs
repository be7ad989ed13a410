mod codes;
mod number;
mod password;

use model::Method;

use super::*;
use crate::password::Password;
use crate::session::Opened;
use crate::testing::{MINUTE, PASSWORD, World, admitted, at_once, challenged, email, number, one_winner, refusal};
use crate::two_factor::{Asker, Proof, sent_code};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
const PHONE: &str = "+4915112345678";
const OTHER: &str = "+4915187654321";

/// A site that sends text messages.
fn texting(mut world: World) -> World {
    world.settings(|settings| settings.two_factor.sms = true);
    world
}

/// Asks for a code and types it.
async fn add(world: &World, current: &Current, phone: &str) -> Result<User> {
    world.moment();
    request_change(&world.cx, current, &number(phone)).await?;
    let code = world.texted_code(&number(phone)).await;
    change(&world.cx, current, &number(phone), &code).await
}

/// Somebody with a number.
async fn owner(world: &World, address: &str, phone: &str) -> Opened {
    let opened = world.user(address).await;
    add(world, &opened, phone).await.unwrap();
    world.find(&opened).await.unwrap()
}

/// The same with codes by text message as the second factor, in a session that has shown one.
async fn guarded(world: &World, address: &str, phone: &str) -> Opened {
    let opened = owner(world, address, phone).await;
    two_factor::turn_on(&world.cx, &opened, Method::Sms).await.unwrap();
    world.moment();
    sent_code::send(&world.cx, Asker::Session(&opened), Some(Method::Sms)).await.unwrap();
    let code = world.texted_code(&number(phone)).await;
    let shown =
        two_factor::verify(&world.cx, Asker::Session(&opened), Proof::Sent(&code), false, &Client::default()).await;
    shown.unwrap().opened
}

async fn ask(world: &World, phone: &str) -> String {
    world.moment();
    request_sign_in(&world.cx, &number(phone)).await.unwrap();
    world.texted_code(&number(phone)).await
}

async fn enter(cx: Cx, phone: &'static str, code: String) -> Result<Entered> {
    sign_in(&cx, &number(phone), &code, true, &Client::default()).await
}

/// The `n`th of the codes that are not `right`.
fn wrong(right: &str, n: usize) -> String {
    let code = n + usize::from(right.parse::<usize>().unwrap() <= n);
    format!("{code:06}")
}
