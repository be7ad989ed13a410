use model::PasswordRule;

use super::*;
use crate::testing::{HOUR, PASSWORD, World, admitted, at_once, email, one_winner, refusal};
use crate::{Client, code, email_change, reset, verification};

const ADA: &str = "ada@example.com";
const NEW: &str = "Br4nd-new-one";

async fn change_to(cx: Cx, current: Current, password: String, end_others: bool) -> Result<Option<Opened>> {
    change(&cx, &current, &Password::new(PASSWORD), &Password::new(&password), end_others, &Client::default()).await
}

/// Somebody without a password, who came by a code.
async fn cody(world: &World) -> Current {
    code::request(&world.cx, code::Purpose::SignIn, &email(ADA)).await.unwrap();
    let digits = world.code(ADA).await;
    admitted(code::sign_in(&world.cx, &email(ADA), &digits, None, true, &Client::default()).await.unwrap())
}

db::both! {
    async fn a_change_needs_the_old_password_and_tells_the_owner(world: World) {
        let ada = world.user(ADA).await;
        world.wait(HOUR);
        let wrong = change(&world.cx, &ada, &Password::new("Wr0ng-wrong"), &Password::new(NEW), false, &Client::default()).await;
        assert_eq!(refusal(wrong), Refusal::InvalidPassword);
        assert!(world.sign_in(ADA, PASSWORD).await.is_ok());
        assert!(change_to(world.cx.clone(), ada.clone(), NEW.to_owned(), false).await.unwrap().is_none());
        assert_eq!(refusal(world.sign_in(ADA, PASSWORD).await), Refusal::InvalidCredentials);
        assert!(world.sign_in(ADA, NEW).await.is_ok());
        assert!(world.find(&ada).await.is_some());
        assert_eq!(world.kinds(ADA).await[0], "password-changed");
    }

    async fn a_change_can_end_the_other_sessions_and_gives_this_one_a_new_token(world: World) {
        let ada = world.user(ADA).await;
        let other = world.sign_in(ADA, PASSWORD).await.unwrap();
        let eve = world.user("eve@example.com").await;
        let opened = change_to(world.cx.clone(), ada.clone(), NEW.to_owned(), true).await.unwrap().unwrap();
        assert!(world.find(&other).await.is_none());
        assert!(world.find(&ada).await.is_none(), "a29: the old token is dead");
        assert!(world.find(&opened).await.unwrap().is_fresh(&world.cx));
        assert!(world.find(&eve).await.is_some());
    }

    async fn every_rule_holds_for_a_change(world: World) {
        let ada = world.user(ADA).await;
        let told = refusal(change_to(world.cx.clone(), ada, "lovelace".to_owned(), false).await);
        let rules = vec![PasswordRule::Upper, PasswordRule::Digit, PasswordRule::Special, PasswordRule::NoName];
        assert_eq!(told, Refusal::Password(rules));
        assert!(world.sign_in(ADA, PASSWORD).await.is_ok());
    }

    async fn of_fifty_changes_from_one_old_password_one_is_done(world: World) {
        let ada = world.user(ADA).await;
        let password = |n: usize| format!("Br4nd-new-{n}");
        let results = at_once(50, |n| {
            let attempt = change_to(world.cx.clone(), ada.clone(), password(n), false);
            async move { attempt.await.map(|_| n) }
        })
        .await;
        let winner = one_winner(results, &Refusal::InvalidPassword);
        assert!(world.sign_in(ADA, &password(winner)).await.is_ok());
    }

    async fn a_thief_who_knows_the_old_password_does_not_undo_a_reset(world: World) {
        let mut world = world;
        world.slow_hashing();
        let stolen = world.user(ADA).await;
        world.moment();
        code::request(&world.cx, code::Purpose::ResetPassword, &email(ADA)).await.unwrap();
        let digits = world.code(ADA).await;
        // Many of these have found the old password right before the reset is done, and write theirs after it.
        at_once(60, |n| {
            let (cx, digits, stolen) = (world.cx.clone(), digits.clone(), stolen.clone());
            async move {
                if n == 0 {
                    code::reset_password(&cx, &email(ADA), &digits, &Password::new(NEW)).await.unwrap();
                } else {
                    let _ = change_to(cx, stolen, "Th1ef-s-own!!".to_owned(), false).await;
                }
            }
        })
        .await;
        assert!(world.sign_in(ADA, NEW).await.is_ok());
        assert_eq!(refusal(world.sign_in(ADA, "Th1ef-s-own!!").await), Refusal::InvalidCredentials);
    }

    async fn links_to_reset_the_old_password_or_to_move_the_account_die_with_it(world: World) {
        let mut world = world;
        world.settings(|settings| settings.email_change.confirm_current = false);
        let ada = world.user(ADA).await;
        world.moment();
        reset::request(&world.cx, &email(ADA), None).await.unwrap();
        let resetting = world.link_token(ADA).await;
        email_change::request(&world.cx, &ada, &email("thief@example.com"), None).await.unwrap();
        let moving = world.link_token("thief@example.com").await;
        change_to(world.cx.clone(), ada, NEW.to_owned(), true).await.unwrap();
        let late = reset::redeem(&world.cx, &resetting, &Password::new(PASSWORD)).await;
        assert_eq!(refusal(late), Refusal::InvalidToken);
        let late = verification::redeem(&world.cx, &moving, &Client::default()).await;
        assert_eq!(refusal(late), Refusal::InvalidToken);
    }

    async fn who_has_no_password_sets_the_first(world: World) {
        let cody = cody(&world).await;
        let none = change_to(world.cx.clone(), cody.clone(), NEW.to_owned(), false).await;
        assert_eq!(refusal(none), Refusal::NoPassword);
        assert!(matches!(refusal(set_first(&world.cx, &cody, &Password::new("short")).await), Refusal::Password(_)));
        set_first(&world.cx, &cody, &Password::new(NEW)).await.unwrap();
        assert!(world.sign_in(ADA, NEW).await.is_ok());
        let again = set_first(&world.cx, &cody, &Password::new("An0ther-one!")).await;
        assert_eq!(refusal(again), Refusal::PasswordAlreadySet);
        assert!(world.sign_in(ADA, NEW).await.is_ok());
    }

    async fn of_fifty_first_passwords_one_is_set(world: World) {
        let cody = cody(&world).await;
        let password = |n: usize| format!("Br4nd-new-{n}");
        let results = at_once(50, |n| {
            let (cx, cody, password) = (world.cx.clone(), cody.clone(), Password::new(&password(n)));
            async move { set_first(&cx, &cody, &password).await.map(|()| n) }
        })
        .await;
        let winner = one_winner(results, &Refusal::PasswordAlreadySet);
        assert!(world.sign_in(ADA, &password(winner)).await.is_ok());
        assert_eq!(world.count("SELECT COUNT(*) FROM accounts").await, 1);
    }

    async fn a_session_that_was_ended_meanwhile_does_not_end_the_others(world: World) {
        let ended = world.user(ADA).await;
        let good = world.sign_in(ADA, PASSWORD).await.unwrap();
        session::sign_out(&world.cx, &ended.token).await.unwrap();
        let late = change_to(world.cx.clone(), ended, NEW.to_owned(), true).await;
        assert_eq!(refusal(late), Refusal::Unauthorized);
        assert!(world.find(&good).await.is_some());
        assert!(world.sign_in(ADA, PASSWORD).await.is_ok(), "nothing was changed");
    }

    async fn a50_a_full_queue_changes_nothing(world: World) {
        let mut world = world;
        let ada = world.user(ADA).await;
        world.full_queue();
        let results = at_once(20, |_| change_to(world.cx.clone(), ada.clone(), NEW.to_owned(), false)).await;
        let busy = |result: &Result<_>| matches!(result, Err(crate::Error::Refused(Refusal::Busy)));
        assert!(results.iter().any(busy));
        let done = results.iter().any(Result::is_ok);
        assert_eq!(world.kinds(ADA).await.contains(&"password-changed".to_owned()), done);
    }
}
