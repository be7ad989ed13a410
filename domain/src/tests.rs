//! What goes through several features: the whole life of an account, and the broom.

use model::{PersonName, Refusal, Username};

use crate::account;
use crate::code::{self, Purpose};
use crate::password::Password;
use crate::sweep::{Swept, sweep};
use crate::testing::{DAY, HOUR, NarrowWorld, PASSWORD, World, admitted, at_once, email, one_winner, refusal};
use crate::{
    Callbacks, Client, deletion, email_change, export, magic_link, mail, onboarding, password_change, profile, reset,
    session, sign_in, sign_up, verification,
};

const ADA: &str = "ada@example.com";
const NEW: &str = "countess@example.com";

/// Does everything that can be done with an account, from sign-up to deletion.
async fn live(world: &World) {
    let (cx, client) = (&world.cx, Client::default());
    let password = Password::new(PASSWORD);

    // Signing up, proving the address, signing in.
    let username = Username::parse("countess").unwrap();
    let form = sign_up::SignUp { username: Some(username.clone()), ..World::form(ADA) };
    sign_up::sign_up(cx, form, &client).await.unwrap();
    world.sign_up(ADA, PASSWORD).await;
    world.moment();
    verification::send(cx, &email(ADA), None).await.unwrap();
    let mut ada = world.follow(&world.link_token(ADA).await).await.unwrap();
    password_change::set_first(cx, &ada, &password).await.unwrap();
    assert_eq!(refusal(verification::send_own(cx, &ada, &email(ADA), None).await), Refusal::EmailAlreadyVerified);
    let who = sign_in::Identifier::Username(username.clone());
    sign_in::with_password(cx, &who, &password, false, None, &client).await.unwrap();
    world.sign_up(ADA, PASSWORD).await;
    assert!(!account::is_username_available(cx, &username).await.unwrap());

    // Sessions.
    world.wait(DAY + HOUR);
    assert!(session::find(cx, ada.token.clone()).await.unwrap().unwrap().renewed);
    ada = session::authenticate(cx, &ada, &password, &Client::default()).await.unwrap();
    session::list(cx, &ada).await.unwrap();
    let other = world.sign_in(ADA, PASSWORD).await.unwrap();
    session::end(cx, &ada.user.id, other.session.id.as_str()).await.unwrap();
    session::end_others(cx, &ada).await.unwrap();
    assert_eq!(session::devices(cx, &ada).await.unwrap().len(), 1);

    // Profile and onboarding.
    let change = profile::Change {
        name: PersonName::parse("Ada King").ok(),
        username: Some(Username::parse("ada_k").ok()),
        bio: Some("Countess".into()),
        ..profile::Change::default()
    };
    profile::update(cx, &ada.user.id, change).await.unwrap();
    profile::get(cx, &ada.user.id).await.unwrap();
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(2, 2).write_to(&mut png, image::ImageFormat::Png).unwrap();
    profile::set_avatar(cx, &ada, png.into_inner()).await.unwrap();
    onboarding::get(cx, &ada.user.id).await.unwrap();
    let years = [("experience".to_owned(), model::onboarding::Answer::One("10+".into()))].into();
    onboarding::answer(cx, &ada.user.id, "experience", &years).await.unwrap();
    onboarding::answer_all(cx, &ada.user.id, &years).await.unwrap();
    assert!(onboarding::complete(cx, &ada.user.id).await.is_err());
    onboarding::skip(cx, &ada.user.id).await.unwrap();
    onboarding::clear(cx, &ada.user.id).await.unwrap();
    assert_eq!(export::all(cx, &ada).await.unwrap()["user"]["email"], ADA);

    // Passwords, links and codes.
    let new = Password::new("Br4nd-new-one");
    ada = password_change::change(cx, &ada, &password, &new, true, &Client::default()).await.unwrap().unwrap();
    world.moment();
    reset::request(cx, &email(ADA), None).await.unwrap();
    reset::redeem(cx, &world.link_token(ADA).await, &password).await.unwrap();
    assert!(session::find(cx, ada.token.clone()).await.unwrap().is_none());
    world.moment();
    magic_link::request(cx, &email(ADA), None, &Callbacks::default()).await.unwrap();
    magic_link::redeem(cx, &world.link_token(ADA).await, &client).await.unwrap();
    world.moment();
    code::request(cx, Purpose::ResetPassword, &email(ADA)).await.unwrap();
    let digits = world.code(ADA).await;
    code::check(cx, Purpose::ResetPassword, &email(ADA), &digits).await.unwrap();
    code::reset_password(cx, &email(ADA), &digits, &password).await.unwrap();
    world.moment();
    code::request(cx, Purpose::SignIn, &email(ADA)).await.unwrap();
    ada = admitted(code::sign_in(cx, &email(ADA), &world.code(ADA).await, None, true, &client).await.unwrap());
    world.moment();
    code::request(cx, Purpose::SignIn, &email(ADA)).await.unwrap();
    ada = code::authenticate(cx, &ada, &world.code(ADA).await).await.unwrap();

    // Another address, there by links and back by a code.
    world.moment();
    email_change::request(cx, &ada, &email(NEW), None).await.unwrap();
    verification::redeem(cx, &world.link_token(ADA).await, &client).await.unwrap();
    verification::redeem(cx, &world.link_token(NEW).await, &client).await.unwrap();
    ada = session::find(cx, ada.token.clone()).await.unwrap().unwrap();
    world.moment();
    let mut lenient = cx.clone();
    let mut settings = (*cx.settings).clone();
    settings.email_change.confirm_current = false;
    lenient.settings = settings.into();
    code::request_email_change(&lenient, &ada, &email(ADA)).await.unwrap();
    code::change_email(&lenient, &ada, &email(ADA), &world.code(ADA).await).await.unwrap();
    ada = session::find(cx, ada.token.clone()).await.unwrap().unwrap();

    // Somebody without a password, who comes by codes alone.
    code::request(cx, Purpose::SignIn, &email("cody@example.com")).await.unwrap();
    let digits = world.code("cody@example.com").await;
    code::sign_in(cx, &email("cody@example.com"), &digits, None, true, &client).await.unwrap();
    world.sign_up("bob@example.com", PASSWORD).await;
    world.moment();
    code::request(cx, Purpose::VerifyEmail, &email("bob@example.com")).await.unwrap();
    let digits = world.code("bob@example.com").await;
    code::verify_email(cx, &email("bob@example.com"), &digits, &client).await.unwrap();

    // The end.
    let only = account::list(cx, &ada.user.id).await.unwrap().remove(0).id;
    assert_eq!(refusal(account::unlink(cx, &ada, &only).await), Refusal::LastAccount);
    world.moment();
    deletion::request(cx, &ada, Some(&password), None, &Client::default()).await.unwrap();
    deletion::confirm(cx, &ada, &world.link_token(ADA).await).await.unwrap();
    session::sign_out(cx, &ada.token).await.unwrap();
    mail::deliver_due(cx, &mail::Ways::mailbox()).await.unwrap();
    sweep(cx).await.unwrap();
    cx.db.ready().await.unwrap();
}

