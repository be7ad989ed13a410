//! The real program: how it starts, how it fails, how it stops.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use domain::testing::PASSWORD;
use serde_json::{Value, json};

pub const SECRET: &str = "vN0s3yqC1dKfJ8mXz7RwQbT5uHgLpA2e";

/// A folder of its own, and nothing of this process's environment.
pub fn latchkey(folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_latchkey"));
    command.current_dir(folder).env_clear().envs(environment.iter().copied()).args(arguments).stdin(Stdio::null());
    command
}

pub fn run(folder: &Path, environment: &[(&str, &str)], arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = latchkey(folder, environment, arguments).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

pub struct Server {
    pub child: Child,
    pub address: SocketAddr,
    pub log: mpsc::Receiver<String>,
}

impl Server {
    /// Starts it on a free port and waits until it says where.
    pub fn start(mut command: Command) -> Self {
        let mut child = command.env("PORT", "0").stderr(Stdio::piped()).spawn().unwrap();
        let (lines, log) = mpsc::channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| lines.send(line)));
        let mut server = Self { child, address: SocketAddr::from(([0, 0, 0, 0], 0)), log };
        let mut said = Vec::new();
        while server.address.port() == 0 {
            let Ok(line) = server.log.recv_timeout(Duration::from_secs(60)) else {
                panic!("it didn't start: {said:#?}")
            };
            let entry: Value = serde_json::from_str(&line).unwrap_or_default();
            if entry["message"] == "ready" {
                server.address = entry["listen"].as_str().unwrap().parse().unwrap();
            }
            said.push(line);
        }
        server
    }

    pub fn get(&self, path: &str) -> (u16, String) {
        exchange(self.address, "GET", path, "").unwrap()
    }

    pub fn sign_up(&self, email: &str) -> (u16, String) {
        sign_up(self.address, email).unwrap()
    }

    /// Ends it as an operator does; gives what it said.
    pub fn stop(mut self) -> Vec<String> {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), rustix::process::Signal::TERM)
            .unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        self.log.iter().collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

pub fn exchange(address: SocketAddr, method: &str, path: &str, body: &str) -> std::io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.get(9..12).and_then(|status| status.parse().ok()).ok_or(std::io::ErrorKind::UnexpectedEof)?;
    Ok((status, answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default()))
}

pub fn sign_up(address: SocketAddr, email: &str) -> std::io::Result<(u16, String)> {
    let body = json!({ "name": "Ada Lovelace", "email": email, "password": PASSWORD }).to_string();
    exchange(address, "POST", "/api/auth/sign-up/email", &body)
}

