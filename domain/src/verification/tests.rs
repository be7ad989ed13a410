use super::*;
use crate::testing::{HOUR, MINUTE, PASSWORD, World, at_once, email, one_winner, refusal};
use crate::{Callbacks, deletion, magic_link, reset};

const ADA: &str = "ada@example.com";

async fn follow(cx: Cx, token: Token) -> Result<Verified> {
    redeem(&cx, &token, &Client::default()).await
}

db::both! {
    async fn a27_fifty_redemptions_of_one_link_prove_an_address_once(world: World) {
        world.sign_up(ADA, PASSWORD).await;
        let token = world.link_token(ADA).await;
        let results = at_once(50, |_| follow(world.cx.clone(), token.clone())).await;
        assert!(matches!(one_winner(results, &Refusal::InvalidToken), Verified::Account(_, Some(_))));
        assert_eq!(world.count("SELECT COUNT(*) FROM sessions").await, 1);
    }

    async fn a27_of_fifty_links_to_one_account_one_is_good(world: World) {
        world.sign_up(ADA, PASSWORD).await;
        for _ in 1..50 {
            send(&world.cx, &email(ADA), None).await.unwrap();
        }
        let tokens = world.link_tokens(ADA).await;
        assert_eq!(tokens.len(), 50);
        let results = at_once(50, |n| follow(world.cx.clone(), tokens[n].clone())).await;
        one_winner(results, &Refusal::InvalidToken);
        assert_eq!(world.count("SELECT COUNT(*) FROM sessions").await, 1);
        assert_eq!(world.count("SELECT COUNT(*) FROM tokens").await, 0);
    }

    async fn a9_what_is_no_token_proves_nothing(world: World) {
        world.sign_up(ADA, PASSWORD).await;
        assert!(Token::parse("").is_none() && Token::parse("null").is_none() && Token::parse("undefined").is_none());
        let right = world.link_token(ADA).await.expose().to_owned();
        let guesses = [right.to_lowercase(), right.to_uppercase(), right[..31].to_owned(), format!("{right}A"), "0".repeat(32)];
        for guess in guesses.iter().filter(|guess| **guess != right) {
            let token = Token::parse(guess).unwrap();
            assert_eq!(refusal(world.follow(&token).await), Refusal::InvalidToken, "{guess}");
        }
        assert!(world.follow(&Token::parse(&right).unwrap()).await.is_ok());
    }

    async fn a_link_is_good_for_an_hour(world: World) {
        world.sign_up(ADA, PASSWORD).await;
        let token = world.link_token(ADA).await;
        world.wait(HOUR);
        assert_eq!(refusal(world.follow(&token).await), Refusal::TokenExpired);
        assert_eq!(refusal(world.sign_in(ADA, PASSWORD).await), Refusal::EmailNotVerified);
        assert!(world.follow(&world.link_token(ADA).await).await.is_ok(), "the new one that the sign-in sent");
        world.sign_up("bob@example.com", PASSWORD).await;
        let token = world.link_token("bob@example.com").await;
        world.wait(HOUR - MINUTE);
        assert!(world.follow(&token).await.is_ok());
    }

    async fn a_link_of_another_purpose_proves_nothing_and_stays_good(world: World) {
        let ada = world.user(ADA).await;
        let cx = &world.cx;
        world.moment();
        magic_link::request(cx, &email(ADA), None, &Callbacks::default()).await.unwrap();
        let magic = world.link_token(ADA).await;
        world.moment();
        reset::request(cx, &email(ADA), None).await.unwrap();
        let resetting = world.link_token(ADA).await;
        world.moment();
        deletion::request(cx, &ada, None, None, &Client::default()).await.unwrap();
        let deleting = world.link_token(ADA).await;
        for token in [&magic, &resetting, &deleting] {
            assert_eq!(refusal(world.follow(token).await), Refusal::InvalidToken);
        }
        assert_eq!(refusal(deletion::confirm(cx, &ada, &magic).await), Refusal::InvalidToken);
        assert_eq!(refusal(magic_link::redeem(cx, &resetting, &Client::default()).await), Refusal::InvalidToken);
        let password = crate::password::Password::new("An0ther-one!");
        assert_eq!(refusal(reset::redeem(cx, &deleting, &password).await), Refusal::InvalidToken);
        assert!(magic_link::redeem(cx, &magic, &Client::default()).await.is_ok());
        assert!(deletion::confirm(cx, &ada, &deleting).await.is_ok());
    }

    async fn where_the_operator_wants_it_the_link_proves_and_does_not_sign_in(world: World) {
        let mut world = world;
        world.settings(|settings| settings.sign_up.sign_in_after_verification = false);
        world.sign_up(ADA, PASSWORD).await;
        let verified = follow(world.cx.clone(), world.link_token(ADA).await).await.unwrap();
        assert!(matches!(verified, Verified::Account(user, None) if user.email_verified));
        assert_eq!(world.count("SELECT COUNT(*) FROM sessions").await, 0);
        assert!(world.sign_in(ADA, PASSWORD).await.is_ok());
    }

    async fn where_accounts_work_at_once_the_link_ends_no_session(world: World) {
        let mut world = world;
        world.settings(|settings| settings.sign_up.require_verification = false);
        let first = world.sign_up(ADA, PASSWORD).await.opened.unwrap();
        world.follow(&world.link_token(ADA).await).await.unwrap();
        assert!(world.find(&first).await.unwrap().user.email_verified);
        assert!(world.sign_in(ADA, PASSWORD).await.is_ok());
    }

    async fn a12_asking_again_tells_nothing_about_the_address(world: World) {
        world.user(ADA).await;
        world.sign_up("waiting@example.com", PASSWORD).await;
        world.moment();
        for address in [ADA, "waiting@example.com", "nobody@example.com"] {
            send(&world.cx, &email(address), None).await.unwrap();
        }
        assert_eq!(world.kinds(ADA).await.len(), 1, "nothing to prove");
        assert_eq!(world.kinds("waiting@example.com").await.len(), 2);
        assert_eq!(world.kinds("nobody@example.com").await.len(), 0);
    }

    async fn somebody_signed_in_asks_for_their_own_address_only(world: World) {
        let mut world = world;
        let ada = world.user(ADA).await;
        let foreign = send_own(&world.cx, &ada, &email("bob@example.com"), None).await;
        assert_eq!(refusal(foreign), Refusal::EmailMismatch);
        assert_eq!(refusal(send_own(&world.cx, &ada, &email(ADA), None).await), Refusal::EmailAlreadyVerified);
        world.settings(|settings| settings.sign_up.require_verification = false);
        let bob = world.sign_up("bob@example.com", PASSWORD).await.opened.unwrap();
        world.moment();
        send_own(&world.cx, &bob, &email("bob@example.com"), None).await.unwrap();
        assert_eq!(world.kinds("bob@example.com").await.len(), 2);
    }

    async fn a3_the_link_leads_to_the_configured_address(world: World) {
        let mut world = world;
        world.settings(|settings| settings.base_url = url::Url::parse("https://auth.example.com").unwrap());
        world.sign_up(ADA, PASSWORD).await;
        let text = world.mails(ADA).await.remove(0).content.text;
        let links: Vec<_> = text.split_whitespace().filter(|word| word.contains("://")).collect();
        assert!(!links.is_empty() && links.iter().all(|link| link.starts_with("https://auth.example.com/")), "{links:?}");
    }
}
