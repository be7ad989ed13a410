//! Several processes on one database: what one of them ends is ended on the others.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::thread::{self, sleep};
use std::time::Duration;

use db::testing::{block_on, drop_database, postgres_database};
use db::{Db, Options};
use domain::testing::PASSWORD;
use serde_json::{Value, json};

use crate::process::{SECRET, Server, latchkey, wait_for};
use crate::survival::door::Door;

const COPY: &str = "better-auth.session_data";
const ADA: &str = "ada@example.com";

/// A browser that talks to whichever node it likes.
#[derive(Clone, Default)]
struct Browser(Vec<(String, String)>);

impl Browser {
    fn send(&mut self, node: SocketAddr, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let cookies: Vec<_> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let (cookies, body) = (cookies.join("; "), if body.is_null() { String::new() } else { body.to_string() });
        let mut stream = TcpStream::connect(node).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        write!(
            stream,
            "{method} /api/auth/{path} HTTP/1.1\r\nhost: {node}\r\norigin: http://localhost:3000\r\ncookie: {cookies}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        for line in head.lines() {
            let Some(cookie) = line.strip_prefix("set-cookie: ") else { continue };
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            self.0.retain(|(known, _)| known != name);
            if !cookie.contains("Max-Age=0") {
                self.0.push((name.to_owned(), value.to_owned()));
            }
        }
        (head[9..12].parse().unwrap(), serde_json::from_str(body).unwrap_or_default())
    }

    fn session(&mut self, node: SocketAddr) -> (u16, Value) {
        self.send(node, "GET", "get-session", &Value::Null)
    }

    fn sign_in(&mut self, node: SocketAddr) {
        let (status, answer) = self.send(node, "POST", "sign-in/email", &json!({ "email": ADA, "password": PASSWORD }));
        assert_eq!(status, 200, "{answer}");
    }

    /// Until `node` shows the session from the copy: not the name that was written past the program meanwhile.
    fn is_believed(&mut self, node: SocketAddr, past: &Past) {
        let mut round = 0;
        wait_for("a copy that is believed", || {
            round += 1;
            let old = format!("Ada {round}");
            past.rename(&old);
            self.0.retain(|(name, _)| name != COPY);
            assert_eq!(self.session(node).1["user"]["name"], old.as_str(), "read from the database");
            past.rename("Ada Lovelace");
            self.session(node).1["user"]["name"] == old.as_str()
        });
    }
}

/// The database, past the program.
struct Past {
    db: Db,
    runtime: tokio::runtime::Runtime,
}

impl Past {
    fn rename(&self, name: &str) {
        self.runtime.block_on(async {
            let mut tx = self.db.begin().await.unwrap();
            tx.query("UPDATE users SET name = $1").bind(name.to_owned()).execute().await.unwrap();
            tx.commit().await.unwrap();
        });
    }
}

fn node(folder: &Path, url: &str) -> Server {
    let environment = [
        ("DATABASE_URL", url),
        ("BETTER_AUTH_URL", "http://localhost:3000"),
        ("BETTER_AUTH_SECRET", SECRET),
        ("LATCHKEY_HASHING__MEMORY_KIB", "64"),
        ("LATCHKEY_RATE_LIMIT__ENABLED", "false"),
        ("LATCHKEY_SIGN_UP__REQUIRE_VERIFICATION", "false"),
        ("LATCHKEY_SESSION__COOKIE_CACHE", "3s"),
        ("LATCHKEY_SESSION__RECHECK_AFTER", "0s"),
    ];
    Server::start(latchkey(folder, &environment, &[]))
}

#[test]
fn a30_what_one_node_ends_no_other_shows_a_second_later_not_even_one_that_was_cut_off() {
    let (address, name) = block_on(postgres_database());
    let mut url = url::Url::parse(&address).unwrap();
    let door = Door::before(url.socket_addrs(|| Some(5432)).unwrap()[0]);
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(door.address.port())).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let past = runtime.block_on(async { Db::open(&address, Options::default()).unwrap() });
    let past = Past { db: past, runtime };
    let folder = tempfile::tempdir().unwrap();
    let (here, there) = (node(folder.path(), &address), node(folder.path(), url.as_str()));
    let second = Duration::from_secs(1);

    let mut ada = Browser::default();
    let person = json!({ "name": "Ada Lovelace", "email": ADA, "password": PASSWORD });
    assert_eq!(ada.send(here.address, "POST", "sign-up/email", &person).0, 200);
    ada.is_believed(there.address, &past);
    let mut thief = ada.clone();
    assert_eq!(ada.send(here.address, "POST", "sign-out", &json!({})).0, 200);
    assert!(thief.clone().session(here.address).1.is_null(), "at once on the node that ends it");
    sleep(second);
    assert_eq!(thief.session(there.address), (200, Value::Null), "within a second on the other");

    ada.sign_in(here.address);
    ada.is_believed(there.address, &past);
    let mut thief = ada.clone();
    door.shut();
    assert_eq!(ada.send(here.address, "POST", "sign-out", &json!({})).0, 200);
    sleep(second);
    let (address, mut early) = (there.address, thief.clone());
    let asked = thread::spawn(move || early.session(address));
    sleep(second / 4);
    door.open();
    // It waited for the database, or gave up.
    assert!(asked.join().unwrap().1["user"].is_null(), "cut off, it believes nothing");
    wait_for("an answer after it came back", || {
        let (status, answer) = thief.clone().session(there.address);
        assert!(answer["user"].is_null(), "{answer}");
        status == 200
    });
    ada.sign_in(here.address);
    ada.is_believed(there.address, &past);
    assert!(thief.session(there.address).1.is_null());

    drop((here, there));
    past.runtime.block_on(past.db.close());
    block_on(drop_database(&name));
}
