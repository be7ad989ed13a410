use model::Refusal;

use super::*;
use crate::session::Opened;
use crate::testing::{MINUTE, SECOND, World, admitted, at_once, email, one_winner, refusal};

const ADA: &str = "ada@example.com";

async fn ask(world: &World, address: &str) -> Token {
    world.moment();
    request(&world.cx, &email(address), None, &Callbacks::default()).await.unwrap();
    world.link_token(address).await
}

struct Followed {
    opened: Opened,
    new_user: bool,
}

async fn follow(cx: Cx, token: Token) -> Result<Followed> {
    let Redeemed { entered, new_user, .. } = redeem(&cx, &token, &Client::default()).await?;
    Ok(Followed { opened: admitted(entered), new_user })
}

db::both! {
    async fn a_link_signs_in_who_has_an_account(world: World) {
        let ada = world.user(ADA).await;
        let redeemed = follow(world.cx.clone(), ask(&world, ADA).await).await.unwrap();
        assert!(!redeemed.new_user);
        assert_eq!(redeemed.opened.user.id, ada.user.id);
        assert_eq!(redeemed.opened.session.factor, Factor::Link);
        assert!(world.find(&redeemed.opened).await.unwrap().is_fresh(&world.cx));
        assert!(world.find(&ada).await.is_some(), "the other session goes on");
        assert!(world.sign_in(ADA, crate::testing::PASSWORD).await.is_ok(), "and so does the password");
    }

    async fn a_link_signs_up_who_has_none(world: World) {
        let name = PersonName::parse("Ada King").ok();
        request(&world.cx, &email(ADA), name, &Callbacks::default()).await.unwrap();
        let redeemed = follow(world.cx.clone(), world.link_token(ADA).await).await.unwrap();
        assert!(redeemed.new_user && redeemed.opened.user.email_verified);
        assert_eq!(redeemed.opened.user.name, "Ada King");
        let nameless = follow(world.cx.clone(), ask(&world, "bob@example.com").await).await.unwrap();
        assert_eq!(nameless.opened.user.name, "bob");
    }

    async fn a27_fifty_redemptions_of_one_link_make_one_session(world: World) {
        world.user(ADA).await;
        let before = world.count("SELECT COUNT(*) FROM sessions").await;
        let token = ask(&world, ADA).await;
        let results = at_once(50, |_| follow(world.cx.clone(), token.clone())).await;
        one_winner(results, &Refusal::InvalidToken);
        assert_eq!(world.count("SELECT COUNT(*) FROM sessions").await, before + 1);
    }

    async fn a27_fifty_links_to_one_new_address_make_one_account(world: World) {
        let mut tokens = Vec::new();
        for _ in 0..50 {
            tokens.push(ask(&world, ADA).await);
        }
        let results = at_once(50, |n| follow(world.cx.clone(), tokens[n].clone())).await;
        let made = results.iter().filter(|result| result.as_ref().unwrap().new_user).count();
        assert_eq!(made, 1);
        assert_eq!(world.count("SELECT COUNT(*) FROM users").await, 1);
        assert_eq!(world.count("SELECT COUNT(*) FROM sessions").await, 50, "each link is good once");
    }

    async fn a27_links_codes_and_sign_ups_of_one_new_address_make_one_account(world: World) {
        let token = ask(&world, ADA).await;
        crate::code::request(&world.cx, crate::code::Purpose::SignIn, &email(ADA)).await.unwrap();
        let digits = world.code(ADA).await;
        at_once(51, |n| {
            let (cx, token, digits) = (world.cx.clone(), token.clone(), digits.clone());
            async move {
                match n % 3 {
                    0 => follow(cx, token).await.is_ok(),
                    1 => crate::code::sign_in(&cx, &email(ADA), &digits, None, true, &Client::default()).await.is_ok(),
                    _ => crate::sign_up::sign_up(&cx, World::form(ADA), &Client::default()).await.is_ok(),
                }
            }
        })
        .await;
        assert_eq!(world.count("SELECT COUNT(*) FROM users").await, 1);
        assert_eq!(world.count("SELECT COUNT(*) FROM users WHERE email_verified").await, 1);
        assert_eq!(world.count("SELECT COUNT(*) FROM sessions").await, 2);
        assert_eq!(world.count("SELECT COUNT(*) FROM accounts").await, 0, "a4: no password that the owner didn't prove");
    }

    async fn a_link_is_good_for_five_minutes(world: World) {
        let late = ask(&world, ADA).await;
        world.wait(5 * MINUTE);
        assert_eq!(refusal(follow(world.cx.clone(), late).await), Refusal::TokenExpired);
        let soon = ask(&world, ADA).await;
        world.wait(5 * MINUTE - SECOND);
        assert!(follow(world.cx.clone(), soon).await.is_ok());
    }

    async fn a_link_is_bound_to_the_address_that_it_was_sent_to(world: World) {
        world.user(ADA).await;
        let bobs = ask(&world, "bob@example.com").await;
        let redeemed = follow(world.cx.clone(), bobs).await.unwrap();
        assert_eq!(redeemed.opened.user.email, email("bob@example.com"));
    }

    async fn a9_a_made_up_token_signs_in_nobody(world: World) {
        world.user(ADA).await;
        let right = ask(&world, ADA).await;
        let mut wrong = right.expose().to_owned();
        wrong.replace_range(..1, if wrong.starts_with('a') { "b" } else { "a" });
        let told = refusal(follow(world.cx.clone(), Token::parse(&wrong).unwrap()).await);
        assert_eq!(told, Refusal::InvalidToken);
        assert!(follow(world.cx.clone(), right).await.is_ok());
    }

    async fn a12_both_a_known_and_an_unknown_address_get_one_mail(world: World) {
        world.user(ADA).await;
        ask(&world, ADA).await;
        ask(&world, "new@example.com").await;
        assert_eq!(world.kinds(ADA).await[0], "magic-link");
        assert_eq!(world.kinds("new@example.com").await, ["magic-link"]);
    }

    async fn a_link_that_was_sent_before_sign_up_was_closed_makes_no_account(world: World) {
        let mut world = world;
        let token = ask(&world, ADA).await;
        world.settings(|settings| settings.sign_up.enabled = false);
        assert_eq!(refusal(follow(world.cx.clone(), token).await), Refusal::SignUpDisabled);
        assert_eq!(world.count("SELECT COUNT(*) FROM users").await, 0);
    }
}
