use model::Method;
use serde_json::json;

use super::*;
use crate::session::{Factor, SecondFactor};
use crate::testing::{DAY, HOUR, PASSWORD, at_once, challenged, email, just_now};
use crate::two_factor;
use crate::{Cx, sign_in};

db::both! {
    async fn a_passkey_signs_in_without_a_name_and_says_when_it_was_used(world: World) {
        let (ada, mut device) = with_passkey(&world, ADA).await;
        let begun = begin_sign_in(&world.cx, None).await.unwrap();
        assert_eq!((&begun.options["rpId"], &begun.options["userVerification"]), (&json!("localhost"), &json!("required")));
        assert_eq!(begun.options.get("allowCredentials"), None, "nobody has said who they are");
        let opened = show(&world, &begun, &device.get(&begun.options)).await.unwrap();
        assert_eq!((&opened.user.id, opened.session.factor), (&ada.user.id, Factor::Passkey));
        assert_eq!(opened.session.second_factor, Some(SecondFactor::Passkey));
        assert!(opened.session.strong_at.is_some() && opened.is_fresh(&world.cx));
        let used = list(&world.cx, &ada.user.id).await.unwrap().remove(0);
        assert_eq!(used.counter, 1);
        assert!(just_now(&world.cx, used.last_used_at.unwrap()));
        enter(&world, &mut device).await.unwrap();
        assert_eq!(list(&world.cx, &ada.user.id).await.unwrap().remove(0).counter, 2);
    }

    async fn a21_a_passkey_is_not_asked_for_a_second_factor(world: World) {
        let (ada, mut device) = with_passkey(&world, ADA).await;
        two_factor::turn_on(&world.cx, &ada, Method::Mail).await.unwrap();
        let who = sign_in::Identifier::Email(email(ADA));
        let password = crate::password::Password::new(PASSWORD);
        challenged(sign_in::with_password(&world.cx, &who, &password, true, None, &Client::default()).await.unwrap());
        let opened = enter(&world, &mut device).await.unwrap();
        assert!(opened.user.two_factor_enabled && opened.is_fresh(&world.cx));
    }

    async fn a28_who_is_signed_in_signs_in_with_their_own_passkeys_only(world: World) {
        let (ada, mut device) = with_passkey(&world, ADA).await;
        let (eve, mut hers) = with_passkey(&world, EVE).await;
        let begun = begin_sign_in(&world.cx, Some(&ada)).await.unwrap();
        let allowed = json!([{ "type": "public-key", "id": list(&world.cx, &ada.user.id).await.unwrap()[0].credential_id, "transports": ["internal"] }]);
        assert_eq!(begun.options["allowCredentials"], allowed);
        let foreign = hers.sign(0, &begun.options);
        assert_eq!(refusal(show(&world, &begun, &foreign).await), Refusal::PasskeyRefused);
        let begun = begin_sign_in(&world.cx, Some(&ada)).await.unwrap();
        show(&world, &begun, &device.get(&begun.options)).await.unwrap();
        assert_eq!(enter(&world, &mut hers).await.unwrap().user.id, eve.user.id);
    }

    async fn a28_an_answer_from_elsewhere_or_unverified_is_refused(world: World) {
        let (_, device) = with_passkey(&world, ADA).await;
        for (mut device, why) in [
            (Authenticator { origin: "http://localhost:3001".into(), ..device.clone() }, "another port"),
            (Authenticator { origin: "https://evil.example".into(), ..device.clone() }, "another site"),
            (Authenticator { rp_id: Some("evil.example".into()), ..device.clone() }, "for another site"),
            (Authenticator { verified: false, ..device.clone() }, "nobody was verified"),
            (Authenticator { framed: true, ..device.clone() }, "in a frame"),
            (Authenticator { synced: true, ..device.clone() }, "now in a cloud, which can't be"),
        ] {
            device.keys[0].counter = 10;
            assert_eq!(refusal(enter(&world, &mut device).await), Refusal::PasskeyRefused, "{why}");
        }
        for response in [json!(null), json!({}), json!({ "id": "x" }), json!([1])] {
            let begun = begin_sign_in(&world.cx, None).await.unwrap();
            assert_eq!(refusal(show(&world, &begun, &response).await), Refusal::PasskeyRefused, "{response}");
        }
        let begun = begin_sign_in(&world.cx, None).await.unwrap();
        let mut response = device.sign(0, &begun.options);
        response["response"]["signature"] = json!("MAYCAQECAQE");
        assert_eq!(refusal(show(&world, &begun, &response).await), Refusal::PasskeyRefused, "a made-up signature");
        assert_eq!(world.count("SELECT COUNT(*) FROM sessions").await, 1);
    }

    async fn a28_a_passkey_that_names_another_user_is_refused(world: World) {
        let (_, device) = with_passkey(&world, ADA).await;
        let (_, hers) = with_passkey(&world, EVE).await;
        for handle in [hers.keys[0].user_handle.clone(), Some(vec![0; 16]), Some(vec![1, 2]), None] {
            let mut device = device.clone();
            device.keys[0].user_handle = handle;
            assert_eq!(refusal(enter(&world, &mut device).await), Refusal::PasskeyRefused);
        }
    }

    async fn an_authenticator_that_names_nobody_serves_who_was_told_which_keys_do(world: World) {
        let (ada, mut device) = with_passkey(&world, ADA).await;
        device.keys[0].user_handle = None;
        let begun = begin_sign_in(&world.cx, Some(&ada)).await.unwrap();
        show(&world, &begun, &device.get(&begun.options)).await.unwrap();
        let begun = begin_step_up(&world.cx, &ada).await.unwrap();
        authenticate(&world.cx, &ada, &begun.token, &device.get(&begun.options)).await.unwrap();
    }

    async fn a28_a_counter_that_went_back_is_refused_and_the_owner_hears_of_it(world: World) {
        let (ada, mut device) = with_passkey(&world, ADA).await;
        let mut copy = device.clone();
        enter(&world, &mut device).await.unwrap();
        enter(&world, &mut device).await.unwrap();
        for _ in 0..2 {
            world.moment();
            assert_eq!(refusal(enter(&world, &mut copy).await), Refusal::PasskeyRefused, "it says 1, then 2: both known");
            assert_eq!(subject(&world, ADA).await, "A passkey was refused: your account with Latchkey");
        }
        assert_eq!(list(&world.cx, &ada.user.id).await.unwrap().remove(0).counter, 2);
        enter(&world, &mut device).await.expect("the original counts on");
    }

    async fn a28_of_two_copies_with_one_count_one_is_let_in(world: World) {
        let (_, device) = with_passkey(&world, ADA).await;
        let results = at_once(20, |_| {
            let (cx, mut copy) = (world.cx.clone(), device.clone());
            async move {
                let begun = begin_sign_in(&cx, None).await?;
                let response = copy.get(&begun.options);
                finish_sign_in(&cx, &begun.token, &response, &Client::default()).await
            }
        })
        .await;
        crate::testing::one_winner(results, &Refusal::PasskeyRefused);
    }

    async fn passkeys_in_a_cloud_do_not_count(world: World) {
        let (ada, mut device) = (world.user(ADA).await, Authenticator { synced: true, ..Authenticator::default() });
        add(&world, &ada, &mut device).await;
        for _ in 0..3 {
            enter(&world, &mut device).await.unwrap();
        }
    }

    async fn a_passkey_makes_the_session_of_its_owner_fresh(world: World) {
        let (ada, mut device) = with_passkey(&world, ADA).await;
        let (_, hers) = with_passkey(&world, EVE).await;
        world.wait(HOUR);
        let ada = world.find(&ada).await.unwrap();
        assert!(!ada.is_fresh(&world.cx));
        let begun = begin_step_up(&world.cx, &ada).await.unwrap();
        let foreign = authenticate(&world.cx, &ada, &begun.token, &hers.sign(0, &begun.options)).await;
        assert_eq!(refusal(foreign), Refusal::PasskeyRefused);
        let begun = begin_step_up(&world.cx, &ada).await.unwrap();
        let opened = authenticate(&world.cx, &ada, &begun.token, &device.get(&begun.options)).await.unwrap();
        assert!(opened.is_fresh(&world.cx) && opened.session.strong_at.is_some());
        assert_eq!(opened.session.id, ada.session.id);
        assert!(world.find(&ada).await.is_none(), "a30: the token is a new one");
        let nobody = world.user("bob@example.com").await;
        assert_eq!(refusal(begin_step_up(&world.cx, &nobody).await), Refusal::UnknownPasskey);
    }

    async fn a_passkey_of_nobody_is_told_as_such(world: World) {
        let (ada, mut device) = with_passkey(&world, ADA).await;
        let passkey = list(&world.cx, &ada.user.id).await.unwrap().remove(0);
        delete(&world.cx, &ada, &passkey.id).await.unwrap();
        assert_eq!(refusal(enter(&world, &mut device).await), Refusal::UnknownPasskey);
    }

    async fn a_passkey_does_not_replace_the_proof_of_the_address(world: World) {
        let mut world = world;
        world.settings(|settings| settings.sign_up.require_verification = false);
        let ada = world.sign_up(ADA, PASSWORD).await.opened.unwrap();
        let mut device = Authenticator::default();
        add(&world, &ada, &mut device).await;
        enter(&world, &mut device).await.unwrap();
        world.settings(|settings| settings.sign_up.require_verification = true);
        world.moment();
        assert_eq!(refusal(enter(&world, &mut device).await), Refusal::EmailNotVerified);
        assert_eq!(world.kinds(ADA).await[0], "email-verification");
    }

    async fn a_passkey_is_offered_once_after_a_password(world: World) {
        let by_link = world.user(ADA).await;
        let due = async |cx: &Cx, opened: &Opened| offer_is_due(cx, opened).await.unwrap();
        assert!(!due(&world.cx, &by_link).await, "there was no password");
        let ada = world.sign_in(ADA, PASSWORD).await.unwrap();
        assert!(due(&world.cx, &ada).await);
        offered(&world.cx, &ada.user.id, false).await.unwrap();
        offered(&world.cx, &ada.user.id, true).await.unwrap();
        world.wait(DAY);
        let ada = world.sign_in(ADA, PASSWORD).await.unwrap();
        assert!(!due(&world.cx, &ada).await);
        let (_, _) = with_passkey(&world, EVE).await;
        let eve = world.sign_in(EVE, PASSWORD).await.unwrap();
        assert!(!due(&world.cx, &eve).await, "she has one");
    }
}
