//! What an operator asks on the command line about providers, and about what is sealed.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread;

use serde_json::json;

use crate::process::{SECRET, Server, latchkey, run, wait_for};

const OLD: &str = "Wd7yHq2mXs9LkTz4VbNc6RfGj1PeAu8o";

/// An OpenID provider as far as its discovery goes: what is at each path. Gives its address.
fn provider(pages: impl FnOnce(&str) -> BTreeMap<&'static str, String>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let pages = pages(&address);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut first = String::new();
            stream.read_line(&mut first).unwrap();
            let mut line = String::from("x");
            while !line.trim().is_empty() {
                line.clear();
                stream.read_line(&mut line).unwrap();
            }
            let path = first.split(' ').nth(1).unwrap_or_default();
            let (status, body) = pages.get(path).map_or(("404 Not Found", ""), |page| ("200 OK", page));
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            stream.get_mut().write_all((head + body).as_bytes()).unwrap();
        }
    });
    address
}

fn pages(issuer: &str, address: &str) -> BTreeMap<&'static str, String> {
    let document = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{address}/authorize"),
        "token_endpoint": format!("{address}/token"),
        "jwks_uri": format!("{address}/keys"),
    });
    let key = json!({ "kty": "EC", "crv": "P-256", "kid": "1", "use": "sig",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4", "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM" });
    BTreeMap::from([
        ("/.well-known/openid-configuration", document.to_string()),
        ("/keys", json!({ "keys": [key] }).to_string()),
    ])
}

#[test]
fn the_redirect_address_of_each_provider_is_printed_and_how_to_configure_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let environment = [
        ("BETTER_AUTH_URL", "https://auth.example.com"),
        ("LATCHKEY_MODE", "development"),
        ("GITHUB_CLIENT_ID", "id"),
        ("GITHUB_CLIENT_SECRET", "hunter2"),
        ("OIDC_CLIENT_ID", "id"),
        ("OIDC_CLIENT_SECRET", "hunter2"),
        ("OIDC_ISSUER", "https://login.acme.example"),
        ("OIDC_NAME", "Acme"),
    ];
    let (code, stdout, stderr) = run(folder.path(), &environment, &["providers"]);
    assert_eq!(code, Some(0), "{stderr}");
    for line in [
        "redirect address  https://auth.example.com/api/auth/callback/github",
        "redirect address  https://auth.example.com/api/auth/callback/oidc",
        "issuer            https://login.acme.example",
        "issuer            none: OAuth 2.0",
        "name              Acme",
        "GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET",
        "APPLE_CLIENT_ID, APPLE_TEAM_ID, APPLE_KEY_ID, APPLE_PRIVATE_KEY",
    ] {
        assert!(stdout.contains(line), "{line:?} isn't in: {stdout}");
    }
    assert!(!stdout.contains("GITHUB_CLIENT_ID") && !stdout.contains("OIDC_CLIENT_ID"), "{stdout}");
    assert!(!(stdout + &stderr).contains("hunter2"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is made");
    let (code, stdout, _) = run(folder.path(), &[], &["providers", "--check"]);
    assert!(code == Some(0) && stdout.starts_with("No provider is configured"), "{stdout}");
}

#[test]
fn a_check_says_what_is_wrong_with_each_provider() {
    let good = provider(|address| pages(address, address));
    let other = provider(|address| pages("https://elsewhere.example", address));
    let keyless = provider(|address| {
        let mut pages = pages(address, address);
        pages.insert("/keys", json!({ "keys": [] }).to_string());
        pages
    });
    let missing = provider(|_| BTreeMap::new());
    let nobody = format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let table = |(id, issuer): &(&str, &String)| {
        format!("[providers.{id}]\nclient_id = 'a'\nclient_secret = 'hunter2'\nissuer = '{issuer}'\n")
    };
    let all = [("good", &good), ("other", &other), ("keyless", &keyless), ("missing", &missing), ("nobody", &nobody)];
    let list = |all: &[(&str, &String)]| {
        let folder = tempfile::tempdir().unwrap();
        let file = format!("[outbound]\nallow = ['127.0.0.1']\n{}", all.iter().map(table).collect::<String>());
        std::fs::write(folder.path().join("latchkey.toml"), file).unwrap();
        run(folder.path(), &[], &["providers", "--check"])
    };
    let (code, stdout, stderr) = list(&all);
    assert_eq!(code, Some(1), "{stdout}");
    for words in [
        "check             its discovery document and its keys are good",
        "names the issuer \"https://elsewhere.example\" where",
        "gives no key that ID tokens could be checked with",
        "answered 404",
        "can't be reached",
    ] {
        assert_eq!(stdout.matches(words).count(), 1, "{words:?} isn't once in: {stdout}");
    }
    assert!(stderr.contains("these can't be used: keyless, missing, nobody, other"), "{stderr}");
    assert_eq!(list(&all[..1]).0, Some(0));
}

#[test]
fn what_is_sealed_comes_under_the_new_secret_beside_a_running_server() {
    let folder = tempfile::tempdir().unwrap();
    let before = Server::start(latchkey(folder.path(), &[("BETTER_AUTH_SECRET", OLD)], &[]));
    assert_eq!(before.sign_up("ada@example.com").0, 200);
    wait_for("the mail", || before.get("/dev/mailbox").1.contains("ada@example.com"));
    drop(before);

    // The old secret was forgotten: its id and the table are named, and nothing is changed.
    let (code, _, stderr) = run(folder.path(), &[("BETTER_AUTH_SECRET", SECRET)], &["keys", "rotate"]);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("1 value of mails.body sealed under the secret with the key id"), "{stderr}");
    assert!(stderr.contains("LATCHKEY_PREVIOUS_SECRETS") && stderr.contains("Nothing was changed"), "{stderr}");

    let both = [("BETTER_AUTH_SECRET", SECRET), ("LATCHKEY_PREVIOUS_SECRETS", OLD)];
    let after = Server::start(latchkey(folder.path(), &both, &[]));
    let (code, stdout, _) = run(folder.path(), &both, &["keys", "rotate", "--dry-run"]);
    assert!(code == Some(0) && stdout.contains("1 value would be sealed anew"), "{stdout}");
    assert!(stdout.contains("mails.body") && stdout.contains("number 1 of previous_secrets"), "{stdout}");
    let (code, stdout, stderr) = run(folder.path(), &both, &["keys", "rotate"]);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stderr.contains("1 of 1 sealed anew (mails.body)"), "{stderr}");
    assert!(stdout.contains("1 value sealed anew"), "{stdout}");
    assert!(stdout.contains("Nothing is sealed any more under:\n  number 1 of previous_secrets"), "{stdout}");
    assert!(!(stdout + &stderr).contains(OLD));
    assert!(after.get("/dev/mailbox").1.contains("ada@example.com"), "the server opens it as before");
    let (_, stdout, _) = run(folder.path(), &both, &["keys", "rotate"]);
    assert!(stdout.contains("Nothing was left to be sealed anew"), "{stdout}");
    drop(after);

    // Now the old one can go.
    let server = Server::start(latchkey(folder.path(), &both[..1], &[]));
    assert!(server.get("/dev/mailbox").1.contains("ada@example.com"));
}

