//! Each counter in memory and in a real Redis; the address's and the account's, at every door of the domain.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use model::{Refusal, Username};

use super::*;
use crate::password::Password;
use crate::sign_in::{Identifier, with_password};
use crate::testing::{MINUTE, PASSWORD, SECOND, World, at_once, email, redis_url, refusal};
use crate::{Client, code, magic_link, profile, reset, session, verification};

fn rate(text: &str) -> Rate {
    text.parse().unwrap()
}

/// Both kinds, with a clock that is moved, and names that no other test uses.
fn both(clock: &Clock) -> [Limiter; 2] {
    [Limiter::memory(clock.clone()), Limiter::redis(&redis_url(), clock.clone()).unwrap()]
}

fn own(name: &str) -> String {
    format!("test:{name}:{}", crate::Random.id(Clock::System.now()))
}

#[tokio::test]
async fn so_many_are_allowed_and_each_share_of_the_time_allows_one_more() {
    let clock = Clock::manual();
    for limiter in both(&clock) {
        let (key, five) = (own("share"), rate("5/1m"));
        for _ in 0..5 {
            assert_eq!(limiter.take(&key, five).await.unwrap(), Verdict::Within);
        }
        let Verdict::Beyond(wait) = limiter.take(&key, five).await.unwrap() else { panic!("five are allowed") };
        assert!((11 * SECOND..=12 * SECOND).contains(&wait), "{wait:?}");
        assert_eq!(limiter.take(&own("another"), five).await.unwrap(), Verdict::Within);
        clock.advance(11 * SECOND);
        assert!(matches!(limiter.take(&key, five).await.unwrap(), Verdict::Beyond(_)));
        clock.advance(SECOND);
        assert_eq!(limiter.take(&key, five).await.unwrap(), Verdict::Within);
        assert!(
            matches!(limiter.take(&key, five).await.unwrap(), Verdict::Beyond(_)),
            "what was refused isn't counted"
        );
        clock.advance(MINUTE);
        for _ in 0..5 {
            assert_eq!(limiter.take(&key, five).await.unwrap(), Verdict::Within);
        }
        assert_eq!(limiter.take(&key, Rate::Off).await.unwrap(), Verdict::Within);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a16_of_a_hundred_at_once_no_more_pass_than_are_allowed() {
    let clock = Clock::System;
    for limiter in both(&clock) {
        let key = own("burst");
        let verdicts = at_once(100, |_| {
            let (limiter, key) = (limiter.clone(), key.clone());
            async move { limiter.take(&key, rate("7/1h")).await.unwrap() }
        })
        .await;
        assert_eq!(verdicts.into_iter().filter(|verdict| *verdict == Verdict::Within).count(), 7);
    }
}

#[tokio::test]
async fn processes_that_share_a_redis_share_their_counters() {
    let key = own("shared");
    let [one, other] = [(); 2].map(|()| Limiter::redis(&redis_url(), Clock::System).unwrap());
    for limiter in [&one, &other, &one] {
        assert_eq!(limiter.take(&key, rate("3/1h")).await.unwrap(), Verdict::Within);
    }
    assert!(matches!(other.take(&key, rate("3/1h")).await.unwrap(), Verdict::Beyond(_)));
    one.ready().await.unwrap();
}

#[tokio::test]
async fn a_redis_that_isn_t_there_counts_nothing_and_says_so_soon() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for scheme in ["redis", "rediss"] {
        let limiter = Limiter::redis(&format!("{scheme}://{free}"), Clock::System).unwrap();
        assert!(limiter.take("key", rate("3/1m")).await.is_err());
        assert!(limiter.ready().await.is_err());
    }
    assert!(Limiter::redis("postgres://localhost", Clock::System).is_err());
}

#[tokio::test]
async fn a_redis_that_speaks_no_tls_is_no_panic() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("rediss://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { while listener.accept().await.is_ok() {} });
    assert!(Limiter::redis(&url, Clock::System).unwrap().ready().await.is_err());
}

#[test]
fn a15_every_form_of_an_address_is_one_key() {
    let key = |text: &str| network(Some(text.parse::<IpAddr>().unwrap()));
    assert_eq!(key("203.0.113.7"), "203.0.113.7");
    assert_eq!(key("::ffff:203.0.113.7"), key("203.0.113.7"));
    assert_eq!(key("::ffff:cb00:7107"), key("203.0.113.7"));
    assert_eq!(key("2001:db8:1:2::1"), key("2001:DB8:1:2:ffff:ffff:ffff:ffff"));
    assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
    assert_eq!(network(None), "unknown");
}

#[test]
fn rates_and_patterns_are_written_as_they_are_read() {
    for text in ["5/1m", "3/15m", "1/1day", "off"] {
        assert_eq!(rate(text).to_string(), text);
    }
    assert_eq!(rate(" 5 / 60s "), rate("5/1m"));
    for text in ["", "5", "0/1m", "5/0s", "5/2days", "-1/1m", "5/1m/1m", "on", "2000000/1m"] {
        assert!(text.parse::<Rate>().is_err(), "{text}");
    }
    let own = RouteRate::try_from("/api/auth/organization/** 60/1m".to_owned()).unwrap();
    assert_eq!(String::from(own), "/api/auth/organization/** 60/1m");
    for text in ["/a", "a 5/1m", "/a 5", "5/1m"] {
        assert!(RouteRate::try_from(text.to_owned()).is_err(), "{text}");
    }
    for (pattern, path, fit) in [
        ("/a/b", "/a/b", true),
        ("/a/*", "/a/b", true),
        ("/a/*", "/a/b/c", false),
        ("/a/**", "/a/b/c", true),
        ("/a/**", "/a", false),
        ("/a/*/c", "/a/b/c", true),
        ("/a", "/a/", false),
        ("/a", "/A", false),
        ("/**", "/anything", true),
    ] {
        assert_eq!(fits(pattern, path), fit, "{pattern} {path}");
    }
}

/// A world where everything is counted; of sign-ins and mails, two an hour from one address, and four to one account.
fn counting(mut world: World) -> World {
    world.settings(|settings| {
        let limits = &mut settings.rate_limit;
        limits.enabled = true;
        limits.account_factor = NonZeroU32::new(2).unwrap();
        for each in [
            &mut limits.sign_in,
            &mut limits.sign_up,
            &mut limits.password_reset,
            &mut limits.verification,
            &mut limits.magic_link,
            &mut limits.email_code,
        ] {
            *each = rate("2/1h");
        }
    });
    world
}

async fn attempt(world: &World, who: Identifier, password: &str) -> Result<session::Entered> {
    with_password(&world.cx, &who, &Password::new(password), true, None, &Client::default()).await
}

#[track_caller]
fn beyond<T>(result: Result<T>) -> Duration {
    match refusal(result) {
        Refusal::TooManyRequests(seconds) => Duration::from_secs(seconds.into()),
        other => panic!("it is one too many, not {other:?}"),
    }
}

db::both! {
    async fn a13_one_account_has_one_counter_by_whichever_name_it_is_called(world: World) {
        let ada = world.user("ada@example.com").await;
        let name = |text: &str| Username::parse(text).unwrap();
        let change = profile::Change { username: Some(Some(name("Ada"))), ..profile::Change::default() };
        profile::update(&world.cx, &ada.user.id, change).await.unwrap();
        let world = counting(world);
        for who in [
            Identifier::Email(email("ada@example.com")),
            Identifier::Username(name("ada")),
            Identifier::Email(email("ADA@EXAMPLE.COM")),
            Identifier::Username(name("ADA")),
        ] {
            assert!(!matches!(refusal(attempt(&world, who, "wrong").await), Refusal::TooManyRequests(_)));
        }
        // The right password doesn't pass either: whoever guesses learns nothing.
        let wait = beyond(attempt(&world, Identifier::Email(email("ada@example.com")), PASSWORD).await);
        assert!(wait <= 15 * MINUTE, "{wait:?}");
        beyond(attempt(&world, Identifier::Username(name("aDa")), PASSWORD).await);
        // Neither does checking the password of somebody who is signed in.
        beyond(session::confirm_password(&world.cx, &ada.user.id, &Password::new(PASSWORD), &Client::default()).await);
        // Others aren't concerned.
        assert_eq!(refusal(attempt(&world, Identifier::Email(email("bob@example.com")), "wrong").await), Refusal::InvalidCredentials);
        world.wait(wait);
        assert!(attempt(&world, Identifier::Username(name("ada")), PASSWORD).await.is_ok());
    }

    async fn a12_a_name_that_nobody_has_is_counted_alike(world: World) {
        let world = counting(world);
        for _ in 0..4 {
            let who = Identifier::Email(email("nobody@example.com"));
            assert_eq!(refusal(attempt(&world, who, "wrong").await), Refusal::InvalidCredentials);
        }
        beyond(attempt(&world, Identifier::Email(email("Nobody@Example.com")), "wrong").await);
    }

    async fn a16_a_hundred_guesses_at_once_are_no_more_than_are_allowed(world: World) {
        world.user("ada@example.com").await;
        let world = counting(world);
        let guesses = at_once(100, |_| {
            let cx = world.cx.clone();
            async move {
                let who = Identifier::Email(email("ada@example.com"));
                with_password(&cx, &who, &Password::new("wrong"), true, None, &Client::default()).await
            }
        })
        .await;
        let judged = guesses.into_iter().filter(|guess| matches!(guess, Err(crate::Error::Refused(Refusal::InvalidCredentials))));
        assert_eq!(judged.count(), 4);
    }

    async fn nobody_s_mailbox_is_flooded_from_many_addresses(world: World) {
        world.user("ada@example.com").await;
        world.sign_up("bob@example.com", PASSWORD).await;
        let world = counting(world);
        let (cx, ada, bob) = (&world.cx, email("ada@example.com"), email("bob@example.com"));
        for number in 0..5 {
            let results = [
                reset::request(cx, &ada, None).await,
                magic_link::request(cx, &ada, None, &crate::Callbacks::default()).await,
                code::request(cx, code::Purpose::SignIn, &ada).await,
                verification::send(cx, &bob, None).await,
            ];
            for result in results {
                assert_eq!(result.is_err(), number == 4, "{number} {result:?}");
            }
        }
        // Both ways to a new password are one.
        beyond(code::request(cx, code::Purpose::ResetPassword, &ada).await);
        assert_eq!(world.kinds("ada@example.com").await.iter().filter(|kind| *kind == "reset-password").count(), 4);
    }

    async fn an_address_makes_so_many_accounts_and_one_address_gets_so_many_mails(world: World) {
        let world = counting(world);
        for _ in 0..4 {
            world.sign_up("ada@example.com", PASSWORD).await;
        }
        let again = crate::sign_up::sign_up(&world.cx, World::form("ada@example.com"), &Client::default()).await;
        beyond(again);
        assert!(crate::sign_up::sign_up(&world.cx, World::form("bob@example.com"), &Client::default()).await.is_ok());
    }

    async fn without_what_counts_nothing_that_is_counted_is_let_through(world: World) {
        let ada = world.user("ada@example.com").await;
        let mut world = counting(world);
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        world.cx.limiter = Limiter::redis(&format!("redis://{free}"), Clock::System).unwrap();
        let who = Identifier::Email(email("ada@example.com"));
        assert_eq!(refusal(attempt(&world, who, PASSWORD).await), Refusal::LimiterAway);
        assert_eq!(refusal(reset::request(&world.cx, &email("ada@example.com"), None).await), Refusal::LimiterAway);
        assert!(world.find(&ada).await.is_some(), "sessions go on");
    }
}
