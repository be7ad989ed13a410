mod ceremonies;
mod keeping;
mod registering;
mod signing_in;
mod signing_up;

use model::{PasskeyView, Refusal};
use serde_json::Value;

use super::*;
use crate::session::Opened;
use crate::testing::authenticator::Authenticator;
use crate::testing::{World, admitted, refusal};
use crate::{Client, Result};

const ADA: &str = "ada@example.com";
const EVE: &str = "eve@example.com";

/// Adds a passkey on `device`.
async fn add(world: &World, opened: &Opened, device: &mut Authenticator) -> PasskeyView {
    try_add(world, opened, device).await.expect("it is added")
}

async fn try_add(world: &World, opened: &Opened, device: &mut Authenticator) -> Result<PasskeyView> {
    world.moment();
    let begun = begin_registration(&world.cx, opened, None, None).await?;
    let response = device.create(&begun.options);
    finish_registration(&world.cx, opened, &begun.token, &response, None).await
}

/// Signs in with a passkey on `device`.
async fn enter(world: &World, device: &mut Authenticator) -> Result<Opened> {
    let begun = begin_sign_in(&world.cx, None).await?;
    let response = device.get(&begun.options);
    show(world, &begun, &response).await
}

async fn show(world: &World, begun: &Begun, response: &Value) -> Result<Opened> {
    Ok(admitted(finish_sign_in(&world.cx, &begun.token, response, &Client::default()).await?))
}

/// Somebody signed in, with a passkey.
async fn with_passkey(world: &World, email: &str) -> (Opened, Authenticator) {
    let (opened, mut device) = (world.user(email).await, Authenticator::default());
    add(world, &opened, &mut device).await;
    (opened, device)
}

/// Takes the password away.
async fn forget_password(world: &World) {
    assert_eq!(world.write("DELETE FROM accounts", &[]).await, 1);
}

/// The subject of the newest mail to `email`.
async fn subject(world: &World, email: &str) -> String {
    world.mails(email).await.remove(0).content.subject
}
