use super::*;
use crate::testing::{DAY, FIREFOX, IPHONE, SECOND, at_once, client};
use crate::{password_change, reset};

/// Ada's browser `user_agent`, which she has said to trust.
async fn trusted(world: &World, ada: &Owner, user_agent: &str) -> Client {
    let plain = client(user_agent);
    let challenge = challenged(with_password(&world.cx, &plain).await);
    let code = shown(world, &ada.app, 0);
    let asker = Asker::Challenge(&challenge.token);
    let trust = verify(&world.cx, asker, Proof::Totp(&code), true, &plain).await.unwrap().trust;
    world.wait(STEP);
    Client { trust: Some(trust.expect("it is trusted")), ..plain }
}

/// Signs in; gives the browser as it is afterwards, if it was let in.
async fn comes(cx: &Cx, browser: &Client) -> Option<Client> {
    match with_password(cx, browser).await {
        Entered::In(Admitted { trust, .. }) => Some(Client { trust, ..browser.clone() }),
        Entered::Challenged(_) => None,
    }
}

db::both! {
    async fn a_trusted_browser_is_not_asked_and_gets_a_new_token_each_time(world: World) {
        let ada = ada(&world).await;
        let first = trusted(&world, &ada, FIREFOX).await;
        let second = comes(&world.cx, &first).await.expect("not asked");
        assert_ne!(first.trust.as_ref().unwrap().expose(), second.trust.as_ref().unwrap().expose());
        assert!(comes(&world.cx, &first).await.is_none(), "a stolen copy of the old cookie is of no use");
        assert!(comes(&world.cx, &second).await.is_some());
        assert!(comes(&world.cx, &client(FIREFOX)).await.is_none(), "it isn't the name of the browser that counts");
    }

    async fn trust_ends_after_thirty_days_without_use(world: World) {
        let ada = ada(&world).await;
        let mut browser = trusted(&world, &ada, FIREFOX).await;
        for _ in 0..3 {
            world.wait(30 * DAY - SECOND - STEP);
            browser = comes(&world.cx, &browser).await.expect("renewed by use");
        }
        world.wait(30 * DAY);
        assert!(comes(&world.cx, &browser).await.is_none());
        assert!(trusted_device::list(&world.cx, &ada.session.user.id).await.unwrap().is_empty());
        crate::sweep::sweep(&world.cx).await.unwrap();
        assert_eq!(world.count("SELECT COUNT(*) FROM trusted_devices").await, 0);
    }

    async fn trust_is_bound_to_its_user(world: World) {
        let ada = ada(&world).await;
        let browser = trusted(&world, &ada, FIREFOX).await;
        let bob = owner(&world, "bob@example.com").await;
        let (who, password) = (Identifier::Email(bob.session.user.email), Password::new(PASSWORD));
        challenged(sign_in::with_password(&world.cx, &who, &password, true, None, &browser).await.unwrap());
        assert!(comes(&world.cx, &browser).await.is_some(), "and is not spent by another's try");
    }

    async fn trusted_browsers_are_listed_and_ended_by_their_owner(world: World) {
        let ada = ada(&world).await;
        let firefox = trusted(&world, &ada, FIREFOX).await;
        let phone = trusted(&world, &ada, IPHONE).await;
        let bob = owner(&world, "bob@example.com").await;
        let (own, bobs) = (&ada.session.user.id, &bob.session.user.id);
        let list = trusted_device::list(&world.cx, own).await.unwrap();
        let names: Vec<_> = list.iter().map(|one| (one.device.as_str(), one.mobile)).collect();
        assert_eq!(names, [("Safari on an iPhone", true), ("Firefox on Linux", false)], "the last used first");
        assert!(trusted_device::list(&world.cx, bobs).await.unwrap().is_empty());
        trusted_device::remove(&world.cx, bobs, &list[0].id).await.unwrap();
        let phone = comes(&world.cx, &phone).await.expect("nobody ends another's");
        trusted_device::remove(&world.cx, own, &list[0].id).await.unwrap();
        assert!(comes(&world.cx, &phone).await.is_none());
        let firefox = comes(&world.cx, &firefox).await.expect("the other one stays");
        trusted_device::remove_all(&world.cx, own).await.unwrap();
        assert!(comes(&world.cx, &firefox).await.is_none());
    }

    async fn a_browser_that_is_trusted_again_is_listed_once(world: World) {
        let ada = ada(&world).await;
        let browser = trusted(&world, &ada, FIREFOX).await;
        let code = shown(&world, &ada.app, 0);
        let again = verify(&world.cx, Asker::Session(&ada.session), Proof::Totp(&code), true, &browser).await.unwrap();
        assert_eq!(trusted_device::list(&world.cx, &ada.session.user.id).await.unwrap().len(), 1);
        let browser = Client { trust: again.trust, ..browser };
        assert!(comes(&world.cx, &browser).await.is_some());
    }

    async fn trust_dies_with_the_password(world: World) {
        let ada = ada(&world).await;
        let (old, new) = (Password::new(PASSWORD), Password::new("Br4nd-new-one"));
        let browser = trusted(&world, &ada, FIREFOX).await;
        password_change::change(&world.cx, &ada.session, &old, &new, false, &Client::default()).await.unwrap();
        password_change::change(&world.cx, &ada.session, &new, &old, false, &Client::default()).await.unwrap();
        assert!(comes(&world.cx, &browser).await.is_none(), "changed");
        let browser = trusted(&world, &ada, FIREFOX).await;
        world.moment();
        reset::request(&world.cx, &email(ADA), None).await.unwrap();
        reset::redeem(&world.cx, &world.link_token(ADA).await, &old).await.unwrap();
        assert!(comes(&world.cx, &browser).await.is_none(), "reset");
    }

    async fn trust_dies_with_a_change_of_factors(world: World) {
        let mut ada = ada(&world).await;
        let browser = trusted(&world, &ada, FIREFOX).await;
        turn_on(&world.cx, &ada.session, Method::Mail).await.unwrap();
        assert!(comes(&world.cx, &browser).await.is_none(), "one more");
        let browser = trusted(&world, &ada, FIREFOX).await;
        turn_off(&world.cx, &ada.session, Method::Mail).await.unwrap();
        assert!(comes(&world.cx, &browser).await.is_none(), "one less");
        let browser = trusted(&world, &ada, FIREFOX).await;
        let new = AuthenticatorApp::scan(&totp::begin(&world.cx, &ada.session, true, None).await.unwrap().uri);
        let code = shown(&world, &new, 0);
        ada.session = show(&world.cx, &ada.session, Proof::Totp(&code)).await.unwrap().opened;
        assert!(comes(&world.cx, &browser).await.is_none(), "another app");
        let session = disable(&world.cx, &ada.session).await.unwrap();
        set_up(&world, session).await;
        assert!(comes(&world.cx, &browser).await.is_none(), "off and on again");
    }

    async fn a27_fifty_uses_of_one_token_let_in_once(world: World) {
        let ada = ada(&world).await;
        let browser = trusted(&world, &ada, FIREFOX).await;
        let before = sessions(&world).await;
        let results = at_once(50, |_| {
            let (cx, browser) = (world.cx.clone(), browser.clone());
            async move { comes(&cx, &browser).await.is_some() }
        })
        .await;
        assert_eq!(results.iter().filter(|let_in| **let_in).count(), 1);
        assert_eq!(sessions(&world).await, before + 1);
    }

    async fn where_the_operator_wants_no_trust_there_is_none(world: World) {
        let mut world = world;
        let ada = ada(&world).await;
        let browser = trusted(&world, &ada, FIREFOX).await;
        world.settings(|settings| settings.two_factor.trust_for = Duration::ZERO);
        assert!(comes(&world.cx, &browser).await.is_none());
        let code = shown(&world, &ada.app, 0);
        let asker = Asker::Session(&ada.session);
        let admitted = verify(&world.cx, asker, Proof::Totp(&code), true, &Client::default()).await.unwrap();
        assert!(admitted.trust.is_none());
    }

    async fn the_database_knows_a_token_by_its_hash(world: World) {
        let ada = ada(&world).await;
        let browser = trusted(&world, &ada, FIREFOX).await;
        let (hash,) = world.row::<(Vec<u8>,)>("SELECT token_hash FROM trusted_devices").await;
        assert_eq!(hash, browser.trust.as_ref().unwrap().hash());
        assert!(!format!("{browser:?}").contains(browser.trust.unwrap().expose()), "nor does a log");
    }
}
