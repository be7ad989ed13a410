//! What survives: a killed process, a full disk, a database that goes away.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;

use db::testing::{block_on, drop_database, postgres_database};
use db::{Db, Options};
use domain::testing::{PASSWORD, settings};
use domain::{Clock, Cx, Secret};
use serde_json::json;

use crate::process::{SECRET, Server, exchange, latchkey, sign_up, wait_for};

/// Kills it while people sign up, and looks for each of them who was told that it worked.
fn nobody_is_lost(url: &str) {
    let folder = tempfile::tempdir().unwrap();
    let environment = [
        ("DATABASE_URL", url),
        ("BETTER_AUTH_SECRET", SECRET),
        ("LATCHKEY_HASHING__MEMORY_KIB", "64"),
        ("LATCHKEY_LOG", "warn,server=info"),
        ("LATCHKEY_RATE_LIMIT__ENABLED", "false"),
    ];
    let mut server = Server::start(latchkey(folder.path(), &environment, &[]));
    let (told, acknowledged) = mpsc::channel();
    let people: Vec<_> = (0..8)
        .map(|person| {
            let (told, address) = (told.clone(), server.address);
            thread::spawn(move || {
                for n in 0.. {
                    let email = format!("person-{person}-{n}@example.com");
                    match sign_up(address, &email) {
                        Ok((200, _)) => told.send(email).unwrap(),
                        // Too much at once: nothing was promised.
                        Ok((503, _)) => {}
                        Ok(other) => panic!("{other:?}"),
                        Err(_) => break,
                    }
                }
            })
        })
        .collect();
    drop(told);
    let mut emails: Vec<String> = acknowledged.iter().take(100).collect();
    // SIGKILL: no chance to tidy up.
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    emails.extend(acknowledged.iter());
    people.into_iter().for_each(|person| person.join().unwrap());

    let server = Server::start(latchkey(folder.path(), &environment, &[]));
    for email in &emails {
        let body = json!({ "email": email, "password": PASSWORD }).to_string();
        let (status, answer) = exchange(server.address, "POST", "/api/auth/sign-in/email", &body).unwrap();
        assert!(
            status == 403 && answer.contains("EMAIL_NOT_VERIFIED"),
            "{email} was acknowledged, and now: {status} {answer}"
        );
    }
    server.stop();
    block_on(async {
        let db = Db::open(url, Options::default()).unwrap();
        let cx = Cx::new(db.clone(), Clock::System, Secret::new(SECRET), settings());
        for email in &emails {
            let mails = domain::mail::received(&cx, email).await.unwrap();
            assert!(
                mails.iter().any(|mail| mail.content.text.contains("/verify-email?token=")),
                "the mail to {email} is lost"
            );
        }
        db.close().await;
    });
}

#[test]
fn a_kill_during_sign_ups_loses_nobody_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    nobody_is_lost(&format!("sqlite:{}", folder.path().join("latchkey.db").display()));
}

#[test]
fn a_kill_during_sign_ups_loses_nobody_postgres() {
    let (url, name) = block_on(postgres_database());
    nobody_is_lost(&url);
    block_on(drop_database(&name));
}

/// What everybody sees while the database takes no writes, and after.
fn says_so_and_recovers(server: &Server, breaks: impl FnOnce(), mends: impl FnOnce()) {
    assert_eq!(server.sign_up("before@example.com").0, 200);
    breaks();
    wait_for("not ready", || server.get("/ready").0 == 503);
    assert!(server.get("/ready").1.contains(r#""database":"unavailable""#));
    let (status, answer) = server.sign_up("during@example.com");
    let log = || server.log.try_iter().collect::<Vec<_>>();
    assert!(status == 503 && answer.contains("SERVICE_UNAVAILABLE"), "{status} {answer} {:#?}", log());
    assert_eq!(server.get("/health").0, 200);
    assert_eq!(server.get("/sign-in").0, 200, "pages that need no database go on");
    mends();
    wait_for("ready", || server.get("/ready").0 == 200);
    assert_eq!(server.sign_up("after@example.com").0, 200);
}

/// A full disk, as the process sees it: its files may not grow.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_got_over() {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("sh");
    // The signal that comes with this limit would end the process; a full disk sends none.
    command.args(["-c", "trap '' XFSZ; exec \"$0\"", env!("CARGO_BIN_EXE_latchkey")]);
    command.current_dir(folder.path()).env("LATCHKEY_HASHING__MEMORY_KIB", "64").stdin(Stdio::null());
    let server = Server::start(command);
    let limit = |current| {
        _ = prlimit(Some(Pid::from_child(&server.child)), Resource::Fsize, Rlimit { current, maximum: None }).unwrap();
    };
    says_so_and_recovers(&server, || limit(Some(4096)), || limit(None));
}

/// A server behind a door that the test shuts.
pub mod door {
    use super::*;
    use std::net::Shutdown;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Mutex};

    pub struct Door {
        pub address: SocketAddr,
        open: Arc<AtomicBool>,
        streams: Arc<Mutex<Vec<TcpStream>>>,
    }

    impl Door {
        pub fn before(target: SocketAddr) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let door = Self {
                address: listener.local_addr().unwrap(),
                open: Arc::new(AtomicBool::new(true)),
                streams: Arc::default(),
            };
            let (open, streams) = (Arc::clone(&door.open), Arc::clone(&door.streams));
            thread::spawn(move || {
                for client in listener.incoming().map_while(Result::ok) {
                    // Shut: hung up on at once, as a machine without the server does.
                    if !open.load(Ordering::SeqCst) {
                        continue;
                    }
                    let Ok(server) = TcpStream::connect(target) else { continue };
                    for (mut from, mut to) in [
                        (client.try_clone().unwrap(), server.try_clone().unwrap()),
                        (server.try_clone().unwrap(), client.try_clone().unwrap()),
                    ] {
                        thread::spawn(move || {
                            _ = std::io::copy(&mut from, &mut to);
                            _ = to.shutdown(Shutdown::Both);
                        });
                    }
                    streams.lock().unwrap().extend([client, server]);
                }
            });
            door
        }

        pub fn shut(&self) {
            self.open.store(false, Ordering::SeqCst);
            for stream in self.streams.lock().unwrap().drain(..) {
                _ = stream.shutdown(Shutdown::Both);
            }
        }

        pub fn open(&self) {
            self.open.store(true, Ordering::SeqCst);
        }
    }
}

#[test]
fn a_database_that_goes_away_and_comes_back_is_told_and_got_over() {
    let (address, name) = block_on(postgres_database());
    let mut url = url::Url::parse(&address).unwrap();
    let target = url.socket_addrs(|| Some(5432)).unwrap()[0];
    let door = door::Door::before(target);
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(door.address.port())).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(latchkey(
        folder.path(),
        &[("DATABASE_URL", url.as_str()), ("LATCHKEY_HASHING__MEMORY_KIB", "64")],
        &[],
    ));
    says_so_and_recovers(&server, || door.shut(), || door.open());
    drop(server);
    block_on(drop_database(&name));
}
