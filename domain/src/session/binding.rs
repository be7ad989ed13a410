//! Whether a session is where it was: its network, and the kind of device that it is on.
//!
//! Somebody who stole a cookie uses it from elsewhere, and mostly in another browser. But honest people move: between networks all day, and to
//! another version of their browser overnight. So a network is its first 24 bits (64 of an IPv6 address, what one household or phone is given),
//! a device is its browser and system without their versions, and an unknown address is no change. By the setting
//! ([`crate::settings::Binding`]) a change is told, once for each place of a session: in the log, and where the device is another one by
//! a mail to the owner. Or the session is good for nothing there until its user has shown again who they are, which binds it to that place.
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

/// The same for the same network and kind of device.
fn place(ip: Option<IpAddr>, user_agent: &str) -> Vec<u8> {
    let (device, mobile) = client::device(user_agent);
    Sha256::digest(format!("{:?} {mobile} {device}", ip.map(network))).to_vec()
}

/// The session is used at another place. If that is a new one, it is told, and the session is there from now on.
pub(super) async fn notice(cx: &Cx, session: &mut Session, user: &User, client: &Client) -> Result<()> {
    let here = place(client.ip, &client.user_agent);
    if store::knows_place(&mut cx.db.read().await?, &session.id, &here).await? {
        return Ok(());
    }
    let mut tx = cx.db.begin().await?;
    // Of many requests at once one writes it down; and to a session that ended meanwhile nothing happens.
    if !store::add_place(&mut tx, &session.id, &here).await? {
        return Ok(());
    }
    let before = place(session.ip_address.parse().ok(), &session.user_agent);
    store::add_place(&mut tx, &session.id, &before).await?;
    let entry = Entry::by(&user.id, Act::SessionMoved)
        .with("session", &session.id)
        .with("network", !is_same_network(session, client))
        .with("device", !is_same_device(session, client));
    audit::record(&mut tx, cx, entry);
    if !is_same_device(session, client) {
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
mod tests {
    use std::time::Duration;

    use super::super::{authenticate, find, find_and_remember, remembered};
    use super::*;
    use crate::password::Password;
    use crate::testing::{PASSWORD, World, at_once};

    const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    const NEWER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0";
    const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
    const ADA: &str = "ada@example.com";

    fn at(ip: &str, user_agent: &str) -> Client {
        Client { ip: ip.parse().ok(), user_agent: user_agent.to_owned(), ..Client::default() }
    }

    /// Signed in at home.
    async fn ada(world: &World) -> super::super::Current {
        world.user(ADA).await;
        world.sign_in_from(ADA, PASSWORD, &at("192.0.2.7", FIREFOX)).await.unwrap()
    }

    async fn moved(world: &World) -> (i64, usize) {
        let entries = world.count("SELECT COUNT(*) FROM audit_entries WHERE act = 'session_moved'").await;
        (entries, world.kinds(ADA).await.iter().filter(|kind| *kind == "session-moved").count())
    }

    #[test]
    fn a_network_is_what_a_household_has() {
        let same = |a: &str, b: &str| network(a.parse().unwrap()) == network(b.parse().unwrap());
        assert!(same("192.0.2.7", "192.0.2.200") && !same("192.0.2.7", "192.0.3.7"));
        assert!(same("2001:db8::1", "2001:db8::2:1") && !same("2001:db8::1", "2001:db8:0:1::1"));
        assert!(!same("192.0.2.7", "::192.0.2.7"));
    }

    db::both! {
        async fn a_cookie_in_another_browser_is_told_by_one_mail_and_one_entry(world: World) {
            let ada = ada(&world).await;
            let thief = at("198.51.100.9", PHONE);
            let found = at_once(50, |_| {
                let (cx, token, thief) = (world.cx.clone(), ada.token.clone(), thief.clone());
                async move { thief.asks(find(&cx, token)).await.unwrap() }
            })
            .await;
            assert!(found.iter().all(|found| found.as_ref().is_some_and(|current| !current.elsewhere)));
            assert_eq!(moved(&world).await, (1, 1));
            let mail = world.mails(ADA).await.remove(0).content.text;
            for told in ["Safari on an iPhone", "Firefox on Linux", "198.51.100.9", "/settings/sessions"] {
                assert!(mail.contains(told), "{told}: {mail}");
            }
            // To and fro between the two: nothing more is told.
            for client in [at("192.0.2.7", FIREFOX), thief.clone(), at("192.0.2.8", NEWER), at("198.51.100.77", PHONE)] {
                client.asks(find(&world.cx, ada.token.clone())).await.unwrap().unwrap();
            }
            assert_eq!(moved(&world).await, (1, 1));
        }

        async fn who_takes_the_train_or_updates_the_browser_gets_no_mail(world: World) {
            let ada = ada(&world).await;
            for client in [at("192.0.2.200", NEWER), at("", FIREFOX), at("192.0.2.7", FIREFOX)] {
                client.asks(find(&world.cx, ada.token.clone())).await.unwrap().unwrap();
            }
            find(&world.cx, ada.token.clone()).await.unwrap().unwrap();
            assert_eq!(moved(&world).await, (0, 0), "the same network, none that is known, and nobody's request");
            for ip in ["198.51.100.9", "2001:db8::1", "192.0.2.7", "198.51.100.200"] {
                at(ip, NEWER).asks(find(&world.cx, ada.token.clone())).await.unwrap().unwrap();
            }
            assert_eq!(moved(&world).await, (2, 0), "each other network is on record once");
        }

        async fn a_stolen_cookie_is_noticed_also_where_the_answer_comes_from_memory(world: World) {
            let ada = ada(&world).await;
            let ask = async |client: Client| {
                let asked = async {
                    if remembered(&world.cx, &ada.token).is_none() {
                        find_and_remember(&world.cx, ada.token.clone(), true).await.unwrap().unwrap();
                    }
                };
                client.asks(asked).await;
            };
            ask(at("192.0.2.7", FIREFOX)).await;
            ask(at("192.0.2.7", FIREFOX)).await;
            assert_eq!(moved(&world).await, (0, 0));
            ask(at("198.51.100.9", PHONE)).await;
            assert_eq!(moved(&world).await, (1, 1));
        }

        async fn in_strict_a_session_elsewhere_is_good_for_nothing_until_its_user_has_shown_who_they_are(world: World) {
            let mut world = world;
            world.settings(|settings| settings.session.binding = Binding::Strict);
            let ada = ada(&world).await;
            let (home, train) = (at("192.0.2.7", FIREFOX), at("198.51.100.9", FIREFOX));
            for client in [train.clone(), at("192.0.2.7", PHONE)] {
                let found = client.asks(find(&world.cx, ada.token.clone())).await.unwrap().unwrap();
                assert!(found.elsewhere && !found.is_fresh(&world.cx));
            }
            let found = home.clone().asks(find(&world.cx, ada.token.clone())).await.unwrap().unwrap();
            assert!(!found.elsewhere, "at home nothing has changed");
            assert_eq!(moved(&world).await, (0, 0));

            let found = train.clone().asks(find(&world.cx, ada.token.clone())).await.unwrap().unwrap();
            let shown = train.clone().asks(authenticate(&world.cx, &found, &Password::new(PASSWORD), &train)).await.unwrap();
            assert!(!shown.elsewhere);
            let found = train.asks(find(&world.cx, shown.token.clone())).await.unwrap().unwrap();
            assert!(!found.elsewhere && found.is_fresh(&world.cx), "it is bound to the train");
            assert!(home.asks(find(&world.cx, shown.token.clone())).await.unwrap().unwrap().elsewhere);
        }

        async fn where_it_is_off_nothing_is_compared(world: World) {
            let mut world = world;
            world.settings(|settings| settings.session.binding = Binding::Off);
            let ada = ada(&world).await;
            let found = at("198.51.100.9", PHONE).asks(find(&world.cx, ada.token.clone())).await.unwrap().unwrap();
            assert!(!found.elsewhere && moved(&world).await == (0, 0));
        }

        async fn an_update_that_is_seen_for_a_while_becomes_what_is_compared(world: World) {
            let ada = ada(&world).await;
            world.wait(Duration::from_secs(660));
            let found = at("192.0.2.9", NEWER).asks(find(&world.cx, ada.token.clone())).await.unwrap().unwrap();
            assert_eq!((found.session.user_agent.as_str(), found.session.ip_address.as_str()), (NEWER, "192.0.2.9"));
            assert_eq!(moved(&world).await, (0, 0));
        }
    }
}
