use model::PasswordRule;

use super::*;
use crate::testing::{HOUR, PASSWORD, World, at_once, email, one_winner, refusal};
use crate::{code, email_change, verification};

const ADA: &str = "ada@example.com";
const NEW: &str = "Br4nd-new-one";

async fn ask(world: &World) -> Token {
    world.moment();
    request(&world.cx, &email(ADA), None).await.unwrap();
    world.link_token(ADA).await
}

async fn set_to(cx: Cx, token: Token, password: String) -> Result<()> {
    redeem(&cx, &token, &Password::new(&password)).await
}

db::both! {
    async fn a_reset_changes_the_password_and_ends_every_session(world: World) {
        let first = world.user(ADA).await;
        let second = world.sign_in(ADA, PASSWORD).await.unwrap();
        let eve = world.user("eve@example.com").await;
        let token = ask(&world).await;
        assert!(world.find(&first).await.is_some(), "asking changes nothing");
        world.moment();
        redeem(&world.cx, &token, &Password::new(NEW)).await.unwrap();
        for opened in [&first, &second] {
            assert!(world.find(opened).await.is_none());
        }
        assert!(world.find(&eve).await.is_some());
        assert_eq!(refusal(world.sign_in(ADA, PASSWORD).await), Refusal::InvalidCredentials);
        assert!(world.sign_in(ADA, NEW).await.is_ok());
        assert!(world.sign_in("eve@example.com", PASSWORD).await.is_ok());
        assert_eq!(world.kinds(ADA).await[0], "password-changed", "the owner is told");
    }

    async fn a4_a_reset_leaves_nobody_in_who_was_there_before_the_address_was_proved(world: World) {
        let mut world = world;
        world.settings(|settings| {
            settings.sign_up.require_verification = false;
            settings.reset.end_sessions = false;
        });
        let stranger = world.sign_up(ADA, PASSWORD).await.opened.unwrap();
        let token = ask(&world).await;
        redeem(&world.cx, &token, &Password::new(NEW)).await.unwrap();
        assert!(world.find(&stranger).await.is_none());
        let owner = world.sign_in(ADA, NEW).await.unwrap();
        let token = ask(&world).await;
        redeem(&world.cx, &token, &Password::new(PASSWORD)).await.unwrap();
        assert!(world.find(&owner).await.is_some(), "from then on the operator's wish counts");
    }

    async fn a27_fifty_redemptions_of_one_link_set_one_password(world: World) {
        world.user(ADA).await;
        let token = ask(&world).await;
        let password = |n: usize| format!("Br4nd-new-{n}");
        let results = at_once(50, |n| {
            let attempt = set_to(world.cx.clone(), token.clone(), password(n));
            async move { attempt.await.map(|()| n) }
        })
        .await;
        let winner = one_winner(results, &Refusal::InvalidToken);
        assert!(world.sign_in(ADA, &password(winner)).await.is_ok());
        assert_eq!(world.kinds(ADA).await.iter().filter(|kind| *kind == "password-changed").count(), 1);
    }

    async fn a27_of_fifty_links_to_one_account_one_is_good(world: World) {
        world.user(ADA).await;
        let mut tokens = Vec::new();
        for _ in 0..50 {
            tokens.push(ask(&world).await);
        }
        let results = at_once(50, |n| set_to(world.cx.clone(), tokens[n].clone(), NEW.to_owned())).await;
        one_winner(results, &Refusal::InvalidToken);
        assert!(world.sign_in(ADA, NEW).await.is_ok());
    }

    async fn a_link_is_good_for_an_hour(world: World) {
        world.user(ADA).await;
        let token = ask(&world).await;
        world.wait(HOUR);
        assert_eq!(refusal(redeem(&world.cx, &token, &Password::new(NEW)).await), Refusal::TokenExpired);
        assert!(world.sign_in(ADA, PASSWORD).await.is_ok());
    }

    async fn a_refused_password_leaves_the_link_good(world: World) {
        let ada = world.user(ADA).await;
        let token = ask(&world).await;
        for (password, rule) in [
            ("Sh0rt-1", PasswordRule::MinLength(8)),
            ("My-Passw0rd-passWord", PasswordRule::ForbiddenWord("password".into())),
            ("Lovelace-1815", PasswordRule::NoName),
            ("C0untess-ADA!", PasswordRule::NoName),
        ] {
            let Refusal::Password(rules) = refusal(redeem(&world.cx, &token, &Password::new(password)).await) else {
                panic!("{password} breaks a rule")
            };
            assert!(rules.contains(&rule), "{password}: {rules:?}");
        }
        assert!(world.find(&ada).await.is_some());
        assert!(redeem(&world.cx, &token, &Password::new(NEW)).await.is_ok());
    }

    async fn a9_a_token_of_nobody_s_resets_nothing(world: World) {
        world.user(ADA).await;
        request(&world.cx, &email("nobody@example.com"), None).await.unwrap();
        assert_eq!(world.kinds("nobody@example.com").await.len(), 0, "a12: nothing is sent, and nothing told");
        let made_up = Token::generate(world.cx.random);
        assert_eq!(refusal(redeem(&world.cx, &made_up, &Password::new(NEW)).await), Refusal::InvalidToken);
        assert!(world.sign_in(ADA, PASSWORD).await.is_ok());
    }

    async fn an_account_without_a_password_gets_one(world: World) {
        code::request(&world.cx, code::Purpose::SignIn, &email(ADA)).await.unwrap();
        let digits = world.code(ADA).await;
        code::sign_in(&world.cx, &email(ADA), &digits, None, true, &crate::Client::default()).await.unwrap();
        redeem(&world.cx, &ask(&world).await, &Password::new(NEW)).await.unwrap();
        assert!(world.sign_in(ADA, NEW).await.is_ok());
        assert_eq!(world.count("SELECT COUNT(*) FROM accounts").await, 1);
    }

    async fn a_reset_proves_the_address(world: World) {
        world.sign_up(ADA, PASSWORD).await;
        let proving = world.link_token(ADA).await;
        redeem(&world.cx, &ask(&world).await, &Password::new(NEW)).await.unwrap();
        assert!(world.sign_in(ADA, NEW).await.unwrap().user.email_verified);
        assert_eq!(refusal(world.follow(&proving).await), Refusal::InvalidToken, "its password must not come back");
        assert!(world.sign_in(ADA, NEW).await.is_ok());
    }

    async fn what_a_thief_of_a_session_had_begun_dies_with_the_reset(world: World) {
        let mut world = world;
        world.settings(|settings| settings.email_change.confirm_current = false);
        let stolen = world.user(ADA).await;
        email_change::request(&world.cx, &stolen, &email("thief@example.com"), None).await.unwrap();
        let token = world.link_token("thief@example.com").await;
        redeem(&world.cx, &ask(&world).await, &Password::new(NEW)).await.unwrap();
        let late = verification::redeem(&world.cx, &token, &crate::Client::default()).await;
        assert_eq!(refusal(late), Refusal::InvalidToken);
        assert!(world.sign_in(ADA, NEW).await.is_ok());
    }

    async fn other_links_that_were_asked_for_die_with_the_reset(world: World) {
        world.user(ADA).await;
        let other = ask(&world).await;
        world.moment();
        crate::magic_link::request(&world.cx, &email(ADA), None, &crate::Callbacks::default()).await.unwrap();
        let magic = world.link_token(ADA).await;
        redeem(&world.cx, &ask(&world).await, &Password::new(NEW)).await.unwrap();
        assert_eq!(refusal(redeem(&world.cx, &other, &Password::new(PASSWORD)).await), Refusal::InvalidToken);
        let magic = crate::magic_link::redeem(&world.cx, &magic, &crate::Client::default()).await.map(drop);
        assert_eq!(refusal(magic), Refusal::InvalidToken);
    }

    async fn a_reset_by_code_changes_the_password_and_ends_every_session(world: World) {
        let ada = world.user(ADA).await;
        world.moment();
        code::request(&world.cx, code::Purpose::ResetPassword, &email(ADA)).await.unwrap();
        let digits = world.code(ADA).await;
        let to = async |password: &str| {
            code::reset_password(&world.cx, &email(ADA), &digits, &Password::new(password)).await
        };
        assert!(matches!(refusal(to("Lovelace-1815").await), Refusal::Password(_)), "the code is not lost on it");
        to(NEW).await.unwrap();
        assert_eq!(refusal(to("An0ther-one!").await), Refusal::InvalidCode);
        assert!(world.find(&ada).await.is_none());
        assert!(world.sign_in(ADA, NEW).await.is_ok());
    }

    async fn a12_who_does_not_know_the_code_learns_nothing_of_the_name(world: World) {
        world.user(ADA).await;
        code::request(&world.cx, code::Purpose::ResetPassword, &email(ADA)).await.unwrap();
        let right = world.code(ADA).await;
        let wrong = if right == "000000" { "000001" } else { "000000" };
        let told = code::reset_password(&world.cx, &email(ADA), wrong, &Password::new("Lovelace-1815")).await;
        assert_eq!(refusal(told), Refusal::InvalidCode);
    }
}
