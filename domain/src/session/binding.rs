//! Whether a session is where it was: its network, and the kind of device that it is on.
//!
//! Somebody who stole a cookie uses it from elsewhere, and mostly in another browser. But honest people move: between networks all day, and to
//! another version of their browser overnight. So a network is its first 24 bits (64 of an IPv6 address, what one household or phone is given),
//! a device is its browser and system without their versions, and an unknown address is no change. By the setting
//! ([`crate::settings::Binding`]) a change is told: in the log once for each place of a session, and by a mail to the owner once for
//! each kind of device. Or the session is good for nothing there until its user has shown again who they are, which binds it to that place.
//!
//! What is compared is what the session keeps anyway, so that it costs no query while nothing has changed.

use std::net::IpAddr;

use sha2::{Digest, Sha256};

use super::{Session, store};
use crate::account::User;
use crate::audit::{self, Act, Entry};
use crate::mail::{self, Letter};
use crate::settings::Binding;
use crate::{Client, Cx, Result, client};

/// Whether the session is good for nothing from where it is asked for.
pub(crate) fn is_elsewhere(cx: &Cx, session: &Session) -> bool {
    cx.settings.session.binding == Binding::Strict && mover(cx, session).is_some()
}

/// The client at whose word this is done, if it is somewhere else than the session.
pub(super) fn mover(cx: &Cx, session: &Session) -> Option<Client> {
    if cx.settings.session.binding == Binding::Off {
        return None;
    }
    Client::with_asking(|client| (!is_there(session, client)).then(|| client.clone())).flatten()
}

fn is_there(session: &Session, client: &Client) -> bool {
    is_same_device(session, client) && is_same_network(session, client)
}

/// The header itself is mostly the same: only another one is looked into.
fn is_same_device(session: &Session, client: &Client) -> bool {
    session.user_agent == client.user_agent || client::device(&session.user_agent) == client::device(&client.user_agent)
}

fn is_same_network(session: &Session, client: &Client) -> bool {
    match (session.ip_address.parse().ok(), client.ip) {
        (Some(then), Some(now)) => then == now || network(then) == network(now),
        _ => true,
    }
}

fn network(ip: IpAddr) -> (bool, u64) {
    match ip {
        IpAddr::V4(ip) => (false, u64::from(u32::from(ip) >> 8)),
        IpAddr::V6(ip) => (true, u64::try_from(u128::from(ip) >> 64).unwrap_or_default()),
    }
}

/// Places of one session that are told, the kinds of devices among them.
const MOST_PLACES: usize = 200;
/// The same, of networks with a device that is known: there is room for other devices whatever somebody has travelled.
const MOST_NETWORKS: usize = 150;

/// The same for the same kind of device, wherever it is.
fn device_place(user_agent: &str) -> Vec<u8> {
    let (device, mobile) = client::device(user_agent);
    Sha256::digest(format!("anywhere {mobile} {device}")).to_vec()
}

/// The same for the same network and kind of device.
fn place(ip: Option<IpAddr>, user_agent: &str) -> Vec<u8> {
    let (device, mobile) = client::device(user_agent);
    Sha256::digest(format!("{:?} {mobile} {device}", ip.map(network))).to_vec()
}

/// The session is used at another place. If that is a new one, it is told, and the session is there from now on.
pub(super) async fn notice(cx: &Cx, session: &mut Session, user: &User, client: &Client) -> Result<()> {
    let (here, device) = (place(client.ip, &client.user_agent), device_place(&client.user_agent));
    let known = store::places(&mut cx.db.read().await?, &session.id).await?;
    let is_new_device = !is_same_device(session, client) && !known.contains(&device);
    // Who has its cookie can make up any number.
    let most = if is_new_device { MOST_PLACES } else { MOST_NETWORKS };
    if known.contains(&here) || known.len() >= most {
        return Ok(());
    }
    let mut tx = cx.db.begin().await?;
    // Of many requests at once one writes it down; and to a session that ended meanwhile nothing happens.
    if !store::add_place(&mut tx, &session.id, &here).await? {
        return Ok(());
    }
    let before = place(session.ip_address.parse().ok(), &session.user_agent);
    for place in [before, device_place(&session.user_agent), device] {
        store::add_place(&mut tx, &session.id, &place).await?;
    }
    let entry = Entry::by(&user.id, Act::SessionMoved)
        .with("session", &session.id)
        .with("network", !is_same_network(session, client))
        .with("device", !is_same_device(session, client));
    audit::record(&mut tx, cx, entry);
    if is_new_device {
        let letter = Letter::SessionMoved {
            before: client::device(&session.user_agent).0,
            device: client.device(),
            ip_address: client.ip_text(),
            at: cx.now(),
            sessions: cx.settings.link("/settings/sessions"),
        };
        mail::send(&mut tx, cx, &user.email, &user.name, &letter).await?;
    }
    bind(session, client);
    store::place(&mut tx, session).await?;
    tx.commit().await?;
    mail::ring(cx);
    Ok(())
}

/// Within its network and on its device a session goes along: with another address, another version of the browser.
pub(super) fn follow(cx: &Cx, session: &mut Session) {
    if cx.settings.session.binding != Binding::Off && mover(cx, session).is_none() {
        rebind(session);
    }
}

/// Binds the session to where this is asked from.
pub(super) fn rebind(session: &mut Session) {
    let _ = Client::with_asking(|client| bind(session, client));
}

fn bind(session: &mut Session, client: &Client) {
    if client.ip.is_some() {
        session.ip_address = client.ip_text();
    }
    session.user_agent = client.user_agent_text();
}

#[cfg(test)]
mod tests;
