//! How often what may be done, at the doors that people and programs use.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};

use axum::extract::Request;
use domain::limit::{Rate, RouteRate};
use domain::testing::{MINUTE, PASSWORD, SECOND, at_once, redis_url};
use http::{Method, header};
use serde_json::{Value, json};

use crate::process::{Server, exchange, latchkey, wait_for};
use crate::site::{Answer, Browser, ORIGIN, Site};
use crate::survival::door::Door;

const SIGN_IN: &str = "/api/auth/sign-in/email";

/// What is typed into a form.
type Fields<'a> = &'a [(&'a str, &'a str)];

fn rate(text: &str) -> Rate {
    text.parse().unwrap()
}

fn counting(site: Site) -> Site {
    site.with(|settings| settings.rate_limit.enabled = true)
}

fn guess(email: &str) -> Value {
    json!({ "email": email, "password": "Wr0ng-enough" })
}

fn from(site: &Site, address: &str) -> Browser {
    let mut browser = site.another();
    browser.peer = SocketAddr::new(address.parse().unwrap(), 4711);
    browser
}

/// Says in headers how long to wait, the same in both; gives it.
#[track_caller]
fn waits(answer: &Answer) -> u32 {
    assert_eq!(answer.status, 429, "{}", answer.text());
    assert_eq!(answer.header("retry-after"), answer.header("x-retry-after"));
    answer.header("retry-after").parse().unwrap()
}

