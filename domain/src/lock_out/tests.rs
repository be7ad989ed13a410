use model::Username;

use super::*;
use crate::password::Hasher;
use crate::session::{self, Entered, Opened};
use crate::settings::Hashing;
use crate::sign_in::{Identifier, with_password};
use crate::testing::{
    DAY, FIREFOX, HOUR, IPHONE, MINUTE, PASSWORD, SECOND, World, admitted, at_once, client, email, refusal,
};
use crate::{deletion, password_change, profile, reset};

const ADA: &str = "ada@example.com";
const EVE: &str = "eve@example.com";
const NEW: &str = "Br4nd-new-one";

async fn tries(cx: &Cx, who: Identifier, password: &str, client: &Client) -> Result<Entered> {
    with_password(cx, &who, &Password::new(password), true, None, client).await
}

fn by_mail(address: &str) -> Identifier {
    Identifier::Email(email(address))
}

/// So many wrong passwords from unknown browsers; gives what the last one was told.
async fn miss(world: &World, address: &str, times: usize) -> Refusal {
    let mut told = Refusal::Busy;
    for _ in 0..times {
        told = refusal(tries(&world.cx, by_mail(address), "Wr0ng-enough", &client(IPHONE)).await);
    }
    told
}

async fn right(world: &World, client: &Client) -> Result<Opened> {
    tries(&world.cx, by_mail(ADA), PASSWORD, client).await.map(admitted)
}

#[track_caller]
fn locked<T>(result: Result<T>) -> Duration {
    match refusal(result) {
        Refusal::PasswordLocked(seconds) => Duration::from_secs(seconds.into()),
        other => panic!("it is locked, not {other:?}"),
    }
}

/// The browser in which Ada has just signed in.
fn known(world: &World, ada: &Opened) -> Client {
    Client { known: Some(KnownDevice::with(None, &world.cx, &ada.user.id)), ..client(FIREFOX) }
}

async fn acts(world: &World) -> Vec<String> {
    let trail = audit::Trail::everything().page(&world.cx, &audit::Filter::default(), 4, 0).await.unwrap().0;
    trail.into_iter().map(|told| told.act_name).collect()
}

