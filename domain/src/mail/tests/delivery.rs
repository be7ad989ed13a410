use std::collections::HashMap;
use std::net::TcpListener;
use std::time::Duration;

use super::server::Server;
use super::{email, post, row, smtp, smtp_settings, verify, ways};
use crate::mail::{Delivered, SmtpSettings, Ways, deliver_due, delivery, forget_old, mailbox, ring, run, send, store};
use crate::seal;
use crate::testing::World;

const NOTHING: Delivered = Delivered { sent: 0, deferred: 0, failed: 0 };
const HOUR: Duration = Duration::from_secs(3600);

/// A port where nobody listens.
fn nobody() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

db::both! {
    async fn a_committed_mail_is_sent_once_and_its_body_erased(world: World) {
        let server = Server::start();
        post(&world.cx, &["ada@example.com"]).await;
        let sealed = row(&world, "ada@example.com").await.body.unwrap();
        assert!(!String::from_utf8_lossy(&sealed).contains("t0ken"), "a link that signs in is in the database");

        let done = deliver_due(&world.cx, &smtp(server.port)).await.unwrap();
        assert_eq!(done, Delivered { sent: 1, ..NOTHING });
        assert_eq!(deliver_due(&world.cx, &smtp(server.port)).await.unwrap(), NOTHING);

        let mails = server.all();
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].to, "ada@example.com");
        assert!(mails[0].data.contains("verify-email?token=3Dt0ken") || mails[0].data.contains("verify-email?token=t0ken"));
        let row = row(&world, "ada@example.com").await;
        assert!(row.sent && row.body.is_none());
    }

    async fn a_mail_of_an_undone_transaction_is_never_sent(world: World) {
        let mut tx = world.cx.db.begin().await.unwrap();
        send(&mut tx, &world.cx, &email("ada@example.com"), "", &verify()).await.unwrap();
        drop(tx);
        assert_eq!(deliver_due(&world.cx, &Ways::mailbox()).await.unwrap(), NOTHING);
        assert!(world.mails("ada@example.com").await.is_empty());
    }

    async fn a_dead_server_loses_no_mail_and_is_asked_ever_more_seldom(world: World) {
        let (cx, dead) = (&world.cx, smtp(nobody()));
        let deferred = Delivered { deferred: 1, ..NOTHING };
        post(cx, &["ada@example.com"]).await;
        assert_eq!(deliver_due(cx, &dead).await.unwrap(), deferred);
        // After 5 s, 30 s and 2 min, each a fifth more or less.
        for (early, late) in [(3, 4), (23, 14), (95, 50)] {
            cx.clock.advance(Duration::from_secs(early));
            assert_eq!(deliver_due(cx, &dead).await.unwrap(), NOTHING, "after {early} s");
            cx.clock.advance(Duration::from_secs(late));
            assert_eq!(deliver_due(cx, &dead).await.unwrap(), deferred, "{late} s later");
        }
        let waiting = row(&world, "ada@example.com").await;
        assert_eq!((waiting.attempts, waiting.sent, waiting.failed), (4, false, false));
        assert!(waiting.last_error.unwrap().to_lowercase().contains("connect"));

        let server = Server::start();
        cx.clock.advance(HOUR);
        assert_eq!(deliver_due(cx, &smtp(server.port)).await.unwrap(), Delivered { sent: 1, ..NOTHING });
        assert_eq!(server.next().to, "ada@example.com");
    }

    async fn a_mail_is_given_up_after_three_days(world: World) {
        let (cx, dead) = (&world.cx, smtp(nobody()));
        post(cx, &["ada@example.com"]).await;
        let mut tries = 0;
        for _ in 0..80 {
            let done = deliver_due(cx, &dead).await.unwrap();
            tries += done.deferred;
            if done.failed == 1 {
                break;
            }
            cx.clock.advance(HOUR);
        }
        assert!((15..30).contains(&tries), "{tries} tries");
        let row = row(&world, "ada@example.com").await;
        assert!(row.failed && row.body.is_none());
        cx.clock.advance(HOUR * 24);
        assert_eq!(deliver_due(cx, &dead).await.unwrap(), NOTHING);
    }

    async fn only_what_the_address_never_takes_is_given_up_at_once(world: World) {
        let server = Server::start();
        post(&world.cx, &["gone@example.com", "denied@example.com", "later@example.com", "full@example.com", "ada@example.com"]).await;
        let done = deliver_due(&world.cx, &smtp(server.port)).await.unwrap();
        assert_eq!(done, Delivered { sent: 1, deferred: 3, failed: 1 });
        let gone = row(&world, "gone@example.com").await;
        assert!(gone.failed && gone.last_error.unwrap().contains("No such user"));
    }

    async fn a_wrong_password_of_ours_gives_no_mail_up(world: World) {
        let server = Server::start();
        let settings = SmtpSettings { user: "latchkey".into(), password: "wrong".to_owned().into(), ..smtp_settings(server.port) };
        post(&world.cx, &["ada@example.com"]).await;
        let done = deliver_due(&world.cx, &ways(&settings)).await.unwrap();
        assert_eq!(done, Delivered { deferred: 1, ..NOTHING });
        assert!(!row(&world, "ada@example.com").await.last_error.unwrap().contains("password: wrong"));
    }

    async fn fifty_workers_send_each_mail_exactly_once(world: World) {
        let server = Server::start();
        let addresses: Vec<String> = (0..40).map(|n| format!("user{n}@example.com")).collect();
        post(&world.cx, &addresses.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let transport = smtp(server.port);
        let workers: Vec<_> = (0..50)
            .map(|_| {
                let (cx, transport) = (world.cx.clone(), transport.clone());
                tokio::spawn(async move { deliver_due(&cx, &transport).await.unwrap().sent })
            })
            .collect();
        let mut sent = 0;
        for worker in workers {
            sent += worker.await.unwrap();
        }
        assert_eq!(sent, 40);
        let mut arrived = HashMap::<String, u32>::new();
        server.all().into_iter().for_each(|mail| *arrived.entry(mail.to).or_default() += 1);
        assert_eq!(arrived.len(), 40);
        assert!(arrived.values().all(|times| *times == 1));
    }

    async fn a_node_that_dies_while_sending_loses_no_mail(world: World) {
        let (cx, server) = (&world.cx, Server::start());
        post(cx, &["ada@example.com"]).await;
        let mut tx = cx.db.begin().await.unwrap();
        let claimed = store::claim(&mut tx, cx.now(), cx.now() + Duration::from_secs(35), 4).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(claimed.len(), 1);
        cx.clock.advance(Duration::from_secs(34));
        assert_eq!(deliver_due(cx, &smtp(server.port)).await.unwrap(), NOTHING, "it may still be on its way");
        cx.clock.advance(Duration::from_secs(1));
        assert_eq!(deliver_due(cx, &smtp(server.port)).await.unwrap().sent, 1);
        // The one that was thought dead comes back with bad news, which is no news any more.
        let mut tx = cx.db.begin().await.unwrap();
        store::deferred(&mut tx, &claimed[0], cx.now(), "late".into()).await.unwrap();
        store::failed(&mut tx, &claimed[0], cx.now(), "late".into()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(deliver_due(cx, &smtp(server.port)).await.unwrap(), NOTHING);
        assert!(!row(&world, "ada@example.com").await.failed);
    }

    async fn a_mail_sent_once_more_has_the_same_message_id(world: World) {
        let (cx, server) = (&world.cx, Server::start());
        post(cx, &["ada@example.com"]).await;
        deliver_due(cx, &smtp(server.port)).await.unwrap();
        let header = |name: &str, mail: &str| mail.lines().find(|line| line.starts_with(name)).map(str::to_owned);
        let mail = server.next().data;
        let id = header("Message-ID:", &mail).unwrap();
        assert!(id.ends_with("@example.com>"), "{id}");
        assert_eq!(header("Date:", &mail).unwrap(), "Date: Thu, 01 Jan 2026 00:00:00 +0000");
        assert_eq!(header("Auto-Submitted:", &mail).unwrap(), "Auto-Submitted: auto-generated");
        let listed: (String,) = cx.db.read().await.unwrap().query("SELECT id FROM mails").one().await.unwrap();
        assert_eq!(id, format!("Message-ID: <{}@example.com>", listed.0));
    }

    async fn a_server_that_stalls_on_one_mail_does_not_hold_up_the_others(world: World) {
        let server = Server::start();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let settings = SmtpSettings { timeout: Duration::from_secs(3), ..smtp_settings(server.port) };
        let transport = ways(&settings);
        post(&world.cx, &["slow@example.com"]).await;
        let job = tokio::spawn(run(world.cx.clone(), transport, async { stopped.await.unwrap_or_default() }));
        let addresses: Vec<String> = (0..10).map(|n| format!("user{n}@example.com")).collect();
        post(&world.cx, &addresses.iter().map(String::as_str).collect::<Vec<_>>()).await;
        ring(&world.cx);
        let server = tokio::task::spawn_blocking(move || {
            (0..10).for_each(|_| assert!(server.next().to.starts_with("user")));
            server
        });
        drop(server.await.unwrap());
        // Shutting down waits for what is on its way, and writes down what became of it.
        stop.send(()).unwrap();
        job.await.unwrap();
        let slow = row(&world, "slow@example.com").await;
        assert!(!slow.sent && !slow.failed);
        assert!(slow.last_error.is_some());
        assert!(row(&world, "user9@example.com").await.sent);
    }

    async fn the_development_mailbox_keeps_mails_readable(world: World) {
        post(&world.cx, &["ada@example.com"]).await;
        world.cx.clock.advance(Duration::from_secs(1));
        post(&world.cx, &["bob@example.com"]).await;
        assert_eq!(deliver_due(&world.cx, &Ways::mailbox()).await.unwrap().sent, 2);
        let mails = mailbox::list(&world.cx).await.unwrap();
        assert_eq!(mails.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["bob@example.com", "ada@example.com"]);
        assert!(mails[0].content.text.contains("token=t0ken&callbackURL=%2F"));
        assert_eq!(mails[0].kind, "email-verification");
        assert!(mailbox::get(&world.cx, &mails[1].id).await.unwrap().is_some());
        assert!(mailbox::get(&world.cx, &model::MailId::new("nope")).await.unwrap().is_none());
    }

    async fn records_go_after_thirty_days(world: World) {
        let cx = &world.cx;
        post(cx, &["ada@example.com"]).await;
        deliver_due(cx, &Ways::mailbox()).await.unwrap();
        cx.clock.advance(HOUR * 24 * 30 + HOUR);
        post(cx, &["bob@example.com"]).await;
        assert_eq!(forget_old(cx).await.unwrap(), 1);
        assert!(!row(&world, "bob@example.com").await.sent);
    }

    async fn a_sealed_body_opens_only_in_its_own_row_and_under_its_own_secret(world: World) {
        let place = |row| seal::Place { column: seal::Column::MailBody, row };
        let sealed = seal::close(&world.cx, place("a"), b"secret").unwrap();
        assert_eq!(seal::open(&world.cx, place("a"), &sealed).unwrap(), b"secret");
        assert!(seal::open(&world.cx, place("b"), &sealed).is_err());
        assert!(seal::open(&world.cx, seal::Place { column: seal::Column::AuthenticatorSecret, ..place("a") }, &sealed).is_err());
        let mut other = world.cx.clone();
        other.secret = crate::Secret::new("another-secret-0123456789-abcdefghijkl");
        assert!(seal::open(&other, place("a"), &sealed).unwrap_err().to_string().contains("isn't configured (previous_secrets)"));
        // The secret was changed: what the old one sealed opens as long as it is configured, and is named when it isn't.
        let mut changed = world.cx.clone();
        changed.secret = other.secret.clone().after([secrecy::SecretString::from("test-secret-0123456789-abcdefghijklmnopqrstuvwxyz")]);
        assert_eq!(seal::open(&changed, place("a"), &sealed).unwrap(), b"secret");
        let unknown = seal::open(&other, place("a"), &sealed).unwrap_err().to_string();
        assert!(unknown.contains(&world.cx.secret.id().to_string()), "{unknown}");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(seal::open(&world.cx, place("a"), &changed).is_err(), "byte {at}");
            assert!(seal::open(&world.cx, place("a"), &sealed[..at]).is_err(), "cut at {at}");
        }
        // A mail of an older secret is given up, and doesn't stop the others.
        post(&other, &["ada@example.com"]).await;
        post(&world.cx, &["bob@example.com"]).await;
        assert_eq!(deliver_due(&world.cx, &Ways::mailbox()).await.unwrap(), Delivered { sent: 1, deferred: 0, failed: 1 });
        assert!(delivery::content(&world.cx, &model::MailId::new("a"), &sealed).is_err());
    }
}