/// Asks until the answer is the wanted one, as whoever watches a server does.
pub fn wait_for(what: &str, mut ask: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !ask() {
        assert!(begin.elapsed() < Duration::from_secs(30), "{what} didn't come");
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn without_any_configuration_it_serves_and_stops_when_told() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(latchkey(folder.path(), &[], &[]));
    assert_eq!(server.get("/health"), (200, r#"{"ok":true}"#.to_owned()));
    assert_eq!(server.get("/ready").0, 200);
    assert_eq!(server.sign_up("ada@example.com").0, 200);
    wait_for("the mail", || server.get("/dev/mailbox").1.contains("ada@example.com"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(folder.path().join("data/secret")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let secret = std::fs::read_to_string(folder.path().join("data/secret")).unwrap();
    let health = run(folder.path(), &[("PORT", &server.address.port().to_string())], &["health"]);
    assert_eq!(health.0, Some(0), "{health:?}");
    let port = server.address.port().to_string();
    let said = server.stop().join("\n");
    assert!(said.contains("\"message\":\"stopped\""), "{said}");
    assert!(!said.contains(secret.trim()) && !said.contains(PASSWORD), "{said}");
    let health = run(folder.path(), &[("PORT", &port)], &["health"]);
    assert_eq!(health.0, Some(1));
    assert!(health.2.contains("nothing answers"), "{}", health.2);
}

#[test]
fn there_is_no_mailbox_page_in_production() {
    let folder = tempfile::tempdir().unwrap();
    let environment = [
        ("BETTER_AUTH_URL", "https://auth.example.com"),
        ("BETTER_AUTH_SECRET", SECRET),
        ("SMTP_HOST", "localhost"),
        ("SMTP_PORT", "1"),
        ("EMAIL_FROM_ADDRESS", "a@example.com"),
    ];
    let server = Server::start(latchkey(folder.path(), &environment, &[]));
    assert_eq!(server.get("/dev/mailbox").0, 404);
    assert!(!folder.path().join("data/secret").exists());
}

#[test]
fn everything_wrong_is_told_at_once_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bad.toml"), "[sesion]\nlifetime = '7d'\n").unwrap();
    let environment = [
        ("PORT", "eighty"),
        ("LATCHKEY_LINKS__CODE", "soon"),
        ("BETTER_AUTH_URL", "auth.example.com"),
        ("LATCHKEY_MODE", "prod"),
    ];
    for command in ["serve", "migrate", "config", "health"] {
        let (code, stdout, stderr) = run(folder.path(), &environment, &[command, "--config", "bad.toml"]);
        assert_eq!((code, stdout.as_str()), (Some(2), ""), "{command}");
        for word in ["5 settings are wrong", "server.port", "links.code", "base_url", "mode", "did you mean"] {
            assert!(stderr.contains(word), "{command} doesn't say {word:?}: {stderr}");
        }
    }
    assert!(!folder.path().join("data").exists());
}

#[test]
fn what_stands_in_the_way_of_a_start_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let cases = [
        ("PORT", port.as_str(), vec!["is in use", "PORT="]),
        ("HOST", "203.0.113.1", vec!["no address of this machine", "HOST"]),
        (
            "DATABASE_URL",
            "postgres://me:hunter2@127.0.0.1:1/x",
            vec!["not available", "Nothing answers at 127.0.0.1:1", "DATABASE_URL", "hidden"],
        ),
        ("DATABASE_URL", "sqlite:/proc/latchkey/x.db", vec!["not available", "folder", "/proc/latchkey/x.db"]),
        (
            "LATCHKEY_SECRET_FILE",
            "/proc/latchkey/secret",
            vec!["secret_file", "/proc/latchkey/secret", "a folder that can be written"],
        ),
    ];
    for (name, value, words) in cases {
        let environment = BTreeMap::from([("PORT", "0"), (name, value)]);
        let (code, _, stderr) = run(folder.path(), &environment.into_iter().collect::<Vec<_>>(), &[]);
        assert!(code == Some(1) || code == Some(2), "{name}={value}: {code:?} {stderr}");
        for word in words {
            assert!(stderr.contains(word), "{word:?} isn't in: {stderr}");
        }
        assert!(!stderr.contains("hunter2") && !stderr.contains("panic"), "{stderr}");
    }
}

#[test]
fn the_configuration_is_printed_without_its_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let environment =
        [("BETTER_AUTH_SECRET", SECRET), ("DATABASE_URL", "postgres://me:hunter2@db/x"), ("APP_NAME", "Acme")];
    let (code, stdout, _) = run(folder.path(), &environment, &["config"]);
    assert_eq!(code, Some(0));
    assert!(stdout.contains("app_name = \"Acme\"  # APP_NAME in the environment"), "{stdout}");
    assert!(stdout.contains("lifetime = \"7days\"  # default"), "{stdout}");
    assert!(!stdout.contains(SECRET) && !stdout.contains("hunter2"), "{stdout}");
}

#[test]
fn the_conformance_profile_is_a_good_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let profile = Path::new(env!("CARGO_MANIFEST_DIR")).join("../end2end/conformance.toml");
    let (code, stdout, stderr) = run(folder.path(), &[], &["config", "--config", profile.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stdout.contains("http://localhost:3999"));
}

#[test]
fn what_is_asked_about_accounts_in_the_wrong_folder_makes_no_database() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["audit", "verify"][..], &["user", "reset-factors", "ada@example.com"], &["role", "list"]] {
        let (code, _, stderr) = run(folder.path(), &[], arguments);
        assert!(code == Some(1) && stderr.contains("there is no database"), "{stderr}");
    }
    assert!(!folder.path().join("data").exists());
}

#[test]
fn an_operator_resets_second_factors_beside_a_running_server_and_it_is_on_record() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(latchkey(folder.path(), &[], &[]));
    assert_eq!(server.sign_up("ada@example.com").0, 200);
    let (code, stdout, _) = run(folder.path(), &[], &["audit", "verify"]);
    assert!(code == Some(0) && stdout.contains("is whole (1 entry).\nThe last one has the hash "), "{stdout}");
    let kept = run(folder.path(), &[], &["audit", "verify", "--quiet"]).1;
    let (code, stdout, stderr) = run(folder.path(), &[], &["user", "reset-factors", "Ada@Example.com"]);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stdout.contains("ada@example.com has no second factors any more"), "{stdout}");
    let (code, stdout, _) = run(folder.path(), &[], &["audit", "verify"]);
    assert!(code == Some(0) && stdout.contains("is whole (2 entries)"), "{stdout}");
    let (code, stdout, _) = run(folder.path(), &[], &["audit", "verify", "--expect", kept.trim()]);
    assert!(code == Some(0) && stdout.contains("the one with the hash that you gave is among them"), "{stdout}");
    let (code, _, stderr) = run(folder.path(), &[], &["audit", "verify", "--expect", &"0".repeat(64)]);
    assert!(code == Some(1) && stderr.contains("the end of the audit trail was cut off"), "{stderr}");
    for (address, word) in [("nobody@example.com", "nobody has an account"), ("nobody", "is no address")] {
        let (code, _, stderr) = run(folder.path(), &[], &["user", "reset-factors", address]);
        assert!(code == Some(1) && stderr.contains(word), "{stderr}");
    }
    assert_eq!(server.get("/ready").0, 200);
}