db::both! {
    async fn the_sixth_sign_in_within_a_minute_waits_at_every_door(site: Site) {
        let site = counting(site);
        for _ in 0..2 {
            assert_eq!(site.json(SIGN_IN, guess("ada@example.com")).await.status, 401);
            assert_eq!(site.form("/sign-in", &[("email", "ada@example.com"), ("password", "Wr0ng-enough")]).await.status, 401);
        }
        let island = json!({ "name": "ada@example.com", "password": "Wr0ng-enough", "remember": true, "next": "", "offer": false });
        assert_eq!(site.json("/_fn/sign-in", island.clone()).await.status, 200);

        let answer = site.json(SIGN_IN, guess("ada@example.com")).await;
        let wait = waits(&answer);
        assert!((1..=12).contains(&wait), "{wait}");
        assert_eq!(answer.value(), json!({ "message": "Too many requests. Please try again later." }));
        assert_eq!(answer.header("access-control-expose-headers"), "", "only trusted origins are told");

        let page = site.form("/sign-in", &[("email", "ada@example.com"), ("password", "Wr0ng-enough"), ("next", "/profile")]).await;
        let wait = waits(&page);
        assert!(page.text().contains(&format!("Too many tries. Try again in {wait} seconds.")), "{}", page.text());
        assert!(page.text().contains(r#"value="ada@example.com""#) && page.text().contains("/profile"), "the form is filled in");

        let answer = site.json("/_fn/sign-in", island).await;
        let wait = waits(&answer);
        assert_eq!(answer.text(), format!("ServerError|Too many tries. Try again in {wait} seconds."));
        // Whichever way in it is.
        waits(&site.json("/api/auth/sign-in/username", json!({ "username": "ada", "password": "Wr0ng-enough" })).await);

        assert_eq!(from(&site, "198.51.100.1").json(SIGN_IN, guess("ada@example.com")).await.status, 401);
        site.world.wait(wait * SECOND);
        assert_eq!(site.json(SIGN_IN, guess("ada@example.com")).await.status, 401);
    }

    async fn a13_changing_addresses_or_names_doesn_t_help(site: Site) {
        site.world.user("ada@example.com").await;
        let site = counting(site).with(|settings| settings.lock_out.attempts = 0);
        let spellings = ["ada@example.com", "ADA@EXAMPLE.COM", "Ada@example.com"];
        let mut judged = 0;
        for number in 0..30 {
            let browser = from(&site, &format!("198.51.100.{number}"));
            let answer = browser.json(SIGN_IN, guess(spellings[number % 3])).await;
            match answer.status {
                401 => judged += 1,
                _ => _ = waits(&answer),
            }
        }
        assert_eq!(judged, 10, "twice what one address may");
        let page = from(&site, "198.51.100.99").form("/sign-in", &[("email", "ada@example.com"), ("password", PASSWORD)]).await;
        waits(&page);
        assert!(page.text().contains("Too many tries."));
        assert_eq!(from(&site, "198.51.100.99").json(SIGN_IN, guess("bob@example.com")).await.status, 401);
    }

    async fn a14_no_other_spelling_of_a_route_has_a_counter_of_its_own(site: Site) {
        let site = counting(site);
        let spellings = [
            "//api/auth/sign-in/email", "/api//auth/sign-in/email", "/api/auth//sign-in/email", "/api/auth/sign-in//email",
            "/api/auth/sign-in%2Femail", "/api/auth/sign-in/email/", "/api/auth/Sign-In/Email", "/API/auth/sign-in/email",
            "/api/auth/./sign-in/email", "/api/auth/x/../sign-in/email", "/api/auth/sign-in/email;a=b", "/api/auth/sign%2Din/email",
            "/api/auth/sign-in/email%20", "/api/auth/sign-in/email%00", "//sign-in", "/sign-in/", "/SIGN-IN", "/sign%2Din", "/_fn//sign-in",
            "/_fn/sign-in/", "/_fn/Sign-In",
        ];
        for number in 0..6 {
            for path in spellings {
                let answer = site.json(path, guess("ada@example.com")).await;
                assert!(matches!(answer.status, 400 | 404 | 405 | 429), "{path} {} {}", answer.status, answer.text());
                assert_ne!(answer.code(), "INVALID_EMAIL_OR_PASSWORD", "{path}");
            }
            for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::PUT, Method::PATCH, Method::DELETE] {
                let request = Request::builder().method(method.clone()).uri(SIGN_IN).header(header::ORIGIN, ORIGIN);
                let status = site.send(request, "").await.status;
                assert!(matches!(status, 404 | 429), "{method} {status}");
            }
            let answer = site.json(&format!("{SIGN_IN}?x={number}"), guess("ada@example.com")).await;
            // Methods that aren't taken are counted too: an attacker may waste what is theirs.
            assert!(matches!(answer.status, 401 | 429), "{}", answer.status);
        }
        waits(&site.json(SIGN_IN, guess("ada@example.com")).await);
        waits(&site.json(&format!("{SIGN_IN}?again"), guess("ada@example.com")).await);
    }

    async fn a15_no_other_form_of_an_address_has_a_counter_of_its_own(site: Site) {
        let site = counting(site);
        let spoofed = |n: u8| {
            Request::post(SIGN_IN)
                .header(header::CONTENT_TYPE, "application/json")
                .header("x-forwarded-for", format!("192.0.2.{n}"))
                .header("forwarded", format!("for=192.0.2.{n}"))
                .header("x-real-ip", format!("192.0.2.{n}"))
                .header("x_forwarded_for", format!("192.0.2.{n}"))
        };
        for n in 0..5 {
            let answer = site.send(spoofed(n), guess(&format!("{n}@example.com")).to_string()).await;
            assert_eq!(answer.status, 401);
        }
        waits(&site.send(spoofed(5), guess("5@example.com").to_string()).await);
        waits(&from(&site, "::ffff:203.0.113.7").json(SIGN_IN, guess("6@example.com")).await);

        for n in 0..5 {
            let answer = from(&site, &format!("2001:db8:1:2:{n}::{n}")).json(SIGN_IN, guess(&format!("{n}@example.com"))).await;
            assert_eq!(answer.status, 401);
        }
        waits(&from(&site, "2001:db8:1:2:ffff:ffff:ffff:ffff").json(SIGN_IN, guess("5@example.com")).await);
        assert_eq!(from(&site, "2001:db8:1:3::1").json(SIGN_IN, guess("5@example.com")).await.status, 401);
    }

    async fn a16_of_a_hundred_at_once_no_more_are_judged_than_are_allowed(site: Site) {
        let site = counting(site);
        let answers = at_once(100, |number| {
            let browser = site.another();
            async move { browser.json(SIGN_IN, guess(&format!("{number}@example.com"))).await.status }
        })
        .await;
        assert_eq!(answers.iter().filter(|status| **status == 401).count(), 5, "{answers:?}");
        assert!(answers.iter().all(|status| matches!(status, 401 | 429)), "{answers:?}");
    }

    async fn who_only_reads_is_not_counted(site: Site) {
        let site = counting(site);
        for path in ["/sign-in", "/forgot-password", "/api/auth/get-session", "/api/auth/ok", "/health", "/robots.txt"] {
            for _ in 0..40 {
                assert!(site.get(path).await.status < 405, "{path}");
            }
        }
        for _ in 0..40 {
            assert_eq!(site.form("/sign-out", &[]).await.status, 303);
        }
    }

    async fn each_rule_counts_both_doors_together(site: Site) {
        let site = counting(site);
        let ada = [("name", "Ada Lovelace"), ("email", "ada@example.com"), ("password", PASSWORD)];
        let json = json!({ "name": "Ada Lovelace", "email": "ada@example.com", "password": PASSWORD });
        let rules: [(&str, Fields<'_>, &str, Value, u32); 4] = [
            ("/sign-up", &ada, "/api/auth/sign-up/email", json, 100),
            ("/forgot-password", &ada[1..2], "/api/auth/request-password-reset", json!({ "email": "bob@example.com" }), 300),
            ("/magic-link", &ada[1..2], "/api/auth/sign-in/magic-link", json!({ "email": "bob@example.com" }), 12),
            ("/email-code", &ada[1..2], "/api/auth/email-otp/send-verification-otp", json!({ "email": "bob@example.com", "type": "sign-in" }), 20),
        ];
        for (page, fields, endpoint, body, each) in rules {
            let most = if each == 12 { 5 } else { 3 };
            for number in 0..most {
                let status = if number % 2 == 0 { site.form(page, fields).await.status } else { site.json(endpoint, body.clone()).await.status };
                assert!(matches!(status, 200 | 303), "{page} {number} {status}");
            }
            for answer in [site.json(endpoint, body).await, site.form(page, fields).await] {
                let wait = waits(&answer);
                assert!((each - 1..=each).contains(&wait), "{page} {wait}");
            }
        }
        // The third door to a mail for a new password.
        waits(&site.json("/api/auth/email-otp/send-verification-otp", json!({ "email": "eve@example.com", "type": "forget-password" })).await);
        let mail = |about: &'static str| [("about", about), ("email", "eve@example.com")];
        let page = site.form("/check-mail", &mail("reset")).await;
        waits(&page);
        assert!(page.text().contains("Try again in 5 minutes.") && page.text().contains("eve@example.com"), "{}", page.text());
        waits(&site.json("/_fn/request-mail", json!({ "about": "reset", "email": "eve@example.com", "next": "" })).await);
        // Which isn't the one that verifies.
        assert_eq!(site.form("/check-mail", &mail("verification")).await.status, 303);
    }

    async fn every_form_that_counts_by_itself_comes_again_with_the_words(site: Site) {
        let ada = site.world.user("ada@example.com").await;
        site.world.wait(MINUTE * 60);
        let site = site.with(|settings| {
            let limits = &mut settings.rate_limit;
            limits.enabled = true;
            for each in [
                &mut limits.sign_in, &mut limits.sign_up, &mut limits.password_reset, &mut limits.verification, &mut limits.magic_link,
                &mut limits.email_code, &mut limits.phone_number, &mut limits.two_factor, &mut limits.sensitive,
            ] {
                *each = rate("1/1h");
            }
        });
        let eve = ("email", "eve@example.com");
        let guest: [(&str, Fields<'_>); 7] = [
            ("/sign-in", &[eve, ("password", "Wr0ng-enough")]),
            ("/sign-up", &[eve, ("name", "Eve Moneypenny"), ("password", PASSWORD)]),
            ("/forgot-password", &[eve]),
            ("/magic-link", &[eve]),
            ("/email-code", &[eve]),
            ("/check-mail", &[eve, ("about", "verification")]),
            ("/reset-password", &[("token", "abcdefghijklmnopqrstuvwxyzABCDEF"), ("password", PASSWORD)]),
        ];
        for (path, fields) in guest {
            let first = site.form(path, fields).await;
            assert_ne!(first.status, 429, "{path}");
            let second = site.form(path, fields).await;
            waits(&second);
            assert!(second.text().contains("Try again in 60 minutes.") && second.text().contains("<form"), "{path} {}", second.text());
            assert!(path == "/reset-password" || second.text().contains("eve@example.com"), "{path}");
        }
        // Signed in: a code by mail was sent above, and one sign-in is used up.
        let member = from(&site, "198.51.100.1");
        let signed_in = member.json(SIGN_IN, json!({ "email": ada.user.email, "password": PASSWORD })).await;
        assert_eq!(signed_in.status, 200, "{}", signed_in.text());
        let forms: [(&str, Fields<'_>); 2] = [
            ("/settings/security", &[("current_password", "Wr0ng-enough"), ("password", "An0ther-one")]),
            ("/confirm-access", &[("current_password", "Wr0ng-enough")]),
        ];
        for (path, fields) in forms {
            member.form(path, fields).await;
            let second = member.form(path, fields).await;
            waits(&second);
            assert!(second.text().contains("Try again in") && second.text().contains("<form"), "{path} {}", second.text());
        }
    }

    async fn what_has_no_rule_of_its_own_is_sensitive_and_each_route_counts_by_itself(site: Site) {
        let site = counting(site);
        for path in ["/api/auth/change-password", "/api/auth/delete-user", "/api/auth/unlink-account", "/delete-account"] {
            for number in 0..10 {
                let answer = if path.starts_with("/api") { site.json(path, json!({})).await } else { site.form(path, &[]).await };
                assert_ne!(answer.status, 429, "{path} {number}");
            }
            let answer = if path.starts_with("/api") { site.json(path, json!({})).await } else { site.form(path, &[]).await };
            waits(&answer);
        }
        let page = site.form("/delete-account", &[]).await;
        assert!(page.text().contains("Too many tries. Try again in 6 seconds."), "{}", page.text());
        for number in 0..60 {
            assert_ne!(site.json("/api/auth/organization/has-permission", json!({})).await.status, 429, "{number}");
        }
    }

    async fn operators_have_rules_of_their_own(site: Site) {
        let own = |text: &str| RouteRate::try_from(text.to_owned()).unwrap();
        let site = site.with(|settings| {
            settings.rate_limit.enabled = true;
            settings.rate_limit.routes =
                vec![own("/sign-in 1/1h"), own("/api/auth/sign-in/* off"), own("/api/auth/ok 2/1m"), own("/invitations/* 1/1m")];
            settings.rate_limit.account_factor = std::num::NonZeroU32::new(100).unwrap();
            settings.lock_out.attempts = 0;
        });
        for _ in 0..20 {
            assert_eq!(site.json(SIGN_IN, guess("ada@example.com")).await.status, 401);
        }
        let form = [("email", "ada@example.com"), ("password", "Wr0ng-enough")];
        assert_eq!(site.form("/sign-in", &form).await.status, 401);
        waits(&site.form("/sign-in", &form).await);
        assert_eq!((site.get("/api/auth/ok").await.status, site.get("/api/auth/ok").await.status), (200, 200));
        waits(&site.get("/api/auth/ok").await);
        // One counter for all that a pattern describes, whatever is in its place.
        assert_ne!(site.form("/invitations/one", &[]).await.status, 429);
        waits(&site.form("/invitations/two", &[]).await);
    }
}

/// Empties one database of the tests' Redis, and gives its address.
fn empty(number: u8) -> url::Url {
    let mut url = url::Url::parse(&redis_url()).unwrap();
    let mut stream = TcpStream::connect(url.socket_addrs(|| Some(6379)).unwrap()[0]).unwrap();
    if let Some(password) = url.password() {
        write!(stream, "AUTH {} {password}\r\n", if url.username().is_empty() { "default" } else { url.username() })
            .unwrap();
    }
    write!(stream, "SELECT {number}\r\nFLUSHDB\r\nQUIT\r\n").unwrap();
    assert!(BufReader::new(stream).lines().map_while(Result::ok).all(|line| line.starts_with("+OK")));
    url.set_path(&number.to_string());
    url
}

#[test]
fn processes_that_share_a_redis_share_their_limits() {
    let redis = empty(11);
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let servers = folders.each_ref().map(|folder| {
        Server::start(latchkey(
            folder.path(),
            &[("REDIS_URL", redis.as_str()), ("LATCHKEY_HASHING__MEMORY_KIB", "64")],
            &[],
        ))
    });
    let status = |number: usize| {
        exchange(servers[number % 2].address, "POST", SIGN_IN, &guess(&format!("{number}@example.com")).to_string())
            .unwrap()
            .0
    };
    assert_eq!((0..7).map(status).collect::<Vec<_>>(), [401, 401, 401, 401, 401, 429, 429]);
}

#[test]
fn without_redis_signing_in_is_closed_and_reading_is_open_until_it_is_back() {
    let mut redis = empty(12);
    let door = Door::before(redis.socket_addrs(|| Some(6379)).unwrap()[0]);
    redis.set_port(Some(door.address.port())).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let environment = [("REDIS_URL", redis.as_str()), ("LATCHKEY_HASHING__MEMORY_KIB", "64")];
    let server = Server::start(latchkey(folder.path(), &environment, &[]));
    let sign_in = || exchange(server.address, "POST", SIGN_IN, &guess("ada@example.com").to_string()).unwrap();
    assert_eq!(server.get("/ready").0, 200);
    assert!(server.get("/ready").1.contains(r#""redis":"ready""#));
    assert_eq!(sign_in().0, 401);

    door.shut();
    wait_for("not ready", || server.get("/ready").0 == 503);
    assert!(server.get("/ready").1.contains(r#""redis":"unavailable""#));
    for _ in 0..3 {
        let (status, answer) = sign_in();
        assert!(status == 503 && answer.contains("SERVICE_UNAVAILABLE"), "{status} {answer}");
    }
    assert_eq!(server.sign_up("bob@example.com").0, 503);
    for path in ["/health", "/sign-in", "/api/auth/get-session", "/api/auth/ok"] {
        assert_eq!(server.get(path).0, 200, "{path}");
    }

    door.open();
    wait_for("ready", || server.get("/ready").0 == 200);
    wait_for("sign-in", || sign_in().0 == 401);
    let said = server.stop().join("\n");
    let password = redis.password().unwrap_or("no password");
    assert!(said.contains("requests can't be counted") && !said.contains(password), "{said}");
}

#[test]
fn a_redis_that_comes_late_is_waited_for() {
    let mut redis = empty(13);
    let door = Door::before(redis.socket_addrs(|| Some(6379)).unwrap()[0]);
    redis.set_port(Some(door.address.port())).unwrap();
    door.shut();
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(latchkey(folder.path(), &[("REDIS_URL", redis.as_str())], &[]));
    assert_eq!((server.get("/ready").0, server.get("/sign-in").0), (503, 200));
    door.open();
    wait_for("ready", || server.get("/ready").0 == 200);
}
