use model::{PasswordRule, Username};

use super::*;
use crate::magic_link;
use crate::session::Current;
use crate::testing::{SECOND, World, admitted, at_once, email, just_now, one_winner, refusal};
use crate::{Callbacks, Error, code, password_change, reset, verification};

const VICTIM: &str = "victim@example.com";
const ATTACKERS: &str = "Attacker-s-0wn";
const VICTIMS: &str = "V1ctim-s-very-own";

async fn attempt(cx: Cx, form: SignUp) -> Result<SignedUp> {
    sign_up(&cx, form, &Client::default()).await
}

/// Nobody gets in with the attacker's password, nor with a session from before.
async fn attacker_is_out(world: &World, before: Option<&Current>) {
    assert_eq!(refusal(world.sign_in(VICTIM, ATTACKERS).await), Refusal::InvalidCredentials);
    if let Some(before) = before {
        assert!(world.find(before).await.is_none(), "the attacker's session is over");
    }
}

db::both! {
    async fn a_link_by_mail_ends_the_sign_up(world: World) {
        let signed_up = world.sign_up("ada@example.com", "Tr1cky-enough").await;
        assert!(signed_up.opened.is_none() && !signed_up.user.email_verified);
        assert_eq!(refusal(world.sign_in("ada@example.com", "Tr1cky-enough").await), Refusal::EmailNotVerified);
        let opened = world.follow(&world.link_token("ada@example.com").await).await.unwrap();
        assert!(opened.user.email_verified);
        assert_eq!(opened.user.id, signed_up.user.id);
        assert!(world.sign_in("ada@example.com", "Tr1cky-enough").await.is_ok());
    }

    async fn fifty_sign_ups_of_one_address_make_one_account(world: World) {
        let spellings = ["ada@example.com", "ADA@example.com", "ada@EXAMPLE.com", "ada＠example.com", " ada@example.com "];
        let results = at_once(50, |n| attempt(world.cx.clone(), World::form(spellings[n % spellings.len()]))).await;
        assert!(results.iter().all(Result::is_ok), "nobody is told that there were others");
        assert_eq!(world.count("SELECT COUNT(*) FROM users").await, 1);
        assert!(world.count("SELECT COUNT(*) FROM accounts").await <= 1);
        for token in world.link_tokens("ada@example.com").await.iter().take(1) {
            assert!(world.follow(token).await.is_ok());
        }
        assert!(world.sign_in("ada@example.com", "Tr1cky-enough").await.is_ok());
    }

    async fn fifty_sign_ups_without_verification_make_one_account(world: World) {
        let mut world = world;
        world.settings(|settings| settings.sign_up.require_verification = false);
        let results = at_once(50, |_| attempt(world.cx.clone(), World::form("ada@example.com"))).await;
        let winner = one_winner(results, &Refusal::UserExists);
        assert!(world.find(&winner.opened.unwrap()).await.is_some());
        assert_eq!(world.count("SELECT COUNT(*) FROM users").await, 1);
        assert_eq!(world.count("SELECT COUNT(*) FROM accounts").await, 1);
        assert_eq!(world.count("SELECT COUNT(*) FROM sessions").await, 1);
    }

    async fn a11_fifty_sign_ups_with_one_user_name_give_it_once(world: World) {
        let results = at_once(50, |n| {
            let username = if n % 2 == 0 { "Countess" } else { "countess" };
            let form = World::form(&format!("ada{n}@example.com"));
            attempt(world.cx.clone(), SignUp { username: Username::parse(username).ok(), ..form })
        })
        .await;
        one_winner(results, &Refusal::UsernameTaken);
        assert_eq!(world.count("SELECT COUNT(*) FROM users").await, 1);
        assert_eq!(world.count("SELECT COUNT(*) FROM mails").await, 1, "who was refused gets no mail");
    }

    async fn a12_the_answer_is_the_same_for_a_known_address(world: World) {
        let known = world.user("known@example.com").await;
        world.sign_up("waiting@example.com", "Tr1cky-enough").await;
        let sessions = world.count("SELECT COUNT(*) FROM sessions").await;
        let mut shapes = Vec::new();
        world.wait(SECOND);
        for address in ["new@example.com", "known@example.com", "waiting@example.com"] {
            let mut answer = world.sign_up(address, "An0ther-one!").await;
            assert!(answer.opened.is_none());
            assert_ne!(answer.user.id, known.user.id, "the id of an account isn't given away");
            assert_eq!(answer.user.email, email(address));
            assert!(just_now(&world.cx, answer.user.created_at) && just_now(&world.cx, answer.user.updated_at));
            answer.user.id = known.user.id.clone();
            answer.user.email = known.user.email.clone();
            answer.user.created_at = known.user.created_at;
            answer.user.updated_at = known.user.updated_at;
            shapes.push(answer.user);
        }
        assert!(shapes.windows(2).all(|pair| pair[0] == pair[1]), "{shapes:?}");
        assert_eq!(world.count("SELECT COUNT(*) FROM sessions").await, sessions);
        assert_eq!(world.kinds("new@example.com").await, ["email-verification"]);
        assert_eq!(world.kinds("known@example.com").await[0], "account-exists", "the mail tells the owner");
        assert_eq!(world.kinds("waiting@example.com").await, ["email-verification", "email-verification"]);
        assert!(world.sign_in("known@example.com", "Tr1cky-enough").await.is_ok(), "nothing has changed for the owner");
        assert_eq!(refusal(world.sign_in("known@example.com", "An0ther-one!").await), Refusal::InvalidCredentials);
    }

    async fn a4_who_signs_up_first_with_another_s_address_gains_nothing(world: World) {
        world.sign_up(VICTIM, ATTACKERS).await;
        world.sign_up(VICTIM, VICTIMS).await;
        let own = world.link_token(VICTIM).await;
        assert!(world.follow(&own).await.is_ok());
        attacker_is_out(&world, None).await;
        assert!(world.sign_in(VICTIM, VICTIMS).await.is_ok());
    }

    async fn a4_who_signs_up_second_with_another_s_address_gains_nothing(world: World) {
        world.sign_up(VICTIM, VICTIMS).await;
        let own = world.link_token(VICTIM).await;
        world.sign_up(VICTIM, ATTACKERS).await;
        assert!(world.follow(&own).await.is_ok());
        attacker_is_out(&world, None).await;
        assert!(world.sign_in(VICTIM, VICTIMS).await.is_ok());
        let foreign = world.link_tokens(VICTIM).await.remove(0);
        assert_eq!(refusal(world.follow(&foreign).await), Refusal::InvalidToken, "the other link died with it");
    }

    async fn a4_a_link_that_was_asked_for_again_brings_no_earlier_password(world: World) {
        world.sign_up(VICTIM, ATTACKERS).await;
        world.sign_up(VICTIM, VICTIMS).await;
        world.moment();
        verification::send(&world.cx, &email(VICTIM), None).await.unwrap();
        let opened = world.follow(&world.link_token(VICTIM).await).await.unwrap();
        attacker_is_out(&world, None).await;
        // Who of the two asked can't be known: the owner of the address chooses a password now.
        password_change::set_first(&world.cx, &opened, &Password::new(VICTIMS)).await.unwrap();
        assert!(world.sign_in(VICTIM, VICTIMS).await.is_ok());
    }

    async fn a4_a_code_that_proves_the_address_brings_no_earlier_password(world: World) {
        world.sign_up(VICTIM, ATTACKERS).await;
        world.sign_up(VICTIM, VICTIMS).await;
        world.moment();
        code::request(&world.cx, code::Purpose::VerifyEmail, &email(VICTIM)).await.unwrap();
        let digits = world.code(VICTIM).await;
        let (user, opened) = code::verify_email(&world.cx, &email(VICTIM), &digits, &Client::default()).await.unwrap();
        assert!(user.email_verified && opened.is_some());
        attacker_is_out(&world, None).await;
    }

    async fn a4_a_failed_sign_in_sends_no_link_for_an_earlier_password(world: World) {
        world.sign_up(VICTIM, ATTACKERS).await;
        world.sign_up(VICTIM, VICTIMS).await;
        world.moment();
        assert!(world.sign_in(VICTIM, ATTACKERS).await.is_err());
        assert!(world.follow(&world.link_token(VICTIM).await).await.is_ok());
        attacker_is_out(&world, None).await;
    }

    async fn a4_a_magic_link_drops_what_was_prepared(world: World) {
        let mut world = world;
        world.settings(|settings| settings.sign_up.require_verification = false);
        let before = world.sign_up(VICTIM, ATTACKERS).await.opened.unwrap();
        world.moment();
        magic_link::request(&world.cx, &email(VICTIM), None, &Callbacks::default()).await.unwrap();
        let token = world.link_token(VICTIM).await;
        let redeemed = magic_link::redeem(&world.cx, &token, &Client::default()).await.unwrap();
        let opened = admitted(redeemed.entered);
        assert!(opened.user.email_verified && !redeemed.new_user);
        attacker_is_out(&world, Some(&before)).await;
        assert!(world.find(&opened).await.is_some());
        let first = world.link_tokens(VICTIM).await.pop().unwrap();
        assert_eq!(refusal(world.follow(&first).await), Refusal::InvalidToken, "the sign-up's own link is dead");
    }

    async fn a4_a_code_drops_what_was_prepared(world: World) {
        let mut world = world;
        world.settings(|settings| settings.sign_up.require_verification = false);
        let before = world.sign_up(VICTIM, ATTACKERS).await.opened.unwrap();
        world.moment();
        code::request(&world.cx, code::Purpose::SignIn, &email(VICTIM)).await.unwrap();
        let digits = world.code(VICTIM).await;
        let opened = code::sign_in(&world.cx, &email(VICTIM), &digits, None, true, &Client::default()).await.unwrap();
        attacker_is_out(&world, Some(&before)).await;
        assert!(world.find(&admitted(opened)).await.is_some());
    }

    async fn a4_a_reset_proves_the_address_and_drops_what_was_prepared(world: World) {
        let mut world = world;
        world.settings(|settings| settings.sign_up.require_verification = false);
        let before = world.sign_up(VICTIM, ATTACKERS).await.opened.unwrap();
        world.moment();
        reset::request(&world.cx, &email(VICTIM), None).await.unwrap();
        reset::redeem(&world.cx, &world.link_token(VICTIM).await, &Password::new(VICTIMS)).await.unwrap();
        attacker_is_out(&world, Some(&before)).await;
        assert!(world.sign_in(VICTIM, VICTIMS).await.unwrap().user.email_verified);
    }

    async fn a4_a_change_of_address_that_was_prepared_leads_nowhere(world: World) {
        let mut world = world;
        world.settings(|settings| settings.sign_up.require_verification = false);
        let before = world.sign_up(VICTIM, ATTACKERS).await.opened.unwrap();
        crate::email_change::request(&world.cx, &before, &email("attacker@example.com"), None).await.unwrap();
        let prepared = world.link_token("attacker@example.com").await;
        world.moment();
        magic_link::request(&world.cx, &email(VICTIM), None, &Callbacks::default()).await.unwrap();
        magic_link::redeem(&world.cx, &world.link_token(VICTIM).await, &Client::default()).await.unwrap();
        let late = verification::redeem(&world.cx, &prepared, &Client::default()).await;
        assert_eq!(refusal(late), Refusal::InvalidToken);
        assert_eq!(world.row::<(String,)>("SELECT email FROM users").await.0, VICTIM);
    }

    async fn every_broken_rule_is_told_and_nothing_is_made(world: World) {
        let form = SignUp { password: Password::new("lovelace"), ..World::form("ada@example.com") };
        let told = refusal(attempt(world.cx.clone(), form).await);
        let rules = vec![PasswordRule::Upper, PasswordRule::Digit, PasswordRule::Special, PasswordRule::NoName];
        assert_eq!(told, Refusal::Password(rules));
        assert_eq!(world.count("SELECT COUNT(*) FROM users").await, 0);
        assert_eq!(world.count("SELECT COUNT(*) FROM mails").await, 0);
    }

    async fn a48_a_picture_s_address_is_a_web_address(world: World) {
        for image in ["javascript:alert(1)", "data:text/html,<script>", "//evil.example/x", "https://a\" onerror=\"x"] {
            let form = SignUp { image: Some(image.to_owned()), ..World::form("ada@example.com") };
            assert_eq!(refusal(attempt(world.cx.clone(), form).await), Refusal::InvalidImage, "{image}");
        }
        let form = SignUp { image: Some("https://example.com/ada.png".to_owned()), ..World::form("ada@example.com") };
        assert!(attempt(world.cx.clone(), form).await.is_ok());
    }

    async fn a_closed_door_stays_closed_for_every_way_in(world: World) {
        let mut world = world;
        world.settings(|settings| settings.sign_up.enabled = false);
        assert_eq!(refusal(attempt(world.cx.clone(), World::form("ada@example.com")).await), Refusal::SignUpDisabled);
        magic_link::request(&world.cx, &email("ada@example.com"), None, &Callbacks::default()).await.unwrap();
        code::request(&world.cx, code::Purpose::SignIn, &email("ada@example.com")).await.unwrap();
        assert_eq!(world.count("SELECT COUNT(*) FROM mails").await, 0, "a12: the answers were as always");
        assert_eq!(world.count("SELECT COUNT(*) FROM users").await, 0);
    }

    async fn a50_a_full_queue_refuses_a_sign_up_and_makes_nothing(world: World) {
        let mut world = world;
        world.full_queue();
        let results = at_once(50, |n| attempt(world.cx.clone(), World::form(&format!("ada{n}@example.com")))).await;
        let made = i64::try_from(results.iter().filter(|result| result.is_ok()).count()).unwrap();
        let busy = |result: &Result<SignedUp>| matches!(result, Err(Error::Refused(Refusal::Busy)));
        assert!(results.iter().all(|result| result.is_ok() || busy(result)));
        assert!((1..50).contains(&made), "{made}");
        assert_eq!(world.count("SELECT COUNT(*) FROM users").await, made);
    }
}
