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