db::both! {
    async fn one_connection_is_enough_for_the_whole_life_of_an_account(world: NarrowWorld) {
        live(&world.0).await;
    }

    async fn one_connection_is_enough_for_many_at_once(world: NarrowWorld) {
        let world = world.0;
        let opened = world.user(ADA).await;
        world.wait(DAY + HOUR);
        at_once(30, |n| {
            let (cx, token) = (world.cx.clone(), opened.token.clone());
            async move {
                let client = Client::default();
                match n % 3 {
                    0 => drop(session::find(&cx, token).await.unwrap().unwrap()),
                    1 => {
                        let who = sign_in::Identifier::Email(email(ADA));
                        sign_in::with_password(&cx, &who, &Password::new(PASSWORD), true, None, &client).await.unwrap();
                    }
                    _ => {
                        let form = World::form(&format!("ada{n}@example.com"));
                        sign_up::sign_up(&cx, form, &client).await.unwrap();
                    }
                }
            }
        })
        .await;
        assert_eq!(world.count("SELECT COUNT(*) FROM sessions").await, 11);
    }

    async fn sweeping_deletes_only_what_has_expired(world: World) {
        world.user(ADA).await;
        let old = world.sign_in(ADA, PASSWORD).await.unwrap();
        let ask = async || {
            world.moment();
            reset::request(&world.cx, &email(ADA), None).await.unwrap();
            world.link_token(ADA).await
        };
        ask().await;
        code::request(&world.cx, Purpose::SignIn, &email(ADA)).await.unwrap();
        assert_eq!(sweep(&world.cx).await.unwrap(), Swept::default());
        world.wait(HOUR);
        world.find(&old).await.expect("still good");
        let good = ask().await;
        code::request(&world.cx, Purpose::VerifyEmail, &email(ADA)).await.unwrap();
        let swept = sweep(&world.cx).await.unwrap();
        assert_eq!((swept.sessions, swept.tokens, swept.codes), (0, 1, 1));
        world.wait(7 * DAY - HOUR);
        let new = world.sign_in(ADA, PASSWORD).await.unwrap();
        let good_again = ask().await;
        let swept = sweep(&world.cx).await.unwrap();
        assert_eq!((swept.sessions, swept.tokens, swept.codes), (2, 1, 1));
        assert!(world.find(&new).await.is_some());
        assert_eq!(refusal(reset::redeem(&world.cx, &good, &Password::new("Br4nd-new-one")).await), Refusal::InvalidToken);
        assert!(reset::redeem(&world.cx, &good_again, &Password::new("Br4nd-new-one")).await.is_ok());
    }

    async fn of_two_ways_in_that_are_removed_at_once_one_stays(world: World) {
        let ada = world.user(ADA).await;
        let sql = "INSERT INTO accounts (id, user_id, provider_id, account_id, password, created_at, updated_at)
                   SELECT 'second', user_id, 'github', '4711', NULL, created_at, updated_at FROM accounts";
        assert_eq!(world.write(sql, &[]).await, 1);
        let eve = world.user("eve@example.com").await;
        let ways = account::list(&world.cx, &ada.user.id).await.unwrap();
        let foreign = account::unlink(&world.cx, &eve, &ways[0].id).await;
        assert_eq!(refusal(foreign), Refusal::AccountNotFound);
        let results = at_once(2, |n| {
            let (cx, ada, way) = (world.cx.clone(), ada.clone(), ways[n].id.clone());
            async move { account::unlink(&cx, &ada, &way).await }
        })
        .await;
        one_winner(results, &Refusal::LastAccount);
        assert_eq!(account::list(&world.cx, &ada.user.id).await.unwrap().len(), 1);
    }

    async fn an_unreachable_database_is_told_as_such_and_loses_nothing(world: World) {
        let opened = world.user(ADA).await;
        world.cx.db.close().await;
        let unavailable = |error: crate::Error| matches!(error, crate::Error::Unavailable(_));
        assert!(unavailable(session::find(&world.cx, opened.token.clone()).await.unwrap_err()));
        assert!(unavailable(world.sign_in(ADA, PASSWORD).await.unwrap_err()));
        let failed = sign_up::sign_up(&world.cx, World::form("bob@example.com"), &Client::default()).await;
        assert!(unavailable(failed.map(drop).unwrap_err()), "nobody is told that it worked");
    }
}