#[test]
fn keys_of_tokens_are_listed_renewed_and_withdrawn_beside_a_running_server() {
    let folder = tempfile::tempdir().unwrap();
    let environment = [("BETTER_AUTH_SECRET", SECRET)];
    let server = Server::start(latchkey(folder.path(), &environment, &[]));
    let keys = |arguments: &[&str]| run(folder.path(), &environment, &[&["keys"], arguments].concat());
    let published = || {
        let keys: serde_json::Value = serde_json::from_str(&server.get("/api/auth/jwks").1).unwrap();
        keys["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(keys(&["list"]).1.contains("There is no key for tokens yet"));
    let old = published().remove(0);
    let (code, stdout, _) = keys(&["list"]);
    assert!(code == Some(0) && stdout.starts_with(&old) && stdout.trim_end().ends_with("signs"), "{stdout}");

    let (code, stdout, _) = keys(&["renew"]);
    assert!(code == Some(0) && stdout.contains("signs tokens from"), "{stdout}");
    wait_for("the new key", || published().len() == 2);
    let listed = keys(&["list"]).1;
    let lines: Vec<_> = listed.lines().collect();
    assert!(
        lines[0].contains("  signs from ") && lines[1].starts_with(&old) && lines[1].ends_with("  signs"),
        "{listed}"
    );

    let (code, _, stderr) = keys(&["retire", "no-such-key"]);
    assert!(code == Some(1) && stderr.contains("latchkey keys list"), "{stderr}");
    let (code, stdout, _) = keys(&["retire", &old]);
    assert!(code == Some(0) && stdout.contains("is withdrawn"), "{stdout}");
    wait_for("the old key's end", || !published().contains(&old));
    let trail = run(folder.path(), &environment, &["audit", "list", "--act", "operator"]).1;
    assert!(trail.contains("signing_key_retired") && trail.contains(&old), "{trail}");
}
