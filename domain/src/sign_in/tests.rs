use model::PersonName;

use super::*;
use crate::session::Opened;
use crate::testing::{PASSWORD, World, admitted, at_once, email, refusal};
use crate::{Error, profile, reset, sign_up};

const ADA: &str = "ada@example.com";
const NEW: &str = "Br4nd-new-one";

async fn attempt(cx: Cx, who: Identifier, password: &'static str) -> Result<Opened> {
    Ok(admitted(with_password(&cx, &who, &Password::new(password), true, None, &Client::default()).await?))
}

/// Ada, whose password is kept as an import brought it.
async fn imported(world: &World, hash: &str) {
    world.user(ADA).await;
    assert_eq!(world.write("UPDATE accounts SET password = $1", &[hash]).await, 1);
}

async fn stored(world: &World) -> String {
    world.row::<(String,)>("SELECT password FROM accounts").await.0
}

db::both! {
    async fn an_address_is_known_in_every_spelling(world: World) {
        world.user(ADA).await;
        for spelling in ["ADA@Example.COM", "ada＠example.com", " ada@example.com"] {
            assert!(world.sign_in(spelling, PASSWORD).await.is_ok(), "{spelling}");
        }
    }

    async fn a_user_name_signs_in_in_either_case(world: World) {
        let form = sign_up::SignUp { username: Username::parse("Countess").ok(), ..World::form(ADA) };
        sign_up::sign_up(&world.cx, form, &Client::default()).await.unwrap();
        world.follow(&world.link_token(ADA).await).await.unwrap();
        for spelling in ["Countess", "COUNTESS", "countess"] {
            let who = Identifier::Username(Username::parse(spelling).unwrap());
            assert_eq!(attempt(world.cx.clone(), who, PASSWORD).await.unwrap().user.email, email(ADA));
        }
        for (name, password) in [("countess", "wrong"), ("nobody", PASSWORD)] {
            let who = Identifier::Username(Username::parse(name).unwrap());
            let told = refusal(attempt(world.cx.clone(), who, password).await);
            assert_eq!(told, Refusal::InvalidUsernameOrPassword, "a12: {name}");
        }
    }

    async fn a12_unknown_wrong_without_password_and_unproved_are_told_alike(world: World) {
        world.user(ADA).await;
        world.sign_up("waiting@example.com", PASSWORD).await;
        crate::code::request(&world.cx, crate::code::Purpose::SignIn, &email("code@example.com")).await.unwrap();
        let digits = world.code("code@example.com").await;
        let name = PersonName::parse("Cody").unwrap();
        let client = Client::default();
        crate::code::sign_in(&world.cx, &email("code@example.com"), &digits, Some(&name), true, &client).await.unwrap();
        let mails = world.count("SELECT COUNT(*) FROM mails").await;
        for address in [ADA, "waiting@example.com", "code@example.com", "nobody@example.com"] {
            assert_eq!(refusal(world.sign_in(address, "Wr0ng-wrong").await), Refusal::InvalidCredentials, "{address}");
        }
        assert_eq!(world.count("SELECT COUNT(*) FROM mails").await, mails);
        world.moment();
        assert_eq!(refusal(world.sign_in("waiting@example.com", PASSWORD).await), Refusal::EmailNotVerified);
        assert_eq!(world.kinds("waiting@example.com").await.len(), 2, "only who knows the password gets a new link");
    }

    async fn a52_nothing_but_the_whole_password_is_right(world: World) {
        world.user(ADA).await;
        let cut = PASSWORD[..PASSWORD.len() - 1].to_owned();
        let guesses = [String::new(), cut, format!("{PASSWORD} "), format!("{PASSWORD}\0"), PASSWORD.to_lowercase()];
        for guess in guesses {
            assert_eq!(refusal(world.sign_in(ADA, &guess).await), Refusal::InvalidCredentials, "{guess:?}");
        }
    }

    async fn a_hash_of_better_auth_s_is_verified_and_replaced(world: World) {
        let scrypt = "000102030405060708090a0b0c0d0e0f:39de01cdf6bdaef79e55b8b23a9407f9f5d3ff31992648358d8d2cd95c6e44953df94a591e012520a707c7edc40f6378f2453b2293b416e8e6d6893f1e72ebe4";
        imported(&world, scrypt).await;
        assert_eq!(refusal(world.sign_in(ADA, PASSWORD).await), Refusal::InvalidCredentials);
        assert_eq!(stored(&world).await, scrypt, "a wrong password replaces nothing");
        assert!(world.sign_in(ADA, "pässwörd-１23").await.is_ok());
        assert!(stored(&world).await.starts_with("$argon2id$v=19$"));
        assert!(world.sign_in(ADA, "pässwörd-123").await.is_ok(), "the same password, normalised");
        assert_eq!(world.count("SELECT COUNT(*) FROM accounts").await, 1);
    }

    async fn a_bcrypt_hash_is_verified_and_replaced(world: World) {
        imported(&world, &bcrypt::hash(PASSWORD, 4).unwrap()).await;
        let results = at_once(20, |_| attempt(world.cx.clone(), Identifier::Email(email(ADA)), PASSWORD)).await;
        assert!(results.iter().all(Result::is_ok), "who finds the hash replaced isn't told that the password is wrong");
        assert!(stored(&world).await.starts_with("$argon2id$v=19$"));
        assert!(world.sign_in(ADA, PASSWORD).await.is_ok());
    }

    async fn weaker_parameters_are_raised_at_sign_in(world: World) {
        let mut world = world;
        world.user(ADA).await;
        assert!(stored(&world).await.starts_with("$argon2id$v=19$m=64,"));
        world.settings(|settings| settings.hashing.memory_kib = 128);
        world.cx.hasher = crate::password::Hasher::new(&world.cx.settings.hashing);
        assert!(world.sign_in(ADA, PASSWORD).await.is_ok());
        assert!(stored(&world).await.starts_with("$argon2id$v=19$m=128,"));
        assert!(world.sign_in(ADA, PASSWORD).await.is_ok());
    }

    async fn the_old_password_opens_nothing_once_a_reset_has_ended_the_sessions(world: World) {
        let mut world = world;
        world.slow_hashing();
        world.user(ADA).await;
        world.moment();
        reset::request(&world.cx, &email(ADA), None).await.unwrap();
        let token = world.link_token(ADA).await;
        // Many of these have found the old password right before the reset is done, and open their session after it.
        let opened = at_once(60, |n| {
            let (cx, token) = (world.cx.clone(), token.clone());
            async move {
                if n == 0 {
                    reset::redeem(&cx, &token, &Password::new(NEW)).await.unwrap();
                    return None;
                }
                attempt(cx, Identifier::Email(email(ADA)), PASSWORD).await.ok()
            }
        })
        .await;
        for opened in opened.iter().flatten() {
            assert!(world.find(opened).await.is_none());
        }
        assert_eq!(world.count("SELECT COUNT(*) FROM sessions").await, 0);
        assert!(world.sign_in(ADA, NEW).await.is_ok());
    }

    async fn a50_a_full_queue_says_busy_and_holds_no_connection(world: World) {
        let mut world = world;
        world.user(ADA).await;
        world.full_queue();
        let results = at_once(50, |_| attempt(world.cx.clone(), Identifier::Email(email(ADA)), PASSWORD)).await;
        let busy = results.iter().filter(|result| matches!(result, Err(Error::Refused(Refusal::Busy)))).count();
        let open = results.iter().filter(|result| result.is_ok()).count();
        assert_eq!(busy + open, 50, "nothing else happens");
        assert!(busy > 0 && open > 0, "{busy} busy, {open} open");
        assert!(world.sign_in(ADA, PASSWORD).await.is_ok(), "there is room again");
    }

    async fn a13_a_user_name_that_was_given_up_signs_in_nobody(world: World) {
        let ada = world.user(ADA).await;
        let change = |name: Option<&str>| profile::Change {
            username: Some(name.map(|name| Username::parse(name).unwrap())),
            ..profile::Change::default()
        };
        let by_name = || attempt(world.cx.clone(), Identifier::Username(Username::parse("countess").unwrap()), PASSWORD);
        profile::update(&world.cx, &ada.user.id, change(Some("Countess"))).await.unwrap();
        assert!(by_name().await.is_ok());
        profile::update(&world.cx, &ada.user.id, change(None)).await.unwrap();
        assert_eq!(refusal(by_name().await), Refusal::InvalidUsernameOrPassword);
    }
}