#[test]
fn an_operator_gives_a_role_in_every_organization_and_takes_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(latchkey(folder.path(), &[], &[]));
    assert_eq!(server.sign_up("ada@example.com").0, 200);
    let role = |arguments: &[&str]| run(folder.path(), &[], &[&["role"], arguments].concat());
    let until = "2999-01-01T00:00:00+01:00";
    let (code, stdout, stderr) = role(&["assign", "Ada@Example.com", "analyst", "--until", until]);
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(
        stdout.trim(),
        "ada@example.com is analyst until 31 December 2998, 23:00 UTC in every organization that they are in."
    );
    // Given again, it gets the new time.
    assert_eq!(role(&["assign", "ada@example.com", "analyst", "--from", until]).0, Some(0));
    let (_, listed, _) = role(&["list", "ada@example.com"]);
    assert!(
        listed.ends_with("analyst from 31 December 2998, 23:00 UTC (not yet)\n")
            && listed.matches("analyst").count() == 1,
        "{listed}"
    );
    let (_, listed, _) = role(&["list"]);
    for word in ["member     org:read content:* ac:read", "and all of member", "ada@example.com  analyst from"] {
        assert!(listed.contains(word), "{word:?} isn't in: {listed}");
    }
    for (arguments, exit, word) in [
        (&["assign", "nobody@example.com", "analyst"][..], 1, "nobody has an account"),
        (&["assign", "nobody", "analyst"], 1, "is no address"),
        (&["assign", "ada@example.com", "wizard"], 1, "no role \"wizard\"; these are there:\n\n  admin"),
        (&["assign", "ada@example.com", "owner"], 1, "An owner gives it there"),
        (&["assign", "ada@example.com", "analyst", "--until", "2020-01-01T00:00:00Z"], 1, "must be in the future"),
        (&["assign", "ada@example.com", "analyst", "--until", "tomorrow"], 2, "such as 2030-01-07T09:00:00Z"),
        (&["revoke", "ada@example.com", "admin"], 1, "latchkey role list ada@example.com"),
        (&["list", "nobody@example.com"], 1, "nobody has an account"),
    ] {
        let (code, _, stderr) = role(arguments);
        assert!(code == Some(exit) && stderr.contains(word), "{arguments:?}: {code:?} {stderr}");
    }
    assert_eq!(role(&["revoke", "ada@example.com", "analyst"]).0, Some(0));
    assert!(role(&["list", "ada@example.com"]).1.contains("has no role in every organization"));
    let (code, stdout, _) = run(folder.path(), &[], &["audit", "verify"]);
    assert!(code == Some(0) && stdout.contains("is whole (4 entries)"), "{stdout}");
    let (code, listed, _) = run(folder.path(), &[], &["audit", "list", "--act", "role_assigned,assignment_revoked"]);
    assert!(code == Some(0) && listed.contains("assignment_revoked") && listed.ends_with("3 entries\n"), "{listed}");
    let (_, listed, _) = run(folder.path(), &[], &["audit", "list", "--account", "ada@example.com", "--limit", "1"]);
    assert!(listed.contains("assignment_revoked") && listed.ends_with("1 of 4; more with --limit\n"), "{listed}");
    let (_, listed, _) = run(folder.path(), &[], &["audit", "list", "--until", "2000-01-01"]);
    assert_eq!(listed.trim(), "Nothing of that kind happened.");
    let (code, _, stderr) = run(folder.path(), &[], &["audit", "list", "--act", "hacked"]);
    assert!(code == Some(2) && stderr.contains("sign_in_failed"), "the refusal teaches: {stderr}");
    let (code, json, _) = run(folder.path(), &[], &["audit", "export", "--act", "operator,organization"]);
    let entries: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(
        code == Some(0) && entries[0]["actor"] == "operator" && entries[2]["act"] == "assignment_revoked",
        "{json}"
    );
    let table = ["audit", "export", "--format", "csv", "--output", "trail.csv"];
    assert_eq!(run(folder.path(), &[], &table).0, Some(0));
    let text = std::fs::read_to_string(folder.path().join("trail.csv")).unwrap();
    assert!(text.starts_with("number,at,act,actor,") && text.lines().count() == 5, "{text}");
    let (code, _, stderr) = run(folder.path(), &[], &table);
    assert!(code == Some(1) && stderr.contains("trail.csv can't be made"), "nothing is written over: {stderr}");
}