db::both! {
    async fn ten_wrong_passwords_in_a_row_lock_for_a_while_and_each_further_one_for_longer(world: World) {
        world.user(ADA).await;
        let elsewhere = client(FIREFOX);
        assert_eq!(miss(&world, ADA, 10).await, Refusal::InvalidCredentials);
        for minutes in [1, 2, 4, 8, 15, 15] {
            let span = minutes * MINUTE;
            let wait = locked(right(&world, &elsewhere).await);
            assert!((span - SECOND..=span).contains(&wait), "{wait:?}, the right one is refused alike");
            world.wait(span - SECOND);
            locked(right(&world, &elsewhere).await);
            world.wait(SECOND);
            assert_eq!(miss(&world, ADA, 1).await, Refusal::InvalidCredentials, "one try for each wait");
        }
        world.wait(15 * MINUTE);
        assert!(right(&world, &elsewhere).await.is_ok(), "nobody is locked out for good");
        assert_eq!(miss(&world, ADA, 9).await, Refusal::InvalidCredentials);
        assert!(right(&world, &elsewhere).await.is_ok(), "a right one ends the run");
    }

    async fn the_owner_is_told_once_a_day(world: World) {
        world.user(ADA).await;
        let told = async || world.kinds(ADA).await.iter().filter(|kind| *kind == "password-locked").count();
        miss(&world, ADA, 9).await;
        assert_eq!(told().await, 0);
        miss(&world, ADA, 1).await;
        assert_eq!(told().await, 1);
        let mail = world.mails(ADA).await.remove(0).content.text;
        assert!(mail.contains("192.0.2.1") && mail.contains("Safari on an iPhone") && mail.contains("/forgot-password"), "{mail}");
        for _ in 0..4 {
            world.wait(HOUR);
            assert_eq!(miss(&world, ADA, 1).await, Refusal::InvalidCredentials);
        }
        assert_eq!(told().await, 1, "not again for each step");
        world.wait(20 * HOUR);
        miss(&world, ADA, 1).await;
        assert_eq!(told().await, 2);
    }

    async fn what_was_wrong_a_day_ago_is_forgotten(world: World) {
        world.user(ADA).await;
        assert_eq!(miss(&world, ADA, 9).await, Refusal::InvalidCredentials);
        world.wait(DAY);
        assert_eq!(miss(&world, ADA, 9).await, Refusal::InvalidCredentials);
        assert!(right(&world, &client(FIREFOX)).await.is_ok(), "nine aren't ten");
        miss(&world, ADA, 1).await;
        miss(&world, EVE, 1).await;
        world.wait(DAY);
        assert_eq!(crate::sweep::sweep(&world.cx).await.unwrap().wrong_passwords, 2);
    }

    async fn a12_a_name_that_nobody_has_is_locked_alike(world: World) {
        for _ in 0..2 {
            assert_eq!(miss(&world, EVE, 10).await, Refusal::InvalidCredentials);
            let wait = locked(tries(&world.cx, by_mail("Eve@Example.com"), PASSWORD, &client(FIREFOX)).await);
            assert!((59 * SECOND..=MINUTE).contains(&wait), "{wait:?}");
            world.wait(MINUTE);
            assert_eq!(miss(&world, EVE, 1).await, Refusal::InvalidCredentials);
            assert!(locked(tries(&world.cx, by_mail(EVE), PASSWORD, &client(FIREFOX)).await) > MINUTE);
            world.wait(DAY);
        }
        assert_eq!(world.count("SELECT COUNT(*) FROM mails").await, 0);
        let (who,) = world.row::<(String,)>("SELECT who FROM wrong_passwords").await;
        assert!(!who.contains("eve"), "{who}");
    }

    async fn a13_every_name_of_an_account_is_locked_with_it(world: World) {
        let ada = world.user(ADA).await;
        let name = || Identifier::Username(Username::parse("countess").unwrap());
        let change = profile::Change { username: Some(Username::parse("Countess").ok()), ..profile::Change::default() };
        profile::update(&world.cx, &ada.user.id, change).await.unwrap();
        for _ in 0..5 {
            miss(&world, ADA, 1).await;
            let told = refusal(tries(&world.cx, name(), "Wr0ng-enough", &client(IPHONE)).await);
            assert_eq!(told, Refusal::InvalidUsernameOrPassword);
        }
        locked(tries(&world.cx, name(), PASSWORD, &client(IPHONE)).await);
        locked(right(&world, &client(IPHONE)).await);
    }

    async fn a16_of_fifty_wrong_passwords_at_once_ten_are_judged(world: World) {
        world.user(ADA).await;
        for address in [ADA, EVE] {
            for judged in [10, 1] {
                let told = at_once(50, |_| {
                    let cx = world.cx.clone();
                    async move { refusal(tries(&cx, by_mail(address), "Wr0ng-enough", &client(IPHONE)).await) }
                })
                .await;
                let wrong = told.iter().filter(|told| **told == Refusal::InvalidCredentials).count();
                assert_eq!(wrong, judged, "{address}");
                assert!(told.iter().all(|told| matches!(told, Refusal::InvalidCredentials | Refusal::PasswordLocked(_))));
                world.wait(MINUTE);
            }
        }
        assert_eq!(world.kinds(ADA).await.iter().filter(|kind| *kind == "password-locked").count(), 1);
    }

    async fn a16_a_hundred_at_once_through_two_doors_share_one_count(world: World) {
        let ada = world.user(ADA).await;
        let told = at_once(100, |number| {
            let (cx, user) = (world.cx.clone(), ada.user.id.clone());
            async move {
                if number % 2 == 0 {
                    return session::confirm_password(&cx, &user, &Password::new("Wr0ng-enough"), &Client::default()).await;
                }
                tries(&cx, by_mail(ADA), "Wr0ng-enough", &Client::default()).await.map(drop)
            }
        })
        .await;
        let wrong = told.into_iter().filter(|told| !matches!(told, Err(Error::Refused(Refusal::PasswordLocked(_)))));
        assert_eq!(wrong.count(), 10, "through two doors");
        locked(session::confirm_password(&world.cx, &ada.user.id, &Password::new(PASSWORD), &Client::default()).await);
    }

    async fn a16_right_passwords_that_were_being_checked_when_the_lock_fell_are_refused(world: World) {
        let ada = world.user(ADA).await;
        for door in ["sign-in", "confirmation"] {
            let mut busy = world.cx.clone();
            busy.hasher = Hasher::new(&Hashing { concurrency: 1, queue: 49, ..busy.settings.hashing.clone() });
            let held = busy.hasher.hold().await;
            let tries: Vec<_> = (0..50)
                .map(|_| {
                    let (cx, user) = (busy.clone(), ada.user.id.clone());
                    tokio::spawn(async move {
                        match door {
                            "sign-in" => tries(&cx, by_mail(ADA), PASSWORD, &client(FIREFOX)).await.map(drop),
                            _ => session::confirm_password(&cx, &user, &Password::new(PASSWORD), &client(FIREFOX)).await,
                        }
                    })
                })
                .collect();
            // Each has found the account open.
            while busy.hasher.room() > 0 {
                tokio::task::yield_now().await;
            }
            assert_eq!(miss(&world, ADA, 10).await, Refusal::InvalidCredentials);
            drop(held);
            for tried in tries {
                locked(tried.await.unwrap());
            }
            locked(right(&world, &client(FIREFOX)).await);
            world.wait(DAY);
        }
    }

    async fn a17_a_lock_holds_at_every_door_that_takes_the_password(world: World) {
        let ada = world.user(ADA).await;
        let (cx, password, stolen) = (&world.cx, Password::new(PASSWORD), Client::default());
        for _ in 0..10 {
            let told = session::confirm_password(cx, &ada.user.id, &Password::new("Wr0ng-enough"), &stolen).await;
            assert_eq!(refusal(told), Refusal::InvalidPassword);
        }
        locked(right(&world, &stolen).await);
        locked(session::confirm_password(cx, &ada.user.id, &password, &stolen).await);
        locked(session::authenticate(cx, &ada, &password, &stolen).await);
        locked(password_change::change(cx, &ada, &password, &Password::new(NEW), true, &stolen).await);
        locked(deletion::request(cx, &ada, Some(&password), None, &stolen).await);
        // The owner's browser goes on at each of them.
        let own = known(&world, &ada);
        session::confirm_password(cx, &ada.user.id, &password, &own).await.unwrap();
        assert!(right(&world, &own).await.is_ok());
        password_change::change(cx, &ada, &password, &Password::new(NEW), false, &own).await.unwrap();
    }

    async fn who_guesses_elsewhere_keeps_no_known_browser_out(world: World) {
        let mut world = world;
        world.settings(|settings| settings.rate_limit.enabled = true);
        let ada = world.user(ADA).await;
        let own = known(&world, &ada);
        miss(&world, ADA, 10).await;
        // Neither by the lock nor by what one account may take in a minute.
        for _ in 0..3 {
            assert_eq!(refusal(tries(&world.cx, by_mail(ADA), "Wr0ng-enough", &own).await), Refusal::InvalidCredentials);
            assert!(right(&world, &own).await.is_ok());
            locked(right(&world, &client(FIREFOX)).await);
        }
        world.wait(MINUTE);
        assert!(right(&world, &client(FIREFOX)).await.is_ok());
    }

    async fn a_known_browser_has_no_more_guesses_than_others(world: World) {
        let ada = world.user(ADA).await;
        let own = known(&world, &ada);
        let told = at_once(50, |_| {
            let (cx, own) = (world.cx.clone(), own.clone());
            async move { refusal(tries(&cx, by_mail(ADA), "Wr0ng-enough", &own).await) }
        })
        .await;
        assert_eq!(told.iter().filter(|told| **told == Refusal::InvalidCredentials).count(), 10);
        locked(right(&world, &own).await);
        assert!(right(&world, &client(FIREFOX)).await.is_ok(), "others aren't concerned");
        locked(right(&world, &own).await);
        world.wait(MINUTE);
        assert!(right(&world, &own).await.is_ok());
    }

    async fn a_mark_is_good_for_its_user_its_browser_and_its_password_for_a_while(world: World) {
        let (ada, eve) = (world.user(ADA).await, world.user(EVE).await);
        let own = known(&world, &ada);
        miss(&world, ADA, 10).await;
        assert!(right(&world, &own).await.is_ok());
        locked(right(&world, &known(&world, &eve)).await);
        let mark = own.known.as_ref().unwrap();
        let with = |text: String| Client { known: KnownDevice::parse(&text), ..Client::default() };
        assert!(right(&world, &with(mark.text())).await.is_ok());
        let another = format!("{}{}", "A".repeat(16), &mark.text()[16..]);
        assert!(KnownDevice::parse(&another).is_some());
        locked(right(&world, &with(another)).await);
        // Several people share a browser; each is known in it.
        let both = Client { known: Some(KnownDevice::with(own.known.clone(), &world.cx, &eve.user.id)), ..Client::default() };
        assert!(right(&world, &both).await.is_ok());
        let many = (0..10).fold(mark.clone(), |mark, n| KnownDevice::with(Some(mark), &world.cx, &UserId::new(format!("u{n}"))));
        locked(right(&world, &with(many.text())).await);

        world.wait(KnownDevice::LIFETIME);
        miss(&world, ADA, 10).await;
        locked(right(&world, &own).await);
        let own = known(&world, &ada);
        assert!(right(&world, &own).await.is_ok());
        world.wait(MINUTE);
        world.moment();
        reset::request(&world.cx, &email(ADA), None).await.unwrap();
        reset::redeem(&world.cx, &world.link_token(ADA).await, &Password::new(NEW)).await.unwrap();
        miss(&world, ADA, 10).await;
        locked(tries(&world.cx, by_mail(ADA), NEW, &own).await);
    }

    async fn a_new_password_by_mail_lifts_the_lock(world: World) {
        world.user(ADA).await;
        miss(&world, ADA, 10).await;
        reset::request(&world.cx, &email(ADA), None).await.unwrap();
        world.moment();
        let token = world.link_token(ADA).await;
        locked(right(&world, &client(FIREFOX)).await);
        reset::redeem(&world.cx, &token, &Password::new(NEW)).await.unwrap();
        assert!(tries(&world.cx, by_mail(ADA), NEW, &client(FIREFOX)).await.is_ok());
    }

    async fn every_node_knows_of_a_lock_and_so_does_one_that_was_started_again(world: World) {
        world.user(ADA).await;
        let other = Cx::new(world.cx.db.clone(), world.cx.clock.clone(), world.cx.secret.clone(), (*world.cx.settings).clone());
        for _ in 0..5 {
            for cx in [&world.cx, &other] {
                let told = tries(cx, by_mail(ADA), "Wr0ng-enough", &client(IPHONE)).await;
                assert_eq!(refusal(told), Refusal::InvalidCredentials);
            }
        }
        for cx in [&world.cx, &other] {
            locked(tries(cx, by_mail(ADA), PASSWORD, &client(FIREFOX)).await);
        }
    }

    async fn the_lock_and_what_it_refuses_are_on_record(world: World) {
        let ada = world.user(ADA).await;
        miss(&world, ADA, 11).await;
        assert_eq!(acts(&world).await, ["password_refused", "sign_in_failed", "password_locked", "sign_in_failed"]);
        let own = audit::Trail::own(&ada).page(&world.cx, &audit::Filter::default(), 1, 0).await.unwrap().0;
        assert_eq!(own[0].act, Some(Act::PasswordRefused), "the owner reads it");
        miss(&world, EVE, 11).await;
        assert_eq!(acts(&world).await, ["password_refused", "sign_in_failed", "password_locked", "sign_in_failed"]);
    }

    async fn an_operator_may_do_without(world: World) {
        let mut world = world;
        world.user(ADA).await;
        miss(&world, ADA, 10).await;
        world.settings(|settings| settings.lock_out.attempts = 0);
        assert_eq!(miss(&world, ADA, 30).await, Refusal::InvalidCredentials);
        assert!(right(&world, &client(FIREFOX)).await.is_ok());
    }
}

#[test]
fn what_is_no_mark_is_none() {
    let name = "A".repeat(16);
    let mark = format!("1-{}", "a".repeat(22));
    assert!(KnownDevice::parse(&format!("{name}.{mark}")).is_some());
    for text in [
        String::new(),
        name.clone(),
        format!("{name}."),
        format!("{}.{mark}", "A".repeat(15)),
        format!("{}.{mark}", "ä".repeat(8)),
        format!("{name}.x{mark}"),
        format!("{name}.{mark}a"),
        format!("{name}{}", format!(".{mark}").repeat(11)),
    ] {
        assert!(KnownDevice::parse(&text).is_none(), "{text}");
    }
}
