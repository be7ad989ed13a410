use super::*;
use crate::testing::{HOUR, PASSWORD, World, at_once, email, one_winner, refusal};
use crate::verification::{Verified, redeem};
use crate::{Callbacks, Client, code, deletion, magic_link, reset, sign_up};

const ADA: &str = "ada@example.com";
const NEW: &str = "countess@example.com";

async fn follow(cx: Cx, token: Token) -> Result<Verified> {
    redeem(&cx, &token, &Client::default()).await
}

/// A world where the present address needn't agree.
fn without_agreement(mut world: World) -> World {
    world.settings(|settings| settings.email_change.confirm_current = false);
    world
}

/// Asks, and gives the token that went to the present address.
async fn ask(world: &World, ada: &Current, new: &str) -> Token {
    world.moment();
    assert_eq!(request(&world.cx, ada, &email(new), None).await.unwrap(), Next::AgreeFromCurrent);
    world.link_token(ADA).await
}

async fn address(world: &World, ada: &Current) -> String {
    world.find(ada).await.unwrap().user.email.to_string()
}

db::both! {
    async fn the_present_address_agrees_and_the_new_one_is_proved(world: World) {
        let ada = world.user(ADA).await;
        let agree = ask(&world, &ada, NEW).await;
        assert_eq!(world.kinds(NEW).await.len(), 0, "nothing goes to the new address yet");
        assert!(matches!(follow(world.cx.clone(), agree).await.unwrap(), Verified::ChangeAgreed(to) if to == email(NEW)));
        assert_eq!(address(&world, &ada).await, ADA, "it isn't proved yet");
        let prove = world.link_token(NEW).await;
        world.moment();
        let changed = follow(world.cx.clone(), prove).await.unwrap();
        assert!(matches!(changed, Verified::Changed(user) if user.email == email(NEW) && user.email_verified));
        assert_eq!(address(&world, &ada).await, NEW, "the session goes on");
        assert_eq!(world.kinds(ADA).await[0], "email-changed", "the old address is told");
        assert!(world.sign_in(NEW, PASSWORD).await.is_ok());
        assert_eq!(refusal(world.sign_in(ADA, PASSWORD).await), Refusal::InvalidCredentials);
    }

    async fn where_the_operator_wants_it_the_new_address_alone_is_asked(world: World) {
        let world = without_agreement(world);
        let ada = world.user(ADA).await;
        assert_eq!(request(&world.cx, &ada, &email(NEW), None).await.unwrap(), Next::ProveNew);
        assert_eq!(world.kinds(ADA).await.len(), 1, "only the mail of the sign-up");
        follow(world.cx.clone(), world.link_token(NEW).await).await.unwrap();
        assert_eq!(address(&world, &ada).await, NEW);
    }

    async fn a27_fifty_redemptions_of_each_link_change_the_address_once(world: World) {
        let ada = world.user(ADA).await;
        let agree = ask(&world, &ada, NEW).await;
        one_winner(at_once(50, |_| follow(world.cx.clone(), agree.clone())).await, &Refusal::InvalidToken);
        assert_eq!(world.kinds(NEW).await.len(), 1, "one mail to the new address");
        let prove = world.link_token(NEW).await;
        one_winner(at_once(50, |_| follow(world.cx.clone(), prove.clone())).await, &Refusal::InvalidToken);
        assert_eq!(world.kinds(ADA).await.iter().filter(|kind| *kind == "email-changed").count(), 1);
    }

    async fn a8_of_many_wishes_at_once_only_a_proved_address_is_taken(world: World) {
        let world = without_agreement(world);
        let ada = world.user(ADA).await;
        let own = |n: usize| format!("own{n}@example.com");
        at_once(50, |n| {
            let (cx, ada) = (world.cx.clone(), ada.clone());
            let wish = if n % 2 == 0 { own(n) } else { format!("victim{n}@example.com") };
            async move { request(&cx, &ada, &email(&wish), None).await.unwrap() }
        })
        .await;
        let mut tokens = Vec::new();
        for n in (0..50).step_by(2) {
            tokens.push((own(n), world.link_token(&own(n)).await));
        }
        let results = at_once(tokens.len(), |n| follow(world.cx.clone(), tokens[n].1.clone())).await;
        let good = results.iter().filter(|result| result.is_ok()).count();
        assert!(good <= 1, "the last wish took the place of the others");
        let now = address(&world, &ada).await;
        let proved = tokens.iter().zip(&results).find(|(_, result)| result.is_ok()).map(|((to, _), _)| to.as_str());
        assert_eq!(now, proved.unwrap_or(ADA));
    }

    async fn of_fifty_people_who_prove_one_address_one_gets_it(world: World) {
        let world = without_agreement(world);
        let mut users = Vec::new();
        for n in 0..20 {
            let user = world.user(&format!("ada{n}@example.com")).await;
            world.moment();
            request(&world.cx, &user, &email(NEW), None).await.unwrap();
            users.push((world.link_token(NEW).await, user));
        }
        let results = at_once(21, |n| {
            let (cx, token) = (world.cx.clone(), users.get(n).map(|(token, _)| token.clone()));
            async move {
                match token {
                    Some(token) => follow(cx, token).await.map(|_| n),
                    None => {
                        sign_up::sign_up(&cx, World::form(NEW), &Client::default()).await.unwrap();
                        Err(Refusal::InvalidToken.into())
                    }
                }
            }
        })
        .await;
        assert!(results.iter().filter(|result| result.is_ok()).count() <= 1);
        assert_eq!(world.count("SELECT COUNT(*) FROM users WHERE email = 'countess@example.com'").await, 1);
        for result in results.into_iter().filter(Result::is_err) {
            assert_eq!(refusal(result), Refusal::InvalidToken);
        }
    }

    async fn a12_a_taken_address_gets_no_link_and_the_answer_is_the_same(world: World) {
        let ada = world.user(ADA).await;
        world.user("bob@example.com").await;
        let before = world.kinds("bob@example.com").await.len();
        let agree = ask(&world, &ada, "bob@example.com").await;
        assert!(matches!(follow(world.cx.clone(), agree).await.unwrap(), Verified::ChangeAgreed(_)));
        assert_eq!(world.kinds("bob@example.com").await.len(), before);
        let world = without_agreement(world);
        code::request_email_change(&world.cx, &ada, &email("bob@example.com")).await.unwrap();
        assert_eq!(world.kinds("bob@example.com").await.len(), before);
        let next = request(&world.cx, &ada, &email("bob@example.com"), None).await.unwrap();
        assert_eq!(next, Next::ProveNew);
        assert_eq!(world.kinds("bob@example.com").await.len(), before);
    }

    async fn an_address_that_was_taken_meanwhile_is_not_taken_over(world: World) {
        let world = without_agreement(world);
        let ada = world.user(ADA).await;
        request(&world.cx, &ada, &email(NEW), None).await.unwrap();
        let prove = world.link_token(NEW).await;
        let other = world.user(NEW).await;
        assert_eq!(refusal(follow(world.cx.clone(), prove).await.map(drop)), Refusal::InvalidToken);
        assert_eq!(address(&world, &ada).await, ADA);
        assert_eq!(address(&world, &other).await, NEW);
    }

    async fn what_was_sent_to_the_old_address_dies_with_the_change(world: World) {
        let ada = world.user(ADA).await;
        let cx = &world.cx;
        let agree = ask(&world, &ada, NEW).await;
        let stale = ask(&world, &ada, "third@example.com").await;
        follow(cx.clone(), agree).await.map(drop).unwrap();
        world.moment();
        reset::request(cx, &email(ADA), None).await.unwrap();
        let resetting = world.link_token(ADA).await;
        world.moment();
        magic_link::request(cx, &email(ADA), None, &Callbacks::default()).await.unwrap();
        let magic = world.link_token(ADA).await;
        world.moment();
        deletion::request(cx, &ada, None, None, &Client::default()).await.unwrap();
        let deleting = world.link_token(ADA).await;
        world.moment();
        code::request(cx, code::Purpose::ResetPassword, &email(ADA)).await.unwrap();
        let digits = world.code(ADA).await;
        follow(cx.clone(), world.link_token(NEW).await).await.map(drop).unwrap();
        let password = crate::password::Password::new("An0ther-one!");
        let late = [
            refusal(follow(cx.clone(), stale).await.map(drop)),
            refusal(reset::redeem(cx, &resetting, &password).await),
            refusal(magic_link::redeem(cx, &magic, &Client::default()).await.map(drop)),
            refusal(deletion::confirm(cx, &world.find(&ada).await.unwrap(), &deleting).await),
        ];
        assert!(late.iter().all(|told| *told == Refusal::InvalidToken), "{late:?}");
        assert_eq!(refusal(code::reset_password(cx, &email(ADA), &digits, &password).await), Refusal::InvalidCode);
        assert!(world.sign_in(NEW, PASSWORD).await.is_ok());
    }

    async fn a_code_does_not_go_round_the_present_address(world: World) {
        let ada = world.user(ADA).await;
        let told = code::request_email_change(&world.cx, &ada, &email(NEW)).await;
        assert_eq!(refusal(told), Refusal::ChangeEmailDisabled);
        assert_eq!(refusal(code::change_email(&world.cx, &ada, &email(NEW), "000000").await), Refusal::ChangeEmailDisabled);
        assert_eq!(world.kinds(NEW).await.len(), 0);
    }

    async fn a_code_changes_the_address_too(world: World) {
        let world = without_agreement(world);
        let ada = world.user(ADA).await;
        let cx = &world.cx;
        code::request_email_change(cx, &ada, &email(NEW)).await.unwrap();
        let digits = world.code(NEW).await;
        let other = code::change_email(cx, &ada, &email("third@example.com"), &digits).await;
        assert_eq!(refusal(other), Refusal::InvalidCode, "a8: it proves the address that it was sent to");
        world.moment();
        let results = at_once(50, |_| {
            let (cx, ada, digits) = (world.cx.clone(), ada.clone(), digits.clone());
            async move { code::change_email(&cx, &ada, &email(NEW), &digits).await }
        })
        .await;
        one_winner(results, &Refusal::InvalidCode);
        assert_eq!(address(&world, &ada).await, NEW);
        assert_eq!(world.kinds(ADA).await[0], "email-changed");
    }

    async fn links_expire_and_are_bound_to_their_user(world: World) {
        let ada = world.user(ADA).await;
        let agree = ask(&world, &ada, NEW).await;
        world.wait(HOUR);
        assert_eq!(refusal(follow(world.cx.clone(), agree).await.map(drop)), Refusal::TokenExpired);
        let world = without_agreement(world);
        let ada = world.sign_in(ADA, PASSWORD).await.unwrap();
        request(&world.cx, &ada, &email(NEW), None).await.unwrap();
        let prove = world.link_token(NEW).await;
        world.wait(HOUR);
        assert_eq!(refusal(follow(world.cx.clone(), prove).await.map(drop)), Refusal::TokenExpired);
        assert_eq!(address(&world, &ada).await, ADA);
    }

    async fn the_present_address_is_refused_in_every_spelling(world: World) {
        let mut world = world;
        let ada = world.user(ADA).await;
        for same in [ADA, "ADA@example.com", "ada＠EXAMPLE.com"] {
            assert_eq!(refusal(request(&world.cx, &ada, &email(same), None).await), Refusal::EmailIsTheSame);
        }
        world.settings(|settings| settings.email_change.enabled = false);
        let (cx, new) = (&world.cx, email(NEW));
        assert_eq!(refusal(request(cx, &ada, &new, None).await), Refusal::ChangeEmailDisabled);
        assert_eq!(refusal(code::request_email_change(cx, &ada, &new).await), Refusal::ChangeEmailDisabled);
        assert_eq!(refusal(code::change_email(cx, &ada, &new, "000000").await), Refusal::ChangeEmailDisabled);
    }
}
